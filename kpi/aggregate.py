"""The functions of the measure language over series: last, sum, mean, change and the others.

Each answers with a value or with the reason why there is none. A gap is never read as zero and never
bridged: a flow needs every day of its window, a change needs a fresh reading at both of its ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from kpi.calendar import Moment, Period
from kpi.metric import Kind, Labels, Metric, Series, SeriesSet, from_micros, to_micros
from kpi.window import ALL, Days, Window

Values = npt.NDArray[np.float64]
Instants = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_TOLERANCE = timedelta(hours=12)  # how late a collector may be before its last reading is a stale one
_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)
_NAMED_DAYS = 3
WINDOWED = ("sum", "mean", "median", "p95", "min", "max", "count", "change", "rate")
FUNCTIONS = ("last", *WINDOWED)


@dataclass(frozen=True, slots=True)
class Query:
    """One call of a function: `sum(plausible.visitors{channel="organic"}, 30d)`."""

    function: str
    metric: str
    filters: Labels
    window: Window | None

    @property
    def subject(self) -> str:
        """The metric as a reason names it."""
        if not self.filters:
            return self.metric
        return self.metric + "{" + ", ".join(f'{name}="{value}"' for name, value in self.filters) + "}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a function found: a value, or None and the reason. `at` is in microseconds."""

    value: float | None
    at: int | None = None
    period: Period | None = None
    settled: bool = True
    reason: str = ""
    is_fault: bool = False


@dataclass(frozen=True, slots=True)
class _Scope:
    """What a query looks at: its series with samples up to now, and how they behave."""

    query: Query
    series: tuple[Series, ...]
    kind: Kind
    every: int  # microseconds
    moment: Moment
    now: int

    @property
    def patience(self) -> int:
        """How old a reading may be to stand for an instant, in microseconds."""
        return self.every + _TOLERANCE // _MICROSECOND

    def nothing(self, reason: str, period: Period | None = None) -> Outcome:
        """No data, with the newest sample there is as its age."""
        newest = max(int(one.at[_upto(one, self.now) - 1]) for one in self.series)
        return Outcome(None, newest, period, True, reason)


def evaluate(query: Query, series: SeriesSet, moment: Moment) -> Outcome:
    """`query` at `moment`."""
    now = to_micros(moment.now)
    found = series.of(query.metric, query.filters)
    begun = tuple(one for one in found if len(one) and one.at[0] <= now)
    if not begun:
        known = query.metric in series.by_metric and not found
        return Outcome(
            None, reason=f"no series of {query.subject}" if known else f"{query.subject} was never measured"
        )
    metric = series.metrics.get(query.metric)
    kind = _kind(query, metric)
    if query.function == "sum" and kind is not Kind.FLOW:
        reason = f"{query.metric} is a {kind.value}: only flows can be summed; use last, mean or change"
        return Outcome(None, reason=reason, is_fault=True)
    every = (metric.every if metric else _DAY) // _MICROSECOND
    scope = _Scope(query, begun, kind, every, moment, now)
    is_pooled = metric is not None and metric.is_event and query.function in _AGGREGATES
    if kind is Kind.RATIO and len(begun) > 1 and query.function != "count" and not is_pooled:
        return scope.nothing(f"{query.metric} has {len(begun)} series that do not add up: name a label")
    return _last(scope) if query.window is None else _windowed(scope, query.window)


def _kind(query: Query, metric: Metric | None) -> Kind:
    """An unknown metric counts as a level, unless the function makes sense of flows alone."""
    if metric is not None:
        return metric.kind
    return Kind.FLOW if query.function == "sum" else Kind.LEVEL


def _upto(one: Series, instant: int) -> int:
    """How many samples lie at or before `instant`."""
    return int(one.at.searchsorted(instant, "right"))


def _last(scope: _Scope) -> Outcome:
    """The newest sample; a level adds up its labels, a flow those of the newest instant."""
    picks = [(one, _upto(one, scope.now) - 1) for one in scope.series]
    if scope.kind is Kind.FLOW:
        newest = max(int(one.at[index]) for one, index in picks)
        picks = [(one, index) for one, index in picks if one.at[index] == newest]
    value = math.fsum(float(one.value[index]) for one, index in picks)
    oldest = min(int(one.at[index]) for one, index in picks)
    return Outcome(value, oldest, None, all(bool(one.settled[index]) for one, index in picks))


