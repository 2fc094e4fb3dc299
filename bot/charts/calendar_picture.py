"""How a `CalendarChart` is drawn. Only the drawing process loads this."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot import languages
from bot.charts.calendar import CalendarChart, CalendarDay
from bot.charts.canvas import Box, Canvas, Ink, Pen, box_of
from bot.charts.frame import footer, header
from bot.charts.rows import outlined
from bot.charts.style import DARK, FINDING, LIGHT, PAD, SMALL, TICK, WIDTH
from bot.charts.typeface import cut, width, wrap
from bot.languages import said
from kpi.calendar import day_of

_ROW, _GAP = 54.0, 6.0  # a weekday, and what is left free between two cells
_WIDEST = 64.0  # pixels of a week
_LEGEND_ROW = 58.0
_SWATCH = 36.0
_ROOM = WIDTH - 2.0 * PAD
_SHADES = {
    False: {1: "#cfe1f5", 2: "#8fbbe9", 3: "#3d82cd", 4: "#0b4387", -1: "#f3c99c", -2: "#c2620f"},
    True: {1: "#1c3a5e", 2: "#2d639e", 3: "#5a9ce0", 4: "#b5d8ff", -1: "#6b451f", -2: "#e8934a"},
}
"""Blue above zero and orange below it, by theme: the further from zero, the further from the paper."""


@dataclass(frozen=True, slots=True)
class _Item:
    """One entry of the legend: a cell as it is drawn above, and what it means."""

    words: str
    step: int | None = None  # None: not a shade
    is_missing: bool = False
    is_holiday: bool = False
    frame: tuple[float, ...] | None = None  # the dashes of a frame around it


_BEST: tuple[float, ...] = ()
_WORST = (9.0, 6.0)


def draw(chart: CalendarChart) -> bytes:
    """The chart as a PNG file."""
    rows = list(_legend_rows(chart))
    lines = len(wrap(chart.finding, FINDING, _ROOM, lines=2))
    height = PAD + 53 + 52 * lines + 52 + 60 + 7 * _ROW + 24 + _LEGEND_ROW * len(rows) + 92
    canvas = Canvas(DARK if chart.dark else LIGHT, round(height))
    top = header(canvas, chart.title, chart.finding) + 56
    if chart.days:
        _draw_days(canvas, chart, top)
    else:
        ink = Ink(canvas.theme.muted, FINDING)
        words = said("no data yet")
        canvas.words(words, box_of(words, WIDTH / 2, top + 3.5 * _ROW, ink, anchor=0.5), ink)
    for at, row in enumerate(rows):
        _draw_legend(canvas, chart, row, top + 7 * _ROW + 24 + _LEGEND_ROW * at)
    footer(canvas, " · ".join(filter(None, (chart.source, chart.age, chart.zone))), chart.notice)
    return canvas.png()


def _cells(chart: CalendarChart, left: float, top: float) -> list[tuple[CalendarDay, date, Box]]:
    """Every day with its place: the week says how far right, the weekday how far down."""
    zone = ZoneInfo(chart.zone)
    days = [(one, day_of(one.at, zone)) for one in chart.days]
    first = _monday(days[0][1])
    weeks = (_monday(days[-1][1]) - first).days // 7 + 1
    step = min(_WIDEST, (WIDTH - PAD - left) / weeks)
    gap = min(_GAP, step / 5)
    found = []
    for one, own in days:
        x, y = left + step * ((own - first).days // 7), top + _ROW * own.weekday()
        found.append((one, own, Box(x, y, x + step - gap, y + _ROW - _GAP)))
    return found


def _monday(own: date) -> date:
    return own - timedelta(days=own.weekday())


def _draw_days(canvas: Canvas, chart: CalendarChart, top: float) -> None:
    week = [date(2024, 1, number) for number in range(1, 8)]  # it began on a Monday
    names = [languages.weekday(own, short=True) for own in week]
    left = PAD + max(width(name, SMALL) for name in names) + 24
    ink = Ink(canvas.theme.muted, SMALL)
    for row, name in enumerate(names):
        canvas.words(name, box_of(name, PAD, top + _ROW * row + 36, ink), ink)
    cells = _cells(chart, left, top)
    for step in sorted({_step(chart, one) for one, _, _ in cells if one.is_known}):
        _draw_shade(
            canvas, chart, step, [box for one, _, box in cells if one.is_known and _step(chart, one) == step]
        )
    _draw_missing(canvas, [box for one, _, box in cells if not one.is_known])
    _draw_holidays(canvas, [box for one, _, box in cells if one.is_holiday])
    for moment, dash in ((chart.worst, _WORST), (chart.best, _BEST)):
        _draw_frames(canvas, [box for one, _, box in cells if one.at == moment], dash)
    _write_months(canvas, cells, top)


def _step(chart: CalendarChart, one: CalendarDay) -> int:
    """The shade of a day that has a value."""
    fitting = [shade.step for shade in chart.shades if one.value is not None and shade.low <= one.value]
    return fitting[-1] if fitting else 0


def _draw_shade(canvas: Canvas, chart: CalendarChart, step: int, boxes: list[Box]) -> None:
    """Cells of one shade; a zero is an empty frame."""
    if step:
        canvas.boxes(boxes, _SHADES[chart.dark][step])
    else:
        inner = [Box(one.left + 1.5, one.top + 1.5, one.right - 1.5, one.bottom - 1.5) for one in boxes]
        canvas.segments(outlined(inner), Pen(canvas.theme.pace, 3))


def _draw_missing(canvas: Canvas, boxes: list[Box]) -> None:
    """A cross without a ground, which no shade looks like."""
    lines = []
    for one in boxes:
        side = min(one.right - one.left, one.bottom - one.top) * 0.28
        x, y = (one.left + one.right) / 2, (one.top + one.bottom) / 2
        lines += [(x - side, y - side, x + side, y + side), (x - side, y + side, x + side, y - side)]
    canvas.segments(lines, Pen(canvas.theme.pace, 3.5))


def _draw_holidays(canvas: Canvas, boxes: list[Box]) -> None:
    """A dot in the upper corner, ringed so that it shows on every shade."""
    size = min(16.0, 0.6 * min((one.right - one.left for one in boxes), default=16.0))
    xs, ys = [one.right - 0.75 * size for one in boxes], [one.top + 0.75 * size for one in boxes]
    canvas.dots(xs, ys, Pen(canvas.theme.paper, 3), size=size, fill=canvas.theme.ink)


def _draw_frames(canvas: Canvas, boxes: list[Box], dash: tuple[float, ...]) -> None:
    """The best day and the worst one: paper and ink around the cell."""
    canvas.segments(outlined(boxes), Pen(canvas.theme.paper, 9))
    canvas.segments(outlined(boxes), Pen(canvas.theme.ink, 5, dash))


def _write_months(canvas: Canvas, cells: list[tuple[CalendarDay, date, Box]], top: float) -> None:
    """Each month above the week in which it begins, where there is room for its name."""
    ink, edge = Ink(canvas.theme.muted, TICK), 0.0
    for _, own, box in cells:
        if own.day != 1 and own != cells[0][1]:
            continue
        name = languages.month(own, short=True)
        name = f"{name} {own.year}" if own.month == 1 and own.day == 1 else name
        is_begun = own.day != 1  # a month that begins before the picture gives way to the next one
        if is_begun and any(
            other.day == 1 and at.left < box.left + width(name, TICK) + 20 for _, other, at in cells
        ):
            continue
        place = box_of(name, min(box.left, WIDTH - PAD - width(name, TICK)), top - 18, ink)
        if place.left > edge:
            canvas.words(name, place, ink)
            edge = place.right + 20


def _legend_rows(chart: CalendarChart) -> Iterator[list[_Item]]:
    """What the cells mean, in as many rows as it takes; the best day and the worst one apart."""
    items = [_Item(shade.label, shade.step) for shade in chart.shades]
    if chart.missing:
        items.append(_Item(said("no data"), is_missing=True))
    if any(one.is_holiday for one in chart.days):
        items.append(_Item(said("holiday"), is_holiday=True))
    yield from _flowing(items)
    named = ((chart.best, chart.best_label, _BEST), (chart.worst, chart.worst_label, _WORST))
    yield from _flowing([_Item(label, frame=dash) for at, label, dash in named if at is not None and label])


def _flowing(items: list[_Item]) -> Iterator[list[_Item]]:
    row: list[_Item] = []
    for one in items:
        if row and sum(map(_wide, (*row, one))) > _ROOM + 44:
            yield row
            row = []
        row.append(one)
    if row:
        yield row


def _wide(item: _Item) -> float:
    return _SWATCH + 14 + width(cut(item.words, SMALL, 680), SMALL) + 44


def _draw_legend(canvas: Canvas, chart: CalendarChart, row: list[_Item], top: float) -> None:
    x, ink = float(PAD), Ink(canvas.theme.muted, SMALL)
    for one in row:
        swatch = Box(x + 3, top + 6, x + _SWATCH, top + 3 + _SWATCH)
        if one.step is not None:
            _draw_shade(canvas, chart, one.step, [swatch])
        if one.is_missing:
            _draw_missing(canvas, [swatch])
        if one.is_holiday:
            middle = [(swatch.left + swatch.right) / 2], [(swatch.top + swatch.bottom) / 2]
            canvas.dots(*middle, Pen(canvas.theme.paper, 3), size=18, fill=canvas.theme.ink)
        if one.frame is not None:
            _draw_frames(canvas, [swatch], one.frame)
        text = cut(one.words, SMALL, 680)
        canvas.words(text, box_of(text, x + _SWATCH + 14, top + 34, ink), ink)
        x += _wide(one)
