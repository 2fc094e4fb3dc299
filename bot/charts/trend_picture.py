"""How a `TrendChart` is drawn. Only the drawing process loads this."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from bot.charts.canvas import Box, Canvas, Ink, Pen, box_of
from bot.charts.foreseen_picture import draw_band, draw_mean, landing_labels, write_landing
from bot.charts.frame import footer, header
from bot.charts.numerals import print_tick
from bot.charts.plot import Plot, calendar_edge, grid, uprights
from bot.charts.scales import LARGEST, Array, Scale, thin, time_ticks, value_range, value_ticks
from bot.charts.style import DARK, FINDING, HEIGHT, LABEL, LIGHT, PAD, TICK, VALUE, WIDTH
from bot.charts.trend import Mark, MarkKind, TrendChart
from bot.charts.trend_goals import (
    bounded,
    draw_goal,
    draw_pace,
    draw_target,
    draw_zones,
    ends,
    write_pace,
    write_target,
    write_zones,
)
from bot.charts.typeface import cut, width
from bot.languages import said

Flags = npt.NDArray[np.bool_]

_BOTTOM = HEIGHT - 156  # the plot's lower edge: room for dates and the footer
_DAY = 86400.0
_AHEAD = 2.5  # how much future is shown at most, in lengths of what was measured
_BAND_ROOM = 1.5  # of the range measured: so far beyond it a band is shown
_LABEL_ROOM = 560  # pixels: thirty letters of a label
_MOST_DOTS = 40
SIGNS: Mapping[MarkKind, str] = {"release": "📦", "deployment": "🚀", "incident": "⚠", "campaign": "📣"}
"""What stands before the name of a mark, one shape for each kind; deadlines and notes have none."""


@dataclass(frozen=True, slots=True)
class _Data:
    """The points as arrays in order of time; not-a-number is a gap. From `open_from` on it is open."""

    at: Array
    values: Array
    open_from: int
    is_entry: Flags  # the points that were entered by hand
    is_held: Flags  # these, and the ones on which an entry still holds

    @property
    def known(self) -> Array:
        return self.values[~np.isnan(self.values)]


def draw(chart: TrendChart) -> bytes:
    """The chart as a PNG file."""
    canvas = Canvas(DARK if chart.dark else LIGHT)
    top = header(canvas, chart.title, chart.finding)
    data = read_points(chart)
    span = _time_span(chart, data)
    if span is None:
        _write_nothing(canvas, chart)
    else:
        marks = [(m.at.timestamp(), _name(m)) for m in chart.marks if _between(m.at, span)]
        plot = _plot(canvas, chart, data, span=span, top=top + (50 if marks else 0))
        _draw_plot(plot, chart, data, marks)
    footer(canvas, " · ".join(filter(None, (chart.source, chart.age, chart.zone))), chart.notice)
    return canvas.png()


def read_points(chart: TrendChart) -> _Data:
    """The points of a chart as they are drawn."""
    points = sorted(chart.points, key=lambda point: point[0])
    at = np.array([point[0].timestamp() for point in points], float)
    values = np.array([np.nan if value is None else value for _, value in points], float)
    values = np.where(np.isfinite(values), bounded(values), np.nan)
    since = np.inf if chart.open_since is None else chart.open_since.timestamp()
    return _Data(at, values, int(np.searchsorted(at, since)), *_entered(chart, at, values))


def _entered(chart: TrendChart, at: Array, values: Array) -> tuple[Flags, Flags]:
    """Which points are entries, and on which the newest entry holds: a value of its own is a measured one."""
    if not chart.entries:
        return np.zeros(len(at), bool), np.zeros(len(at), bool)
    made = np.array([moment.timestamp() for moment, _ in chart.entries], float)
    said = bounded(np.array([value for _, value in chart.entries], float))
    newest = np.searchsorted(made, at, side="right") - 1
    is_held = (newest >= 0) & (values == said[newest])
    return is_held & np.isin(at, made), is_held


def _time_span(chart: TrendChart, data: _Data) -> tuple[float, float] | None:
    """From the first point to the last one, and on to the end of the pace or the next mark."""
    corners = [moment.timestamp() for moment, _ in chart.pace or ()]
    if not data.at.size and not corners:
        return None
    first = float(data.at[0]) if data.at.size else min(corners)
    last = float(data.at[-1]) if data.at.size else max(corners)
    reach = last + _AHEAD * max(last - first, 7 * _DAY)
    marks = (mark.at.timestamp() for mark in chart.marks)
    ahead = (step.at.timestamp() for step in chart.ahead)
    far = (*corners[1:], *ahead)
    last = max([last, *(at for at in marks if at <= reach), *(min(at, reach) for at in far)])
    return (first, last) if last > first else (first - 1.5 * _DAY, last + 1.5 * _DAY)


def _between(moment: datetime, span: tuple[float, float]) -> bool:
    return span[0] <= moment.timestamp() <= span[1]


def _name(mark: Mark) -> str:
    sign = SIGNS.get(mark.kind, "")
    return cut(f"{sign} {mark.label}" if sign else mark.label, LABEL, _LABEL_ROOM)


def _write_nothing(canvas: Canvas, chart: TrendChart) -> None:
    """Not even a time to draw: say so, and what the target is."""
    quiet = Ink(canvas.theme.muted, FINDING)
    nothing = said("no data yet")
    canvas.words(nothing, box_of(nothing, WIDTH / 2, HEIGHT / 2, quiet, anchor=0.5), quiet)
    if chart.target is not None:
        ink = Ink(canvas.theme.target, LABEL, is_bold=True)
        text = cut(said("target {target}", target=chart.target.label), LABEL, WIDTH - 2 * PAD, is_bold=True)
        canvas.words(text, box_of(text, WIDTH / 2, HEIGHT / 2 + 64, ink, anchor=0.5), ink)


def _plot(canvas: Canvas, chart: TrendChart, data: _Data, *, span: tuple[float, float], top: float) -> Plot:
    goal = [] if chart.target is None else ends(chart.target)
    low, high = value_range(_shown(chart, data), bounded(np.array(goal, float)))
    ticks, step = value_ticks(low, high, is_whole=_is_whole(data.known))
    left = PAD + 20 + max((width(print_tick(tick, step, chart.unit), TICK) for tick in ticks), default=0)
    right = float(WIDTH - PAD)
    if data.at.size:  # the last value is written to the right of its point
        share = (float(data.at[-1]) - span[0]) / (span[1] - span[0])
        room = max(
            (width(text, ink.size, is_bold=ink.is_bold) for text, ink, _ in _values(canvas, chart)), default=0
        )
        right = min(right, left + (right - room - 34 - left) / max(share, 0.01))
    if landing := _landing(chart, span):
        right = min(right, WIDTH - PAD - 20 - max(width(text, LABEL, is_bold=True) for text in landing))
    window = Box(left, top, right, _BOTTOM)
    return Plot(canvas, window, Scale(*span, left + 8, right - 8), Scale(low, high, _BOTTOM, top))


def _shown(chart: TrendChart, data: _Data) -> Array:
    """The values that the scale has to hold: of a band wider than what was measured, a part."""
    known = data.known
    if not chart.ahead or not known.size:
        return known
    room = _BAND_ROOM * max(float(np.ptp(known)), 0.02 * float(np.abs(known).max()))
    band = [value for step in chart.ahead for value in (step.low, step.high)]
    means = [step.mean for step in chart.ahead]
    seen = np.clip(bounded(np.array(band, float)), known.min() - room, known.max() + room)
    return np.concatenate((known, seen, bounded(np.array(means, float))))


def _landing(chart: TrendChart, span: tuple[float, float]) -> list[str]:
    """What stands right of the last step ahead; nothing where that lies beyond the time shown."""
    if not chart.ahead or chart.ahead[-1].at.timestamp() > span[1] + 1:
        return []
    return landing_labels(chart.landing_label, chart.range_label)


def _is_whole(values: Array) -> bool:
    return bool(values.size and np.all(values == np.round(values)))


def _draw_plot(plot: Plot, chart: TrendChart, data: _Data, marks: list[tuple[float, str]]) -> None:
    zone = ZoneInfo(chart.zone)
    gaps = _gaps(plot, data)
    plot.canvas.boxes(gaps, plot.theme.band)
    draw_goal(plot, chart.target)
    draw_band(plot, chart.ahead, dark=chart.dark)
    grid(plot, chart.unit, is_whole=_is_whole(data.known))
    calendar_edge(plot, time_ticks(plot.x, zone, _tick_width, with_hours=_is_hourly(chart, zone)))
    uprights(
        plot, marks, near=float(data.at[-1]) if data.at.size else plot.x.low, signs=tuple(SIGNS.values())
    )
    draw_zones(plot, chart.zones)
    draw_pace(plot, chart.pace)
    draw_target(plot, chart.target)
    draw_mean(plot, chart.ahead)
    _draw_line(plot, data)
    if landing := _landing(chart, (plot.x.low, plot.x.high)):
        write_landing(plot, chart.ahead[-1], landing)
    _write_values(plot, chart, data)
    write_target(plot, chart.target)
    write_pace(plot, chart.pace)
    write_zones(plot, chart.zones)
    _write_gaps(plot, gaps, is_empty=not data.known.size)


def _tick_width(text: str) -> float:
    return width(text, TICK)


def _is_hourly(chart: TrendChart, zone: ZoneInfo) -> bool:
    """Whether values are measured within the day, so that hours belong on the axis."""
    return any(local.hour or local.minute for local in (at.astimezone(zone) for at, _ in chart.points[:50]))


def _gaps(plot: Plot, data: _Data) -> list[Box]:
    """Where there is no data: from the last value before to the first one after."""
    missing = np.isnan(data.values)
    edges = np.flatnonzero(np.diff(missing, prepend=False, append=False))
    found: list[Box] = []
    for first, after in zip(edges[::2], edges[1::2], strict=True):
        left = plot.x(float(data.at[max(0, first - 1)]))
        right = plot.x(float(data.at[min(after, len(data.at) - 1)]))
        if found and left - found[-1].right < 1:
            found[-1] = Box(found[-1].left, plot.window.top, right, plot.window.bottom)
        else:
            found.append(Box(left, plot.window.top, right, plot.window.bottom))
    return found


def _draw_line(plot: Plot, data: _Data) -> None:
    """Closed periods as a stroke broken at gaps, the open one dashed and hollow, lone values as dots."""
    end, blue, paper = data.open_from, plot.theme.line, plot.theme.paper
    xs, ys = plot.x.many(data.at), plot.y.many(data.values)
    plot.canvas.line(*thin(*_stepped(xs[:end], ys[:end], data.is_held)), Pen(blue, 6 if len(xs) < 400 else 4))
    if end < len(xs):
        rest = slice(max(0, end - 1), None)
        plot.canvas.line(*_stepped(xs[rest], ys[rest], data.is_held[rest]), Pen(blue, 5, (8, 8)))
    plot.avoid(xs, ys)
    known = ~np.isnan(ys)
    is_closed = np.arange(len(xs)) < end
    dotted = is_closed & _dotted(known, data)
    plot.canvas.dots(xs[dotted], ys[dotted], Pen(blue, 0), size=14, fill=blue)
    last = np.flatnonzero(known & is_closed & (data.is_entry | ~data.is_held))[-1:]
    plot.canvas.dots(xs[last], ys[last], Pen(paper, 4), size=26, fill=blue)
    still_open = known & ~is_closed
    plot.canvas.dots(xs[still_open], ys[still_open], Pen(blue, 5), size=20, fill=paper)


def _dotted(known: Flags, data: _Data) -> Flags:
    """The points that are dots: entries, lone values between gaps, and all of them where they are few."""
    beside = np.concatenate(([False], known, [False]))
    is_lone = known & ~beside[:-2] & ~beside[2:]
    is_own = known & ~data.is_held
    entries = data.is_entry & (np.count_nonzero(data.is_entry) <= _MOST_DOTS)
    return entries | is_lone | (is_own & (np.count_nonzero(known) <= 16))


def _stepped(xs: Array, ys: Array, is_held: Flags) -> tuple[Array, Array]:
    """The line with a corner wherever a held value ends: it was the same until the next one came."""
    before = np.flatnonzero(is_held[: len(xs) - 1] & ~np.isnan(ys[1:])) if len(xs) else np.empty(0, int)
    return np.insert(xs, before + 1, xs[before + 1]), np.insert(ys, before + 1, ys[before])


def _values(canvas: Canvas, chart: TrendChart) -> list[tuple[str, Ink, float]]:
    """The newest closed value and the open one: words, ink and number."""
    closed, still_open = chart.split()
    blue, paper = canvas.theme.line, canvas.theme.paper
    found = []
    if closed:
        text = cut(chart.label_last(closed[-1][1]), VALUE, 460, is_bold=True)
        found.append((text, Ink(blue, VALUE, is_bold=True, halo=paper), closed[-1][1]))
    if still_open:
        text = cut(chart.label_open(still_open[-1][1]), LABEL, 460)
        found.append((text, Ink(blue, LABEL, halo=paper), still_open[-1][1]))
    return found


def _write_values(plot: Plot, chart: TrendChart, data: _Data) -> None:
    for text, ink, value in _values(plot.canvas, chart):
        edge = plot.x(float(data.at[-1])) + 30
        middle = plot.y(max(-LARGEST, min(LARGEST, value))) + 0.36 * ink.size
        plot.label(text, ink, [(edge, middle + shift, 0.0) for shift in (0, -48, 48, -96, 96)])


def _write_gaps(plot: Plot, gaps: list[Box], *, is_empty: bool) -> None:
    middle = (plot.window.left + plot.window.right) / 2
    if is_empty:
        heights = [plot.window.bottom - up for up in (260, 360, 160)]
        plot.label(
            said("no data yet"), Ink(plot.theme.muted, FINDING), [(middle, height, 0.5) for height in heights]
        )
        return
    ink, words = Ink(plot.theme.muted, LABEL), said("no data")
    for gap in gaps:
        if gap.right - gap.left > width(words, LABEL) + 16:
            middle = (gap.left + gap.right) / 2
            plot.label(words, ink, [(middle, plot.window.bottom - up, 0.5) for up in (22, 70, 300)])
