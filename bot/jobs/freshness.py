"""Whether what a report shows has been read since its day closed, and what it says where that is not so.

It is decided from the record of runs alone, so all processes agree. A report waits for a source that may be
read in minutes: one whose turn has not come, that asks for patience, or is out of order. It does not wait
where somebody has to mend something first, nor for a source that was never read, or has failed for long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.cadence import ASKED, DAILY, Owed
from bot.jobs.collect import STOPPED
from bot.languages import said
from bot.reports import plans, words
from bot.workspace import KpiRef, Source, Workspace
from collectors.faults import AuthFailed, RateLimited, Unavailable, UnexpectedResponse
from kpi.calendar import Moment, day_of
from kpi.reading import measures_of
from storage import Session, StorageFault, runs
from storage.runs import Run

TRIED_AGAIN_AFTER = timedelta(minutes=2)
"""How long after it was begun to be read a missing source may be read once more."""

_RUNS = 20
"""Readings of a source that are looked at: what none of them brought, the next minutes will not bring."""

_DAY = timedelta(days=1)

_PASSING = frozenset(
    (RateLimited.kind, Unavailable.kind, runs.ABANDONED, STOPPED.kind, StorageFault.__name__)
)


def _why(fault: str) -> str:
    """What a kind of fault means to a reader; empty without one."""
    if not fault:
        return ""
    return {
        RateLimited.kind: said("rate limited"),
        Unavailable.kind: said("out of order"),
        runs.ABANDONED: said("the last reading was cut off"),
        STOPPED.kind: said("the last reading was cut off"),
        StorageFault.__name__: said("the last reading was not kept"),
        AuthFailed.kind: said("access refused"),
        UnexpectedResponse.kind: said("its answer cannot be read"),
    }.get(fault, said("the last reading failed"))


@dataclass(frozen=True, slots=True)
class Past:
    """What the record says of one source."""

    tried_at: datetime | None = None  # when it was last begun to be read
    read_at: datetime | None = None  # begun so, it was last read without a fault of the whole source
    fault: str = ""  # the kind of the newest run's, where that one failed


@dataclass
class Record:
    """The runs of all sources: one statement, and one more for each that has not been read as it should."""

    session: Session
    _newest: Mapping[str, Run] | None = None
    _found: dict[str, Past] = field(default_factory=dict)

    def of(self, source: str, since: datetime) -> Past:
        """What is known of a source; not more than it takes where it was read since then."""
        if self._newest is None:
            self._newest = runs.last_by_source(self.session)
        newest = self._newest.get(source)
        if newest is not None and newest.started_at >= since and not _fault(newest):
            return Past(newest.started_at, newest.started_at)
        if source not in self._found:
            self._found[source] = _past(runs.recent(self.session, source, limit=_RUNS))
        return self._found[source]


def _past(latest: Sequence[Run]) -> Past:
    """`latest` is newest first, with runs that go on."""
    finished = [(one, _fault(one)) for one in latest if one.finished_at is not None]
    return Past(
        tried_at=latest[0].started_at if latest else None,
        read_at=next((one.started_at for one, fault in finished if not fault), None),
        fault=finished[0][1] if finished else "",
    )


def _fault(run: Run) -> str:
    """The kind of what kept the whole source from being read."""
    return next((one.kind for one in run.faults if not one.part), "")


@dataclass(frozen=True, slots=True)
class Lack:
    """A source that a report needs and that was not read since the report's day closed."""

    source: str
    past: Past

    @property
    def is_passing(self) -> bool:
        """Whether it may be read in the next minutes, so that waiting has a point."""
        return self.past.read_at is not None and (not self.past.fault or self.past.fault in _PASSING)

    @property
    def is_known(self) -> bool:
        """Whether it was ever read, or tried in vain."""
        return self.past.read_at is not None or bool(self.past.fault)

    def is_to_be_read(self, now: datetime) -> bool:
        """Whether it is time to try once more."""
        tried_at = self.past.tried_at
        return self.is_passing and (tried_at is None or now - tried_at >= TRIED_AGAIN_AFTER)

    def words(self, zone: ZoneInfo, now: datetime) -> str:
        """What the report says: "Without github: last read 22 Nov 06:02, rate limited."."""
        why = _why(self.past.fault)
        if self.past.read_at is None:
            return said("Without {source}: {why}.", source=self.source, why=why or said("not read yet"))
        read = words.clock(self.past.read_at, zone, day_of(now, zone))
        read = f"{read}, {why}" if why else read
        return said("Without {source}: last read {when}.", source=self.source, when=read)


def lacking(record: Record, needed: Iterable[Source], moment: Moment) -> list[Lack]:
    """Those of `needed` that a report of this moment has to do without, by name."""
    found = []
    for one in sorted(needed, key=lambda one: one.name):
        since = _since(one, moment)
        past = record.of(one.name, since)
        if past.read_at is None or past.read_at < since:
            found.append(Lack(one.name, past))
    return found


def _since(source: Source, moment: Moment) -> datetime:
    """From when on a source counts as read: since the last day closed, or in its turn where that is rarer."""
    every = timedelta(seconds=source.every_seconds)
    return moment.midnight if every <= _DAY else min(moment.midnight, moment.now - every * 1.1)


def needed(owed: Owed, workspace: Workspace) -> tuple[Source, ...]:
    """The sources that a schedule's report, or the answer to its question, is made of.

    `workspace` is as its readers may see it. A source that kpi.yaml names and that is not read is left out.
    """
    if owed.needs is not None:
        return tuple(one for one in workspace.sources if one.name in owed.needs)
    refs: Sequence[KpiRef] = workspace.kpis
    if owed.report == ASKED:
        named = (owed.question, owed.question.partition(" ")[0])
        refs = next((found for text in named if (found := workspace.find_kpi(text))), refs)
    elif owed.report != DAILY and (plan := plans.find(owed.report, workspace)) is not None:
        refs = plan.refs
    metrics = frozenset(_metrics(refs))
    return tuple(one for one in workspace.sources if not metrics.isdisjoint(one.metrics))


def _metrics(refs: Iterable[KpiRef]) -> Iterator[str]:
    for ref in refs:
        for measure in measures_of(ref.use.framework.key, ref.kpi):
            yield from measure.metrics