def _windowed(scope: _Scope, window: Window) -> Outcome:
    first = min(int(one.at[0]) for one in scope.series)
    days = window.days(scope.moment, first)
    if days.count == 0:
        name = "these samples" if window.text == ALL else f"this {window.text}"
        return scope.nothing(f"no day of {name} is over yet", days.period)
    function = scope.query.function
    if function == "count":
        return _count(scope, days)
    if scope.kind is Kind.FLOW:
        return _flow(scope, days)
    if function in ("change", "rate"):
        return _level_change(scope, days)
    return _level(scope, days)


@dataclass(frozen=True, slots=True)
class _Slice:
    """The samples of one series inside some days."""

    at: Instants
    value: Values
    settled: Mask


def _slices(scope: _Scope, days: Days) -> list[_Slice]:
    edges = days.edges
    found = []
    for one in scope.series:
        low, high = one.at.searchsorted(edges[[0, -1]])
        if high > low:
            found.append(_Slice(one.at[low:high], one.value[low:high], one.settled[low:high]))
    return found


def _outcome(value: float, slices: Sequence[_Slice], period: Period, also: Sequence[_Slice] = ()) -> Outcome:
    newest = max(int(one.at[-1]) for one in slices)
    return Outcome(value, newest, period, all(bool(one.settled.all()) for one in (*slices, *also)))


def _count(scope: _Scope, days: Days) -> Outcome:
    slices, period = _slices(scope, days), days.period
    if slices:
        return _outcome(float(sum(len(one.at) for one in slices)), slices, period)
    before = _newest_before(scope, days)
    if before is None:
        return scope.nothing(f"{scope.query.subject} was not measured before today", period)
    return Outcome(0.0, before, period)


def _newest_before(scope: _Scope, days: Days) -> int | None:
    """The newest sample before the end of `days`."""
    end = int(days.edges[-1])
    found = (int(one.at[index - 1]) for one in scope.series if (index := int(one.at.searchsorted(end))))
    return max(found, default=None)


def _flow(scope: _Scope, days: Days) -> Outcome:
    """A function over the amounts of each day; every day must have been measured."""
    function, period = scope.query.function, days.period
    before = days.before() if function == "change" else None
    if before is not None and scope.query.window is not None and scope.query.window.text == ALL:
        return scope.nothing("nothing lies before all of its samples: name a shorter window", period)
    for stretch in (days, before):
        if stretch is not None and (reason := _missing(scope, stretch)):
            return scope.nothing(reason + (" (the window before)" if stretch is before else ""), period)
    slices = _slices(scope, days)
    if not slices or (before is not None and not _slices(scope, before)):
        # What is counted by the month covers days in which no month of it begins.
        return scope.nothing(f"no amount of {scope.query.subject} begins in these days", period)
    if function in ("mean", "median", "p95", "min", "max"):
        return _outcome(_AGGREGATES[function](_day_totals(slices, days)), slices, period)
    value = _total(slices)
    if function == "rate":
        value /= days.count
    if before is None:
        return _outcome(value, slices, period)
    earlier = _slices(scope, before)
    return _outcome(value - _total(earlier), slices, period, also=earlier)


def _total(slices: Sequence[_Slice]) -> float:
    return math.fsum(float(one.value.sum()) for one in slices)


def _day_totals(slices: Sequence[_Slice], days: Days) -> Values:
    totals = np.zeros(days.count)
    for one in slices:
        np.add.at(totals, days.edges.searchsorted(one.at, "right") - 1, one.value)
    return totals


