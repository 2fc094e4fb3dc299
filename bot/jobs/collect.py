"""Reads the sources: at their own rhythm, or now. What fails leaves a recorded fault and no number."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import traceback
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from typing_extensions import override

from bot.jobs.spending import Ledger
from bot.jobs.writing import Writer
from collectors.base import Batch, Client, Collector, CollectorConfig, PartFault, Span
from collectors.happenings import Happening
from collectors.http import CachedResponse
from collectors.redaction import Redactor, one_line, secrets_of
from storage import Session, SessionFactory, StorageFault, mentions, responses, runs, samples
from storage.annotations import Annotation, keep, told_by

log = logging.getLogger(__name__)

_ANSWERS = "http"
MOST_ANSWERS = 64_000_000
"""Bytes of answers held in memory."""
_MOST_FRAMES = 20
_MOST_TRACEBACK = 8_000

LEASE = timedelta(minutes=2)
"""A run that did not renew its lease for so long is taken for dead and the source is read again. Should the
run live after all, both keep the same samples, once."""

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


class Answers(OrderedDict[str, CachedResponse]):
    """Vendors' last answers, kept over restarts: an unchanged one then costs no rate limit.

    Those not asked for longest are dropped beyond `most` bytes: an address that holds today's date never
    comes again, and there is a new one each day.
    """

    def __init__(self, session: Session, most: int = MOST_ANSWERS) -> None:
        super().__init__()
        self._most, self._bytes = most, 0
        self._changed: set[str] = set()
        for key, one in responses.load(session, _ANSWERS).items():
            self._put(key, CachedResponse(one.body, one.etag, one.last_modified, one.headers or {}))

    @override
    def get(self, key: str, default: Any = None) -> Any:
        """The answer, which thereby counts as the newest."""
        found = super().get(key, default)
        with contextlib.suppress(KeyError):
            self.move_to_end(key)  # in one step, for `keep` reads in another thread
        return found

    def __setitem__(self, key: str, value: CachedResponse) -> None:
        self._put(key, value)
        self._changed.add(key)

    def _put(self, key: str, value: CachedResponse) -> None:
        before = super().get(key)
        self._bytes += len(value.body) - (len(before.body) if before else 0)
        super().__setitem__(key, value)
        self.move_to_end(key)
        while self._bytes > self._most:
            _, oldest = self.popitem(last=False)
            self._bytes -= len(oldest.body)

    def keep(self, session: Session, now: datetime) -> None:
        """Store what has come since the last call."""
        changed, self._changed = self._changed, set()
        rows = {
            key: responses.StoredResponse(one.body, now, one.etag, one.last_modified, one.headers)
            for key in changed
            if (one := super(Answers, self).get(key)) is not None
        }
        try:
            responses.save(session, _ANSWERS, rows)
        except BaseException:
            self._changed |= changed
            raise


@dataclass(frozen=True)
class Collect:
    """Reads one source after its name. At most one process reads a source at a time.

    `clock` tells by whose time runs begin, end and hold their leases: the database's, where several processes
    share it, so that none with a wrong clock takes a living one for dead. None: by `now`.
    """

    sources: Mapping[str, Connected]
    sessions: SessionFactory
    client: Client
    answers: Answers
    zone: ZoneInfo
    now: Callable[[], datetime]
    clock: Callable[[Session], datetime] | None = None
    lease: timedelta = LEASE
    write: Writer = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "write", Writer(self.sessions))
        self.client.spending = Ledger(self.write)

    async def __call__(
        self,
        name: str,
        since: datetime | None = None,
        until: datetime | None = None,
        *,
        also: Callable[[Session, Batch], None] = lambda _session, _batch: None,
    ) -> Collected | None:
        """What the run brought, or None while another process reads this source.

        `also` is done in the transaction that keeps the samples.
        """
        started = self.now()
        run = await self._open(name)
        if run is None:
            log.info("collect source=%s outcome=busy", name)
            return None
        try:
            async with self._holding(name, run):
                batch = await self.read(name, since, until)
        except BaseException:  # the bot stops
            await asyncio.shield(self._close(run, STOPPED))
            raise
        try:
            written = await self.write(partial(self._finish, name=name, run=run, batch=batch, also=also))
        except Exception as fault:
            # Nothing of the batch is kept; an open run would keep the source closed until its lease ends.
            said = str(fault) if isinstance(fault, StorageFault | ValueError) else "It could not be kept."
            kept = runs.Fault(type(fault).__name__, one_line(said), "Nothing of this run was kept.")
            await self._close(run, kept)
            raise
        log.info(
            "collect source=%s new=%d restated=%d unchanged=%d faults=%d seconds=%.2f",
            name, written.new, written.restated, written.unchanged, len(batch.faults),
            (self.now() - started).total_seconds(),
        )  # fmt: skip
        return Collected(written, batch)

    def _time(self, session: Session) -> datetime:
        return self.now() if self.clock is None else self.clock(session)

    async def _open(self, name: str) -> int | None:
        """The id of a run begun now. A stop in the middle leaves none open: the source would stay busy."""

        def start(session: Session) -> int | None:
            return runs.start(session, name, now=self._time(session), lease=self.lease)

        opening = asyncio.ensure_future(self.write(start))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            run = await opening
            if run is not None:
                await self._close(run, STOPPED)
            raise

    @contextlib.asynccontextmanager
    async def _holding(self, name: str, run: int) -> AsyncIterator[None]:
        """Keeps the run's lease as long as its source is being read, however slow that is."""
        renewing = asyncio.create_task(self._renewing(name, run))
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    async def _renewing(self, name: str, run: int) -> None:
        def renew(session: Session) -> bool:
            return runs.renew(session, run, until=self._time(session) + self.lease)

        is_held = True
        while is_held:
            await asyncio.sleep(self.lease.total_seconds() / 3)
            try:
                is_held = await self.write(renew)
            except Exception as fault:  # two more turns fit into the lease
                is_expected = isinstance(fault, StorageFault)
                log.warning("lease not renewed source=%s fault=%s", name, fault, exc_info=not is_expected)

    async def read(self, name: str, since: datetime | None = None, until: datetime | None = None) -> Batch:
        """Read without keeping anything. A collector that breaks is a fault of its source."""
        source = self.sources[name]
        span = Span(self.now(), since, self.zone, until)
        try:
            return await source.collector.run(source.config, self.client, span)
        except Exception as fault:
            # Its words stay in the log, without the secrets it was given: it may quote what it sent.
            redact = Redactor.of(secrets_of(source.config))
            log.error("collector broke source=%s\n%s", name, redact(_traceback(fault)))
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
            now = self._time(session)
        return (now - last[0].started_at) / self.sources[name].every if last else math.inf

    def _finish(
        self,
        session: Session,
        *,
        name: str,
        run: int,
        batch: Batch,
        also: Callable[[Session, Batch], None],
    ) -> samples.Written:
        now, ended = self.now(), self._time(session)
        written = samples.write(session, batch.samples, now)
        keep(session, (_noted(name, one, now) for one in batch.happenings))
        mentions.keep(session, name, batch.mentions, now)
        faults = tuple(map(_kept, batch.faults))
        if not runs.finish(session, run, now=ended, written=written, faults=faults):
            # Its lease ran out, as on a machine that slept, and another process has read the source anew.
            log.warning("collect source=%s run=%d outcome=overtaken new=%d", name, run, written.new)
        if (told := batch.allowance) is not None:
            runs.note_quota(session, run, runs.Quota(told.left, told.limit, told.resets_at))
        self.answers.keep(session, now)
        also(session, batch)
        return written

    async def _close(self, run: int, fault: runs.Fault) -> None:
        def close(session: Session) -> bool:
            return runs.finish(session, run, now=self._time(session), faults=(fault,))

        await self.write(close)


def _traceback(fault: BaseException) -> str:
    """Where it broke: the ends of it, for one of endless recursion has a thousand lines."""
    text = "".join(traceback.format_exception(fault, limit=-_MOST_FRAMES)).strip()
    return (
        text
        if len(text) <= _MOST_TRACEBACK
        else f"{text[: _MOST_TRACEBACK // 2]}\n…\n{text[-_MOST_TRACEBACK // 2 :]}"
    )


def _noted(source: str, one: Happening, now: datetime) -> Annotation:
    """What happened, as it is remembered: told by the source, of whatever the source measures."""
    subject = told_by(source)
    return Annotation(subject, one.at, one.text, subject, now, one.kind, source, one.reference, one.url)


def _kept(fault: PartFault) -> runs.Fault:
    return runs.Fault(fault.kind, fault.message, fault.hint, part=fault.part, metrics=fault.metrics)
