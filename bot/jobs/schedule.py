"""When reports are due: wall-clock times in the workspace's zone, computed and never counted.

Nothing here fires. What is due follows from the cadence and the ledger, so downtime, restarts and clock
changes alter nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kpi.calendar import day_of, day_start


@dataclass(frozen=True, slots=True)
class Cadence:
    """A time of day and the days of the week it holds on (Monday is 0)."""

    at: time
    days: frozenset[int]

    def on(self, day: date, zone: ZoneInfo) -> datetime | None:
        """The instant it is due on `day`, in UTC; None on a day it leaves out.

        A time that the clock skips comes as much later as the clock was put forward, but never on the next
        day; one that comes twice counts the first time. A day that the zone itself skips has none.
        """
        if day.weekday() not in self.days:
            return None
        instant = datetime.combine(day, self.at, zone).astimezone(UTC)
        end = day_start(day + timedelta(days=1), zone)
        if instant < end:
            return instant
        return None if day_start(day, zone) == end else end - timedelta(seconds=1)

    def between(self, after: datetime, until: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """Every due instant later than `after`, up to and including `until`, oldest first."""
        day = day_of(after, zone) - timedelta(days=1)
        last = day_of(until, zone) + timedelta(days=1)
        while day <= last:
            due = self.on(day, zone)
            if due is not None and after < due <= until:
                yield due
            day += timedelta(days=1)

    def before(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """The latest due instant earlier than `at`, within the two weeks before it."""
        found = [due for due in self.between(at - timedelta(days=14), at, zone) if due < at]
        return found[-1] if found else None

    def next(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """The first due instant later than `at`."""
        return next(self.between(at, at + timedelta(days=14), zone), None)


@dataclass(frozen=True, slots=True)
class Owed:
    """One report in one channel on a cadence."""

    report: str
    surface: str
    channel: str
    cadence: Cadence

    @property
    def subject(self) -> str:
        return f"{self.report}/{self.surface}:{self.channel}"

    def key(self, period: str) -> str:
        """The unique key of the promise for one period."""
        return f"{self.subject}/{period}"
