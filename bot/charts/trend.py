"""A KPI over time, as plain data: what was measured, where it should be, and what to say of it.

Nothing here draws: `TrendChart.png` loads the drawing code on its first call, so that a process
which only describes charts never loads matplotlib.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from bot import languages
from bot.charts.foreseen import ForeseenStep
from bot.charts.numerals import print_short
from bot.languages import said, said_of
from kpi.calendar import day_of

Point = tuple[datetime, float | None]
"""An instant and its value; None where there is no data, which breaks the line."""


@dataclass(frozen=True, slots=True)
class TargetLine:
    """The value to reach, or with `high` the range to be in. `label` is exact: "5,000 by 29 Nov"."""

    value: float
    label: str
    high: float | None = None


MarkKind = Literal["horizon", "note", "release", "deployment", "incident", "campaign"]


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment worth a line of its own: the end of a horizon, a release.

    What happened to the product or was done for it has a sign of its own before its name.
    """

    at: datetime
    label: str
    kind: MarkKind = "horizon"


@dataclass(frozen=True, slots=True)
class ZoneLimit:
    """A value at which the zone changes, and what is written on either side: "● from 4,500", "▲ below"."""

    value: float
    above: str = ""
    below: str = ""


@dataclass(frozen=True, slots=True)
class TrendChart:
    """A picture of one KPI, for `bot.reply.Chart`. Aware times only; texts are taken literally.

    Points from `open_since` on belong to a period that is not over. `pace` is the corners of its line, in
    order of time. `entries` were made by hand, in order of time: each holds until the next one, though not
    where `points` have no value; the first of them may lie before all points. Labels come printed by the
    caller, who knows how exact they must be; left empty, a short form is used.
    """

    title: str
    finding: str
    points: tuple[Point, ...]
    zone: str = "UTC"
    unit: str = ""  # as `Unit.name`: "$", "%", "hours"; only for the marks along the axis
    began: float | None = None  # the value before the first point, where words count from it
    first_label: str = ""
    last_label: str = ""  # of the newest value of a closed period
    open_label: str = ""  # of the newest value of the open one
    open_since: datetime | None = None
    target: TargetLine | None = None
    pace: tuple[tuple[datetime, float], ...] | None = None
    entries: tuple[tuple[datetime, float], ...] = ()
    marks: tuple[Mark, ...] = ()
    source: str = ""
    age: str = ""
    notice: str = ""  # "sample data"
    dark: bool = False
    zones: tuple[ZoneLimit, ...] = ()
    ahead: tuple[ForeseenStep, ...] = ()  # from the last closed value to the deadline
    landing_label: str = ""  # of the last step's mean: "4,180"
    range_label: str = ""  # of its band: "3,900 to 4,460"
    chance_label: str = ""  # how surely the target is met: "9% chance of 5,000"
    language: str = field(default_factory=languages.spoken)

    def png(self) -> bytes:
        """Draw it: 1600 by 900 pixels."""
        from bot.charts.trend_picture import draw  # matplotlib, and only here

        return draw(self)

    @property
    def measured(self) -> list[tuple[datetime, float]]:
        """The points that have a value, in order of time."""
        found = [(at, value) for at, value in self.points if value is not None and math.isfinite(value)]
        return sorted(found, key=lambda point: point[0])

    def split(self) -> tuple[list[tuple[datetime, float]], list[tuple[datetime, float]]]:
        """The measured points of closed periods, and those of the open one."""
        measured, since = self.measured, self.open_since
        if since is None:
            return measured, []
        return [p for p in measured if p[0] < since], [p for p in measured if p[0] >= since]

    def label_last(self, value: float) -> str:
        return self.last_label or print_short(value, self.unit)

    def label_open(self, value: float) -> str:
        return self.open_label or said("{value} so far", value=print_short(value, self.unit))


def describe(chart: TrendChart) -> str:
    """The finding in words and numbers, for those who cannot see the picture."""
    closed, still_open = chart.split()
    title = " ".join(chart.title.split())
    parts = [said("Line chart, {title}", title=title) + _extent(chart, closed)]
    if still_open:
        is_entry = still_open[-1] in chart.entries  # what somebody stated does not grow with the day
        value = chart.label_open(still_open[-1][1])
        parts.append(value if is_entry else said("{value}, period still open", value=value))
    if chart.entries and closed:
        parts.append(_entered(chart))
    parts += filter(None, (_gaps(chart) if closed else "", _overdue(chart)))
    if chart.target is not None:
        parts.append(said("target {target}", target=chart.target.label))
    parts += _zones(chart)
    if chart.ahead and chart.landing_label:
        parts.append(landing_said(chart.landing_label, chart.range_label, chart.chance_label))
    return "; ".join(parts)


