"""Outlook: the day on which a shut gate would open if the trends of the last four weeks went on.

Each KPI is drawn on from its value today in a straight line, as steep as its last closed days were. Nobody
promises that it goes so: where the lines do not get there within a year, nothing is said.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from kpi.calendar import day_start
from kpi.framework import Kpi
from kpi.gates import GateItem, Verdict
from kpi.quantity import Better, Goal
from kpi.reading import lag, read
from kpi.scoring import met
from kpi.standing import StandingContext

DAYS = 28
FARTHEST = 365
LEAST_POINTS = 3
LEAST_SPAN = 7  # days between the first and the last reading: less shows no trend


@dataclass(frozen=True, slots=True)
class Course:
    """Where a value goes: by so much a day from now on."""

    value: float
    per_day: float

    def after(self, days: int) -> float:
        return self.value + self.per_day * days


def outlook(found: Verdict, context: StandingContext) -> date | None:
    """The first day on which enough KPIs of the gate are met; None where it is open or no line leads there.

    What is met today counts as long as its own line keeps it met. What is not measured has no line, and what
    people judged stays as they judged it.
    """
    measured = [item for item in found.items if item.target.is_numeric and item.standing.value is not None]
    constant = sum(item.met is True for item in found.items if not item.target.is_numeric)
    if found.passed or not found.total or constant + len(measured) < found.required_count:
        return None
    spans = [span for item in measured if (span := _days_met(item, context)) is not None]
    days = _first_with(found.required_count - constant, spans)
    return None if days is None else context.moment.day + timedelta(days=days)


def _first_with(count: int, spans: Sequence[tuple[int, int]]) -> int | None:
    """The first day that lies in `count` of the spans; both of their ends belong to them."""
    starts = sorted({first for first, _ in spans})
    return next((day for day in starts if sum(low <= day <= high for low, high in spans) >= count), None)


def _days_met(item: GateItem, context: StandingContext) -> tuple[int, int] | None:
    """From which day on, counted from today, until which day the line of an item meets its target."""
    per_day = slope(closed_days(item.kpi, context))
    goal, better, value = item.target.goal, item.kpi.better, item.standing.value
    if not per_day or value is None:
        return (1, FARTHEST) if item.met else None
    return days_met(goal, better, Course(value, per_day))


def days_met(goal: Goal, better: Better, course: Course) -> tuple[int, int] | None:
    """The first and the last day from tomorrow to `FARTHEST` on which `course` meets `goal`; None for never.

    What meets a goal lies in one stretch, so a straight line meets it in one: only the days about its ends
    have to be looked at.
    """
    days = {1, FARTHEST}
    for limit in (goal.value, goal.high):
        crossing = math.inf if limit is None else (limit - course.value) / course.per_day
        if abs(crossing) <= FARTHEST:
            days.update(math.floor(crossing) + near for near in (-1, 0, 1, 2))
    found = [day for day in sorted(days) if 1 <= day <= FARTHEST and met(goal, course.after(day), better)]
    return (found[0], found[-1]) if found else None


def closed_days(kpi: Kpi, context: StandingContext) -> list[tuple[int, float]]:
    """Number of the day and value of each of the last closed days that was measured, oldest first."""
    moment = context.moment
    found = []
    for back in range(DAYS, 0, -1):
        close = moment.close_of(moment.today - timedelta(days=back))
        reading = read(context.framework.key, kpi, series=context.series, moment=close)
        if reading.value is None or reading.at is None:
            continue
        if reading.at + lag(kpi, reading, close) >= day_start(close.day, close.zone):
            found.append((close.day.toordinal(), reading.value))
    return found


def slope(points: Iterable[tuple[int, float]]) -> float | None:
    """By how much a day the straight line of least squares grows; None for too few days to tell."""
    listed = list(points)
    if len(listed) < LEAST_POINTS or listed[-1][0] - listed[0][0] < LEAST_SPAN:
        return None
    days, values = (np.array(column, dtype=np.float64) for column in zip(*listed, strict=True))
    apart = days - days.mean()
    found = float((apart * (values - values.mean())).sum() / (apart * apart).sum())
    return found if math.isfinite(found) else None
