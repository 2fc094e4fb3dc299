"""Reads the sources: at their own rhythm, or now. What fails leaves a recorded fault and no number."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from collectors.base import Batch, Client, Collector, CollectorConfig, PartFault, Span
from collectors.http import CachedResponse
from storage import Session, SessionFactory, responses, runs, samples

log = logging.getLogger(__name__)

_ANSWERS = "http"

LEASE = timedelta(minutes=30)
"""Longer than a back-fill of a large repository takes; after that a dead process's run is taken over."""


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
        responses.save(session, _ANSWERS, rows)


@dataclass(frozen=True)
class Collect:
    """Reads one source after its name. At most one process reads a source at a time."""

    sources: Mapping[str, Connected]
    sessions: SessionFactory
    client: Client
    answers: Answers
    zone: ZoneInfo
    now: Callable[[], datetime]

    async def __call__(self, name: str, since: datetime | None = None) -> Collected | None:
        """What the run brought, or None while another process reads this source."""
        started = self.now()
        run = await asyncio.to_thread(self._start, name, started)
        if run is None:
            log.info("collect source=%s outcome=busy", name)
            return None
        try:
            batch = await self.read(name, since)
        except BaseException as fault:
            crash = runs.Fault(
                type(fault).__name__, f"The collector stopped: {fault}"[:500], "The log says more."
            )
            await asyncio.shield(asyncio.to_thread(self._finish, run, Batch(), (crash,)))
            raise
        written = await asyncio.to_thread(self._finish, run, batch, tuple(map(_kept, batch.faults)))
        log.info(
            "collect source=%s new=%d restated=%d unchanged=%d faults=%d seconds=%.2f",
            name, written.new, written.restated, written.unchanged, len(batch.faults),
            (self.now() - started).total_seconds(),
        )  # fmt: skip
        return Collected(written, batch)

    async def read(self, name: str, since: datetime | None = None) -> Batch:
        """Read without keeping anything."""
        source = self.sources[name]
        span = Span(self.now(), since, self.zone)
        return await source.collector.run(source.config, self.client, span)

    def _start(self, name: str, now: datetime) -> int | None:
        with self.sessions.begin() as session:
            return runs.start(session, name, now=now, lease=LEASE)

    def _finish(self, run: int, batch: Batch, faults: tuple[runs.Fault, ...]) -> samples.Written:
        with self.sessions.begin() as session:
            now = self.now()
            written = samples.write(session, batch.samples, now)
            runs.finish(session, run, now=now, written=written, faults=faults)
            self.answers.keep(session, now)
            return written


def _kept(fault: PartFault) -> runs.Fault:
    return runs.Fault(fault.kind, fault.message, fault.hint, part=fault.part, metrics=fault.metrics)