def landing_said(value: str, interval: str, chance: str) -> str:
    """Where a line is foreseen to end, and how surely that meets its target."""
    told = said("it lands at {value}, 80% sure within {range}", value=value, range=interval)
    return f"{told}; {chance}" if chance else told


def count_gaps(chart: TrendChart) -> int:
    """How often the line is broken; what lies before the first entry or after the last is no break."""
    known = [value is not None and math.isfinite(value) for _, value in _in_order(chart)]
    if chart.entries and True in known:
        known = known[known.index(True) : len(known) - known[::-1].index(True)]
    return sum(1 for at, is_known in enumerate(known) if not is_known and (at == 0 or known[at - 1]))


def _in_order(chart: TrendChart) -> list[Point]:
    return sorted(chart.points, key=lambda point: point[0])


def _gaps(chart: TrendChart) -> str:
    gaps = count_gaps(chart)
    return said_of(gaps, "one gap without data", "{count} gaps without data") if gaps else ""


def _zones(chart: TrendChart) -> Iterator[str]:
    """What is asked for each zone, the best one first; what falls short of all of them needs no number."""
    named = [text for one in chart.zones for text in (one.above, one.below) if any(map(str.isdigit, text))]
    if named:
        yield said("zones {limits}", limits=", ".join(named))


def _entered(chart: TrendChart) -> str:
    """How many entries the line is made of, and of when the newest is."""
    first, last = chart.measured[0][0], chart.entries[-1][0]
    count = sum(at >= first for at, _ in chart.entries)
    on = _day(last, chart)
    if not count:
        return said("no entry in these days, the last on {day}", day=on)
    return said_of(count, "one entry, on {day}", "{count} entries, the last on {day}", day=on)


def _overdue(chart: TrendChart) -> str:
    """From when on the newest entry no longer holds."""
    points = _in_order(chart)
    measured = chart.measured
    if not chart.entries or not measured or points[-1][1] is not None:
        return ""
    since = next(at for at, _ in points if at > measured[-1][0])
    return said("no value from {day}: the next entry is overdue", day=_day(since, chart))


def _day(at: datetime, chart: TrendChart) -> str:
    day, last = (day_of(one, ZoneInfo(chart.zone)) for one in (at, chart.points[-1][0]))
    return languages.day(day, year=day.year != last.year)


def _extent(chart: TrendChart, closed: list[tuple[datetime, float]]) -> str:
    if not closed:
        return said(": no data yet") if not chart.measured else said(": no closed period yet")
    zone = ZoneInfo(chart.zone)
    first, last = day_of(closed[0][0], zone), day_of(closed[-1][0], zone)
    until = languages.day(last, year=(last - first).days >= 300)
    began = [] if chart.began is None else [chart.began]
    movement = _movement(chart, [*began, *(value for _, value in closed)])
    return said(", {days} to {until}: {movement}", days=_length(first, last), until=until, movement=movement)


def _length(first: date, last: date) -> str:
    days = (last - first).days + 1
    if days >= 2 * 365:
        return said_of(round(days / 365.25), "{count} year", "{count} years")
    return said_of(days, "{count} day", "{count} days")


def _movement(chart: TrendChart, values: list[float]) -> str:
    first, last = values[0], values[-1]
    end = chart.label_last(last)
    if len(values) == 1:
        return said("one value, {value}", value=end)
    low, high = min(values), max(values)
    if low == high:
        return said("stays at {value}", value=end)
    lowest, highest = print_short(low, chart.unit), print_short(high, chart.unit)
    if first == last:
        return said("begins and ends at {end}, between {low} and {high}", end=end, low=lowest, high=highest)
    start = chart.first_label or print_short(first, chart.unit)
    if last > first:
        told = said("rises from {start} to {end}", start=start, end=end)
    else:
        told = said("falls from {start} to {end}", start=start, end=end)
    if min(first, last) == low and max(first, last) == high:
        return told
    return said("{movement}, between {low} and {high}", movement=told, low=lowest, high=highest)