def _missing(scope: _Scope, days: Days) -> str:
    """Which days nobody measured, or nothing. A sample covers as many days as its metric's period has."""
    edges = days.edges
    span = max(1, round(scope.every / (_DAY // _MICROSECOND)))
    covered = np.zeros(days.count, dtype=np.bool_)
    for one in scope.series:
        low, high = one.at.searchsorted(edges[[0, -1]])
        covered[edges.searchsorted(one.at[low:high], "right") - 1] = True
        if span > 1:
            _spread(covered, one.at[:high], edges, span)
    if covered.all():
        return ""
    gaps = np.flatnonzero(~covered)
    if len(gaps) == days.count:
        return _absent(scope, days)
    named = ", ".join(f"{day.day} {day:%b}" for day in map(days.day, gaps[:_NAMED_DAYS].tolist()))
    more = f" and {len(gaps) - _NAMED_DAYS} more" if len(gaps) > _NAMED_DAYS else ""
    return f"{len(gaps)} of {days.count} days missing: {named}{more}"


def _spread(covered: Mask, at: Instants, edges: Instants, span: int) -> None:
    """Mark the days that the samples of a slow flow reach over, also of those that began before the days."""
    starts = np.rint((at - edges[0]) / (_DAY // _MICROSECOND)).astype(np.int64)
    for offset in range(span):
        reached = starts + offset
        covered[reached[(reached >= 0) & (reached < len(covered))]] = True


def _level(scope: _Scope, days: Days) -> Outcome:
    """A function over the readings: several levels are added up day by day, events are thrown together."""
    slices, period = _slices(scope, days), days.period
    if not slices:
        return scope.nothing(_absent(scope, days), period)
    is_apart = len(slices) > 1 and scope.kind is Kind.LEVEL
    values = _day_levels(scope, days) if is_apart else np.concatenate([one.value for one in slices])
    if not len(values):
        return scope.nothing(f"no day has a reading of every series of {scope.query.subject}", period)
    return _outcome(_AGGREGATES[scope.query.function](values), slices, period)


def _day_levels(scope: _Scope, days: Days) -> Values:
    """The total at the end of each day on which every series that had begun, and has not ended, was fresh."""
    ends = days.edges[1:]
    totals, usable = np.zeros(days.count), np.ones(days.count, dtype=np.bool_)
    begun = np.zeros(days.count, dtype=np.bool_)
    for one in _alive(scope, int(days.edges[0]), int(ends[-1])):
        index = one.at.searchsorted(ends) - 1
        has_begun = index >= 0
        fresh = ends - one.at[np.maximum(index, 0)] <= scope.patience
        totals += np.where(has_begun, one.value[np.maximum(index, 0)], 0.0)
        usable &= fresh | ~has_begun
        begun |= has_begun
    return totals[usable & begun]


def _alive(scope: _Scope, start: int, end: int) -> list[Series]:
    """The series that have begun before `end` and had not stopped before `start`."""
    found = []
    for one in scope.series:
        index = int(one.at.searchsorted(end)) - 1
        if index >= 0 and start - one.at[index] <= scope.patience:
            found.append(one)
    return found


def _level_change(scope: _Scope, days: Days) -> Outcome:
    """The difference between the readings at both ends of the days, in total or per day."""
    window, period = scope.query.window, days.period
    start, end = int(days.edges[0]), int(days.edges[-1])
    if window is not None and window.text == ALL:
        start = min(int(one.at[0]) for one in scope.series) + 1
    alive = _alive(scope, start, end)
    if not alive:
        return scope.nothing(_absent(scope, days), period)
    before, after = _at_boundary(scope, alive, start), _at_boundary(scope, alive, end)
    for reading in (before, after):
        if reading.value is None:
            return scope.nothing(reading.reason, period)
    change = (after.value or 0.0) - (before.value or 0.0)
    if scope.query.function == "rate":
        change /= days.count
    return Outcome(change, after.at, period, before.settled and after.settled)


def _at_boundary(scope: _Scope, alive: Sequence[Series], instant: int) -> Outcome:
    """The total right before `instant`, unless one of its readings is too old to stand for it."""
    picks = [(one, index) for one in alive if (index := int(one.at.searchsorted(instant)) - 1) >= 0]
    day = _date(instant, scope)
    if not picks:
        return Outcome(None, reason=f"{scope.query.subject} has no reading before {day}")
    oldest = min(int(one.at[index]) for one, index in picks)
    if instant - oldest > scope.patience:
        reason = (
            f"{scope.query.subject} has no reading right before {day}, the last is of {_date(oldest, scope)}"
        )
        return Outcome(None, reason=reason)
    value = math.fsum(float(one.value[index]) for one, index in picks)
    return Outcome(value, oldest, None, all(bool(one.settled[index]) for one, index in picks))


def _absent(scope: _Scope, days: Days) -> str:
    """The reason when none of the days has a sample."""
    before = _newest_before(scope, days)
    words = scope.query.window.words if scope.query.window else ""
    newest = f"; the newest before is of {_date(before, scope)}" if before is not None else ""
    return f"no sample of {scope.query.subject} {words}{newest}"


def _date(micros: int, scope: _Scope) -> str:
    day = from_micros(micros).astimezone(scope.moment.zone)
    return f"{day.day} {day:%b}" if day.year == scope.moment.today.year else f"{day.day} {day:%b %Y}"


def _quantile(values: Values, share: float) -> float:
    """The value below which `share` of them lie, interpolated between neighbours."""
    ordered = np.sort(values)
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low] + (ordered[high] - ordered[low]) * (place - low))


_AGGREGATES: Mapping[str, Callable[[Values], float]] = {
    "mean": lambda values: float(values.mean()),
    "median": lambda values: _quantile(values, 0.5),
    "p95": lambda values: _quantile(values, 0.95),
    "min": lambda values: float(values.min()),
    "max": lambda values: float(values.max()),
}
