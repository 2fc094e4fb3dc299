"""How a `BulletChart` is drawn. Only the drawing process loads this."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.charts.bullet import FULL, BulletBand, BulletChart, BulletRow, dated
from bot.charts.canvas import Box, Canvas, Ink, Pen
from bot.charts.rows import MARK_ROOM, MIDDLE, framed, mark_color, widest, written
from bot.charts.scales import Scale
from bot.charts.style import HEIGHT, LABEL, PAD, SMALL, WIDTH
from bot.charts.typeface import width
from bot.languages import figure, said, said_of

_USUAL_ROWS = 12
_LEAST_HEIGHT = 560.0
_PITCH = 48.0  # pixels a row where there are many
_WIDEST_PITCH = 92.0
_HEAD = 46.0  # pixels above the rows, for what the columns are
_GAP = 32.0
_AROUND = 300.0  # pixels above and below the rows
_VALUE_ROOM, _TARGET_ROOM = 245.0, 292.0
_LEAST_BAR = 320.0
_NUMBER = re.compile(r"[^\w“\"]*[\d.,–\u00a0\u202f]*\d[%\w]{0,2}(?=\s|$)")


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the parts of a row lie, in pixels."""

    name_room: float
    bar: Scale
    percent: float  # right edge
    value: float  # right edge
    target: float  # left edge


def draw(chart: BulletChart) -> bytes:
    """The chart as a PNG file."""
    count = len(chart.shown) + (chart.left_out > 0)
    canvas, top, bottom = framed(chart, _height(count))
    columns = _columns(chart)
    pitch = min(_WIDEST_PITCH, (bottom - top - _HEAD) / max(1, count))
    middles = [top + _HEAD + pitch * (place + 0.5) for place in range(count)]
    _write_head(canvas, chart, columns, top + 20)
    _draw_bars(canvas, chart, columns, middles, pitch)
    for row, middle in zip(chart.shown, middles, strict=False):
        _write_row(canvas, row, columns, middle + MIDDLE * SMALL)
    if chart.left_out:
        text = said_of(chart.left_out, "and {count} more", "and {count} more")
        quiet = Ink(canvas.theme.muted, SMALL)
        written(canvas, text, PAD + MARK_ROOM, middles[-1] + MIDDLE * SMALL, quiet, room=WIDTH / 2)
    return canvas.png()


def _height(count: int) -> float:
    """As high as the rows ask for: a few make a low picture, and many are never crowded."""
    if count > _USUAL_ROWS:
        return HEIGHT + _PITCH * (count - _USUAL_ROWS)
    return min(HEIGHT, max(_LEAST_HEIGHT, _AROUND + _WIDEST_PITCH * count))


def _columns(chart: BulletChart) -> _Columns:
    """Words take what they need, the bars take the rest; where that is too little, words are cut."""
    rows = chart.shown
    target = widest([_target_head(chart), *(_target(row) for row in rows)], most=_TARGET_ROOM)
    value = widest([said("value"), *(_value(row) for row in rows)], most=_VALUE_ROOM, is_bold=True)
    percent = widest([_share(row) for row in rows], most=180, is_bold=True)
    target_left = WIDTH - PAD - target
    value_right = target_left - _GAP
    percent_right = value_right - value - _GAP
    bar_right = percent_right - percent - 16
    names = PAD + MARK_ROOM
    room = min(widest([row.name for row in rows], most=520), bar_right - _LEAST_BAR - _GAP - names)
    return _Columns(
        room, Scale(0, FULL, names + room + _GAP, bar_right), percent_right, value_right, target_left
    )


def _value(row: BulletRow) -> str:
    """The value as far as its column holds it: without its unit rather than cut."""
    return _fitting([row.value, _figure(row.value)], _VALUE_ROOM, is_bold=True)


def _target(row: BulletRow) -> str:
    """The target with its day, or without it, or its bare figure: whatever its column holds."""
    return _fitting([dated(row), row.target, _figure(row.target)], _TARGET_ROOM)


def _fitting(texts: list[str], room: float, *, is_bold: bool = False) -> str:
    return next((text for text in texts if width(text[:80], SMALL, is_bold=is_bold) <= room), texts[-1])


def _figure(text: str) -> str:
    """What it begins with, to its first number: "≥ 1,000" of "≥ 1,000 views/week"; of words alone all."""
    found = _NUMBER.match(text)
    return found[0] if found else text


def _target_head(chart: BulletChart) -> str:
    return chart.target_title or said("target")


