"""The history of a KPI made ready to be forecast, and the forecast turned into the days ahead of the KPI."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np
import numpy.typing as npt

from kpi import measure
from kpi.aggregate import Query
from kpi.calendar import Moment, day_of, day_start
from kpi.cohort import lag_days, ripe
from kpi.expression import Call, Node, calls
from kpi.forecast import Forecast, History
from kpi.framework import Kpi
from kpi.landing_ahead import Ahead
from kpi.landing_days import Levels, Made, Sums, made_of
from kpi.landing_sums import added_up, block, readings, value_at
from kpi.metric import SeriesSet, from_micros
from kpi.reading import entry_metric, is_entered, lag, read
from kpi.standing import StandingContext
from kpi.window import ALL, Days

Array = npt.NDArray[np.float64]
HISTORY_DAYS = 730
"""How many closed days are learned from at most."""

LEAST_DAYS = 10
LEAST_ENTRIES = 8
"""Fewer closed days with a value, or fewer readings that come days apart, show no way to go on."""

_SILENT_DAYS = 28  # after as many without a value, nothing tells where it is
_READ_DAYS = 182  # of a measure that has to be evaluated close by close
_CHECKED = 3  # closes at which the daily readings have to add up to what the measure reads
_NEWEST_GAPS = 12

Why = Literal["no data", "few days", "few entries", "silent", "far"]


@dataclass(frozen=True, slots=True)
class NoLanding:
    """Why nothing can be said: `have` of the `need` days or entries, or what the reading itself says."""

    why: Why
    have: int = 0
    need: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """A KPI before its forecast. `last` is the closed day that its newest reading tells of."""

    kpi: Kpi
    made: Made  # in the KPI's unit, up to the newest reading
    scale: float  # of `Sums`: one of what is added up is so much in the KPI's unit
    last: date
    today: date
    step: int  # days from one reading to the next, or days that are taken together
    history: History
    known: int
    bounds: tuple[float | None, float | None]

    def steps(self, days: int) -> int:
        """How many steps ahead have to be foreseen for `days` days from today on."""
        return max(1, -(-(days + (self.today - self.last).days) // self.step))


def course(kpi: Kpi, context: StandingContext) -> Course | NoLanding:
    """What is known of `kpi` by the close of yesterday, as far as it can be forecast."""
    moment, framework = context.moment, context.framework.key
    reading = read(framework, kpi, series=context.series, moment=moment)
    if reading.value is None:
        return NoLanding("no data", reason=reading.reason)
    entered = is_entered(kpi, reading)
    root: Node
    if entered or kpi.measure is None:
        root, late = Call(Query("last", entry_metric(framework, kpi), (), None)), 0
    else:
        root, late = measure.parse(kpi.measure).root, lag_days(kpi)
    at = moment if entered else ripe(kpi, moment)
    days = _days(root, context.series, at)
    if days is None:
        return NoLanding("few days", 0, LEAST_DAYS)
    made = made_of(root, context.series, days)
    scale = None if made is None else _scale(made, days, kpi, context, late)
    if made is None or scale is None:
        count = min(days.count, _READ_DAYS)
        days = Days(at.today - timedelta(days=count), count, at.zone)
        made, scale = Levels(_read_by_close(kpi, context, days, late)), 1.0
    if isinstance(made, Levels):
        made = Levels(made.values * scale)
    return _ready(kpi, made, scale, moment.today, days.first + timedelta(days=late))


def _days(root: Node, series: SeriesSet, moment: Moment) -> Days | None:
    """The closed days from the first sample of all that is read, at most `HISTORY_DAYS`."""
    begun = [
        day_of(from_micros(int(one.at[0])), moment.zone)
        for query in calls(root)
        for one in series.of(query.metric, query.filters)
        if len(one)
    ]
    first = max(min(begun, default=moment.today), moment.today - timedelta(days=HISTORY_DAYS))
    return None if first >= moment.today else Days(first, (moment.today - first).days, moment.zone)


def _scale(made: Made, days: Days, kpi: Kpi, context: StandingContext, late: int) -> float | None:
    """What one of `made` is in the KPI's unit; None where the two do not agree at the closes looked at."""
    scale: float | None = None
    compared = 0
    for place in _checked(made, days.count):
        own = _at(made, place, days)
        close = context.moment.close_of(days.day(place) + timedelta(days=late))
        found = read(context.framework.key, kpi, series=context.series, moment=close)
        if own is None or found.value is None:
            continue
        compared += 1
        if own and found.value:
            scale = found.value / own if scale is None else scale
        if not math.isclose(own * (scale or 1.0), found.value, rel_tol=1e-6, abs_tol=1e-9):
            return None
    return (scale or 1.0) if compared else None


