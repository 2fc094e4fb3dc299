"""Cohorts side by side, as plain data: a row a stretch of starts, a column a rate they reach with age.

Nothing here draws.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from bot.charts.framed import Framed
from bot.languages import said, said_of

MOST_COHORTS = 16
MOST_COLUMNS = 5


@dataclass(frozen=True, slots=True)
class CohortColumn:
    """A rate, and how old a cohort is when it has one. Texts come printed by the caller."""

    name: str
    age_label: str  # "after 7 days"
    target_label: str = ""  # "≥ 60%"


@dataclass(frozen=True, slots=True)
class CohortCell:
    """The rate of one cohort in percent; None where there is no data, or where it `is_ripe` only later."""

    value: float | None
    label: str = ""
    is_ripe: bool = True

    @property
    def is_known(self) -> bool:
        return self.value is not None and math.isfinite(self.value) and self.is_ripe


@dataclass(frozen=True, slots=True)
class CohortRow:
    """Who began in one stretch of days; a cell for each column."""

    name: str
    cells: tuple[CohortCell, ...]


@dataclass(frozen=True, slots=True)
class CohortChart(Framed):
    """A picture of cohorts, for `bot.reply.Chart`: rows oldest first, columns by age."""

    columns: tuple[CohortColumn, ...]
    rows: tuple[CohortRow, ...]

    def png(self) -> bytes:
        """Draw it: 1600 pixels wide and 900 high, higher for more than seven cohorts."""
        from bot.charts.cohort_picture import draw  # matplotlib, and only here

        return draw(self)

    @property
    def shown(self) -> tuple[CohortRow, ...]:
        """The newest rows that there is room for."""
        return self.rows[-MOST_COHORTS:]

    @property
    def shown_columns(self) -> tuple[CohortColumn, ...]:
        return self.columns[:MOST_COLUMNS]

    @property
    def left_out(self) -> int:
        """How many older cohorts the picture only counts."""
        return len(self.rows) - len(self.shown)

    @property
    def has_unripe(self) -> bool:
        return any(not cell.is_ripe for row in self.shown for cell in row.cells[: len(self.shown_columns)])


def describe(chart: CohortChart) -> str:
    """The finding in words and numbers, for those who cannot see the picture."""
    parts = [said("Cohorts by start, {title}: {finding}", title=chart.title, finding=chart.finding)]
    parts += [", ".join(_told(chart, place, column)) for place, column in enumerate(chart.shown_columns)]
    if chart.left_out:
        parts.append(said_of(chart.left_out, "and {count} older cohort", "and {count} older cohorts"))
    return "; ".join(parts)


def _told(chart: CohortChart, place: int, column: CohortColumn) -> Iterator[str]:
    """A column in words: its oldest and its newest rate, and what is missing."""
    yield " ".join((column.name, column.age_label))
    cells = [(row.name, row.cells[place]) for row in chart.shown]
    known = [(name, cell) for name, cell in cells if cell.is_known]
    if not known:
        yield said("no rate yet")
    for name, cell in known[:1] + known[1:][-1:]:
        yield said("{rate} of those who began {when}", rate=cell.label, when=name)
    if column.target_label:
        yield said("target {goal}", goal=column.target_label)
    if missing := sum(cell.is_ripe and not cell.is_known for _, cell in cells):
        yield said_of(missing, "{count} without data", "{count} without data")
    if unripe := sum(not cell.is_ripe for _, cell in cells):
        yield said_of(unripe, "{count} not ripe yet", "{count} not ripe yet")
