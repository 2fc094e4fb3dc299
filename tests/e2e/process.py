"""`kpi run` as its users start it: a process of its own in a folder, on a free port."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

PATIENCE_SECONDS = 20.0


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without what would change the bot, with `extra`."""
    ours = ("SLACK_", "KPI_", "DATABASE_", "GITHUB_", "HOST", "PORT", "COV_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "PORT": "0", "TZ": "UTC", "PYTHONUNBUFFERED": "1", **extra}


def until(holds: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
    """What `holds` gives once that is something."""
    ends = time.monotonic() + seconds
    while not (found := holds()):
        if time.monotonic() > ends:
            raise AssertionError(f"not within {seconds:g} s")
        time.sleep(0.02)
    return found


class Bot:
    """A running bot."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process, self.log = process, log

    @cached_property
    def url(self) -> str:
        """Where it said it is, once it did."""
        return str(until(self._announced))

    def _announced(self) -> str:
        said = self.log.read_text()
        if self.process.poll() is not None:
            raise AssertionError(f"it ended with {self.process.returncode}: {said}")
        found = re.search(r"http://127\.0\.0\.1:\d+", said)
        return found[0] if found else ""

    def get(self, path: str) -> tuple[int, str]:
        return self._asked(Request(self.url + path))

    def post(self, path: str, body: Any, **headers: str) -> tuple[int, str]:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Content-Type": "application/json", "Origin": self.url, **headers}
        return self._asked(Request(self.url + path, content, given))

    def _asked(self, request: Request) -> tuple[int, str]:
        try:
            with urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as answer:
            return answer.code, answer.read().decode()

    def room(self, channel: str) -> list[dict[str, Any]]:
        """The messages of one of the playground's channels, those for one person too."""
        rooms = json.loads(self.get("/playground/state")[1])["rooms"]
        found: list[dict[str, Any]] = next(one["messages"] for one in rooms if one["id"] == channel)
        return found

    def stop(self) -> tuple[int, float]:
        """Its exit code after SIGTERM, and the seconds that took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS), time.monotonic() - began


@contextmanager
def running(folder: Path, *words: str, **environment: str) -> Iterator[Bot]:
    """`python -m bot …` in `folder`, killed at the end if it still runs."""
    log = folder / f"log-{time.monotonic_ns()}.txt"
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", *(words or ("run",))],
            cwd=folder,
            env=clean_environment(environment),
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        yield Bot(process, log)
    finally:
        process.kill()
        process.wait()
