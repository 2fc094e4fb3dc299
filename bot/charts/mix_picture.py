"""How a `MixChart` is drawn. Only the drawing process loads this."""

from __future__ import annotations

from bot.charts.canvas import Box, Canvas, Ink, Pen
from bot.charts.mix import MixChart, MixRow
from bot.charts.rows import MIDDLE, framed, hatched, outlined, widest, written
from bot.charts.scales import LARGEST, Scale
from bot.charts.style import HEIGHT, LABEL, PAD, SMALL, WIDTH
from bot.languages import said, said_of

_USUAL_ROWS = 6
_PITCH = 100.0  # pixels a pair of bars takes where there are many
_WIDEST_PITCH = 150.0
_GAP = 36.0
_HEAD = 44.0


def draw(chart: MixChart) -> bytes:
    """The chart as a PNG file."""
    count, notes = len(chart.shown), _notes(chart)
    canvas, top, bottom = framed(chart, HEIGHT + _PITCH * max(0, count - _USUAL_ROWS))
    bottom -= 46 * len(notes)
    scale, texts = _columns(chart)
    pitch = min(_WIDEST_PITCH, (bottom - top - _HEAD) / max(1, count))
    middles = [top + _HEAD + pitch * (place + 0.5) for place in range(count)]
    _write_legend(canvas, scale.start, top + 16)
    _draw_bars(canvas, chart, scale, middles, pitch)
    for row, middle in zip(chart.shown, middles, strict=True):
        _write_row(canvas, row, scale, middle, 0.21 * pitch, texts)
    quiet = Ink(canvas.theme.muted, SMALL)
    for place, text in enumerate(notes):
        baseline = top + _HEAD + pitch * count + 34 + 46 * place
        written(canvas, text, PAD, baseline, quiet, room=WIDTH - 2 * PAD)
    return canvas.png()


def _notes(chart: MixChart) -> list[str]:
    rest = said_of(chart.left_out, "and {count} more", "and {count} more") if chart.left_out else ""
    return [text for text in (rest, chart.note) if text]


def _columns(chart: MixChart) -> tuple[Scale, tuple[float, float]]:
    """Where the bars lie, and the room of the names and of the differences."""
    rows = chart.shown
    names = widest([row.name for row in rows], most=420, size=LABEL)
    ends = widest([row.difference for row in rows], most=300, size=LABEL, is_bold=True)
    labels = [text for row in rows for text in (row.planned_label, row.actual_label)]
    beside = widest(labels, most=230, is_bold=True)
    left = PAD + names + _GAP
    right = WIDTH - PAD - ends - _GAP - beside - 22
    most = max((abs(share) for row in rows for share in _shares(row)), default=0.0)
    return Scale(0, most or 1.0, left, max(right, left + 200)), (names, ends)


def _shares(row: MixRow) -> list[float]:
    return [min(LARGEST, share) for share in (row.planned, row.actual) if share is not None]


def _write_legend(canvas: Canvas, left: float, baseline: float) -> None:
    """What the two bars of a pair are."""
    theme, quiet = canvas.theme, Ink(canvas.theme.muted, SMALL)
    planned = Box(left, baseline - 26, left + 54, baseline)
    end = written(canvas, said("planned"), planned.right + 14, baseline, quiet, room=300).right
    actual = Box(end + 48, baseline - 26, end + 102, baseline)
    written(canvas, said("actual"), actual.right + 14, baseline, quiet, room=300)
    canvas.segments(hatched([planned], 13), Pen(theme.pace, 2.5))
    canvas.segments(outlined([planned]), Pen(theme.pace, 3))
    canvas.boxes([actual], theme.line)


def _draw_bars(canvas: Canvas, chart: MixChart, scale: Scale, middles: list[float], pitch: float) -> None:
    """All planned bars in one stroke with their hatching in another, all actual ones in one area."""
    theme, thick = canvas.theme, 0.37 * pitch
    pairs = list(zip(chart.shown, middles, strict=True))
    planned = [
        Box(scale.start, middle - thick - 2, scale(max(0.0, row.planned)), middle - 2)
        for row, middle in pairs
        if row.planned is not None
    ]
    actual = [
        Box(scale.start, middle + 2, max(scale.start + 3, scale(max(0.0, row.actual))), middle + thick + 2)
        for row, middle in pairs
        if row.actual is not None
    ]
    canvas.segments(hatched(planned, 16), Pen(theme.pace, 2.5))
    canvas.segments(outlined(planned), Pen(theme.pace, 3))
    canvas.boxes(actual, theme.line)


def _write_row(  # noqa: PLR0913 - a row, and where it stands
    canvas: Canvas, row: MixRow, scale: Scale, middle: float, off: float, texts: tuple[float, float]
) -> None:
    theme = canvas.theme
    quiet, plain = Ink(theme.muted, SMALL), Ink(theme.ink, LABEL)
    names, ends = texts
    written(canvas, row.name, PAD, middle + MIDDLE * LABEL, plain, room=names)
    edge = WIDTH - PAD - ends - _GAP
    if row.planned is not None:
        x = scale(max(0.0, row.planned)) + 18
        written(canvas, row.planned_label, x, middle - off + MIDDLE * SMALL, quiet, room=edge - x)
    is_known = row.actual is not None
    x = scale(max(0.0, row.actual)) + 18 if row.actual is not None else scale.start + 4
    ink = Ink(theme.line, SMALL, is_bold=True) if is_known else quiet
    text = row.actual_label if is_known else f"○ {row.actual_label}"
    written(canvas, text, x, middle + off + MIDDLE * SMALL, ink, room=edge - x)
    bold = Ink(theme.ink, LABEL, is_bold=True)
    written(canvas, row.difference, WIDTH - PAD, middle + MIDDLE * LABEL, bold, room=ends, anchor=1)
