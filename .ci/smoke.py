"""Starts `make run` as a newcomer would, waits for the page and its daily update, and stops it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

READY_SECONDS = 120
STOP_SECONDS = 5
_OTHERS = ("SLACK_", "DISCORD_", "KPI_")  # settings of another bot


def main() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        environment = {name: text for name, text in os.environ.items() if not name.startswith(_OTHERS)}
        environment |= {"PORT": str(port), "DATABASE_URL": f"sqlite:///{folder}/smoke.db"}
        root = Path(__file__).parent.parent
        bot = subprocess.Popen(["make", "run"], cwd=root, env=environment, start_new_session=True)
        try:
            started = time.monotonic()
            _wait(f"{url}/readyz", READY_SECONDS)
            print(f"ready after {time.monotonic() - started:.1f} s")
            assert b'id="root"' in _get(f"{url}/"), "the page is not there"
            _wait_for_update(url)
            print("the daily update is in the page")
        finally:
            stopping = time.monotonic()
            os.killpg(bot.pid, signal.SIGTERM)
            bot.wait(timeout=STOP_SECONDS)
            print(f"stopped after {time.monotonic() - stopping:.1f} s")
    return 0


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:
        found: bytes = answer.read()
        return found


def _wait(url: str, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if json.loads(_get(url))["ready"]:
                return
        except (urllib.error.URLError, OSError, ValueError):
            pass
        time.sleep(0.2)
    sys.exit(f"{url} did not answer within {seconds} s")


def _wait_for_update(url: str) -> None:
    """The update of today is posted once the sources were read."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if b"Closed days to" in _get(f"{url}/playground/state"):
            return
        time.sleep(0.5)
    sys.exit("no daily update was posted")


if __name__ == "__main__":
    sys.exit(main())
