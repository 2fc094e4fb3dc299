"""Pace: what should be reached by today on a straight line from the start to the target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from kpi.quantity import Better
from kpi.scoring import as_float, exact, part


@dataclass(frozen=True, slots=True)
class Pace:
    """A point of the line from `start_value` on `start` (Day 0) to `end_value` on `end`.

    A pace that is met does not prove the target met: 55 stars a day for 90 days are 4,950, not 5,000.
    """

    expected: float  # the value of the line today
    percent: float | None  # the value as a percent of it; None without a value, or where no ratio exists
    per_day: float
    day: int  # days since the start, at most `days`
    days: int
    start: date
    end: date
    start_value: float
    end_value: float


@dataclass(frozen=True, slots=True)
class Line:
    """The two ends of a pace, and which way is better."""

    start: date
    end: date
    start_value: float
    end_value: float
    better: Better


def pace_on(line: Line, today: date, value: float | None) -> Pace | None:
    """The pace on `today`; None before the start, on a line without length, and with nothing left to gain."""
    days = (line.end - line.start).days
    day = min((today - line.start).days, days)
    way = exact(line.end_value) - exact(line.start_value)
    leads_on = way > 0 if line.better is Better.HIGHER else way < 0
    if days <= 0 or day < 0 or not leads_on:
        return None
    per_day = as_float(way / days)
    if per_day is None:
        return None
    expected = exact(line.start_value) + way * Fraction(day, days)  # between the two, so a float holds it
    reached = None if value is None else part(expected, exact(value), line.better)
    return Pace(
        expected=float(expected),
        percent=None if reached is None else as_float(reached * 100),
        per_day=per_day,
        day=day,
        days=days,
        start=line.start,
        end=line.end,
        start_value=line.start_value,
        end_value=line.end_value,
    )
