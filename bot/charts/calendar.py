"""What each day brought, as a calendar of shaded cells: plain data. Nothing here draws."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from bot import languages
from bot.languages import said
from kpi.calendar import day_of


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One closed day by its first instant; without a value there is no data, which is never a zero."""

    at: datetime
    value: float | None
    is_holiday: bool = False

    @property
    def is_known(self) -> bool:
        return self.value is not None and math.isfinite(self.value)


@dataclass(frozen=True, slots=True)
class CalendarShade:
    """A shade and the value it begins with: `step` is 1 to 4 above zero, -1 and -2 below it, 0 for zero."""

    low: float
    step: int
    label: str  # the values that have it: "12 to 48"


@dataclass(frozen=True, slots=True)
class CalendarChart:
    """A picture of one KPI day by day, for `bot.reply.Chart`: a column a week, a row a weekday.

    `days` follow each other in order of time; those that were not read are not among them. `shades` are in
    rising order and hold every value. `best` and `worst` are starts of days. Labels come printed by the
    caller.
    """

    title: str
    finding: str
    days: tuple[CalendarDay, ...]
    shades: tuple[CalendarShade, ...]
    zone: str = "UTC"
    best: datetime | None = None
    best_label: str = ""  # "best: 412, Tue 3 Nov"
    worst: datetime | None = None
    worst_label: str = ""
    source: str = ""
    age: str = ""
    notice: str = ""  # "sample data"
    dark: bool = False
    language: str = field(default_factory=languages.spoken)

    def png(self) -> bytes:
        """Draw it: 1600 pixels wide and about 900 high."""
        from bot.charts.calendar_picture import draw  # matplotlib, and only here

        return draw(self)

    @property
    def missing(self) -> int:
        """On how many days there is no data."""
        return sum(not one.is_known for one in self.days)


def describe(chart: CalendarChart) -> str:
    """The finding in words and numbers, for those who cannot see the picture."""
    title = " ".join(chart.title.split())
    if not chart.days:
        return said("Calendar, {title}: no data yet", title=title)
    zone = ZoneInfo(chart.zone)
    first, last = (day_of(one.at, zone) for one in (chart.days[0], chart.days[-1]))
    is_one_year = first.year == last.year
    begun, until = languages.day(first, year=not is_one_year), languages.day(last, year=not is_one_year)
    parts = [said("Calendar, {title}, {first} to {last}", title=title, first=begun, last=until)]
    parts += filter(None, (chart.finding, chart.best_label, chart.worst_label))
    return "; ".join(parts)
