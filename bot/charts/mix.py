"""Planned and actual shares of a whole, side by side, as plain data. Nothing here draws."""

from __future__ import annotations

from dataclasses import dataclass

from bot.charts.framed import Framed
from bot.languages import said, said_of

MOST_ROWS = 16
"""How many shares a picture shows; the rest is counted."""


@dataclass(frozen=True, slots=True)
class MixRow:
    """One origin: its planned and its actual share in percent of the whole, None where there is none.

    A share is neither met nor missed: `difference` is in points.
    """

    name: str
    planned: float | None
    actual: float | None
    planned_label: str = ""
    actual_label: str = ""  # printed, or why there is none
    difference: str = ""  # "+7 points", "as planned"


@dataclass(frozen=True, slots=True)
class MixChart(Framed):
    """A picture of a planned mix, for `bot.reply.Chart`; rows in the order they are drawn."""

    rows: tuple[MixRow, ...]
    note: str = ""  # what the measured shares add up to, where that is not all

    def png(self) -> bytes:
        """Draw it: 1600 pixels wide and 900 high, higher for more than seven shares."""
        from bot.charts.mix_picture import draw  # matplotlib, and only here

        return draw(self)

    @property
    def shown(self) -> tuple[MixRow, ...]:
        return self.rows[:MOST_ROWS]

    @property
    def left_out(self) -> int:
        """How many shares the picture only counts."""
        return len(self.rows) - len(self.shown)


def describe(chart: MixChart) -> str:
    """The finding in words and numbers, for those who cannot see the picture."""
    parts = [said("Planned and actual shares, {title}: {finding}", title=chart.title, finding=chart.finding)]
    parts += [_told(row) for row in chart.shown]
    if chart.left_out:
        parts.append(said_of(chart.left_out, "and {count} more", "and {count} more"))
    return "; ".join([*parts, *filter(None, (chart.note,))])


def _told(row: MixRow) -> str:
    planned = said("planned {share}", share=row.planned_label) if row.planned_label else ""
    if row.actual is None:
        return ", ".join(part for part in (f"○ {row.name}: {row.actual_label}", planned) if part)
    return ", ".join(part for part in (f"{row.name} {row.actual_label}", planned, row.difference) if part)
