"""How a `WaterfallChart` is drawn. Only the drawing process loads this."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.charts.canvas import Box, Canvas, Ink, Pen
from bot.charts.rows import MIDDLE, framed, hatched, outlined, widest, written
from bot.charts.scales import LARGEST, Scale
from bot.charts.style import HEIGHT, LABEL, PAD, SMALL, WIDTH
from bot.charts.waterfall import WaterfallChart, WaterfallStep

_PITCH = 86.0  # pixels a row takes where there are many
_WIDEST_PITCH = 112.0
_USUAL_ROWS = 7
_GAP = 32.0
_LEAST = 4.0  # pixels: the smallest move is still a bar
_NEAR_ZERO = 0.6  # how much of the way from zero may be left empty: more is cut out
_CUT = 64.0  # pixels from the edge to where a bar that does not begin at zero is cut


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Where things stand: the scale, the middles of the rows and how thick a bar is."""

    canvas: Canvas
    scale: Scale
    middles: Sequence[float]
    thick: float
    shares: float  # pixels for the shares at the right

    def box(self, place: int, one: float, other: float) -> Box:
        """The bar of a row between two values."""
        left, right = sorted((self.scale(_bounded(one)), self.scale(_bounded(other))))
        right = max(right, left + _LEAST)
        return Box(left, self.middles[place] - self.thick / 2, right, self.middles[place] + self.thick / 2)


def draw(chart: WaterfallChart) -> bytes:
    """The chart as a PNG file."""
    count = len(chart.steps) + 2
    canvas, top, bottom = framed(chart, HEIGHT + _PITCH * max(0, count - _USUAL_ROWS))
    pitch = min(_WIDEST_PITCH, (bottom - top) / count)
    names, shares = _rooms(chart)
    labels = widest(_labels(chart), most=330, size=LABEL, is_bold=True) + 18
    left, right = PAD + names + _GAP, WIDTH - PAD - shares - labels
    low, high = _ends(chart)
    begins = left if low == 0 else left + _CUT + 40
    scale = Scale(low, high, begins, max(right, begins + 200))
    sheet = _Sheet(canvas, scale, [top + pitch * (at + 0.5) for at in range(count)], 0.56 * pitch, shares)
    _draw_totals(sheet, chart, left)
    _draw_steps(sheet, chart)
    _write_names(sheet, chart, names)
    return canvas.png()


def _bounded(value: float) -> float:
    return max(-LARGEST, min(LARGEST, value))


def _labels(chart: WaterfallChart) -> list[str]:
    return [chart.start_label, chart.end_label, *(one.change_label for one in chart.steps)]


def _rooms(chart: WaterfallChart) -> tuple[float, float]:
    """How wide the names and the shares are."""
    names = [chart.start_name, chart.end_name, *(one.name for one in chart.steps)]
    shares = widest([one.share_label for one in chart.steps], most=170)
    return widest(names, most=470, size=LABEL, is_bold=True), shares + _GAP if shares else 0.0


def _ends(chart: WaterfallChart) -> tuple[float, float]:
    """The lowest and the highest value on the scale: from zero, unless most of that way would be empty."""
    levels = [_bounded(level) for level in (*chart.levels, chart.end)]
    low, high = min(levels), max(levels)
    if low > 0 and low > _NEAR_ZERO * high:
        return (low - 0.15 * (high - low), high) if high > low else (0.0, high)
    if high < 0 and high < _NEAR_ZERO * low:
        return (low, high + 0.15 * (high - low)) if high > low else (low, 0.0)
    low, high = min(0.0, low), max(0.0, high)
    return (low, high) if high > low else (0.0, 1.0)


def _draw_totals(sheet: _Sheet, chart: WaterfallChart, left: float) -> None:
    """The values before and after: from zero, or cut where the way from there is left out."""
    canvas, theme = sheet.canvas, sheet.canvas.theme
    is_cut = not sheet.scale.low <= 0 <= sheet.scale.high
    last = len(chart.steps) + 1
    boxes = []
    for place, value in ((0, chart.start), (last, chart.end)):
        one = sheet.box(place, sheet.scale.low if is_cut else 0.0, value)
        boxes.append(Box(left if is_cut else one.left, one.top, one.right, one.bottom))
    canvas.boxes(boxes, theme.pace)
    if not is_cut and sheet.scale.low < 0:
        zero = sheet.scale(0.0)
        canvas.segments([(zero, boxes[0].top - 14, zero, boxes[1].bottom + 14)], Pen(theme.grid, 4))
    if is_cut:
        slants = [(left + _CUT, one.bottom + 6, left + _CUT + 26, one.top - 6) for one in boxes]
        canvas.segments(slants, Pen(theme.paper, 14))
    ink = Ink(theme.ink, LABEL, is_bold=True)
    for box, place, text in zip(boxes, (0, last), (chart.start_label, chart.end_label), strict=True):
        written(canvas, text, box.right + 18, sheet.middles[place] + MIDDLE * LABEL, ink, room=330)


def _draw_steps(sheet: _Sheet, chart: WaterfallChart) -> None:
    """Rises are solid, falls are hatched: each from where the one before ended."""
    canvas, theme = sheet.canvas, sheet.canvas.theme
    levels = chart.levels
    boxes = [sheet.box(at + 1, levels[at], levels[at + 1]) for at in range(len(chart.steps))]
    falls = [box for box, one in zip(boxes, chart.steps, strict=True) if one.change < 0]
    joints = [sheet.scale(_bounded(level)) for level in levels]
    half = sheet.thick / 2
    middles = sheet.middles
    links = [(x, middles[at] + half, x, middles[at + 1] - half) for at, x in enumerate(joints)]
    canvas.segments(links, Pen(theme.pace, 2.5))
    canvas.boxes([box for box, one in zip(boxes, chart.steps, strict=True) if one.change >= 0], theme.line)
    canvas.boxes(falls, theme.goal)
    canvas.segments(hatched(falls, 15), Pen(theme.target, 3))
    canvas.segments(outlined(falls), Pen(theme.target, 4))
    for at, (one, box) in enumerate(zip(chart.steps, boxes, strict=True)):
        _write_change(sheet, one, box, middles[at + 1] + MIDDLE * LABEL)


def _write_change(sheet: _Sheet, step: WaterfallStep, box: Box, baseline: float) -> None:
    """What a step moved, behind its bar, and its share at the right edge."""
    theme = sheet.canvas.theme
    color = theme.line if step.change > 0 else theme.target if step.change < 0 else theme.muted
    ink = Ink(color, LABEL, is_bold=True)
    written(sheet.canvas, step.change_label, box.right + 18, baseline, ink, room=330)
    quiet = Ink(theme.muted, SMALL)
    written(
        sheet.canvas,
        step.share_label,
        WIDTH - PAD,
        baseline,
        quiet,
        room=max(0.0, sheet.shares - _GAP),
        anchor=1,
    )


def _write_names(sheet: _Sheet, chart: WaterfallChart, room: float) -> None:
    theme = sheet.canvas.theme
    bold, plain = Ink(theme.ink, LABEL, is_bold=True), Ink(theme.ink, LABEL)
    quiet = Ink(theme.muted, LABEL)
    names = [(chart.start_name, bold), *((one.name, quiet if one.is_rest else plain) for one in chart.steps)]
    for (text, ink), middle in zip([*names, (chart.end_name, bold)], sheet.middles, strict=True):
        written(sheet.canvas, text, PAD, middle + MIDDLE * LABEL, ink, room=room)
