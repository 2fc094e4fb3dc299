"""How a `ScorecardChart` is drawn. Only the drawing process loads this.

The lines of all cells are one stroke with gaps between them: a stroke of its own for each would take most of
the time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from bot.charts.canvas import Box, Canvas, Ink, Pen
from bot.charts.rows import MARK_ROOM, framed, mark_color, written
from bot.charts.scales import LARGEST, Array
from bot.charts.scorecard import ScorecardCell, ScorecardChart, side_words
from bot.charts.style import HEIGHT, LABEL, PAD, SMALL, WIDTH
from bot.charts.typeface import width
from bot.languages import said_of

_ROOM = 276.0  # pixels a cell is high where there are many
_USUAL_ROWS = 2
_GUTTER = 48.0
_VALUES = (60, 52, 44)  # sizes of the number
_NONE: Array = np.empty(0)


@dataclass(slots=True)
class _Lines:
    """Every cell's days in pixels, parted by what is not a number."""

    closed: list[tuple[Array, Array]] = field(default_factory=list)
    still_open: list[tuple[Array, Array]] = field(default_factory=list)
    lone: list[tuple[float, float]] = field(default_factory=list)  # between gaps, where no line reaches
    last: list[tuple[float, float]] = field(default_factory=list)
    hollow: list[tuple[float, float]] = field(default_factory=list)
    gaps: list[Box] = field(default_factory=list)


def draw(chart: ScorecardChart) -> bytes:
    """The chart as a PNG file."""
    rows = math.ceil(len(chart.shown) / chart.columns)
    extra = 46 * (bool(chart.legend) + bool(chart.left_out)) if rows > 1 else 0
    canvas, top, bottom = framed(chart, HEIGHT + _ROOM * max(0, rows - _USUAL_ROWS) + extra)
    quiet = Ink(canvas.theme.muted, SMALL)
    if chart.legend:
        written(canvas, chart.legend, PAD, top + 6, quiet, room=WIDTH - 2 * PAD)
        top += 40
    if chart.left_out:
        rest = said_of(chart.left_out, "and {count} more", "and {count} more")
        written(canvas, rest, PAD, bottom - 6, quiet, room=WIDTH / 2)
        bottom -= 46
    boxes = _boxes(chart, top, min(bottom, top + 340.0 * rows))
    _draw_lines(canvas, chart, boxes)
    for cell, box in zip(chart.shown, boxes, strict=True):
        _write_cell(canvas, cell, box)
    return canvas.png()


