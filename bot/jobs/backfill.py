"""Reads a source's past piece by piece: each piece is kept with the mark of how far it came.

Stopping it at any moment loses at most one piece, and asking again goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.errors import UserError
from bot.jobs.collect import Collect
from collectors.base import Batch, Collector, PartFault
from kpi.metric import Metric
from storage import Session, backfills
from storage.backfills import Backfill
from storage.samples import Written

LONGEST_WAIT = timedelta(minutes=20)
"""A vendor's longer wait ends the reading; it goes on when it is asked again."""

MOST_WAITS = 10
"""How often a piece is asked for again in a row: a vendor that never lets it through is left alone."""

SHORTEST_WAIT = timedelta(seconds=1)
"""A vendor that refuses and names no wait would be asked without pause."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a back-fill has come after a piece."""

    state: Backfill
    written: Written  # of all pieces of this call
    faults: tuple[PartFault, ...] = ()  # of the last piece
    waits: timedelta | None = None  # until the vendor answers again
    piece: tuple[datetime, datetime] | None = None  # the last one
    is_waiting: bool = False  # the piece is asked for again after the wait
    is_busy: bool = False  # another process reads the source: nothing was done

    @property
    def share(self) -> float:
        """From 0 to 1, by time."""
        whole = self.state.until - self.state.since
        return 1.0 if not whole else min(1.0, (self.state.reached - self.state.since) / whole)


@dataclass(frozen=True, slots=True)
class FillBack:
    """Reads one source from a day on. `sleep` waits where the vendor asks for it."""

    collect: Collect
    sleep: Callable[[float], Awaitable[None]]

    def goes_on(self, name: str, since: datetime) -> Backfill | None:
        """The unfinished back-fill that the next call goes on with, where it has come anywhere."""
        with self.collect.sessions.read() as session:
            last = backfills.of(session, name)
        is_begun = last is not None and not last.is_done and last.since <= since < last.reached
        return last if is_begun else None

    async def __call__(self, name: str, since: datetime) -> AsyncIterator[Progress]:
        """One `Progress` a piece and one before each wait, the last one with the end or with what stopped it.
        Raises `UserError` where the source tells only the present, or the day is still to come."""
        collector = self.collect.sources[name].collector
        refuse(name, collector)
        now = self.collect.now()
        if since >= now:
            raise UserError(f"{since:%Y-%m-%d} is still to come.", "Name a day that is over.")
        state = await self.collect.write(lambda session: backfills.begin(session, name, since=since, now=now))
        progress = Progress(state, Written())
        for piece in pieces(state, collector.chunk):
            async for came in self._patiently(name, piece, progress):
                progress = came
                yield came
            if progress.is_busy or is_stopping(progress.faults):
                return

    async def _patiently(
        self, name: str, piece: tuple[datetime, datetime], before: Progress
    ) -> AsyncIterator[Progress]:
        """Read a piece; where the vendor asks for a short wait, wait and read it again."""
        for left in reversed(range(MOST_WAITS)):
            before = await self._piece(name, piece, before)
            wait = waiting(before.faults)
            if wait is None or wait > LONGEST_WAIT or not left:
                yield before
                return
            yield replace(before, is_waiting=True)
            await self.sleep(max(wait, SHORTEST_WAIT).total_seconds())

    async def _piece(self, name: str, piece: tuple[datetime, datetime], before: Progress) -> Progress:
        first, last = piece

        def mark(session: Session, batch: Batch) -> None:
            if not is_stopping(batch.faults):
                backfills.reach(session, name, reached=last, now=self.collect.now())

        found = await self.collect(name, first, last, also=mark)
        kept = await self.collect.write(lambda session: backfills.of(session, name))
        assert kept is not None  # begun above, and nothing removes one
        state = replace(kept, until=before.state.until)
        if found is None:
            return Progress(state, before.written, piece=piece, is_busy=True)
        faults = found.batch.faults
        return Progress(state, added(before.written, found.written), faults, waiting(faults), piece)


def refuse(name: str, collector: Collector[Any]) -> None:
    """Raise for a source whose past nobody keeps."""
    if not collector.backfills:
        raise UserError(
            f"{name} tells only the present: its past cannot be read.",
            "It is kept from the first reading on; import older numbers with `kpi import`.",
        )


def snapshots(collector: Collector[Any]) -> tuple[Metric, ...]:
    """The metrics that a back-fill cannot bring: only their present can be read."""
    return tuple(one for one in collector.metrics if one.is_snapshot)


def pieces(state: Backfill, chunk: timedelta | None) -> Iterator[tuple[datetime, datetime]]:
    """The pieces still to read, oldest first; all in one where the vendor is asked for all at once."""
    first = state.reached
    while first < state.until:
        last = state.until if chunk is None else min(first + chunk, state.until)
        yield first, last
        first = last


def is_stopping(faults: tuple[PartFault, ...]) -> bool:
    """Whether a piece is lost for now: a whole source that fails, or a part that may answer next time. A part
    that is closed to this token stays closed, and keeps nothing else from being read."""
    return any(not one.part or one.is_retryable for one in faults)


def waiting(faults: tuple[PartFault, ...]) -> timedelta | None:
    """The longest wait the vendor asks for."""
    return max((one.retry_after for one in faults if one.retry_after is not None), default=None)


def added(one: Written, other: Written) -> Written:
    return Written(one.new + other.new, one.restated + other.restated, one.unchanged + other.unchanged)
