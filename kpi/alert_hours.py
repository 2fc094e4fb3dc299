"""When an alert may speak: quiet hours and days off put it off, to the first minute that is neither."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kpi.calendar import day_of, day_start

_MOST_DAYS = 60
"""Nobody is off for longer: a calendar that says so is not kept to."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When nothing may be said. `is_off` tells of a whole day that it is free of alerts."""

    zone: ZoneInfo
    quiet: tuple[time, time] | None = None  # from when to when; past midnight where it ends before it begins
    is_off: Callable[[date], bool] | None = None

    def opens(self, now: datetime) -> datetime:
        """The first instant from `now` on at which something may be said; `now` itself where it may."""
        at = now
        for _ in range(_MOST_DAYS):
            later = self._after_day_off(self._after_quiet(at))
            if later == at:
                return at
            at = later
        return now

    def _after_quiet(self, at: datetime) -> datetime:
        if self.quiet is None or self.quiet[0] == self.quiet[1]:
            return at
        begin, end = self.quiet
        local = at.astimezone(self.zone)
        day, clock = local.date(), local.time().replace(tzinfo=None)
        if begin < end:
            return max(at, self._wall(day, end)) if begin <= clock < end else at
        if clock >= begin:
            return self._wall(day + timedelta(days=1), end)
        return max(at, self._wall(day, end)) if clock < end else at

    def _wall(self, day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, self.zone).astimezone(UTC)

    def _after_day_off(self, at: datetime) -> datetime:
        day = day_of(at, self.zone)
        if self.is_off is None or not self.is_off(day):
            return at
        return day_start(day + timedelta(days=1), self.zone)
