"""Standing: where one KPI is at an instant, and everything needed to say it.

The number, its age, the target in force, met or not, percent of target, zone, trend and pace come out of
one evaluation, so that the words and the picture of a reply agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from kpi.calendar import STEADY, Moment, Plan
from kpi.cohort import lag_days
from kpi.framework import Framework, Kpi
from kpi.horizon import TargetInForce, placed, target_in_force
from kpi.judgement import Judgement, Judgements, judged, words
from kpi.measure import Reading, State
from kpi.metric import SeriesSet
from kpi.own_pace import OwnPace, own_pace_of
from kpi.pace import Line, Pace, pace_on
from kpi.reading import (
    TOLERANCE,
    age_of,
    is_as_at,
    is_running_total,
    is_stale,
    lag,
    measures_of,
    merged,
    needed,
    read,
)
from kpi.scoring import aim, as_percent, direction, gap, met, percent_of_way, share_of_target
from kpi.trend import Trend, TrendReading, closes, trend_of
from kpi.zone import Zone, limits_of, zone_of

__all__ = [
    "OwnPace",
    "Pace",
    "SourceFault",
    "Standing",
    "StandingContext",
    "State",
    "TargetInForce",
    "Trend",
    "TrendReading",
    "Zone",
    "needs",
    "needs_of_all",
    "standing",
    "standings",
]


START_AGE = timedelta(days=1) + TOLERANCE
"""How old a reading may be at the close of Day 0 to count as the value at the start."""


@dataclass(frozen=True, slots=True)
class SourceFault:
    """A source that cannot be read at present, since when, and what helps."""

    source: str
    kind: str
    message: str
    hint: str
    since: datetime


@dataclass(frozen=True, slots=True)
class StandingContext:
    """What all standings of one framework share at one instant.

    `faults` are the sources that fail now, by metric or by the beginning of metric names (`github`).
    `issues` are the keys of KPIs with an open critical issue; `judgements` what people said by then.
    """

    framework: Framework
    plan: Plan
    moment: Moment
    series: SeriesSet
    faults: Mapping[str, SourceFault] = field(default_factory=dict)
    issues: frozenset[str] = frozenset()
    judgements: Judgements = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a KPI is. `percent_of_target` is not rounded, `progress` is percent of the way from baseline.

    A target in words is `met` or not by the `judgement` of a person. `age` is that of the newest sample; of a
    cohort it is the time since it was complete.
    """

    kpi: Kpi
    framework: str
    reading: Reading
    target: TargetInForce | None
    percent_of_target: float | None
    met: bool | None
    zone: Zone
    zone_reason: str
    trend: TrendReading
    pace: Pace | None
    progress: float | None
    fault: SourceFault | None
    age: timedelta | None
    is_stale: bool
    judgement: Judgement | None = None
    own_pace: OwnPace | None = None
    earlier: TargetInForce | None = None  # the one before, where today's horizon has none of its own
    limits: tuple[float, ...] = ()  # the percents of target on which its framework turns something

    @property
    def value(self) -> float | None:
        """The value in the KPI's unit; with a fault it is the last known one."""
        return self.reading.value

    @property
    def gap(self) -> float | None:
        """The value less its target, in the KPI's unit; in points for a planned mix, 0 inside a range."""
        if self.target is None or not self.target.is_numeric:
            return None
        return gap(self.target.goal, self.value)

    @property
    def state(self) -> State:
        """Value, no data, or fault: a failing source counts once the value is missing or overdue."""
        if self.fault is not None and (self.reading.value is None or self.is_stale):
            return State.FAULT
        return self.reading.state


def standing(kpi: Kpi, context: StandingContext) -> Standing:
    """Where `kpi` stands."""
    key, moment, series = context.framework.key, context.moment, context.series
    reading = read(key, kpi, series=series, moment=moment)
    target = target_in_force(kpi, context.framework, context.plan, moment.day)
    goal = target.goal if target is not None and target.is_numeric else None
    said = None if goal is not None else _judgement(kpi, context, target)
    trend = _trend(kpi, context, reading)
    share = None if goal is None else share_of_target(goal, reading.value, kpi.better)
    why_not = _no_zone(kpi, context, target, reading)
    zone, zone_reason = _zone(kpi, context, share, trend.trend, why_not=why_not)
    is_judged_met = None if said is None else said.met
    return Standing(
        kpi=kpi,
        framework=key,
        reading=reading,
        target=target,
        percent_of_target=as_percent(share),
        met=is_judged_met if goal is None else met(goal, reading.value, kpi.better),
        zone=zone,
        zone_reason=zone_reason,
        trend=trend,
        pace=_pace(kpi, context, target, reading.value),
        progress=_progress(kpi, target, reading.value),
        fault=_fault(kpi, context),
        age=age_of(kpi, reading, moment),
        is_stale=is_stale(key, kpi, reading, series=series, moment=moment),
        judgement=said,
        own_pace=own_pace_of(kpi, reading=reading, trend=trend, target=target, today=moment.day),
        earlier=_earlier(context, target),
        limits=limits_of(context.framework),
    )


def standings(context: StandingContext) -> dict[str, Standing]:
    """The standing of every KPI of the framework, by key, in the order of the document."""
    return {kpi.key: standing(kpi, context) for kpi in context.framework.kpis}


def needs(kpi: Kpi, context: StandingContext) -> dict[str, datetime]:
    """Since when each metric must be read for the standing of `kpi`; `context.series` is not looked at."""
    moment = context.moment
    moments = [moment, *closes(moment)]
    target = target_in_force(kpi, context.framework, context.plan, moment.day)
    if (start := _start_moment(kpi, context, target)) is not None:
        moments.append(start)
    found: dict[str, datetime] = {}
    for one in moments:
        found = merged(found, needed(context.framework.key, kpi, one))
    return found


