"""Days, periods and deadlines in a time zone.

A day is a calendar day of the workspace's zone, so it may last 23 or 25 hours, or start at 01:00
where midnight is skipped. Every boundary is computed from the wall clock of the day it belongs to.
"""

from __future__ import annotations

import calendar as gregorian
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

STEADY = "steady"
"""The horizon of a target that is always in force."""


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open stretch of time: `start` belongs to it, `end` does not. Both are aware."""

    start: datetime
    end: datetime

    def __contains__(self, at: datetime) -> bool:
        return self.start <= at < self.end


@dataclass(frozen=True)
class Moment:
    """An instant as a workspace sees it. `as_of` limits what was known (default: all that is known).

    At the `closing` of a day its last instant is `now`, yet the day itself counts as closed.
    """

    now: datetime
    zone: ZoneInfo
    as_of: datetime | None = None
    closing: bool = False

    def __post_init__(self) -> None:
        for instant in (self.now, self.as_of):
            if instant is not None and instant.tzinfo is None:
                raise ValueError(f"a moment needs an aware time, not {instant.isoformat()}")

    @cached_property
    def today(self) -> date:
        """The open day: the first one that is not closed."""
        return self.day + timedelta(days=self.closing)

    @cached_property
    def day(self) -> date:
        """The day that `now` is of: at a closing the one that closes, else today."""
        return day_of(self.now, self.zone)

    @cached_property
    def midnight(self) -> datetime:
        """Where today began: the end of the last closed day."""
        return day_start(self.today, self.zone)

    def closed_days(self, count: int, *, ending: int = 0) -> Period:
        """The `count` closed days up to yesterday, or up to `ending` days before that.

        Days of the calendar: one that the zone skipped (Apia, 30 December 2011) counts and is empty.
        """
        end = self.today - timedelta(days=ending)
        return Period(day_start(end - timedelta(days=count), self.zone), day_start(end, self.zone))

    def at(self, now: datetime) -> Moment:
        """The same view at another instant."""
        return Moment(now, self.zone, self.as_of)

    def close_of(self, day: date) -> Moment:
        """The same view at the close of `day`."""
        if (found := self._closes.get(day)) is None:
            end = day_start(day + timedelta(days=1), self.zone)
            found = Moment(end - timedelta(microseconds=1), self.zone, self.as_of, closing=True)
            self._closes[day] = found
        return found

    @cached_property
    def _closes(self) -> dict[date, Moment]:
        """The closes asked for so far: a report asks for the same few of every KPI."""
        return {}


@lru_cache(maxsize=8192)
def day_start(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of `day` in `zone`, in UTC.

    Where the clock skips midnight (Beirut, São Paulo before 2019) the day starts after the gap; where
    midnight comes twice the first one counts.
    """
    local = datetime.combine(day, time.min, zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    # Inside a gap the two readings of fold lie on its two sides: the transition is where the date turns.
    low, high = sorted((local.replace(fold=1).astimezone(UTC), instant))
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).date() < day:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def day_of(at: datetime, zone: ZoneInfo) -> date:
    """The calendar day of `zone` that `at` falls on: `day_start(day) <= at < day_start(day + 1)`."""
    if at.tzinfo is None:
        raise ValueError(f"a day needs an aware time, not {at.isoformat()}")
    local = at.astimezone(zone)
    day = local.date()
    # A clock set back over midnight (St. John's, 00:01 to 23:01) repeats the old date in a day already begun.
    if local.fold and at >= day_start(day + timedelta(days=1), zone):
        return day + timedelta(days=1)
    return day


def add_months(day: date, months: int) -> date:
    """The same day `months` later, or the last day of a shorter month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = gregorian.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def month_period(day: date, zone: ZoneInfo) -> Period:
    """The calendar month that holds `day`."""
    first = day.replace(day=1)
    return Period(day_start(first, zone), day_start(add_months(first, 1), zone))


def quarter_period(day: date, zone: ZoneInfo) -> Period:
    """The calendar quarter that holds `day`."""
    first = day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return Period(day_start(first, zone), day_start(add_months(first, 3), zone))


Rhythm = tuple[int, int, int, int, int, int, int]
"""How much of a week's work falls on each day, Monday first. Only the proportions count."""

EVEN: Rhythm = (1, 1, 1, 1, 1, 1, 1)
WEEKDAYS: Rhythm = (1, 1, 1, 1, 1, 0, 0)

_NAMED = re.compile(r"(day|month|q)(\d{1,4})")


@dataclass(frozen=True, slots=True)
class Plan:
    """How a framework lies in time: its start (Day 0, month 1, phase 1) and dates set for its horizons."""

    start: date | None
    zone: ZoneInfo
    dates: Mapping[str, date] = field(default_factory=dict)
    rhythm: Rhythm = EVEN

    def deadline(self, horizon: str) -> date | None:
        """The last day of `horizon`, or None where nobody has set one.

        `day90` is 90 days after the start, `month3` the last day of the third month counted from it, `q2` the
        last day of the second calendar quarter of the start's year. Phases and stages last as long as their
        owner says; a date in the workspace wins over any of these rules.
        """
        if horizon in self.dates:
            return self.dates[horizon]
        named = _numbered(horizon)
        if named is None or self.start is None:
            return None
        unit, number = named
        if unit == "day":
            return self.start + timedelta(days=number)
        if unit == "month":
            return add_months(self.start, number) - timedelta(days=1)
        if number not in range(1, 5):
            return None
        return add_months(date(self.start.year, 1, 1), 3 * number) - timedelta(days=1)

    def is_past(self, horizon: str, today: date) -> bool:
        """Whether the deadline of `horizon` lies behind; an undated or steady one never does."""
        deadline = self.deadline(horizon)
        return deadline is not None and deadline < today


@lru_cache(maxsize=1024)
def _numbered(horizon: str) -> tuple[str, int] | None:
    """`day90` as ("day", 90); None for a name that says nothing of its date."""
    match = _NAMED.fullmatch(horizon)
    return None if match is None else (match[1], int(match[2]))
