"""Grid: the even steps that instants stand on, so that a gap is a gap and what follows has a date."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

MOST_STEPS = 20_000
"""What lies further back than so many steps is left out."""

_DAY = 86_400.0
_NEARLY_A_DAY = 0.8 * _DAY  # from here on days are counted, not seconds: clocks change
_NEARLY_A_MONTH = 27  # days
_WORKWEEK = 5
_OFTEN = 0.2  # of all gaps
_NAMES = {
    ("day", 1): "day",
    ("day", 7): "week",
    ("month", 1): "month",
    ("month", 3): "quarter",
    ("month", 12): "year",
}
_OF_SECONDS = {1: "second", 60: "minute", 3600: "hour"}
_SEASONS = {"day": 7, "business day": 5, "week": 52, "month": 12, "quarter": 4}


class Unit(StrEnum):
    """What a step is counted in."""

    SECOND = "second"
    DAY = "day"
    BUSINESS_DAY = "business day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Step:
    """The way from one value to the next: `count` units; months on their day `day`, or on their last."""

    unit: Unit
    count: float
    day: int = 31

    @property
    def name(self) -> str:
        """Such as hour, business day, week or 15 minutes."""
        if self.unit is Unit.BUSINESS_DAY:
            return str(self.unit)
        if self.unit is not Unit.SECOND:
            return _NAMES.get((self.unit, int(self.count)), f"{self.count:g} {self.unit}s")
        size = next((size for size in (3600, 60) if self.count % size == 0), 1)
        many = self.count / size
        return _OF_SECONDS[size] if many == 1 else f"{many:g} {_OF_SECONDS[size]}s"

    @property
    def season(self) -> int:
        """How many steps make a season; 1 for none."""
        if self.unit is not Unit.SECOND:
            return _SEASONS.get(self.name, 1)
        a_day = round(_DAY / self.count)
        return 7 * a_day if a_day <= 4 else a_day

    def after(self, at: datetime, steps: int) -> datetime:
        """The instant so many steps after `at`. Raises OverflowError beyond the calendar."""
        match self.unit:
            case Unit.SECOND:
                return at + timedelta(seconds=steps * self.count)
            case Unit.DAY:
                return at + timedelta(days=steps * self.count)
            case Unit.BUSINESS_DAY:
                return _workday(at, steps)
        return self._month(at, steps)

    def _month(self, at: datetime, steps: int) -> datetime:
        year, month = divmod(at.year * 12 + at.month - 1 + steps * int(self.count), 12)
        if year > MAXYEAR:
            raise OverflowError("date value out of range")
        last = monthrange(year, month + 1)[1]
        return at.replace(year=year, month=month + 1, day=min(self.day, last))

    def between(self, first: datetime, last: datetime) -> int:
        """How many steps lie between two instants, the nearest whole number."""
        match self.unit:
            case Unit.SECOND:
                return round((last - first).total_seconds() / self.count)
            case Unit.DAY:
                return round(_days(first, last) / self.count)
            case Unit.BUSINESS_DAY:
                return _workdays(first, last)
        return round(_months(first, last) / self.count)


def step_of(at: Sequence[datetime]) -> Step | None:
    """The step most of `at` (aware, oldest first) are apart; None where there are not two instants."""
    apart = sorted((after - before).total_seconds() for before, after in pairwise(at) if after > before)
    if not apart:
        return None
    middle = apart[len(apart) // 2]
    if middle < _NEARLY_A_DAY:
        return Step(Unit.SECOND, _usual(apart))
    days = [gap for gap in (_days(before, after) for before, after in pairwise(at)) if gap > 0]
    if not days:
        return Step(Unit.DAY, 1)
    usual = int(_usual(days))
    if usual >= _NEARLY_A_MONTH and (step := _monthly(at)) is not None:
        return step
    if usual == 1 and 3 in days and all(one.weekday() < _WORKWEEK for one in at):
        return Step(Unit.BUSINESS_DAY, 1)
    return Step(Unit.DAY, usual)


def _monthly(at: Sequence[datetime]) -> Step | None:
    """A step of whole months, where all instants lie on one day of theirs, or all on the last."""
    ends = [monthrange(one.year, one.month)[1] for one in at]
    is_end = all(one.day == end for one, end in zip(at, ends, strict=True))
    day = 31 if is_end else max(one.day for one in at)
    if any(one.day != min(day, end) for one, end in zip(at, ends, strict=True)):
        return None
    months = [gap for gap in (_months(before, after) for before, after in pairwise(at)) if gap > 0]
    return Step(Unit.MONTH, int(_usual(months)), day) if months else None


def _usual(apart: Sequence[float]) -> float:
    """The commonest distance; where no one is common, the least of those that come again and again."""
    counts = Counter(apart)
    value, count = counts.most_common(1)[0]
    if 2 * count >= len(apart):
        return value
    often = [one for one, count in counts.items() if count >= _OFTEN * len(apart)]
    return min(often) if often else sorted(apart)[len(apart) // 2]


def on_grid(at: Sequence[datetime], values: Sequence[float], step: Step) -> list[float | None]:
    """`values` one a step up to the last of `at`, None in the gaps; of two on one step the later counts."""
    last = at[-1]
    found: dict[int, float] = {}
    for instant, value in zip(at, values, strict=True):
        back = step.between(instant, last)
        if back < MOST_STEPS:
            found[back] = value
    return [found.get(back) for back in range(max(found), -1, -1)]


def _days(first: datetime, last: datetime) -> int:
    return last.date().toordinal() - first.date().toordinal()


def _months(first: datetime, last: datetime) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def _workdays(first: datetime, last: datetime) -> int:
    """Weekdays after `first` up to `last`."""
    return _weekdays_until(last) - _weekdays_until(first)


def _weekdays_until(at: datetime) -> int:
    weeks, rest = divmod(at.date().toordinal() - 1, 7)  # day 1 of the calendar was a Monday
    return weeks * _WORKWEEK + min(rest, _WORKWEEK - 1)


def _workday(at: datetime, steps: int) -> datetime:
    weeks, rest = divmod(at.weekday() + steps, _WORKWEEK)
    return at + timedelta(days=weeks * 7 + rest - at.weekday())
