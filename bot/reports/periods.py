"""The closed stretch of days that a report is about, and the equal one before it.

A week and a sprint are so many closed days up to yesterday, whatever weekday they end on; a month, a quarter
and a year are the last ones of the calendar that are over. What is still open is never part of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from bot.languages import day, day_of_month, month, said
from kpi.calendar import Moment, add_months
from kpi.framework_rules import Cadence
from kpi.workdays import PeriodName, period_of

_DAY = timedelta(days=1)
_DAYS: dict[str, int] = {"real-time": 1, "daily": 1, "weekly": 7, "biweekly": 14}
_CALENDAR: dict[str, tuple[PeriodName, PeriodName]] = {
    "monthly": ("month", "month"),
    "quarterly": ("quarter", "fiscal quarter"),
    "yearly": ("year", "fiscal year"),
}
_MONTHS = {"monthly": 1, "quarterly": 3, "yearly": 12}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Closed days of a report, both ends included."""

    cadence: Cadence
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> date:
        """The day whose close everything is compared with."""
        return self.first - _DAY

    @property
    def previous(self) -> Stretch:
        """The equal stretch right before: as many days, or the calendar's own period before."""
        months = _MONTHS.get(self.cadence)
        first = self.first - timedelta(days=self.days) if months is None else add_months(self.first, -months)
        return Stretch(self.cadence, first, self.before)

    @property
    def title(self) -> str:
        """What people call it: "16 to 22 Nov", "October 2026", "Q3 2026 (1 Jul to 30 Sep)"."""
        is_natural = self.first.day == 1
        if self.cadence == "monthly":
            return f"{month(self.first)} {self.first.year}"
        if self.cadence == "quarterly" and is_natural and self.first.month % 3 == 1:
            return f"{said('Q{number}', number=self.first.month // 3 + 1)} {self.first.year}"
        if self.cadence == "yearly" and is_natural and self.first.month == 1:
            return str(self.first.year)
        return self.span

    @property
    def span(self) -> str:
        """Its two ends: "16 to 22 Nov"."""
        if self.first == self.last:
            return day(self.last)
        is_one_month = (self.first.year, self.first.month) == (self.last.year, self.last.month)
        is_one_year = self.first.year == self.last.year
        begun = day_of_month(self.first) if is_one_month else day(self.first, year=not is_one_year)
        return said("{first} to {last}", first=begun, last=day(self.last, year=not is_one_year))

    @property
    def ago(self) -> str:
        """What its numbers are compared with, as a reader says it."""
        return {
            "daily": said("the day before"),
            "weekly": said("the week before"),
            "biweekly": said("the sprint before"),
            "monthly": said("the month before"),
            "quarterly": said("the quarter before"),
            "yearly": said("the year before"),
        }.get(self.cadence, said("the day before"))


def last_closed(cadence: Cadence, moment: Moment, fiscal_month: int = 1) -> Stretch:
    """The newest stretch of a cadence that is over at `moment`."""
    yesterday = moment.today - _DAY
    if cadence in _DAYS:
        return Stretch(cadence, yesterday - timedelta(days=_DAYS[cadence] - 1), yesterday)
    natural, fiscal = _CALENDAR[cadence]
    name = natural if fiscal_month == 1 else fiscal
    first, last = period_of(moment.today, name, fiscal_month)
    if last > yesterday:  # it is not over
        first, last = period_of(first - _DAY, name, fiscal_month)
    return Stretch(cadence, first, last)