def _boxes(chart: ScorecardChart, top: float, bottom: float) -> list[Box]:
    columns, rows = chart.columns, max(1, math.ceil(len(chart.shown) / chart.columns))
    wide = (WIDTH - 2 * PAD - _GUTTER * (columns - 1)) / columns
    high = (bottom - top) / rows
    corners = (
        (PAD + (wide + _GUTTER) * (at % columns), top + high * (at // columns))
        for at in range(len(chart.shown))
    )
    return [Box(left, upper, left + wide, upper + high - 24) for left, upper in corners]


def _draw_lines(canvas: Canvas, chart: ScorecardChart, boxes: list[Box]) -> None:
    lines, theme = _Lines(), canvas.theme
    for cell, box in zip(chart.shown, boxes, strict=True):
        if cell.measured:
            _place(lines, cell, Box(box.left + 10, box.top + 172, box.right - 14, box.bottom - 14))
    blue, paper = theme.line, theme.paper
    edges = [(box.left, round(box.top) + 0.5, box.right, round(box.top) + 0.5) for box in boxes]
    canvas.segments(edges, Pen(theme.grid, 2))
    canvas.boxes(lines.gaps, theme.band)
    canvas.line(*_joined(lines.closed), Pen(blue, 5))
    canvas.line(*_joined(lines.still_open), Pen(blue, 4, (7, 7)))
    canvas.dots(*_apart(lines.lone), Pen(blue, 0), size=10, fill=blue)
    canvas.dots(*_apart(lines.last), Pen(paper, 3), size=20, fill=blue)
    canvas.dots(*_apart(lines.hollow), Pen(blue, 4), size=17, fill=paper)


def _joined(parts: list[tuple[Array, Array]]) -> tuple[Array, Array]:
    """The lines one after another, with a gap behind each."""
    gap = np.array([np.nan])
    xs, ys = ([piece for one in parts for piece in (one[axis], gap)] for axis in (0, 1))
    return np.concatenate([_NONE, *xs]), np.concatenate([_NONE, *ys])


def _apart(points: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]


def _place(lines: _Lines, cell: ScorecardCell, box: Box) -> None:
    """The days of a cell as pixels of its box."""
    at = np.array([point[0].timestamp() for point in cell.points])
    raw = np.array([np.nan if point[1] is None else point[1] for point in cell.points], float)
    values = np.where(np.isfinite(raw), np.clip(raw, -LARGEST, LARGEST), np.nan)
    xs = box.left + (at - at[0]) / max(1.0, at[-1] - at[0]) * (box.right - box.left)
    ys = _heights(values, box)
    since = math.inf if cell.open_since is None else cell.open_since.timestamp()
    end = int(np.searchsorted(at, since))
    lines.closed.append((xs[:end], ys[:end]))
    lines.still_open.append((xs[max(0, end - 1) :], ys[max(0, end - 1) :]))
    known = ~np.isnan(ys)
    beside = np.concatenate(([False], known, [False]))
    lone = np.flatnonzero(known & ~beside[:-2] & ~beside[2:] & (np.arange(len(at)) < end))
    lines.lone += [(float(xs[one]), float(ys[one])) for one in lone]
    closed, still_open = np.flatnonzero(known[:end])[-1:], np.flatnonzero(known[end:])[-1:] + end
    lines.last += [(float(xs[one]), float(ys[one])) for one in closed]
    lines.hollow += [(float(xs[one]), float(ys[one])) for one in still_open]
    lines.gaps += _gaps(xs, known, box)


def _heights(values: Array, box: Box) -> Array:
    """Between the least and the greatest value; what does not move lies in the middle."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if high - low <= 1e-12 * max(abs(low), abs(high), 1e-290):
        return np.where(np.isnan(values), np.nan, (box.top + box.bottom) / 2)
    heights: Array = box.bottom - (values / 2 - low / 2) / (high / 2 - low / 2) * (box.bottom - box.top)
    return heights


def _gaps(xs: Array, known: np.ndarray[tuple[int], np.dtype[np.bool_]], box: Box) -> list[Box]:
    """Where days have no data, from the last one before that has to the first one after."""
    edges = np.flatnonzero(np.diff(~known, prepend=False, append=False))
    return [
        Box(float(xs[max(0, first - 1)]), box.top - 8, float(xs[min(after, len(xs) - 1)]), box.bottom + 8)
        for first, after in zip(edges[::2], edges[1::2], strict=True)
    ]


def _write_cell(canvas: Canvas, cell: ScorecardCell, box: Box) -> None:
    theme, wide = canvas.theme, box.right - box.left
    plain, quiet = Ink(theme.ink, SMALL), Ink(theme.muted, SMALL)
    mark = Ink(mark_color(theme, cell.mark), LABEL, is_bold=True)
    written(canvas, cell.mark, box.left + 16, box.top + 45, mark, room=MARK_ROOM, anchor=0.5)
    written(canvas, cell.name, box.left + MARK_ROOM - 8, box.top + 44, plain, room=wide - MARK_ROOM + 8)
    if not cell.is_known:
        written(canvas, cell.value, box.left, box.top + 108, Ink(theme.muted, LABEL), room=wide)
        return
    value = Ink(theme.ink, _fitting(cell.value, wide), is_bold=True)
    end = written(canvas, cell.value, box.left, box.top + 110, value, room=wide).right + 18
    if cell.target and box.right - end > 90:
        written(canvas, cell.target, end, box.top + 110, quiet, room=box.right - end)
    color = {"better": theme.line, "worse": theme.target}.get(cell.side, theme.muted)
    told = Ink(color, SMALL, is_bold=bool(cell.side))
    change, x = _change_words(cell, wide), box.left
    if change:
        x = written(canvas, change, x, box.top + 156, told, room=wide).right
    if cell.late and box.right - x > 120:
        late, x = (f"· {cell.late}", x + 12) if change else (cell.late, x)
        written(canvas, late, x, box.top + 156, quiet, room=box.right - x)


def _change_words(cell: ScorecardCell, room: float) -> str:
    """The change and its side; without its percent where there is no room for both."""
    text = side_words(cell)
    if width(text[:80], SMALL, is_bold=bool(cell.side)) <= room:
        return text
    return side_words(replace(cell, change=cell.change.partition(" (")[0]))


def _fitting(text: str, room: float) -> int:
    """The largest size in which a value fits its cell."""
    return next((size for size in _VALUES if width(text[:80], size, is_bold=True) <= room), _VALUES[-1])
