"""What is usual for a weekday: the range in which its last weeks lay, holidays and gaps left out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from kpi.workdays import NONE_CLOSED, Closed

FEWEST = 4
MOST = 8
REACH_WEEKS = 12
"""How far back such days are looked for: what was usual in spring says nothing of autumn."""

_TAIL = 0.1  # left out at either end: the range holds the middle 80 %


@dataclass(frozen=True, slots=True)
class Usual:
    """The middle 80 % of some like stretches of days, in the unit of the values."""

    low: float
    median: float
    high: float
    count: int  # how many stretches it is made of

    def side(self, value: float) -> int:
        """-1 below the range, 1 above it, 0 inside."""
        return (value > self.high) - (value < self.low)


def usual(
    values: Mapping[date, float], last: date, *, days: int = 1, closed: Closed = NONE_CLOSED
) -> Usual | None:
    """What the `days` days that end on the weekday of `last` added up to in the weeks before it.

    `values` are the amounts of single days; one that is missing was not measured. A stretch with a missing
    day or a closed one is left out, and so are those that overlap the stretch in question. None where fewer
    than four are left, and where a day of the stretch itself is closed.
    """
    if any(day in closed for day in _stretch(last, days)):
        return None
    found = sorted(_alike(values, last, days, closed))
    if len(found) < FEWEST:
        return None
    return Usual(_quantile(found, _TAIL), _quantile(found, 0.5), _quantile(found, 1 - _TAIL), len(found))


def _alike(values: Mapping[date, float], last: date, days: int, closed: Closed) -> list[float]:
    """The totals of up to eight like stretches, the nearest first."""
    found: list[float] = []
    first_week = -(-days // 7)
    for week in range(first_week, REACH_WEEKS + 1):
        stretch = list(_stretch(last - timedelta(weeks=week), days))
        if all(day in values and day not in closed for day in stretch):
            found.append(math.fsum(values[day] for day in stretch))
        if len(found) == MOST:
            break
    return found


def _stretch(last: date, days: int) -> Iterator[date]:
    return (last - timedelta(days=back) for back in range(days))


def _quantile(ordered: list[float], share: float) -> float:
    """The value below which `share` of them lie, between neighbours in proportion."""
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
