"""Which days a rule holds on: weekdays, business days, the nth of a period, every few weeks, once a year.

A business day is a Monday to Friday that is not closed. What is closed, holidays and the company's own days,
is handed in: rules compute, they look nothing up.
"""

from __future__ import annotations

import calendar as gregorian
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import ClassVar, Literal

from kpi.calendar import add_months

Closed = frozenset[date]
"""Holidays and whatever else nobody works on."""

NONE_CLOSED: Closed = frozenset()
EVERY_DAY = frozenset(range(7))
MONDAY_TO_FRIDAY = frozenset(range(5))
LAST = -1
"""The nth that is the last one."""

PeriodName = Literal["month", "quarter", "year", "fiscal quarter", "fiscal year"]
_MONTHS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12, "fiscal quarter": 3, "fiscal year": 12}
_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)


def is_business_day(day: date, closed: Closed = NONE_CLOSED) -> bool:
    return day.weekday() in MONDAY_TO_FRIDAY and day not in closed


@lru_cache(maxsize=1024)
def nth_business_day(first: date, last: date, nth: int, closed: Closed = NONE_CLOSED) -> date | None:
    """The `nth` business day from `first` to `last`, counted from 1; `LAST` is the last one.

    Of fewer than `nth` it is the last one too; None where every day is closed.
    """
    wanted, found = abs(nth), None
    for day in _days(first, last) if nth > 0 else _days(last, first):
        if is_business_day(day, closed):
            wanted, found = wanted - 1, day
            if not wanted:
                break
    return found


def period_of(day: date, period: PeriodName, fiscal_month: int = 1) -> tuple[date, date]:
    """The first and the last day of the period that holds `day`; a fiscal one counts from `fiscal_month`."""
    months = _MONTHS[period]
    begins = fiscal_month if period.startswith("fiscal") else 1
    first = add_months(day.replace(day=1), -((day.month - begins) % months))
    return first, add_months(first, months) - _DAY


def _days(start: date, end: date) -> Iterator[date]:
    """Every day from `start` to `end`, whichever is the earlier."""
    step = 1 if start <= end else -1
    return (start + timedelta(days=offset) for offset in range(0, (end - start).days + step, step))


class DayRule(ABC):
    """Says of any day whether it holds on it."""

    __slots__ = ()
    counts_business_days: ClassVar[bool] = False

    @abstractmethod
    def holds(self, day: date, closed: Closed = NONE_CLOSED, fiscal_month: int = 1, /) -> bool:
        """Whether it holds on `day`. `closed` reaches a year to both sides of it."""

    @property
    @abstractmethod
    def words(self) -> str:
        """The rule in a sentence: "on weekdays", "on the 2nd business day of the month"."""

    @property
    @abstractmethod
    def gap(self) -> timedelta:
        """The longest time between two days in a row that it holds on, where nothing is closed."""


@dataclass(frozen=True, slots=True)
class OnWeekdays(DayRule):
    """Some days of every week; Monday is 0."""

    weekdays: frozenset[int]

    def holds(self, day: date, _closed: Closed = NONE_CLOSED, _fiscal_month: int = 1, /) -> bool:
        return day.weekday() in self.weekdays

    @property
    def words(self) -> str:
        if self.weekdays == EVERY_DAY:
            return "every day"
        return "on weekdays" if self.weekdays == MONDAY_TO_FRIDAY else f"every {_named(self.weekdays)}"

    @property
    def gap(self) -> timedelta:
        return _WEEK


@dataclass(frozen=True, slots=True)
class OnBusinessDays(DayRule):
    """Monday to Friday, but for what is closed."""

    counts_business_days: ClassVar[bool] = True

    def holds(self, day: date, closed: Closed = NONE_CLOSED, _fiscal_month: int = 1, /) -> bool:
        return is_business_day(day, closed)

    @property
    def words(self) -> str:
        return "on business days"

    @property
    def gap(self) -> timedelta:
        return _WEEK


@dataclass(frozen=True, slots=True)
class EveryWeeks(DayRule):
    """Days of every `count`th week, counted from the week of `since`, and none before that day."""

    count: int
    weekdays: frozenset[int]
    since: date

    def holds(self, day: date, _closed: Closed = NONE_CLOSED, _fiscal_month: int = 1, /) -> bool:
        if day.weekday() not in self.weekdays or day < self.since:
            return False
        return (_monday(day) - _monday(self.since)) % (self.count * _WEEK) == timedelta(0)

    @property
    def words(self) -> str:
        return f"every {self.count} weeks on {_named(self.weekdays)}, from {self.since}"

    @property
    def gap(self) -> timedelta:
        return (self.count + 1) * _WEEK


