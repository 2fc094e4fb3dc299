"""The worker processes: started, killed, frozen, and started anew."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "MPLCONFIGDIR")

SAID = {
    "claim lost": "claims lost in time",
    "outcome unknown": "outcomes unknown",
    "told elsewhere": "stand-ins owed",
    "layout refused": "layouts made plainer",
    "clock jumped": "clock jumps",
    "job failed": "jobs that failed and were tried again",
    "doubled promise": "doubles that the bot saw itself",
    "Traceback": "tracebacks",
}
"""What workers log, by what is counted of it."""


@dataclass
class Worker:
    """One process; its name in the ledger begins with the host's and its own number."""

    process: subprocess.Popen[bytes]
    is_frozen: bool = False

    @property
    def name(self) -> str:
        return f"{socket.gethostname()}:{self.process.pid}"


@dataclass
class Fleet:
    """All workers of a run. Each is a process group, with what it draws pictures in."""

    folder: Path
    environment: Mapping[str, str]
    seed: int
    workers: list[Worker] = field(default_factory=list)
    _started: int = 0

    def start(self) -> Worker:
        """One more worker."""
        self._started += 1
        given = {name: os.environ[name] for name in _KEPT if name in os.environ}
        given |= {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", "TZ": "UTC", **self.environment}
        told = json.dumps({"seed": f"{self.seed} worker {self._started}"})
        with (self.folder / f"worker-{self._started:03d}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.chaos.worker", told],
                cwd=self.folder,
                env=given,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        worker = Worker(process)
        self.workers.append(worker)
        return worker

    def awake(self) -> list[Worker]:
        return [one for one in self.workers if not one.is_frozen]

    def kill(self, worker: Worker) -> None:
        """SIGKILL, with everything that it started."""
        self.workers.remove(worker)
        os.killpg(worker.process.pid, signal.SIGKILL)
        worker.process.wait()

    def freeze(self, worker: Worker) -> None:
        worker.is_frozen = True
        os.kill(worker.process.pid, signal.SIGSTOP)

    def thaw(self, worker: Worker) -> None:
        worker.is_frozen = False
        os.kill(worker.process.pid, signal.SIGCONT)

    def wake(self) -> None:
        """Let everybody go on who is frozen."""
        for worker in self.workers:
            if worker.is_frozen:
                self.thaw(worker)

    def fallen(self) -> list[Worker]:
        """Those that ended without being told to; they are not in the fleet any more."""
        found = [one for one in self.workers if one.process.poll() is not None]
        self.workers = [one for one in self.workers if one not in found]
        return found

    def stop(self) -> None:
        """As an operator stops them; who does not listen is killed."""
        for worker in self.workers:
            os.kill(worker.process.pid, signal.SIGCONT)
            worker.process.terminate()
        for worker in list(self.workers):
            with contextlib.suppress(subprocess.TimeoutExpired):
                worker.process.wait(timeout=10)
            self._clear(worker)
        self.workers.clear()

    def _clear(self, worker: Worker) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(worker.process.pid, signal.SIGKILL)
        worker.process.wait()

    def said(self) -> Counter[str]:
        """How often the logs say what is counted."""
        found: Counter[str] = Counter()
        for log in sorted(self.folder.glob("worker-*.log")):
            text = log.read_text(encoding="utf-8", errors="replace")
            found.update({name: text.count(words) for words, name in SAID.items()})
        return found
