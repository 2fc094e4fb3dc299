"""KPIs against their targets, one bar a KPI, as plain data. Nothing here draws."""

from __future__ import annotations

from dataclasses import dataclass

from bot.charts.framed import Framed
from bot.languages import said, said_of

MOST_ROWS = 24
"""How many rows a picture shows; the rest is counted."""

MOST_TOLD = 12
"""How many rows are told in words: what is read aloud must end."""

FULL = 150.0
"""Percent of target at which a bar is cut."""


@dataclass(frozen=True, slots=True)
class BulletBand:
    """One zone of the framework: the percents of target from `low` up to `high`, None for no end."""

    mark: str  # ● ◆ ▲
    low: float
    high: float | None


@dataclass(frozen=True, slots=True)
class BulletRow:
    """One KPI. With a `note` there is no bar, and it says why; without either the bar is off any scale.

    `mark` is its zone (● ◆ ▲), or where the framework draws none ✓ met, – short; ○ where there is no number.
    """

    name: str
    mark: str
    value: str = ""  # printed
    target: str = ""  # printed: "≥ 5,000"
    percent: float | None = None  # of the target; 100 is at it, whichever side is better
    percent_label: str = ""  # exact where a limit is near
    is_met: bool | None = None
    note: str = ""
    due: str = ""  # "by Day 90", where the rows do not share it


@dataclass(frozen=True, slots=True)
class BulletChart(Framed):
    """A picture of bars against targets, for `bot.reply.Chart`; rows in the order they are drawn."""

    rows: tuple[BulletRow, ...]
    bands: tuple[BulletBand, ...] = ()
    target_title: str = ""  # above the targets: "by Day 90", where they share it

    def png(self) -> bytes:
        """Draw it: 1600 pixels wide, 560 to 900 high, higher for more than twelve rows."""
        from bot.charts.bullet_picture import draw  # matplotlib, and only here

        return draw(self)

    @property
    def shown(self) -> tuple[BulletRow, ...]:
        return self.rows[:MOST_ROWS]

    @property
    def left_out(self) -> int:
        """How many rows the picture only counts."""
        return len(self.rows) - len(self.shown)


def describe(chart: BulletChart) -> str:
    """The finding in words and numbers, for those who cannot see the picture."""
    parts = [said("Bars against targets, {title}: {finding}", title=chart.title, finding=chart.finding)]
    parts += [_told(row) for row in chart.rows[:MOST_TOLD]]
    if rest := len(chart.rows) - MOST_TOLD:
        parts += [said_of(rest, "and {count} more", "and {count} more")] if rest > 0 else []
    return "; ".join(parts)


def _told(row: BulletRow) -> str:
    start = " ".join(part for part in (row.mark, row.name) if part)
    if row.note:
        return f"{start}: {row.note}" + (f", {_target(row)}" if row.target else "")
    goal = dated(row)
    share = said("{percent} of {target}", percent=row.percent_label, target=goal)
    ended = {True: said("met"), False: said("not met"), None: ""}[row.is_met]
    far = share if row.percent_label else _target(row)
    return ", ".join(part for part in (f"{start} {row.value}", far, ended) if part)


def dated(row: BulletRow) -> str:
    """The target and when it is due: "≥ 5,000 by Day 90"."""
    return " ".join(part for part in (row.target, row.due) if part)


def _target(row: BulletRow) -> str:
    return said("target {target}", target=dated(row))