@dataclass(frozen=True, slots=True)
class AlternateWeeks(DayRule):
    """Days of the weeks whose ISO number is even, or odd.

    After a year of 53 weeks even ones are three weeks apart, and odd ones follow each other at once.
    """

    weekdays: frozenset[int]
    is_odd: bool = False

    def holds(self, day: date, _closed: Closed = NONE_CLOSED, _fiscal_month: int = 1, /) -> bool:
        return day.weekday() in self.weekdays and day.isocalendar().week % 2 == self.is_odd

    @property
    def words(self) -> str:
        return f"every 2 weeks on {_named(self.weekdays)}, in {'odd' if self.is_odd else 'even'} ISO weeks"

    @property
    def gap(self) -> timedelta:
        return 4 * _WEEK


@dataclass(frozen=True, slots=True)
class NthDay(DayRule):
    """The `nth` day of every period; in a shorter month its last day."""

    nth: int
    period: PeriodName = "month"

    def holds(self, day: date, _closed: Closed = NONE_CLOSED, fiscal_month: int = 1, /) -> bool:
        first, last = period_of(day, self.period, fiscal_month)
        return day == (last if self.nth == LAST else min(first + timedelta(days=self.nth - 1), last))

    @property
    def words(self) -> str:
        if self.period == "month" and self.nth > 1:
            return f"on the {ordinal(self.nth)}" + (", or the month's last day" if self.nth > 28 else "")
        return f"on the {ordinal(self.nth)} day of the {self.period}"

    @property
    def gap(self) -> timedelta:
        return _longest(self.period)


@dataclass(frozen=True, slots=True)
class NthWeekday(DayRule):
    """The `nth` of one weekday in every period: the first Monday, the last Friday."""

    nth: int
    weekday: int
    period: PeriodName = "month"

    def holds(self, day: date, _closed: Closed = NONE_CLOSED, fiscal_month: int = 1, /) -> bool:
        if day.weekday() != self.weekday:
            return False
        first, last = period_of(day, self.period, fiscal_month)
        if self.nth == LAST:
            return day + _WEEK > last
        return (day - first) // _WEEK == self.nth - 1

    @property
    def words(self) -> str:
        return f"on the {ordinal(self.nth)} {gregorian.day_name[self.weekday]} of the {self.period}"

    @property
    def gap(self) -> timedelta:
        return _longest(self.period)


@dataclass(frozen=True, slots=True)
class NthBusinessDay(DayRule):
    """The `nth` business day of every period."""

    nth: int
    period: PeriodName = "month"
    counts_business_days: ClassVar[bool] = True

    def holds(self, day: date, closed: Closed = NONE_CLOSED, fiscal_month: int = 1, /) -> bool:
        if not is_business_day(day, closed):
            return False
        first, last = period_of(day, self.period, fiscal_month)
        return nth_business_day(first, last, self.nth, closed) == day

    @property
    def words(self) -> str:
        return f"on the {ordinal(self.nth)} business day of the {self.period}"

    @property
    def gap(self) -> timedelta:
        return _longest(self.period)


@dataclass(frozen=True, slots=True)
class OnceAYear(DayRule):
    """One day of the year; 29 February is the 28th where there is none."""

    month: int
    day: int

    def holds(self, day: date, _closed: Closed = NONE_CLOSED, _fiscal_month: int = 1, /) -> bool:
        if day.month != self.month:
            return False
        return day.day == min(self.day, gregorian.monthrange(day.year, self.month)[1])

    @property
    def words(self) -> str:
        other = ", the 28th where there is none" if (self.month, self.day) == (2, 29) else ""
        return f"every year on {self.day} {gregorian.month_name[self.month]}{other}"

    @property
    def gap(self) -> timedelta:
        return _longest("year")


def ordinal(nth: int) -> str:
    """1st, 2nd, 3rd, 11th; `LAST` is last."""
    if nth == LAST:
        return "last"
    suffix = "th" if nth % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(nth % 10, "th")
    return f"{nth}{suffix}"


def is_fiscal(rule: DayRule) -> bool:
    """Whether it needs to know when the fiscal year begins."""
    return isinstance(rule, NthDay | NthWeekday | NthBusinessDay) and rule.period.startswith("fiscal")


def _longest(period: PeriodName) -> timedelta:
    """Two periods: a day may come first in one and last in the next."""
    return 2 * _MONTHS[period] * timedelta(days=31)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _named(weekdays: frozenset[int]) -> str:
    """Monday, Wednesday and Friday."""
    *most, last = (gregorian.day_name[day] for day in sorted(weekdays))
    return f"{', '.join(most)} and {last}" if most else last
