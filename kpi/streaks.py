"""What is rare about a day's value: a record, the highest since long, first above pace again, a row of rises.

All of it is said of closed days, one value a day, and only where the days that it speaks of were all
measured: a gap ends what can be claimed. What comes true every few days is no news, so a claim needs four
weeks behind it, and is silent where one of the six days before could have made the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

Values = Sequence[tuple[date, float | None]]
"""Days in a row, oldest first, and what each closed with; None where it was not measured."""

Flags = Sequence[tuple[date, bool | None]]

LEAST_DAYS = 28
LEAST_SAME_WEEKDAYS = 8
LEAST_ROW = 5
LEAST_AWAY = 7
_WEEK = 7
_ROWS_BEFORE = 56  # days before a row of rises in which none was as long


class Rare(StrEnum):
    """What kind of rarity it is."""

    RECORD = "record"  # of all that was ever measured
    EXTREME = "extreme"  # of the days since
    SAME_WEEKDAY = "same weekday"
    ROW = "row"  # of rises, or of falls


@dataclass(frozen=True, slots=True)
class Rarity:
    """One claim. `is_high` is a highest value or a row of rises, else a lowest value or a row of falls.

    `count` is in days for an extreme and a row, in weeks for one of a weekday: how many days before were all
    beaten, or how many moves the row has. `since` is the last day that was not beaten, of a record the first
    day measured; None where the values, or the days without a gap, end there.
    """

    kind: Rare
    is_high: bool
    count: int
    since: date | None = None


def rarest(values: Values, *, is_whole: bool = False, by_weekday: bool = False) -> Rarity | None:
    """The rarest thing that is true of the last day; None where nothing is.

    `is_whole`: nothing was ever measured before the first of these days. `by_weekday`: each value is of its
    own day alone, so that a Sunday can be held against Sundays.
    """
    found = (_record(values) if is_whole else None) or _extreme(values)
    return found or (_of_weekday(values) if by_weekday else None) or _row(values)


def gains(values: Values) -> Values:
    """What each day brought: its value less that of the day before."""
    found: list[tuple[date, float | None]] = []
    for (_, before), (day, after) in pairwise(values):
        found.append((day, None if before is None or after is None else after - before))
    return found


def first_since(flags: Flags) -> date | None:
    """The last day on which something held that holds again on the last day, after a week or more without.

    None where it does not hold, held a few days ago, or was not measured on some day since.
    """
    if len(flags) <= LEAST_AWAY or flags[-1][1] is not True:
        return None
    for away, (day, flag) in enumerate(reversed(flags[:-1])):
        if flag is not False:
            return day if flag and away >= LEAST_AWAY else None
    return None


def _beaten(values: Values, end: int, *, is_high: bool, step: int = 1) -> tuple[int, int]:
    """How many values before that at `end` it beats, and where the first is that it does not: -1 for none.

    With a `step` of 7 only those of its weekday are looked at.
    """
    own, at = values[end][1], end - step
    while own is not None and at >= 0:
        other = values[at][1]
        if other is None or (other >= own if is_high else other <= own):
            return (end - at) // step - 1, at
        at -= step
    return (end - at) // step - 1, -1


def _record(values: Values) -> Rarity | None:
    """All that was measured before lies on one side."""
    first = next((at for at, (_, value) in enumerate(values) if value is not None), len(values))
    own = values[first:]
    for is_high in (True, False):
        found = _fresh(own, is_high=is_high)
        if found is not None and found[0] == len(own) - 1:
            return Rarity(Rare.RECORD, is_high, found[0], own[0][0])
    return None


def _extreme(values: Values) -> Rarity | None:
    for is_high in (True, False):
        if (found := _fresh(values, is_high=is_high)) is not None:
            count, at = found
            is_beaten_by = at >= 0 and values[at][1] is not None
            return Rarity(Rare.EXTREME, is_high, count, values[at][0] if is_beaten_by else None)
    return None


def _fresh(values: Values, *, is_high: bool) -> tuple[int, int] | None:
    """What the last value beats, where that is long, and none of the six days before beat as long a time."""
    end = len(values) - 1
    if end < LEAST_DAYS or values[end][1] is None:
        return None
    found = _beaten(values, end, is_high=is_high)
    if found[0] < LEAST_DAYS:
        return None
    for at in range(max(end - _WEEK + 1, 0), end):
        if _beaten(values, at, is_high=is_high)[0] >= LEAST_DAYS:
            return None
    return found


def _of_weekday(values: Values) -> Rarity | None:
    """The highest or lowest of its weekday; the week before must not have been one."""
    end = len(values) - 1
    if end < 0 or values[end][1] is None:
        return None
    for is_high in (True, False):
        count, _ = _beaten(values, end, is_high=is_high, step=_WEEK)
        before = _beaten(values, end - _WEEK, is_high=is_high, step=_WEEK)[0] if end >= _WEEK else 0
        if count >= LEAST_SAME_WEEKDAYS > before:
            return Rarity(Rare.SAME_WEEKDAY, is_high, count)
    return None


def _row(values: Values) -> Rarity | None:
    """Rises or falls in a row: told at every fifth, where the weeks before had no row as long."""
    end = len(values) - 1
    for is_high in (True, False):
        count = _moves(values, end, is_high=is_high)
        if count < LEAST_ROW or count % LEAST_ROW:
            continue
        start = end - count
        before = range(max(start - _ROWS_BEFORE, 0) + 1, start + 1)
        known = _without_gap(values, start)
        is_longest = all(_moves(values, at, is_high=is_high) < count for at in before)
        if known >= LEAST_DAYS and is_longest:
            return Rarity(Rare.ROW, is_high, count)
    return None


def _moves(values: Values, end: int, *, is_high: bool) -> int:
    """How many moves in one direction end there."""
    at = end
    while at > 0:
        before, after = values[at - 1][1], values[at][1]
        if before is None or after is None or not (after > before if is_high else after < before):
            break
        at -= 1
    return end - at


def _without_gap(values: Values, end: int) -> int:
    """How many days before that at `end` were measured, it included, without one between that was not."""
    at = end
    while at >= 0 and values[at][1] is not None:
        at -= 1
    return end - at