def _write_head(canvas: Canvas, chart: BulletChart, columns: _Columns, baseline: float) -> None:
    """What the columns are, and over the bars which zone each band is."""
    quiet, strong = Ink(canvas.theme.muted, SMALL), Ink(canvas.theme.ink, SMALL, is_bold=True)
    right = WIDTH - PAD - columns.target
    written(canvas, _target_head(chart), columns.target, baseline, quiet, room=right)
    written(canvas, said("value"), columns.value, baseline, quiet, room=_VALUE_ROOM, anchor=1)
    written(canvas, figure("100%"), columns.bar(100), baseline, strong, room=200, anchor=0.5)
    x = float(PAD)
    for band in chart.bands:
        mark = Ink(mark_color(canvas.theme, band.mark), SMALL, is_bold=True)
        written(canvas, band.mark, x + 16, baseline + 1, mark, room=60, anchor=0.5)
        x = written(canvas, _limits(band), x + 42, baseline, quiet, room=240).right + 28


def _limits(band: BulletBand) -> str:
    """Which percents of target are of a zone: "70–90%"."""
    if band.high is None:
        return figure(f"≥{band.low:g}%")
    return figure(f"{band.low:g}–{band.high:g}%") if band.low else figure(f"<{band.high:g}%")


def _draw_bars(
    canvas: Canvas, chart: BulletChart, columns: _Columns, middles: list[float], pitch: float
) -> None:
    """The bands, the bars by their colour, the ticks of the targets and what is cut: each in one stroke."""
    bar, theme = columns.bar, canvas.theme
    thick, tall = min(34.0, 0.52 * pitch), min(56.0, 0.84 * pitch)
    drawn = [(row, at) for row, at in zip(chart.shown, middles, strict=False) if not row.note]
    for (low, high), shade in zip(_ranges(chart), (theme.grid, theme.band), strict=False):
        strips = [Box(bar(low), at - tall / 2, bar(high), at + tall / 2) for _, at in drawn]
        canvas.boxes(strips, shade)
    colored: dict[str, list[Box]] = {}
    for row, at in drawn:
        share = FULL if row.percent is None else max(0.0, min(FULL, row.percent))
        box = Box(bar.start, at - thick / 2, max(bar(share), bar.start + 3), at + thick / 2)
        colored.setdefault(mark_color(theme, row.mark), []).append(box)
    for color, boxes in colored.items():
        canvas.boxes(boxes, color)
    ticks = [(bar(100), at - tall / 2, bar(100), at + tall / 2) for _, at in drawn]
    canvas.segments(ticks, Pen(theme.paper, 12))
    canvas.segments(ticks, Pen(theme.ink, 6))
    cut_off = [at for row, at in drawn if row.percent is None or row.percent > FULL]
    canvas.segments(_chevrons(bar.end, cut_off, thick), Pen(theme.paper, 6))


def _ranges(chart: BulletChart) -> list[tuple[float, float]]:
    """The percents that are shaded, the worst first; up to the target where the framework draws no zones."""
    ends = [(band.low, min(FULL, band.high)) for band in chart.bands if band.high is not None]
    return sorted(one for one in ends if one[1] > one[0]) or [(0.0, 100.0)]


def _chevrons(right: float, middles: list[float], thick: float) -> list[tuple[float, float, float, float]]:
    """Two arrow heads at the end of each bar that goes on."""
    half = thick / 2 + 3
    return [
        (tip - half, middle + side * half, tip, middle)
        for middle in middles
        for tip in (right - 8, right - 24)
        for side in (-1, 1)
    ]


def _write_row(canvas: Canvas, row: BulletRow, columns: _Columns, baseline: float) -> None:
    theme = canvas.theme
    plain, quiet = Ink(theme.ink, SMALL), Ink(theme.muted, SMALL)
    strong = Ink(theme.ink, SMALL, is_bold=True)
    mark = Ink(mark_color(theme, row.mark), LABEL, is_bold=True)
    written(canvas, row.mark, PAD + 18, baseline + 1, mark, room=MARK_ROOM, anchor=0.5)
    written(canvas, row.name, PAD + MARK_ROOM, baseline, plain, room=columns.name_room)
    end = float(WIDTH - PAD)
    if row.target:
        written(canvas, _target(row), columns.target, baseline, quiet, room=end - columns.target)
        end = columns.target - _GAP
    if row.note:
        written(canvas, row.note, columns.bar.start, baseline, quiet, room=end - columns.bar.start)
        return
    is_well = row.is_met or row.mark in ("●", "✓")
    percent = Ink(
        mark_color(theme, row.mark) if is_well or row.mark == "▲" else theme.ink, SMALL, is_bold=True
    )
    written(canvas, _share(row), columns.percent, baseline, percent, room=180, anchor=1)
    written(canvas, _value(row), columns.value, baseline, strong, room=_VALUE_ROOM, anchor=1)


def _share(row: BulletRow) -> str:
    """The percent of target, with a mark of its own where that is met and the row's mark is its zone."""
    met = "✓" if row.is_met and row.mark != "✓" else ""
    return " ".join(part for part in (row.percent_label, met) if part)
