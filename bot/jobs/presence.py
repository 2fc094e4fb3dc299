"""This process makes itself known to the others, so that anyone can ask which of them live."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from bot.surfaces.base import Surface
from storage import Session, SessionFactory, StorageFault, workers
from storage.workers import Worker

EVERY = timedelta(seconds=10)
GONE_AFTER = timedelta(minutes=1)
"""A process that has not been heard of for so long is taken for dead."""


class Role(StrEnum):
    """What a process does: everything, or one half."""

    JOBS = "jobs"  # reads sources, composes and sends
    CHAT = "chat"  # answers people


@dataclass(frozen=True)
class Presence:
    """Notes that this process lives. Blocks: call it in a thread."""

    sessions: SessionFactory
    clock: Callable[[Session], datetime]
    worker: str
    roles: tuple[Role, ...]
    surfaces: Mapping[str, Surface]
    _started: list[datetime] = field(default_factory=list, init=False, repr=False)  # by the same clock
    _faults: list[str] = field(default_factory=list, init=False, repr=False)  # of the last attempt

    def problems(self) -> list[str]:
        """Why nothing can be kept, as of the last attempt: a bot that answers and forgets is not well."""
        return [f"the database takes nothing: {fault}" for fault in self._faults]

    def leave(self) -> None:
        """Take this process off the list: it stops on purpose, and is missed by nobody."""
        with self.sessions.begin() as session:
            workers.leave(session, self.worker)

    def __call__(self) -> None:
        """Give the sign of life. Raises the database's fault."""
        try:
            self._note()
        except StorageFault as fault:
            self._faults[:] = [str(fault)]
            raise
        self._faults.clear()

    def _note(self) -> None:
        ready = tuple(name for name, one in self.surfaces.items() if one.is_ready())
        heard = [at for one in self.surfaces.values() if (at := one.last_heard) is not None]
        with self.sessions.begin() as session:
            now = self.clock(session)
            self._started[:] = self._started or [now]
            last = max(heard, default=None)
            one = Worker(self.worker, self._started[0], now, self.roles, ready, last_heard_at=last)
            workers.beat(session, one)
