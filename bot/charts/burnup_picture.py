"""How a `BurnupChart` is drawn. Only the drawing process loads this."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np

from bot.charts.burnup import BurnupChart
from bot.charts.canvas import Box, Canvas, Ink, Pen
from bot.charts.foreseen_picture import draw_band, draw_mean, landing_labels, write_landing
from bot.charts.frame import footer, header
from bot.charts.numerals import print_tick
from bot.charts.plot import Place, Plot, calendar_edge, grid, uprights
from bot.charts.scales import Array, Scale, thin, time_ticks, value_range, value_ticks
from bot.charts.style import DARK, FINDING, HEIGHT, LABEL, LIGHT, PAD, TICK, VALUE, WIDTH
from bot.charts.trend_goals import bounded, draw_goal, draw_pace, draw_target, ends, write_pace, write_target
from bot.charts.typeface import cut, width
from bot.languages import said

_BOTTOM = HEIGHT - 156
_LABEL_ROOM = 460


def draw(chart: BurnupChart) -> bytes:
    """The chart as a PNG file."""
    canvas = Canvas(DARK if chart.dark else LIGHT)
    top = header(canvas, chart.title, chart.finding) + 50
    plot = _plot(canvas, chart, top)
    gaps = _gaps(plot, chart)
    canvas.boxes(gaps, plot.theme.band)
    draw_goal(plot, chart.target)
    draw_band(plot, chart.ahead, dark=chart.dark)
    grid(plot, chart.unit, is_whole=_is_whole(chart))
    zone = ZoneInfo(chart.zone)
    calendar_edge(plot, time_ticks(plot.x, zone, lambda text: width(text, TICK), with_hours=False))
    deadline = chart.deadline.timestamp()
    uprights(plot, [(deadline, cut(chart.deadline_label, LABEL, _LABEL_ROOM))], near=deadline)
    draw_pace(plot, chart.pace)
    draw_target(plot, chart.target)
    draw_mean(plot, chart.ahead)
    _draw_line(plot, chart)
    _write_values(plot, chart)
    write_target(plot, chart.target)
    write_pace(plot, chart.pace, chart.target)
    _write_gaps(plot, chart, gaps)
    footer(canvas, " · ".join(filter(None, (chart.source, chart.age, chart.zone))), chart.notice)
    return canvas.png()


def _plot(canvas: Canvas, chart: BurnupChart, top: float) -> Plot:
    """The whole way from the start to the deadline, with every value that is shown on it."""
    values = [value for _, value in chart.measured]
    values += [value for step in chart.ahead for value in (step.low, step.high)]
    values += [value for _, value in chart.pace or ()]
    low, high = value_range(bounded(np.array(values, float)), bounded(np.array(ends(chart.target), float)))
    ticks, step = value_ticks(low, high, is_whole=_is_whole(chart))
    left = PAD + 20 + max((width(print_tick(tick, step, chart.unit), TICK) for tick in ticks), default=0)
    room = max((width(text, LABEL) for text in _landing(chart)), default=0)
    right = WIDTH - PAD - (room + 20 if room else 0)
    first, last = chart.start.timestamp(), chart.deadline.timestamp()
    last = max(last, first + 86400.0)
    window = Box(left, top, right, _BOTTOM)
    return Plot(canvas, window, Scale(first, last, left + 8, right - 8), Scale(low, high, _BOTTOM, top))


def _is_whole(chart: BurnupChart) -> bool:
    return all(value == round(value) for _, value in chart.measured)


def _shown(plot: Plot, chart: BurnupChart) -> tuple[Array, Array]:
    """The points between start and deadline in pixels, not-a-number where there is no data."""
    points = [(at.timestamp(), value) for at, value in chart.points if chart.start <= at <= chart.deadline]
    at = np.array([moment for moment, _ in points], float)
    values = np.array([np.nan if value is None else value for _, value in points], float)
    values = np.where(np.isfinite(values), bounded(values), np.nan)
    return plot.x.many(at), plot.y.many(values)


def _gaps(plot: Plot, chart: BurnupChart) -> list[Box]:
    """Where days were read and had nothing to say."""
    xs, ys = _shown(plot, chart)
    edges = np.flatnonzero(np.diff(np.isnan(ys), prepend=False, append=False))
    found = []
    for first, after in zip(edges[::2], edges[1::2], strict=True):
        left, right = xs[max(0, first - 1)], xs[min(after, len(xs) - 1)]
        found.append(Box(float(left), plot.window.top, float(right), plot.window.bottom))
    return [gap for gap in found if gap.right - gap.left > 1]


def _draw_line(plot: Plot, chart: BurnupChart) -> None:
    xs, ys = _shown(plot, chart)
    blue = plot.theme.line
    plot.canvas.line(*thin(xs, ys), Pen(blue, 6))
    plot.avoid(xs, ys)
    known = ~np.isnan(ys)
    beside = np.concatenate(([False], known, [False]))
    is_lone = known & ~beside[:-2] & ~beside[2:]
    plot.canvas.dots(xs[is_lone], ys[is_lone], Pen(blue, 0), size=14, fill=blue)
    last = np.flatnonzero(known)[-1:]
    plot.canvas.dots(xs[last], ys[last], Pen(plot.theme.paper, 4), size=26, fill=blue)
    plot.taken += [Box(x - 16, y - 16, x + 16, y + 16) for x, y in zip(xs[last], ys[last], strict=True)]


def _landing(chart: BurnupChart) -> list[str]:
    """What stands right of the last step."""
    return landing_labels(chart.landing_label, chart.range_label) if chart.ahead else []


def _write_values(plot: Plot, chart: BurnupChart) -> None:
    blue, paper = plot.theme.line, plot.theme.paper
    if chart.ahead:
        write_landing(plot, chart.ahead[-1], _landing(chart))
    xs, ys = _shown(plot, chart)
    last = np.flatnonzero(~np.isnan(ys))[-1:]
    for x, y in zip(xs[last], ys[last], strict=True):
        text = cut(chart.label_last(chart.measured[-1][1]), VALUE, _LABEL_ROOM, is_bold=True)
        spots: list[Place] = [(x - 22, y - 22, 1.0)]
        if x + width(text, VALUE, is_bold=True) + 80 < plot.window.right:  # else it meets the landing's words
            below: list[Place] = [(x + 22, y + 56, 0.0), (x + 26, y + 100, 0.0)]
            spots += [place for place in below if place[1] + 14 < plot.window.bottom]
            spots += [(x + 22, y - 70, 0.0), (x + 22, y - 120, 0.0)]
        spots += [(x - 22, y + 64, 1.0), (x - 22, y - 60, 1.0), (x - 22, y + 110, 1.0)]
        plot.label(text, Ink(blue, VALUE, is_bold=True, halo=paper), spots)


def _write_gaps(plot: Plot, chart: BurnupChart, gaps: list[Box]) -> None:
    ink = Ink(plot.theme.muted, LABEL, halo=plot.theme.paper)
    if not chart.measured:
        middle = (plot.window.left + plot.window.right) / 2
        heights = [plot.window.bottom - up for up in (260, 360, 160)]
        quiet = Ink(plot.theme.muted, FINDING)
        plot.label(said("no data yet"), quiet, [(middle, height, 0.5) for height in heights])
        return
    words = said("no data")
    for gap in gaps:
        if gap.right - gap.left > width(words, LABEL) + 16:
            middle = (gap.left + gap.right) / 2
            plot.label(words, ink, [(middle, plot.window.bottom - up, 0.5) for up in (22, 70, 300)])
