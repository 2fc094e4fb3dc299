"""A chart that PowerPoint draws by itself, as plain data: its numbers stay numbers that can be edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from bot.charts.style import LIGHT

Kind = Literal["line", "bar", "column", "stacked"]


@dataclass(frozen=True, slots=True)
class Series:
    """One row of numbers, None for a gap. `labels` stand at single values, by their index.

    An empty `color` is no ink at all: what carries a floating column. `colors` are of single values.
    """

    name: str
    values: tuple[float | None, ...]
    color: str = LIGHT.line
    is_dashed: bool = False
    has_dots: bool = False
    is_hollow: bool = False
    is_told_below: bool = False  # labels under their points, out of the way of another's
    labels: Mapping[int, str] | None = None
    colors: Mapping[int, str] | None = None


@dataclass(frozen=True, slots=True)
class NativeChart:
    """A chart of numbers. `top` is the end of the value axis, where it has a fixed one."""

    kind: Kind
    title: str
    finding: str
    footer: str
    categories: tuple[str, ...] | tuple[date, ...]
    series: tuple[Series, ...]
    number_format: str = "General"
    top: float | None = None
    rule: float | None = None  # a line across bars each so many; none without
    is_keyed: bool = True  # whether it needs a legend


def print_format(values: Sequence[float], unit: str) -> str:
    """How a workbook prints such values, in the unit of a chart."""
    digits = "#,##0" if all(value == round(value) for value in values) or max(values) >= 1000 else "#,##0.0#"
    return {"$": f'"$"{digits}', "%": f'{digits}"%"'}.get(unit, digits)


def joined(*parts: str) -> str:
    return " · ".join(filter(None, parts))