def needs_of_all(context: StandingContext) -> dict[str, datetime]:
    """Since when each metric must be read for the standings of every KPI of the framework."""
    found: dict[str, datetime] = {}
    for kpi in context.framework.kpis:
        found = merged(found, needs(kpi, context))
    return found


def _earlier(context: StandingContext, target: TargetInForce | None) -> TargetInForce | None:
    """The target before the one in force, while a horizon lasts for which the document states none.

    Between Q2 and Q4 the next one applies and nothing is interpolated, so both have to be told.
    """
    before = None if target is None else target.previous
    if target is None or before is None or STEADY in (target.horizon, before.horizon):
        return None
    horizons, plan, today = context.framework.horizons, context.plan, context.moment.day
    first, last = horizons[before.horizon].position, horizons[target.horizon].position
    between = (key for key, one in horizons.items() if first < one.position < last)
    lasts = any(plan.deadline(key) is not None and not plan.is_past(key, today) for key in between)
    return placed(before, context.framework, plan, today) if lasts else None


def _judgement(kpi: Kpi, context: StandingContext, target: TargetInForce | None) -> Judgement | None:
    """What a person had said of a target in words by then; of a number nobody's word counts."""
    if target is None or not target.is_in_words:
        return None
    found = judged(context.judgements, kpi=kpi.key, horizon=target.horizon, text=target.goal.text)
    return found if found is not None and found.at <= context.moment.now else None


def _trend(kpi: Kpi, context: StandingContext, now: Reading) -> TrendReading:
    key, series, moment = context.framework.key, context.series, context.moment

    def read_at(close: Moment) -> Reading:
        is_as_now = close.today == moment.today and is_as_at(close, kpi, now, series)
        return now if is_as_now else read(key, kpi, series=series, moment=close)

    return trend_of(
        read_at,
        moment,
        kpi.better,
        is_running_total=is_running_total(key, kpi),
        lag_days=0 if kpi.measure is None else lag_days(kpi),
    )


def _zone(
    kpi: Kpi, context: StandingContext, share: Fraction | None, trend: Trend, *, why_not: str
) -> tuple[Zone, str]:
    if why_not:
        return Zone.UNKNOWN, why_not
    return zone_of(share, context.framework.zones, trend=trend, has_critical_issue=kpi.key in context.issues)


def _no_zone(kpi: Kpi, context: StandingContext, target: TargetInForce | None, reading: Reading) -> str:
    """Why no zone can be told; empty where one can."""
    if target is not None and not target.is_numeric and target.is_applicable:
        return _in_words(kpi, context, target)
    if not context.framework.zones:
        return f"{context.framework.title} states no zones"
    if target is None:
        return "it has no target"
    if not target.is_applicable:
        return f"no target applies at {target.title}"
    if reading.value is None:
        return reading.reason or "no data"
    if met(target.goal, reading.value, kpi.better) is None:
        return f"“{target.goal.text}” is a planned share: nothing passes or fails"
    return ""


def _in_words(kpi: Kpi, context: StandingContext, target: TargetInForce) -> str:
    """Why there is no zone for words: no percent exists, only what a person says."""
    if target.is_undecided:
        return f"“{target.goal.text}”: its target is still to be set"
    return words(target.goal.text, _judgement(kpi, context, target), context.moment)


def _start_moment(kpi: Kpi, context: StandingContext, target: TargetInForce | None) -> Moment | None:
    """When the value at the start is read: at the close of Day 0, or now while that day lasts.

    None where a pace needs no such value: a baseline is written, or no line can be drawn.
    """
    start, moment = context.plan.start, context.moment
    if start is None or target is None or target.deadline is None or kpi.baseline is not None:
        return None
    if moment.day < start or not target.is_numeric or aim(target.goal, kpi.better) is None:
        return None
    return moment.close_of(start) if start < moment.day else moment


def _start_value(kpi: Kpi, context: StandingContext, target: TargetInForce) -> float | None:
    """The KPI's written baseline, else what it read on Day 0; an older value is not carried there."""
    if kpi.baseline is not None:
        return kpi.baseline
    moment = _start_moment(kpi, context, target)
    if moment is None:
        return None
    first = read(context.framework.key, kpi, series=context.series, moment=moment)
    late = lag(kpi, first, moment)
    is_recent = first.at is not None and moment.now - late - first.at <= START_AGE
    return first.value if is_recent else None


def _pace(
    kpi: Kpi, context: StandingContext, target: TargetInForce | None, value: float | None
) -> Pace | None:
    start = context.plan.start
    if start is None or target is None or target.deadline is None or not target.is_applicable:
        return None
    end_value, start_value = aim(target.goal, kpi.better), _start_value(kpi, context, target)
    if end_value is None or start_value is None:
        return None
    better, rhythm = direction(target.goal, kpi.better), kpi.rhythm or context.plan.rhythm
    line = Line(start, target.deadline, start_value, end_value, better, rhythm)
    return pace_on(line, context.moment.day, value)


def _progress(kpi: Kpi, target: TargetInForce | None, value: float | None) -> float | None:
    end = None if target is None or not target.is_applicable else aim(target.goal, kpi.better)
    if end is None or kpi.baseline is None or value is None:
        return None
    return percent_of_way(kpi.baseline, end, value)


def _fault(kpi: Kpi, context: StandingContext) -> SourceFault | None:
    """The fault of the first of the KPI's metrics that has one, by the longest name that matches."""
    if not context.faults:
        return None
    for metric in sorted(next(measures_of(context.framework.key, kpi)).metrics):
        name = metric
        while name:
            if name in context.faults:
                return context.faults[name]
            name = name.rpartition(".")[0]
    return None
