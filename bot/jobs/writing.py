"""Small writes of many jobs in shared transactions.

A thousand sources that end at once would otherwise queue for the database's one write lock two thousand
times. Each piece of work keeps a savepoint of its own, so that one that fails takes nothing else along.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from storage import Session, SessionFactory

T = TypeVar("T")

MOST_AT_ONCE = 1_000
"""Pieces in one transaction: about half a second of the lock that other processes wait five seconds for."""

_Piece = tuple[Callable[[Session], Any], asyncio.Future[Any]]


class Writer:
    """Call it with what to write; it returns once that is committed. Use from one event loop."""

    def __init__(self, sessions: SessionFactory) -> None:
        self._sessions = sessions
        self._waiting: list[_Piece] = []
        self._turn: asyncio.Task[None] | None = None

    async def __call__(self, work: Callable[[Session], T]) -> T:
        """What `work` returned. Raises what it raised, or the fault of the commit.

        A caller that is cancelled no longer waits; its work is still done.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, future))
        if self._turn is None or self._turn.done():
            self._turn = asyncio.create_task(self._write())
        return await future

    async def _write(self) -> None:
        while self._waiting:
            pieces, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            outcomes = await asyncio.to_thread(self._commit, [work for work, _ in pieces])
            for (_, future), outcome in zip(pieces, outcomes, strict=True):
                if future.done():
                    continue
                if isinstance(outcome, Exception):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)

    def _commit(self, works: Sequence[Callable[[Session], Any]]) -> list[Any]:
        """The outcome of each piece, an exception standing for its failure."""
        try:
            with self._sessions.begin() as session:
                return [_done(session, work) for work in works]
        except Exception as fault:
            return [fault] * len(works)


def _done(session: Session, work: Callable[[Session], Any]) -> Any:
    try:
        with session.begin_nested():
            return work(session)
    except Exception as fault:
        return fault
