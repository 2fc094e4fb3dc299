"""The ledger as the benchmark itself uses it: it keeps at it while the database is in trouble."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import text

from storage import Engine, Session, SessionFactory, StorageFault, connect, promises
from storage.promises import Promise, State

R = TypeVar("R")
_PATIENCE_SECONDS = 60.0
_EVERYTHING = 10_000_000
FINAL = (State.DELIVERED, State.FAILED, State.MISSED)


@dataclass(frozen=True)
class Ledger:
    """Blocks: call it in a thread."""

    sessions: SessionFactory

    @classmethod
    def at(cls, url: str) -> Ledger:
        return cls(SessionFactory(connect(url)))

    def close(self) -> None:
        """End its connections: a disk that is in use cannot be taken away."""
        engine: Engine = self.sessions.kw["bind"]
        engine.dispose()

    def owe(self, batch: Collection[Promise]) -> None:
        """Enter promises; once this returns they stand in the database."""

        def enter(session: Session) -> None:
            for one in batch:
                promises.owe(session, one)

        self.write(enter)

    def write(self, work: Callable[[Session], R]) -> R:
        return _patiently(lambda: self._written(work))

    def _written(self, work: Callable[[Session], R]) -> R:
        with self.sessions.begin() as session:
            return work(session)

    def all(self) -> list[Promise]:
        def read() -> list[Promise]:
            with self.sessions.read() as session:
                return promises.listing(session, limit=_EVERYTHING)

        return _patiently(read)

    def counts(self) -> dict[State, int]:
        """How many promises stand in each state."""

        def read() -> dict[State, int]:
            with self.sessions.read() as session:
                rows = session.connection().execute(
                    text("SELECT state, count(*) FROM promises GROUP BY state")
                )
                return {State(state): count for state, count in rows}

        return _patiently(read)

    def held(self, worker: str) -> list[str]:
        """The keys of what `worker` has claimed, a process by the beginning of its name."""

        def read() -> list[str]:
            query = text("SELECT key FROM promises WHERE state = 'claimed' AND claimed_by LIKE :worker")
            with self.sessions.read() as session:
                return [row.key for row in session.connection().execute(query, {"worker": f"{worker}:%"})]

        return _patiently(read)


def _patiently(work: Callable[[], R]) -> R:
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return work()
        except StorageFault:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
