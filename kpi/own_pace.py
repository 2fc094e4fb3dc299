"""The pace a document itself calls success, such as 55-60 stars a day, and what keeping it leads to.

That is another thing than the pace towards the target: 55 stars a day are within the document's own pace and
give 4,950 in 90 days, not 5,000.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from kpi.framework import Kpi
from kpi.horizon import TargetInForce
from kpi.measure import Reading
from kpi.quantity import Goal
from kpi.reading import adds_up
from kpi.scoring import as_float, exact, met
from kpi.trend import DAYS, TrendReading
from kpi.unit import Unit, UnitFault, factor, per


@dataclass(frozen=True, slots=True)
class OwnPace:
    """What the document asks for a day, what was measured, and where keeping on like that ends.

    `rate` is what a day of the last seven closed ones brought, in `unit`. `reaches` is the KPI at the
    deadline of its target in force, if every day from today brings as much; `enough`: whether that meets it.
    """

    goal: Goal
    unit: Unit  # what the numbers of `goal` and `rate` count: stars/day
    rate: float | None
    met: bool | None
    reaches: float | None
    enough: bool | None


@dataclass(frozen=True, slots=True)
class _Way:
    """What a KPI gains: a day's worth in its own unit, and whether its value grows by it."""

    per_day: Fraction
    grows: bool
    unit: Unit  # of `per_day`


def own_pace_of(
    kpi: Kpi, *, reading: Reading, trend: TrendReading, target: TargetInForce | None, today: date
) -> OwnPace | None:
    """The document's own pace of `kpi`; None where it states none."""
    if kpi.pace is None or kpi.pace.goal.value is None:
        return None
    goal, unit = kpi.pace.goal, kpi.pace.unit
    way = _way(kpi, reading, trend)
    rate = None if way is None else _told(way, unit)
    reaches = None if way is None else _reaches(way, reading, target, today)
    is_enough = None if reaches is None or target is None else met(target.goal, reaches, kpi.better)
    return OwnPace(goal, unit, rate, met(goal, rate, kpi.better), reaches, is_enough)


def _way(kpi: Kpi, reading: Reading, trend: TrendReading) -> _Way | None:
    if reading.value is None:
        return None
    value, a_day = exact(reading.value), per(kpi.unit, "day")
    if kpi.unit.is_rate:
        return _Way(value, False, kpi.unit)
    if adds_up(kpi):
        period = reading.period  # an entry has none: nobody knows which days it counts
        days = 0 if period is None else round((period.end - period.start) / timedelta(days=1))
        return _Way(value / days, False, a_day) if days else None
    return None if trend.change is None else _Way(exact(trend.change) / DAYS, True, a_day)


def _told(way: _Way, unit: Unit) -> float | None:
    """A day's worth in the unit of the document's pace; None where the two measure different things."""
    try:
        return as_float(way.per_day * factor(way.unit, unit))
    except UnitFault:
        return None


def _reaches(way: _Way, reading: Reading, target: TargetInForce | None, today: date) -> float | None:
    """The KPI at the deadline ahead. What is counted over some days stays what a day of them brings."""
    if target is None or not target.is_numeric or target.deadline is None or target.deadline < today:
        return None
    if reading.value is None or not way.grows:
        return reading.value
    return as_float(exact(reading.value) + way.per_day * (target.deadline - today).days)
