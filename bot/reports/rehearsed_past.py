"""The past that rules are rehearsed on, read once: series, texts, and which sources failed when.

What is read is all that the rules look at on any day of the stretch; each day is then a view of it. Values
are those known today: what was restated since is judged as it reads now. How likely landings were on a past
day is not kept, so that rules on chances find nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

import numpy as np

from bot.alerting import RuleRef
from bot.reports.sight import sight as sight_of
from bot.reports.snapshot import Snapshot, load
from bot.workspace import Workspace
from kpi.alert_names import looks_like_measure
from kpi.calendar import Moment, day_start
from kpi.conditions import Sight, SourceState, Text
from kpi.conditions_sight import TEXT_DAYS
from kpi.measure import parse
from kpi.metric import EPOCH, Series, SeriesSet
from kpi.reading import measures_of
from kpi.rehearsal_tally import Stated
from kpi.standing import SourceFault
from storage import Session, mentions, runs, samples
from storage.runs import Fault

_MOST_RUNS = 2_000
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Failing:
    """What one source could not read, from each of its runs on."""

    at: tuple[datetime, ...]  # when each run ended, in order
    faults: tuple[tuple[Fault, ...], ...]

    def by(self, now: datetime) -> tuple[Fault, ...]:
        place = bisect_right(self.at, now)
        return self.faults[place - 1] if place else ()


@dataclass(frozen=True)
class Past:
    """All that was known over a stretch of days, for the rules of one workspace."""

    workspace: Workspace
    refs: tuple[RuleRef, ...]
    snapshot: Snapshot  # of the end, with the series of the whole stretch
    seen: Sight  # of the end
    since: date
    failing: Mapping[str, Failing]  # by source

    @cached_property
    def rules(self) -> dict[str, Stated]:
        """The rules by their full names."""
        return {ref.path: Stated(ref.rule, ref.framework) for ref in self.refs}

    @property
    def until(self) -> Moment:
        return self.snapshot.moment

    def sight(self, moment: Moment) -> Sight:
        """What was to be seen at a moment."""
        workspace = self.workspace
        sources = tuple(self._source(one, moment.now) for one in self.seen.sources)
        broken = {metric: one.fault for one in sources if one.fault is not None for metric in one.failing}
        contexts = {
            use.framework.key: replace(self.snapshot.context(use, moment), faults=broken)
            for use in workspace.uses
        }
        return replace(self.seen.at(moment), contexts=contexts, sources=sources)

    def _source(self, one: SourceState, now: datetime) -> SourceState:
        failing = self.failing.get(one.name)
        faults = () if failing is None else failing.by(now)
        if not faults:
            return replace(one, fault=None, failing=frozenset())
        ordered = sorted(faults, key=lambda fault: (bool(fault.part), fault.since or EPOCH))
        worst = ordered[0]
        told = SourceFault(one.name, worst.kind, worst.message, worst.hint, worst.since or EPOCH)
        metrics = frozenset(metric for fault in ordered for metric in (fault.metrics or one.metrics))
        return replace(one, fault=told, failing=metrics)


def read_past(
    session: Session, workspace: Workspace, refs: Sequence[RuleRef], since: date, until: Moment
) -> Past:
    """Everything that `refs` look at from the morning of `since` to `until`.

    The number of statements grows with the sources alone.
    """
    begin = Moment(day_start(since, until.zone), until.zone)
    snapshot = load(session, workspace, until, workspace.kpis)
    before = sight_of(session, load(session, workspace, begin, workspace.kpis), refs)
    between = samples.read(session, dict.fromkeys(_metrics(workspace, refs), begin.now), until=until.now)
    series = _joined((snapshot.series, before.series, between), workspace)
    snapshot = replace(snapshot, series=series)
    seen = replace(
        before,
        moment=until,
        series=series,
        contexts={use.framework.key: snapshot.context(use) for use in workspace.uses},
        standings={},
        chances={},
        texts=_texts(session, begin.now, until.now) if any(_reads_texts(one) for one in refs) else (),
        memo={},
    )
    failing = {name: _failing(session, name) for name in _looked_after(workspace, refs)}
    return Past(workspace, tuple(refs), snapshot, seen, since, failing)


def _reads_texts(ref: RuleRef) -> bool:
    return ref.rule.when is not None and ref.rule.when.text is not None


def _metrics(workspace: Workspace, refs: Sequence[RuleRef]) -> Iterator[str]:
    for one in workspace.kpis:
        for measure in measures_of(one.use.framework.key, one.kpi):
            yield from measure.metrics
    for ref in refs:
        when = ref.rule.when
        text = "" if when is None else when.measure or when.own_measure
        if looks_like_measure(text):
            yield from parse(text).metrics


def _joined(parts: Sequence[SeriesSet], workspace: Workspace) -> SeriesSet:
    """The samples of all; an instant that several hold is taken from the first."""
    found: dict[tuple[object, ...], list[Series]] = {}
    for part in parts:
        for one in part:
            found.setdefault((one.metric, one.labels), []).append(one)
    return SeriesSet(tuple(map(_merged, found.values())), workspace.metrics)


def _merged(some: Sequence[Series]) -> Series:
    if len(some) == 1:
        return some[0]
    at = np.concatenate([one.at for one in some])
    _, kept = np.unique(at, return_index=True)
    return replace(
        some[0],
        at=at[kept],
        value=np.concatenate([one.value for one in some])[kept],
        settled=np.concatenate([one.settled for one in some])[kept],
    )


def _texts(session: Session, first: datetime, until: datetime) -> tuple[Text, ...]:
    """What was written in the stretch, and in the two weeks before it."""
    return tuple(
        Text(
            str(one.id),
            one.kind,
            one.at,
            one.text,
            source=one.source,
            url=one.url,
            topics=one.topics,
            site=one.site,
            reach=one.reach,
            sentiment=one.sentiment,
            known_at=one.recorded_at,
        )
        for one in mentions.since(session, first - TEXT_DAYS * _DAY)
        if one.is_news and one.recorded_at <= until
    )


def _looked_after(workspace: Workspace, refs: Sequence[RuleRef]) -> Collection[str]:
    """The sources whose faults matter: all, where a rule asks for them or for numbers that are missing."""
    kinds = {ref.rule.when.kind for ref in refs if ref.rule.when is not None}
    return [one.name for one in workspace.sources] if kinds & {"source", "no_data"} else []


def _failing(session: Session, source: str) -> Failing:
    found = [one for one in runs.recent(session, source, limit=_MOST_RUNS) if one.finished_at is not None]
    found.reverse()
    return Failing(
        tuple(one.finished_at for one in found if one.finished_at is not None),
        tuple(one.faults for one in found),
    )
