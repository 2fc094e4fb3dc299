"""Pace: what should be reached by today on the line from the start to the target.

The line is straight, or rises by the rhythm of the week: on weekdays only, or as its plan weighs the days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from kpi.calendar import EVEN, WEEKDAYS, Rhythm
from kpi.quantity import Better
from kpi.scoring import as_float, exact, part

_WEEK = 7


@dataclass(frozen=True, slots=True)
class Pace:
    """A point of the line from `start_value` on `start` (Day 0) to `end_value` on `end`.

    A pace that is met does not prove the target met: 55 stars a day for 90 days are 4,950, not 5,000.
    """

    expected: float  # the value of the line today
    percent: float | None  # the value as a percent of it; None without a value, or where no ratio exists
    per_day: float  # on the average of all days, whatever the rhythm
    day: int  # days since the start, at most `days`
    days: int
    start: date
    end: date
    start_value: float
    end_value: float
    weights: Rhythm = EVEN

    @property
    def rhythm(self) -> str:
        """The rhythm in a word: even, weekdays or weighted."""
        if len(set(self.weights)) == 1:
            return "even"
        weekdays = {weight for weight, counts in zip(self.weights, WEEKDAYS, strict=True) if counts}
        return "weekdays" if len(weekdays) == 1 and not any(self.weights[5:]) else "weighted"

    def expected_on(self, day: date) -> float:
        """The value of the line on another day, to draw it; before and after it the nearer end."""
        whole = _weight(self.start, self.days, self.weights)
        elapsed = min(max((day - self.start).days, 0), self.days)
        first = exact(self.start_value)
        reached = Fraction(_weight(self.start, elapsed, self.weights), whole)
        return float(first + (exact(self.end_value) - first) * reached)


@dataclass(frozen=True, slots=True)
class Line:
    """The two ends of a pace, which way is better, and how much of the way falls on each day of a week."""

    start: date
    end: date
    start_value: float
    end_value: float
    better: Better
    weights: Rhythm = EVEN


def pace_on(line: Line, today: date, value: float | None) -> Pace | None:
    """The pace on `today`; None before the start, on a line without length, and with nothing left to gain."""
    days = (line.end - line.start).days
    day = min((today - line.start).days, days)
    way = exact(line.end_value) - exact(line.start_value)
    leads_on = way > 0 if line.better is Better.HIGHER else way < 0
    if days <= 0 or day < 0 or not leads_on:
        return None
    whole, per_day = _weight(line.start, days, line.weights), as_float(way / days)
    if per_day is None or not whole:  # a weekend without a day that counts has no length either
        return None
    reached = Fraction(_weight(line.start, day, line.weights), whole)
    expected = exact(line.start_value) + way * reached  # between the two, so a float holds it
    share = None if value is None else part(expected, exact(value), line.better)
    return Pace(
        expected=float(expected),
        percent=None if share is None else as_float(share * 100),
        per_day=per_day,
        day=day,
        days=days,
        start=line.start,
        end=line.end,
        start_value=line.start_value,
        end_value=line.end_value,
        weights=line.weights,
    )


def _weight(start: date, days: int, weights: Rhythm) -> int:
    """What the `days` days after `start` weigh; Day 0 itself is where the line begins and weighs nothing."""
    if weights == EVEN:
        return days
    weeks, rest = divmod(days, _WEEK)
    first = (start + timedelta(days=1)).weekday()
    return weeks * sum(weights) + sum(weights[(first + place) % _WEEK] for place in range(rest))
