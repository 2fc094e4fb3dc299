"""Programs under measurement, each in a process of its own: started, waited for, weighed, ended."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

ROOT = Path(__file__).resolve().parent.parent
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "MPLCONFIGDIR")


class DidNotStart(Exception):
    """A program under measurement ended, or was not ready in time."""


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Program:
    """A running program and how long it took to be ready."""

    process: asyncio.subprocess.Process
    url: str
    ready_seconds: float

    def memory_mb(self) -> dict[str, float]:
        """Resident memory of the process and of those it has started, in MB (10^6 bytes)."""
        found = resident(self.process.pid)
        own = found.pop(self.process.pid, 0)
        return {"own": own / 1e6, "children": sum(found.values()) / 1e6}


@asynccontextmanager
async def running(
    module: str,
    arguments: Sequence[str] = (),
    *,
    environment: Mapping[str, str],
    folder: Path,
    ready: str = "/readyz",
) -> AsyncIterator[Program]:
    """`python -m module` in `folder`, from when it answers 200 at `ready` until the block ends."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    given = {name: os.environ[name] for name in _KEPT if name in os.environ}
    given |= {"PYTHONPATH": str(ROOT), "PORT": str(port), **environment}
    log = folder / f"{module.replace('.', '-')}-{port}.log"
    began = time.perf_counter()
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *arguments, cwd=folder, env=given, stdout=output, stderr=output
        )
    try:
        await _answered(process, url + ready, log)
        yield Program(process, url, time.perf_counter() - began)
    finally:
        await _end(process)


async def _answered(process: asyncio.subprocess.Process, url: str, log: Path, patience: float = 60.0) -> None:
    until = time.perf_counter() + patience
    async with aiohttp.ClientSession() as session:
        while process.returncode is None:
            try:
                async with session.get(url) as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            if time.perf_counter() > until:
                raise DidNotStart(f"{url} was not ready within {patience:g} s: {_end_of(log)}")
            await asyncio.sleep(0.01)
    raise DidNotStart(f"It ended with {process.returncode}: {_end_of(log)}")


def _end_of(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-2000:]


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(10):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def resident(root: int) -> dict[int, int]:
    """Resident bytes of process `root` and its descendants, by process id."""
    parents, sizes = {}, {}
    for line in _processes():
        process, parent, size = map(int, line)
        parents[process], sizes[process] = parent, size
    family = {root}
    while more := {one for one, parent in parents.items() if parent in family} - family:
        family |= more
    return {one: sizes[one] for one in family if one in sizes}


def _processes() -> list[tuple[str, str, str]]:
    """Id, parent and resident bytes of every process; from /proc where there is one, else from ps."""
    folder = Path("/proc")
    if not (folder / "self" / "status").exists():
        text = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid=,rss="], check=True, capture_output=True, text=True
        )
        rows = [line.split() for line in text.stdout.splitlines()]
        return [(pid, parent, str(int(size) * 1024)) for pid, parent, size in rows]
    found = []
    for status in folder.glob("[0-9]*/status"):
        try:
            facts = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except (OSError, ValueError):
            continue  # it has ended meanwhile
        size = int(facts.get("VmRSS", "0 kB").split()[0]) * 1024
        found.append((status.parent.name, facts["PPid"].strip(), str(size)))
    return found
