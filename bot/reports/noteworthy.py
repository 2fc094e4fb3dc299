"""What is worth saying of a change beside its size: the day's own count, who moved it, how rare it is.

It is looked up for the few changes that an update shows, in the history that was read for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.reports.changes import Change, Span
from bot.reports.history import history
from bot.reports.snapshot import Snapshot
from bot.workspace import KpiRef
from kpi.by_day import ByDay, amounts, closes
from kpi.expression import Call
from kpi.framework import Kpi
from kpi.measure import Measure, parse
from kpi.metric import SeriesSet
from kpi.movers import Mover, decompose, decompose_kpi, labels_of
from kpi.quantity import Better
from kpi.standing import Standing
from kpi.streaks import Flags, Rarity, Values, first_since, gains, rarest
from kpi.unit import BARE, Unit
from kpi.usual import FEWEST, MOST, Usual, usual
from kpi.window import Window
from kpi.workdays import Closed

CHART_DAYS = 90
"""How far back the chart goes, and what is looked at of a measure that has to be asked for each day."""

_YEAR_DAYS = 371  # 53 weeks
_MOST_SAMPLES = 20_000  # that may be read for the history of a KPI
_FEW_VALUES = 25  # of a label: more tell nobody who it was
_LEAST_SHARE = 0.4
_FEW = 10  # of counts below, any is as good as another
_UNLIKE = 2.0
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Count:
    """What happened on the days of an update alone, of a KPI that adds up what happens."""

    value: float
    unit: Unit
    usual: Usual | None
    is_holiday: bool

    @property
    def side(self) -> int:
        """-1 below what is usual, 1 above it; 0 inside, or where that is not known."""
        return 0 if self.usual is None else self.usual.side(self.value)


@dataclass(frozen=True, slots=True)
class Remark:
    """What there is to say of one change."""

    count: Count | None = None
    mover: Mover | None = None
    rarity: Rarity | None = None
    of_gain: bool = False  # the rarity is one of what the day brought, not of the value
    ahead_since: date | None = None  # where it is ahead of its pace again: the last day it was so before


def days_back(refs: Iterable[KpiRef], snapshot: Snapshot) -> int:
    """How far back history is worth reading: a year; less where samples lie so densely that it takes long."""
    densest = max((_per_day(ref, snapshot) for ref in refs), default=0.0)
    return int(min(_YEAR_DAYS, max(CHART_DAYS, _MOST_SAMPLES / densest if densest else _YEAR_DAYS)))


def _per_day(ref: KpiRef, snapshot: Snapshot) -> float:
    """Samples a day of what a KPI reads, by those that were read already."""
    found = 0.0
    for metric in _metrics(ref.kpi):
        since = snapshot.since.get(metric)
        if since is not None:
            days = max((snapshot.moment.now - since) / timedelta(days=1), 1.0)
            found += sum(len(one) for one in snapshot.series.by_metric.get(metric, ())) / days
    return found


def _metrics(kpi: Kpi) -> frozenset[str]:
    return frozenset() if kpi.measure is None else parse(kpi.measure).metrics


def noticed(changes: Iterable[Change], snapshot: Snapshot, span: Span) -> list[Change]:
    """The changes, each sum with how its last day compares with its weekday, which the sum hardly shows."""
    return [_noticed(one, snapshot, span) for one in changes]


def _noticed(change: Change, snapshot: Snapshot, span: Span) -> Change:
    """Nothing is told where the samples that were read for the sum do not reach four weeks back."""
    flow = None if span.days > 1 or change.delta is None else flow_of(change.ref, snapshot.series)
    if flow is None:
        return change
    query = flow.queries[0]
    since = snapshot.since.get(query.metric, snapshot.moment.now)
    days = min((snapshot.moment.now - since).days, 7 * MOST + 1)
    found = amounts(query, snapshot.series, snapshot.moment, days) if days > 7 * FEWEST else None
    if found is None or (value := found.values[-1][1]) is None:
        return change
    amount_of = {day: amount for day, amount in found.values[-1::-7] if amount is not None}
    expected = usual(amount_of, span.close.day, closed=_closed(snapshot, span))
    if expected is None:
        return change
    if not expected.side(value) or max(value, expected.low) < _FEW:
        return replace(change, is_usual=True)
    return replace(change, stands_out=_times(value, expected))


def _times(value: float, expected: Usual) -> float:
    """How many times what is usual a count is, or how many times it fits into that; 0 below twice."""
    if value > _UNLIKE * expected.high:
        return value / max(expected.high, 1.0)
    return expected.low / max(value, 1.0) if _UNLIKE * value < expected.low else 0.0


def remark(change: Change, standing: Standing, snapshot: Snapshot, span: Span) -> Remark:
    """All there is to say of a change; nothing of what was entered by hand, or has no value at both ends."""
    if change.ref.kpi.measure is None or change.delta is None or standing.reading.reason:
        return Remark()
    days = days_back((change.ref,), snapshot)
    flow = flow_of(change.ref, snapshot.series)
    if flow is not None and change.latest:
        return _of_flow(change, flow, snapshot, span, days=days)
    found, is_level = _values(change, snapshot, days)
    if found is None:
        return Remark(mover=_mover_of_kpi(change.ref, snapshot, span))
    rarity, of_gain = rarest(found.values, is_whole=found.is_whole), False
    if rarity is None and is_level and span.days == 1:
        rarity, of_gain = rarest(gains(found.values)), True
    ahead = first_since(_ahead(found.values, standing)) if span.days == 1 else None
    return Remark(None, _mover_of_kpi(change.ref, snapshot, span), rarity, of_gain, ahead)


def flow_of(ref: KpiRef, series: SeriesSet) -> Measure | None:
    """What a KPI adds up over several days, of one day; None where it adds up nothing, or not by the day."""
    root = None if ref.kpi.measure is None else parse(ref.kpi.measure).root
    if not isinstance(root, Call) or root.query.function != "sum" or ref.kpi.matures is not None:
        return None
    known = series.metrics.get(root.query.metric)
    if known is None or known.every > timedelta(days=1) or root.query.window == Window("1d", 1):
        return None
    query = replace(root.query, window=Window("1d", 1))
    return Measure(ref.kpi.measure or "", Call(query), (query,))


def _of_flow(change: Change, flow: Measure, snapshot: Snapshot, span: Span, *, days: int) -> Remark:
    found = amounts(flow.queries[0], snapshot.series, snapshot.moment, days)
    values = [] if found is None else list(found.values)
    own = [value for _, value in values[-span.days :]]
    if found is None or not own or None in own:
        return Remark()
    factor, unit = _in_unit(change, snapshot, span)
    if factor is None:
        return Remark()
    amount_of = {day: value * factor for day, value in values if value is not None}
    last = span.close.day
    value = sum(one for one in own if one is not None) * factor
    closed = _closed(snapshot, span)
    expected = usual(amount_of, last, days=span.days, closed=closed)
    count = Count(value, unit, expected, span.days == 1 and last in closed)
    rarity = None
    if span.days == 1 and not count.is_holiday:
        rarity = rarest(values, is_whole=found.is_whole, by_weekday=True)
    return Remark(count, _mover_of_day(flow, snapshot, span) if count.side else None, rarity)


def _in_unit(change: Change, snapshot: Snapshot, span: Span) -> tuple[float | None, Unit]:
    """What turns a sum of samples into the KPI's unit, and the unit to print it in."""
    kpi = change.ref.kpi
    raw = parse(kpi.measure or "").evaluate(snapshot.series, span.close).value
    if not raw or change.latest is None:
        return None, kpi.unit
    return change.latest / raw, BARE if kpi.unit.kind == "count" else kpi.unit


