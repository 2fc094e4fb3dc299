"""A number on its way to a deadline, as plain data: what was reached, what should be, and where it leads.

Nothing here draws.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot import languages
from bot.charts.foreseen import ForeseenStep
from bot.charts.numerals import print_short
from bot.charts.trend import Point, TargetLine, landing_said
from bot.languages import said
from kpi.calendar import day_of


@dataclass(frozen=True, slots=True)
class BurnupChart:
    """A picture of one KPI from its start to its deadline, for `bot.reply.Chart`. Aware times only.

    `points` stand at the closes of their days, in order of time, None where there is no data; days that were
    not read are not among them. `pace` is the corners of its line. `ahead` begins at the last closed day that
    has a value and ends at the deadline; empty where nothing can be foreseen. Labels come printed by the
    caller.
    """

    title: str
    finding: str
    points: tuple[Point, ...]
    start: datetime
    deadline: datetime
    deadline_label: str  # "Day 90"
    target: TargetLine
    zone: str = "UTC"
    unit: str = ""  # as `Unit.name`
    last_label: str = ""
    landing_label: str = ""  # of the last step's mean: "4,180"
    range_label: str = ""  # of its band: "3,900 to 4,460"
    chance_label: str = ""  # how surely the target is met: "9% chance of 5,000"
    pace: tuple[tuple[datetime, float], ...] | None = None
    pace_label: str = ""  # what it asked for at the last value
    ahead: tuple[ForeseenStep, ...] = ()
    source: str = ""
    age: str = ""
    notice: str = ""  # "sample data"
    dark: bool = False
    language: str = field(default_factory=languages.spoken)

    def png(self) -> bytes:
        """Draw it: 1600 by 900 pixels."""
        from bot.charts.burnup_picture import draw  # matplotlib, and only here

        return draw(self)

    @property
    def measured(self) -> list[tuple[datetime, float]]:
        """The points that have a value."""
        return [(at, value) for at, value in self.points if value is not None and math.isfinite(value)]

    def label_last(self, value: float) -> str:
        return self.last_label or print_short(value, self.unit)


def describe(chart: BurnupChart) -> str:
    """The finding in words and numbers, for those who cannot see the picture."""
    zone, measured = ZoneInfo(chart.zone), chart.measured
    title = " ".join(chart.title.split())
    first, end = _closed(chart.start, zone), _closed(chart.deadline, zone)
    is_one_year = first.year == end.year
    begun, until = languages.day(first, year=not is_one_year), languages.day(end, year=not is_one_year)
    parts = [said("Burn-up chart, {title}, {first} to {last}", title=title, first=begun, last=until)]
    if measured:
        at, value = measured[-1]
        day = languages.day(_closed(at, zone), year=not is_one_year)
        parts.append(said("{value} by {day}", value=chart.label_last(value), day=day))
    else:
        parts.append(said("no data yet"))
    if chart.pace_label:
        parts.append(said("the pace asked for {value} by then", value=chart.pace_label))
    parts.append(said("target {target}", target=chart.target.label))
    if chart.ahead and chart.range_label:
        parts.append(landing_said(chart.landing_label, chart.range_label, chart.chance_label))
    return "; ".join(parts)


def _closed(at: datetime, zone: ZoneInfo) -> date:
    """The day that closes at an instant."""
    return day_of(at - timedelta(microseconds=1), zone)
