"""Reads the sources: at their own rhythm, or now. What fails leaves a recorded fault and no number."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from bot.jobs.writing import Writer
from collectors.base import Batch, Client, Collector, CollectorConfig, PartFault, Span
from collectors.http import CachedResponse
from storage import Session, SessionFactory, StorageFault, responses, runs, samples

log = logging.getLogger(__name__)

_ANSWERS = "http"

LEASE = timedelta(minutes=10)
"""After that a run is taken for dead and the source is read again. Should the run live after all, both
keep the same samples, once."""

STOPPED = runs.Fault(
    "Stopped", "The bot was stopped while reading.", "The next run reads the same days again."
)


@dataclass(frozen=True, slots=True)
class Connected:
    """A source as it is collected: its settings and the code that reads it."""

    name: str
    collector: Collector[Any]
    config: CollectorConfig

    @property
    def every(self) -> timedelta:
        return self.config.every or self.collector.every


@dataclass(frozen=True, slots=True)
class Collected:
    """What one run kept, and what it read."""

    written: samples.Written
    batch: Batch


class Answers(dict[str, CachedResponse]):
    """Vendors' last answers, kept over restarts: an unchanged one then costs no rate limit."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._changed: set[str] = set()
        for key, one in responses.load(session, _ANSWERS).items():
            kept = CachedResponse(one.body, one.etag, one.last_modified, one.headers or {})
            super().__setitem__(key, kept)

    def __setitem__(self, key: str, value: CachedResponse) -> None:
        super().__setitem__(key, value)
        self._changed.add(key)

    def keep(self, session: Session, now: datetime) -> None:
        """Store what has come since the last call."""
        changed, self._changed = self._changed, set()
        rows = {
            key: responses.StoredResponse(one.body, now, one.etag, one.last_modified, one.headers)
            for key in changed
            if (one := self.get(key)) is not None
        }
        try:
            responses.save(session, _ANSWERS, rows)
        except BaseException:
            self._changed |= changed
            raise


@dataclass(frozen=True)
class Collect:
    """Reads one source after its name. At most one process reads a source at a time."""

    sources: Mapping[str, Connected]
    sessions: SessionFactory
    client: Client
    answers: Answers
    zone: ZoneInfo
    now: Callable[[], datetime]
    write: Writer = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "write", Writer(self.sessions))

    async def __call__(self, name: str, since: datetime | None = None) -> Collected | None:
        """What the run brought, or None while another process reads this source."""
        started = self.now()
        run = await self._open(name, started)
        if run is None:
            log.info("collect source=%s outcome=busy", name)
            return None
        try:
            batch = await self.read(name, since)
        except BaseException:  # the bot stops
            await asyncio.shield(self._close(run, STOPPED))
            raise
        try:
            written = await self.write(partial(self._finish, run=run, batch=batch))
        except (StorageFault, ValueError) as fault:
            # Nothing of the batch is kept; an open run would keep the source closed until its lease ends.
            kept = runs.Fault(type(fault).__name__, str(fault)[:500], "Nothing of this run was kept.")
            await self._close(run, kept)
            raise
        log.info(
            "collect source=%s new=%d restated=%d unchanged=%d faults=%d seconds=%.2f",
            name, written.new, written.restated, written.unchanged, len(batch.faults),
            (self.now() - started).total_seconds(),
        )  # fmt: skip
        return Collected(written, batch)

    async def _open(self, name: str, now: datetime) -> int | None:
        """The id of a run begun now. A stop in the middle leaves none open: the source would stay busy."""
        opening = asyncio.ensure_future(self.write(partial(runs.start, source=name, now=now, lease=LEASE)))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            run = await opening
            if run is not None:
                await self._close(run, STOPPED)
            raise

    async def read(self, name: str, since: datetime | None = None) -> Batch:
        """Read without keeping anything. A collector that breaks is a fault of its source."""
        source = self.sources[name]
        span = Span(self.now(), since, self.zone)
        try:
            return await source.collector.run(source.config, self.client, span)
        except Exception as fault:
            # Its words stay in the log: nobody has looked them through for secrets.
            log.exception("collector broke source=%s", name)
            kind = type(fault).__name__
            message = f"The collector {source.collector.kind} broke ({kind})."
            every_metric = tuple(one.name for one in source.collector.metrics)
            return Batch(faults=(PartFault("", kind, message, "The log says where.", every_metric),))

    def was_read(self, name: str) -> bool:
        """Whether some process has begun to read this source in the last half of its interval."""
        return self._intervals_since(name) < 0.5

    def is_overdue(self, name: str) -> bool:
        """Whether nobody has begun to read this source when its turn came."""
        return self._intervals_since(name) > 1.5

    def _intervals_since(self, name: str) -> float:
        with self.sessions.read() as session:
            last = runs.recent(session, name, limit=1)
        return (self.now() - last[0].started_at) / self.sources[name].every if last else math.inf

    def _finish(self, session: Session, *, run: int, batch: Batch) -> samples.Written:
        now = self.now()
        written = samples.write(session, batch.samples, now)
        runs.finish(session, run, now=now, written=written, faults=tuple(map(_kept, batch.faults)))
        self.answers.keep(session, now)
        return written

    async def _close(self, run: int, fault: runs.Fault) -> None:
        await self.write(partial(runs.finish, run=run, now=self.now(), faults=(fault,)))


def _kept(fault: PartFault) -> runs.Fault:
    return runs.Fault(fault.kind, fault.message, fault.hint, part=fault.part, metrics=fault.metrics)
