"""Real servers of Debian, each started for a test on a free port and ended by its own process."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

_PATIENCE_SECONDS = 20


def program(name: str) -> str:
    """Where a program lies; without it the test is skipped."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(
            f"{name} is not installed: apt-get install {'influxdb' if name == 'influxd' else 'prometheus'}"
        )
    return found


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def running(command: Sequence[str], ready: str, log: Path) -> Iterator[None]:
    """The program, from when `ready` answers to the end of the block."""
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)
        try:
            until = time.monotonic() + _PATIENCE_SECONDS
            while not answers(ready):
                if process.poll() is not None or time.monotonic() > until:
                    pytest.fail(f"{command[0]} did not start: {log.read_text(errors='replace')[-2000:]}")
                time.sleep(0.03)
            yield
        finally:
            process.terminate()
            process.wait(_PATIENCE_SECONDS)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False, timeout=2).is_success
    except httpx.TransportError:
        return False