def _checked(made: Made, count: int) -> Iterable[int]:
    """The newest closes, and one further back."""
    values = made.values if isinstance(made, Levels) else made.amounts
    known = np.flatnonzero(~np.isnan(values))
    picked = (*known[:-_CHECKED:-1], *known[-count // 4 :][:1])
    return tuple(int(place) for place in dict.fromkeys(picked))


def _at(made: Made, place: int, days: Days) -> float | None:
    if isinstance(made, Levels):
        return float(made.values[place])
    return value_at(made, place, days.day(place))


def _read_by_close(kpi: Kpi, context: StandingContext, days: Days, late: int) -> Array:
    """The value at the close of each day on which something was measured."""
    values = np.full(days.count, np.nan)
    for place in range(days.count):
        close = context.moment.close_of(days.day(place) + timedelta(days=late))
        found = read(context.framework.key, kpi, series=context.series, moment=close)
        if found.value is None or found.at is None or is_entered(kpi, found):
            continue
        if found.at + lag(kpi, found, close) >= day_start(close.day, close.zone):
            values[place] = found.value
    return values


def _ready(kpi: Kpi, made: Made, scale: float, today: date, first: date) -> Course | NoLanding:
    """Cut to the readings there are, in their own step, with the limits they keep to."""
    by_day = made.values if isinstance(made, Levels) else made.amounts
    known = np.flatnonzero(np.isfinite(by_day))
    step = _step(known) if isinstance(made, Levels) else 1
    need = LEAST_DAYS if step == 1 else LEAST_ENTRIES
    if len(known) < need:
        return NoLanding("few days" if step == 1 else "few entries", len(known), need)
    start, end = int(known[0]), int(known[-1])
    silent = (today - first).days - 1 - end
    if silent > max(_SILENT_DAYS, 3 * step):
        return NoLanding("silent", silent, max(_SILENT_DAYS, 3 * step))
    cut = _cut(made, start, end + 1)
    if isinstance(cut, Sums):
        step = block(cut)
        values = readings(cut, step)
    else:
        values = cut.values[known - start] if step > 1 else cut.values
    seen = values[np.isfinite(values)]
    if not len(seen):
        return NoLanding("no data")
    bounds = limits(kpi, _in_unit(made, seen, scale))
    history = _history(made, values, scale, bounds)
    last = first + timedelta(days=end)
    return Course(kpi, cut, scale, last, today, step, history, len(known), bounds)


def _step(known: npt.NDArray[np.int_]) -> int:
    """How many days usually lie between two readings: one every weekday still counts as daily."""
    gaps = np.diff(known)[-_NEWEST_GAPS:]
    return max(1, round(float(np.median(gaps)))) if len(gaps) else 1


def _cut(made: Made, start: int, end: int) -> Made:
    if isinstance(made, Levels):
        return Levels(made.values[start:end])
    weights = None if made.weights is None else made.weights[start:end]
    return replace(made, amounts=made.amounts[start:end], weights=weights)


def _in_unit(made: Made, readings: Array, scale: float) -> Array:
    if isinstance(made, Levels):
        return readings
    return (made.offset + made.factor * readings) * scale


def _history(made: Made, values: Array, scale: float, bounds: tuple[float | None, float | None]) -> History:
    known = values[np.isfinite(values)]
    listed = [value if math.isfinite(value) else None for value in values.tolist()]
    if isinstance(made, Levels):
        return History(listed, floor=bounds[0], ceiling=bounds[1])
    floor = 0.0 if known.min() >= 0 else None
    by, high = made.factor * scale, bounds[1]
    ceiling = high / by if high is not None and by > 0 and not made.offset else None
    return History(listed, floor=floor, ceiling=ceiling, is_growing=False)


def limits(kpi: Kpi, values: Array) -> tuple[float | None, float | None]:
    """Between which values a KPI stays, as far as its unit, its measure and all its readings say."""
    if kpi.unit.numerator == "count:nps":
        return -100.0, 100.0
    if _may_fall_below_zero(kpi) or values.min() < 0:
        return None, None
    full = 1 / float(kpi.unit.scale) if kpi.unit.kind in ("ratio", "score") and not kpi.unit.is_rate else None
    is_over = full is not None and values.max() > full * (1 + 1e-9)
    return 0.0, None if is_over else full


def _may_fall_below_zero(kpi: Kpi) -> bool:
    """Whether the measure takes something away: what is left of a whole does not count."""
    if kpi.measure is None:
        return False
    found = measure.parse(kpi.measure)
    has_change = any(query.function in ("change", "rate") for query in found.queries)
    return has_change or ("-" in found.text.partition("{")[0] and kpi.unit.kind != "ratio")


def ahead_of(own: Course, found: Forecast) -> Ahead:
    """The days ahead, from today on, by the forecast of the history of `own`."""
    skipped = (own.today - own.last).days - 1  # closed days after the newest reading
    made, low = own.made, own.bounds[0]
    if isinstance(made, Levels):
        mean, rows = np.array(found.mean), np.array(found.quantiles)
        if own.step > 1:  # between two readings the older one holds
            days = np.arange(1, len(mean) * own.step + 1)
            places = np.maximum(days // own.step, 1) - 1
            mean, rows = mean[places], rows[places]
        least = None
    else:
        is_positive = own.history.floor is not None
        added = added_up(made, found, own.last, days=own.step, is_positive=is_positive)
        mean, rows = added.mean * own.scale, added.quantiles * own.scale
        rows = rows if own.scale >= 0 else rows[:, ::-1]
        least = _least(made, own)
    high = own.bounds[1]
    mean, rows = (np.clip(one, low, high) if low is not None else one for one in (mean, rows))
    return Ahead(
        own.today,
        mean[skipped:],
        rows[skipped:],
        found.method if isinstance(made, Levels) else f"{found.method}, added up",
        own.known,
        least,
        own.step > 1 and isinstance(made, Levels),
    )


def _least(made: Sums, own: Course) -> float | None:
    """What a running total that never falls has reached."""
    is_total = made.window.text == ALL and made.weights is None
    if not is_total or own.history.floor is None or made.factor * own.scale <= 0:
        return None
    return own.scale * (made.offset + made.factor * float(np.nansum(made.amounts)))
