"""What a line is held against, drawn: its target, the pace to it, and the limits of zones."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from bot.charts.canvas import Box, Ink, Pen
from bot.charts.plot import Place, Plot
from bot.charts.scales import LARGEST, Array
from bot.charts.style import LABEL
from bot.charts.trend import TargetLine, ZoneLimit
from bot.charts.typeface import cut
from bot.languages import said

Pace = tuple[tuple[datetime, float], ...] | None
"""The corners of a pace line, in order of time."""

_ON_IT = 12  # pixels within which two lines are one to the eye
_SHARES = tuple(step / 8 for step in range(9))  # where along its line a label may stand


def bounded(values: Array) -> Array:
    return np.clip(values, -LARGEST, LARGEST)


def ends(target: TargetLine) -> list[float]:
    return [target.value, target.value if target.high is None else target.high]


def draw_goal(plot: Plot, target: TargetLine | None) -> None:
    """The ground between the two ends of a target range."""
    if target is None:
        return
    heights = [min(max(plot.y(end), plot.window.top), plot.window.bottom) for end in ends(target)]
    if heights[0] != heights[1]:
        ground = Box(plot.window.left, min(heights), plot.window.right, max(heights))
        plot.canvas.boxes([ground], plot.theme.goal)


def draw_zones(plot: Plot, zones: Iterable[ZoneLimit]) -> None:
    """A quiet line at each value where the zone changes."""
    heights = [plot.y(one.value) for one in zones if plot.y.holds(one.value)]
    lines = [(plot.window.left, y, plot.window.right, y) for y in heights]
    plot.canvas.segments(lines, Pen(plot.theme.muted, 2.5, (2, 9)))


def draw_pace(plot: Plot, pace: Pace) -> None:
    xs, ys = pace_pixels(plot, pace)
    if xs.size:
        plot.canvas.line(xs, ys, Pen(plot.theme.pace, 4, (16, 10)), window=plot.window)
        plot.avoid(xs, ys)


def pace_pixels(plot: Plot, pace: Pace) -> tuple[Array, Array]:
    """The part of the pace that lies in the time shown; nothing where there is none."""
    if pace is None:
        return np.empty(0), np.empty(0)
    corners = np.array([moment.timestamp() for moment, _ in pace], float)
    values = bounded(np.array([value for _, value in pace], float))
    first, last = max(corners[0], plot.x.low), min(corners[-1], plot.x.high)
    if last <= first:
        return np.empty(0), np.empty(0)
    seen = corners[(corners > first) & (corners < last)]
    at = np.union1d(np.linspace(first, last, 64), seen)
    return plot.x.many(at), np.clip(plot.y.many(np.interp(at, corners, values)), -1e4, 1e4)


def draw_target(plot: Plot, target: TargetLine | None) -> None:
    if target is None:
        return
    edges = np.array([plot.window.left, plot.window.right])
    for value in dict.fromkeys(ends(target)):
        if plot.y.holds(value):
            heights = np.full(2, plot.y(value))
            plot.canvas.line(edges, heights, Pen(plot.theme.target, 5))
            plot.avoid(edges, heights)


def write_target(plot: Plot, target: TargetLine | None) -> None:
    if target is None:
        return
    ink = Ink(plot.theme.target, LABEL, is_bold=True, halo=plot.theme.paper)
    left, room = plot.window.left + 14, plot.window.right - plot.window.left - 28
    seen = [plot.y(value) for value in ends(target) if plot.y.holds(value)]
    if seen:
        text = said("target {target}", target=target.label)
        heights = [min(seen) - 18, max(seen) + 44]
    elif target.value > plot.y.high:
        text = said("↑ target {target}, above this scale", target=target.label)
        heights = [plot.window.top + 40]
    else:
        text = said("↓ target {target}, below this scale", target=target.label)
        heights = [plot.window.bottom - 20]
    places = [(left + share * room, height, share) for height in heights for share in _SHARES]
    plot.label(cut(text, LABEL, room, is_bold=True), ink, places)


def write_zones(plot: Plot, zones: Iterable[ZoneLimit]) -> None:
    """The zones on the two sides of each of their limits, at the left unless something is there."""
    ink = Ink(plot.theme.muted, LABEL, halo=plot.theme.paper)
    left, room = plot.window.left + 14, plot.window.right - plot.window.left - 28
    for one in (one for one in zones if plot.y.holds(one.value)):
        height = plot.y(one.value)
        for text, baseline in ((one.above, height - 14), (one.below, height + 42)):
            plot.label(text, ink, [(left + share * room, baseline, share) for share in _SHARES])


def write_pace(plot: Plot, pace: Pace, target: TargetLine | None = None) -> None:
    """Its name beside it, unless it lies on the target all the way: then that is its name."""
    xs, ys = pace_pixels(plot, pace)
    if target is not None and np.all(np.abs(ys - plot.y(target.value)) < _ON_IT):
        return
    is_seen = (ys > plot.window.top + 40) & (ys < plot.window.bottom - 40)
    xs, ys = xs[is_seen], ys[is_seen]
    places: list[Place] = []
    for share in (0.5, 0.35, 0.65, 0.2, 0.8) if xs.size else ():
        x, y = (float(line[int(share * (len(xs) - 1))]) for line in (xs, ys))
        places += [(x - 18, y - 18, 1.0), (x + 18, y + 46, 0.0), (x + 18, y - 18, 0.0), (x - 18, y + 46, 1.0)]
    if places:
        plot.label(said("pace"), Ink(plot.theme.muted, LABEL, halo=plot.theme.paper), places)
