"""When reports are due: wall-clock times in a zone, computed and never counted.

Nothing here fires. What is due follows from the cadence and the ledger, so downtime, restarts and clock
changes alter nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.settings_calendar import CalendarEntry
from bot.settings_schedule import CATCH_UP as CATCH_UP
from bot.settings_schedule import WAIT as WAIT
from bot.settings_schedule import CadenceEntry
from kpi.calendar import day_of, day_start
from kpi.workdays import NONE_CLOSED, Closed, DayRule, OnWeekdays

DAILY = "daily"
"""The joint update: it covers all days since the one before, and waits for all that is measured."""

ASKED = "ask"
"""The report of a subscription to a question: its answer, as the person would get it."""

LAST_DAY = date(2200, 1, 1)
"""No search goes further."""

_MOST_CLOSED = timedelta(days=92)
"""As long as a company may be closed without the report after it forgetting the one before."""

_DAY = timedelta(days=1)


def _never_closed(_year: int) -> Closed:
    return NONE_CLOSED


@dataclass(frozen=True, slots=True)
class Cadence:
    """A time of day and the days it holds on: a rule, or just days of the week (Monday is 0).

    `zone` is its own zone; without one it goes by the zone it is asked for. `closed` names what is closed in
    and around a year.
    """

    at: time
    days: frozenset[int] | DayRule
    zone: ZoneInfo | None = None
    closed: Callable[[int], Closed] = _never_closed
    fiscal_month: int = 1

    @classmethod
    def of(cls, entry: CadenceEntry, calendar: CalendarEntry) -> Cadence:
        """A line of `schedule:` in kpi.yaml, by its `calendar:`."""
        zone = ZoneInfo(entry.zone) if entry.zone else None
        return cls(entry.at, entry.days, zone, calendar.closures, calendar.fiscal_month)

    def reworded(self, text: str) -> Cadence:
        """Another cadence by the same calendar. Raises ValueError where `text` is no schedule."""
        entry = CadenceEntry.model_validate(text)
        return replace(self, at=entry.at, days=entry.days, zone=ZoneInfo(entry.zone) if entry.zone else None)

    @property
    def rule(self) -> DayRule:
        return self.days if isinstance(self.days, DayRule) else OnWeekdays(self.days)

    @property
    def reach(self) -> timedelta:
        """How far back the last time before any instant can lie."""
        return self.rule.gap + _MOST_CLOSED

    @property
    def words(self) -> str:
        """The days in a sentence: "on weekdays"."""
        return self.rule.words

    def day(self, due: datetime, zone: ZoneInfo) -> date:
        """The day that the due instant is the one of: no two instants share it."""
        return day_of(due, self.zone or zone)

    def holds(self, day: date) -> bool:
        """Whether it is due at all on `day`."""
        rule = self.rule
        closed = self.closed(day.year) if rule.counts_business_days else NONE_CLOSED
        return rule.holds(day, closed, self.fiscal_month)

    def on(self, day: date, zone: ZoneInfo) -> datetime | None:
        """The instant it is due on `day`, in UTC; None on a day it leaves out.

        A time that the clock skips comes as much later as the clock was put forward, but never on the next
        day; one that comes twice counts the first time. A day that the zone itself skips has none.
        """
        if not self.holds(day):
            return None
        where = self.zone or zone
        instant = datetime.combine(day, self.at, where).astimezone(UTC)
        end = day_start(day + _DAY, where)
        if instant < end:
            return instant
        return None if day_start(day, where) == end else end - timedelta(seconds=1)

    def upcoming(self, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """Every due instant later than `after`, oldest first, for as long as anybody asks."""
        day = self.day(after, zone) - _DAY
        while day < LAST_DAY:
            due = self.on(day, zone)
            if due is not None and due > after:
                yield due
            day += _DAY

    def between(self, after: datetime, until: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """Every due instant later than `after`, up to and including `until`, oldest first."""
        day, last = self.day(after, zone) - _DAY, self.day(until, zone) + _DAY
        while day <= last:
            due = self.on(day, zone)
            if due is not None and after < due <= until:
                yield due
            day += _DAY

    def before(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """The latest due instant earlier than `at`; None where `reach` holds none.

        What it leaves out rolls into the next report: that one speaks of all since this instant.
        """
        day = self.day(at, zone) + _DAY
        earliest = day - self.reach
        while day >= earliest:
            due = self.on(day, zone)
            if due is not None and due < at:
                return due
            day -= _DAY
        return None

    def next(self, at: datetime, zone: ZoneInfo) -> datetime | None:
        """The first due instant later than `at`; None where there is none ever."""
        return next(self.upcoming(at, zone), None)


@dataclass(frozen=True, slots=True)
class Owed:
    """One report, or the answer to one question, in one channel on a cadence."""

    report: str  # its name, or ASKED
    surface: str
    channel: str  # the surface's id; @ and a person's id: their direct messages
    cadence: Cadence
    question: str = ""  # what is asked, where it is ASKED
    catch_up: timedelta = CATCH_UP
    wait: timedelta = WAIT
    needs: frozenset[str] | None = None  # the sources it waits for; None: all that it shows
    number: int = 0  # the subscription's, where a person asked for it
    since: datetime | None = None  # when that person asked; of kpi.yaml's schedule, the audit trail says it
    terms: str = ""  # the cadence as kpi.yaml writes it, by which a change of it is told

    @property
    def subject(self) -> str:
        own = f"#{self.number}" if self.number else ""
        return f"{self.report}{own}/{self.surface}:{self.channel}"

    def key(self, period: str) -> str:
        """The unique key of the promise for one period."""
        return f"{self.subject}/{period}"
