"""How a `CohortChart` is drawn. Only the drawing process loads this."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from matplotlib.colors import to_hex, to_rgb

from bot.charts.canvas import Box, Canvas, Ink, Pen
from bot.charts.cohort import CohortCell, CohortChart
from bot.charts.rows import MIDDLE, framed, hatched, widest, written
from bot.charts.style import HEIGHT, LABEL, PAD, SMALL, WIDTH, Theme
from bot.charts.typeface import wrap
from bot.languages import said, said_of

_PITCH = 70.0  # pixels a cohort takes where there are many
_WIDEST_PITCH = 92.0
_USUAL_ROWS = 6
_WIDEST_COLUMN = 520.0
_GAP = 8.0
_LINE = 44.0  # a line of the columns' heads
_SHADES = 8  # steps of the one hue: the numbers tell the rest
_PALEST, _DEEPEST = 0.07, 0.52  # shares of the hue; on the deepest words are still readable


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Where the cells lie: the left edges of the columns and the upper edges of the rows."""

    lefts: tuple[float, ...]
    tops: tuple[float, ...]
    wide: float
    high: float

    def box(self, row: int, column: int) -> Box:
        left, top = self.lefts[column], self.tops[row]
        return Box(left, top, left + self.wide - _GAP, top + self.high - _GAP)


def draw(chart: CohortChart) -> bytes:
    """The chart as a PNG file."""
    canvas, top, bottom = framed(chart, HEIGHT + _PITCH * max(0, len(chart.shown) - _USUAL_ROWS))
    notes = _notes(chart)
    names = widest([row.name for row in chart.shown], most=420, size=LABEL)
    left = PAD + names + 36
    count = max(1, len(chart.shown_columns))
    wide = min(_WIDEST_COLUMN, (WIDTH - PAD + _GAP - left) / count)
    lefts = tuple(left + wide * place for place in range(count))
    under = _write_heads(canvas, chart, lefts, top + 18, room=wide - 24)
    pitch = min(_WIDEST_PITCH, (bottom - 46 * len(notes) - under) / max(1, len(chart.shown)))
    tops = tuple(under + pitch * place for place in range(len(chart.shown)))
    sheet = _Sheet(lefts, tops, wide, pitch)
    _draw_cells(canvas, chart, sheet)
    plain, quiet = Ink(canvas.theme.ink, LABEL), Ink(canvas.theme.muted, SMALL)
    for row, edge in zip(chart.shown, tops, strict=True):
        written(canvas, row.name, PAD, edge + (pitch - _GAP) / 2 + MIDDLE * LABEL, plain, room=names)
    for place, text in enumerate(notes):
        baseline = under + pitch * len(chart.shown) + 36 + 46 * place
        written(canvas, text, PAD, baseline, quiet, room=WIDTH - 2 * PAD)
    return canvas.png()


def _notes(chart: CohortChart) -> list[str]:
    older = said_of(chart.left_out, "and {count} older cohort", "and {count} older cohorts")
    found = [said("hatched: not ripe yet")] if chart.has_unripe else []
    return [*found, *([older] if chart.left_out else [])]


def _write_heads(
    canvas: Canvas, chart: CohortChart, lefts: tuple[float, ...], top: float, *, room: float
) -> float:
    """The columns' names over their ages and targets, on shared lines; returns where the cells begin."""
    bold, quiet = Ink(canvas.theme.ink, SMALL, is_bold=True), Ink(canvas.theme.muted, SMALL)
    names = [wrap(one.name, SMALL, room * 0.94, lines=2) for one in chart.shown_columns]
    lines = max((len(one) for one in names), default=1)
    for column, left, name in zip(chart.shown_columns, lefts, names, strict=False):
        baseline = top + _LINE * (lines - len(name)) + 6
        for at, line in enumerate(name):
            written(canvas, line, left, baseline + _LINE * at, bold, room=room)
        written(canvas, column.age_label, left, top + _LINE * lines + 6, quiet, room=room)
        written(canvas, column.target_label, left, top + _LINE * (lines + 1) + 6, quiet, room=room)
    has_targets = any(one.target_label for one in chart.shown_columns)
    return top + _LINE * (lines + has_targets) + 28


def _draw_cells(canvas: Canvas, chart: CohortChart, sheet: _Sheet) -> None:
    """Cells of one shade are one shape, so that many cohorts take no longer than few."""
    theme, placed = canvas.theme, list(_placed(chart, sheet))
    deepest = max((cell.value or 0.0 for cell, _ in placed if cell.is_known), default=0.0)
    shaded: dict[int, list[Box]] = {}
    for cell, box in placed:
        if cell.is_known and cell.value is not None:
            share = max(0.0, cell.value / deepest) if deepest > 0 else 0.0
            shaded.setdefault(round(share * (_SHADES - 1)), []).append(box)
    for shade, boxes in sorted(shaded.items()):
        canvas.boxes(boxes, _shade(theme, shade / (_SHADES - 1)))
    unripe = [box for cell, box in placed if not cell.is_ripe]
    canvas.segments(hatched(unripe, 30), Pen(theme.grid, 3))
    canvas.boxes([box for cell, box in placed if cell.is_ripe and not cell.is_known], theme.band)
    for cell, box in placed:
        _write_cell(canvas, cell, box)


def _placed(chart: CohortChart, sheet: _Sheet) -> Iterator[tuple[CohortCell, Box]]:
    for at, row in enumerate(chart.shown):
        for place, cell in enumerate(row.cells[: len(chart.shown_columns)]):
            yield cell, sheet.box(at, place)


def _shade(theme: Theme, share: float) -> str:
    """The one hue, mixed into the paper."""
    weight = _PALEST + share * (_DEEPEST - _PALEST)
    paper, hue = to_rgb(theme.paper), to_rgb(theme.line)
    red, green, blue = (a + (b - a) * weight for a, b in zip(paper, hue, strict=True))
    return to_hex((red, green, blue))


def _write_cell(canvas: Canvas, cell: CohortCell, box: Box) -> None:
    if not cell.is_ripe:
        return
    known = cell.is_known
    ink = Ink(canvas.theme.ink, LABEL, is_bold=True) if known else Ink(canvas.theme.muted, SMALL)
    text = cell.label if known else cell.label or said("no data")
    middle, baseline = (box.left + box.right) / 2, (box.top + box.bottom) / 2 + MIDDLE * ink.size
    written(canvas, text, middle, baseline, ink, room=box.right - box.left - 12, anchor=0.5)