def _closed(snapshot: Snapshot, span: Span) -> Closed:
    return snapshot.workspace.calendar.closures(span.close.day.year)


def _values(change: Change, snapshot: Snapshot, days: int) -> tuple[ByDay | None, bool]:
    """The values day by day, and whether they are of a level: many at once where its measure is its newest
    reading, and otherwise those of the chart."""
    kpi = change.ref.kpi
    root = parse(kpi.measure or "").root
    if isinstance(root, Call) and root.query.function == "last" and kpi.matures is None:
        found = closes(root.query, snapshot.series, snapshot.moment, days)
        if found is not None and found.values[-1][1] == change.latest:
            return found, True
    past = history(change.ref, snapshot, CHART_DAYS)
    zone = snapshot.moment.zone
    values = tuple((at.astimezone(zone).date(), value) for at, value in past.days)
    return (ByDay(values, is_whole=False) if values[-1][1] == change.latest else None), False


def _ahead(values: Values, standing: Standing) -> Flags:
    """On which days since the start the value was at least where its pace wanted it."""
    pace = standing.pace
    if pace is None or standing.target is None or standing.target.is_past:
        return ()
    sign = -1.0 if standing.kpi.better is Better.LOWER else 1.0
    return [
        (day, None if value is None else sign * (value - pace.expected_on(day)) >= 0)
        for day, value in values
        if pace.start < day <= pace.end
    ]


def _mover_of_kpi(ref: KpiRef, snapshot: Snapshot, span: Span) -> Mover | None:
    """Who moved the value between the two ends of the span."""
    key, kpi = ref.use.framework.key, ref.kpi
    found = (
        decompose_kpi(key, kpi, series=snapshot.series, between=(span.before, span.close), by=by)
        for by in _labels(parse(kpi.measure or ""), snapshot.series)
    )
    return _foremost(one.movers for one in found if one is not None)


def _mover_of_day(flow: Measure, snapshot: Snapshot, span: Span) -> Mover | None:
    """Who made a day unlike the same one of the week before."""
    if span.days != 1:
        return None
    before = snapshot.moment.close_of(span.close.day - _WEEK)
    found = (
        decompose(flow, snapshot.series, before, span.close, by=by) for by in _labels(flow, snapshot.series)
    )
    return _foremost(one.movers for one in found if one is not None)


def _labels(measure: Measure, series: SeriesSet) -> list[str]:
    """The labels that tell the measure apart into a few parts."""
    own = [one for name in measure.metrics for one in series.by_metric.get(name, ())]
    if len(own) > 4 * _FEW_VALUES:
        return []
    names = labels_of(measure, series)
    return [by for by in names if len({dict(one.labels).get(by) for one in own}) <= _FEW_VALUES]


def _foremost(breakdowns: Iterable[tuple[Mover, ...]]) -> Mover | None:
    """The one that explains most of a change, of the label with the fewest values; below two fifths none."""
    found = [(movers[0].share_of_change or 0.0, -len(movers), movers[0]) for movers in breakdowns if movers]
    best = max(found, key=lambda one: one[:2], default=None)
    return best[2] if best is not None and best[0] >= _LEAST_SHARE else None
