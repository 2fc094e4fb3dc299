"""Where values and times lie on a chart, and which of them are written on its edges."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from bot import languages
from kpi.calendar import add_months, day_of, day_start

Array = npt.NDArray[np.float64]
LARGEST = 1e300  # beyond it, differences leave the range of a float
_DAY = 86400.0
_GAP = 34  # pixels between two labels
_MOST = 6


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps [low, high] to pixels [start, end]."""

    low: float
    high: float
    start: float
    end: float

    @property
    def rate(self) -> float:
        return (self.end - self.start) / (self.high - self.low)

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) * self.rate

    def many(self, values: Array) -> Array:
        return self.start + (values - self.low) * self.rate

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high


def value_range(values: Array, goal: Array) -> tuple[float, float]:
    """The values to show: the data, and the goal with it where both can be read together.

    A goal so far off that the data would shrink to a flat line is left out, unless the data is flat
    by itself: then magnifying it would make a mountain of noise.
    """
    low, high = (float(values.min()), float(values.max())) if values.size else (math.inf, -math.inf)
    if goal.size:
        wide_low, wide_high = min(low, float(goal.min())), max(high, float(goal.max()))
        own = high - low
        is_flat = own <= 0.05 * max(abs(low), abs(high))
        if not values.size or is_flat or own >= 0.08 * (wide_high - wide_low):
            return _with_margin(wide_low, wide_high, least=0.001 if values.size else 0.5)
    return _with_margin(low, high, least=0.02) if low <= high else (0.0, 1.0)


def _with_margin(low: float, high: float, *, least: float) -> tuple[float, float]:
    """The range with some air. What moves by less than the `least` share is shown as hardly moving."""
    size = max(abs(low), abs(high))
    if size < 1e-290:
        return min(0.0, low), 1.0
    if high - low < least * size:
        middle = (low + high) / 2
        low, high = middle - least * size / 2, middle + least * size / 2
    starts_at_zero, ends_at_zero = 0 <= low < 0.4 * high, 0 >= high > 0.4 * low
    margin = 0.08 * (high - low)
    bottom = 0.0 if starts_at_zero else low - margin
    top = 0.0 if ends_at_zero else high + margin
    return (max(0.0, bottom) if low >= 0 else bottom), top


def value_ticks(low: float, high: float, *, is_whole: bool) -> tuple[list[float], float]:
    """Three to five round values in the range, and the step between them."""
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    if is_whole:
        step = max(1.0, step)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)], step


TimeTick = tuple[float, str]
Width = Callable[[str], float]


def time_ticks(scale: Scale, zone: ZoneInfo, width: Width, *, with_hours: bool) -> list[TimeTick]:
    """Round days, months or years of `zone` as (second, label): as many as stand apart from each other."""
    best: list[TimeTick] = []
    for ticks in _choices(scale, zone, with_hours):
        inside = [tick for tick in ticks if scale.holds(tick[0])]
        if len(inside) > len(best) and _stand_apart(inside, scale, width):
            if len(inside) > 2:
                return inside
            best = inside
    return best


def _choices(scale: Scale, zone: ZoneInfo, with_hours: bool) -> Iterator[list[TimeTick]]:
    span = scale.high - scale.low
    first, last = (day_of(datetime.fromtimestamp(at, UTC), zone) for at in (scale.low, scale.high))
    for hours in (1, 3, 6, 12):
        if with_hours and span / 3600 / hours <= _MOST:
            yield _hours(first, last, hours, zone)
    for days in (1, 2, 7, 14):
        if span / _DAY / days <= _MOST:
            yield _days(first, last, days, zone)
    for months in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200):
        if span / _DAY / 30 / months <= _MOST:
            yield _months(first, last, months, zone)


def _stand_apart(ticks: list[TimeTick], scale: Scale, width: Width) -> bool:
    edge = -math.inf
    for at, label in ticks:
        half = width(label) / 2
        if scale(at) - half < edge + _GAP:
            return False
        edge = scale(at) + half
    return True


def print_day(day: date) -> str:
    return languages.day(day)


def _hours(first: date, last: date, step: int, zone: ZoneInfo) -> list[TimeTick]:
    ticks = {}
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        ticks[day_start(day, zone).timestamp()] = print_day(day)
        for hour in range(step, 24, step):
            ticks[datetime.combine(day, time(hour), zone).timestamp()] = f"{hour:02}:00"
    return sorted(ticks.items())


def _days(first: date, last: date, step: int, zone: ZoneInfo) -> list[TimeTick]:
    """Every `step` days; weeks start on Monday."""
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return [(day_start(d, zone).timestamp(), print_day(d)) for d in days if d.toordinal() % step == 1 % step]


def _months(first: date, last: date, step: int, zone: ZoneInfo) -> list[TimeTick]:
    """Every `step` months; January is written as its year."""
    day, ticks = first.replace(day=1), []
    while day <= last:
        if (day.year * 12 + day.month - 1) % step == 0:
            label = str(day.year) if day.month == 1 else languages.month(day, short=True)
            ticks.append((day_start(day, zone).timestamp(), label))
        day = add_months(day, 1)
    return ticks


def thin(xs: Array, ys: Array, *, columns: float = 2.0) -> tuple[Array, Array]:
    """The points a line needs: in each column of pixels the first, lowest, highest and last one.

    No extreme is lost, and a gap (not a number) stays where it was.
    """
    if len(xs) < 2000:
        return xs, ys
    is_gap = np.isnan(ys)
    stretch = np.cumsum(np.diff(is_gap, prepend=is_gap[0]))  # consecutive points, or consecutive gaps
    column = np.floor((xs - xs[0]) / columns)
    starts = np.flatnonzero((np.diff(column, prepend=-1) != 0) | (np.diff(stretch, prepend=-1) != 0))
    ends = np.append(starts[1:], len(xs)) - 1
    group = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(xs))))
    order = np.lexsort((ys, group))
    kept = np.unique(np.concatenate((starts, ends, order[starts], order[ends])))
    return xs[kept], ys[kept]
