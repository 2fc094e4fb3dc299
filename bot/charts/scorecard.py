"""KPIs as a grid of cells: the value, the change and the last days of each, as plain data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from bot.charts.framed import Framed
from bot.languages import said, said_of

MOST_CELLS = 12
"""How many cells a picture shows; the rest is counted."""

_TWO_COLUMNS = 4  # up to so many cells stand in two columns

Point = tuple[datetime, float | None]
"""An instant and its value; None where there is no data, which breaks the line."""


@dataclass(frozen=True, slots=True)
class ScorecardCell:
    """One KPI. `points` are its last days in order of time; those from `open_since` on are not over."""

    name: str
    mark: str  # ● ◆ ▲, or ✓ met, – short, · nothing to meet, ○ no number
    value: str  # printed, or why there is none
    is_known: bool = True  # False: `value` is why there is none
    target: str = ""  # printed
    change: str = ""  # with its sign, or why there is none
    side: str = ""  # "better" or "worse", as its document calls it; empty where it says neither
    points: tuple[Point, ...] = ()
    open_since: datetime | None = None
    late: str = ""  # "3 days ago", where the number is older than it should be

    @property
    def measured(self) -> list[tuple[datetime, float]]:
        """The points that have a value."""
        return [(at, value) for at, value in self.points if value is not None and math.isfinite(value)]


@dataclass(frozen=True, slots=True)
class ScorecardChart(Framed):
    """A picture of cells, for `bot.reply.Chart`; cells in the order they are drawn, row by row."""

    cells: tuple[ScorecardCell, ...]
    ago: str = ""  # what changes are against: "the week before"
    span: str = ""  # which days the lines show: "26 Oct to 22 Nov"

    def png(self) -> bytes:
        """Draw it: 1600 pixels wide and 900 high, higher for more than two rows of cells."""
        from bot.charts.scorecard_picture import draw  # matplotlib, and only here

        return draw(self)

    @property
    def shown(self) -> tuple[ScorecardCell, ...]:
        return self.cells[:MOST_CELLS]

    @property
    def left_out(self) -> int:
        """How many cells the picture only counts."""
        return len(self.cells) - len(self.shown)

    @property
    def columns(self) -> int:
        return 2 if len(self.cells) <= _TWO_COLUMNS else 3

    @property
    def legend(self) -> str:
        """What its changes and its lines are."""
        is_said = not self.ago or self.ago in self.finding
        against = "" if is_said else said("change against {ago}", ago=self.ago)
        return "; ".join(
            part for part in (against, said("lines: {days}", days=self.span) if self.span else "") if part
        )


def side_words(cell: ScorecardCell) -> str:
    """The change, and whether it is for the better: "+38, better"."""
    side = {"better": said("better"), "worse": said("worse")}.get(cell.side, "")
    return ", ".join(part for part in (cell.change, side) if part)


def describe(chart: ScorecardChart) -> str:
    """The finding in words and numbers, for those who cannot see the picture."""
    start = said("Scorecard, {title}: {finding}", title=chart.title, finding=chart.finding)
    parts = [start, *(_told(cell, chart.ago) for cell in chart.shown)]
    if chart.left_out:
        parts.append(said_of(chart.left_out, "and {count} more", "and {count} more"))
    return "; ".join(parts)


def _told(cell: ScorecardCell, ago: str) -> str:
    if not cell.is_known:
        return f"{cell.mark} {cell.name}: {cell.value}"
    told = f"{cell.mark} {cell.name} {cell.value}"
    if change := side_words(cell):
        told += f" ({said('{change} than {ago}', change=change, ago=ago) if cell.side and ago else change})"
    target = said("target {target}", target=cell.target) if cell.target else ""
    return ", ".join(part for part in (told, target, cell.late, _gaps(cell)) if part)


def _gaps(cell: ScorecardCell) -> str:
    """How many of its days have no data."""
    missing = len(cell.points) - len(cell.measured)
    return said_of(missing, "{count} day without data", "{count} days without data") if missing else ""
