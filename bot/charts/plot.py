"""A plot's window on its canvas: scales, what is already taken, and labels that find a free place."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import numpy as np

from bot.charts.canvas import Box, Canvas, Ink, Pen, box_of
from bot.charts.numerals import print_tick
from bot.charts.scales import Array, Scale, TimeTick, value_ticks
from bot.charts.style import LABEL, PAD, TICK, WIDTH, Theme
from bot.charts.typeface import width

_NONE = np.empty(0)

Place = tuple[float, float, float]
"""x, baseline and anchor of a label."""


@dataclass(slots=True)
class Plot:
    """Where a chart's lines are drawn. `busy` holds points that labels should keep clear of."""

    canvas: Canvas
    window: Box
    x: Scale
    y: Scale
    taken: list[Box] = field(default_factory=list)
    busy: list[tuple[Array, Array]] = field(default_factory=list)

    @property
    def theme(self) -> Theme:
        return self.canvas.theme

    def avoid(self, xs: Array, ys: Array) -> None:
        """Keep labels off the line through these pixels."""
        known = ~np.isnan(ys)
        if known.any():
            steps = np.arange(xs[known][0], xs[known][-1] + 1, 3.0)
            self.busy.append((steps, np.interp(steps, xs[known], ys[known])))

    def label(self, text: str, ink: Ink, places: Iterable[Place]) -> None:
        """Write `text` at the first place that is free, or the least crowded one."""
        if not text:
            return
        xs, ys = (np.concatenate(lines) for lines in zip((_NONE, _NONE), *self.busy, strict=True))
        best, least = None, math.inf
        for x, baseline, anchor in places:
            box = box_of(text, x, baseline, ink, anchor=anchor)
            crowding = self._crowding(box, xs, ys)
            if crowding < least:
                best, least = box, crowding
            if not crowding:
                break
        if best is not None:
            self.taken.append(best)
            self.canvas.words(text, best, ink)

    def _crowding(self, box: Box, xs: Array, ys: Array) -> float:
        shared = sum(1000.0 for other in self.taken if box.overlaps(other))
        is_crossed = (xs > box.left - 8) & (xs < box.right + 8) & (ys > box.top - 8) & (ys < box.bottom + 8)
        outside = max(0.0, self.window.left - box.left, box.right - (WIDTH - PAD))
        outside += max(0.0, self.window.top - box.top, box.bottom - self.window.bottom - 30)
        return shared + float(np.count_nonzero(is_crossed)) + outside


def grid(plot: Plot, unit: str, *, is_whole: bool) -> None:
    """Quiet lines at round values, each with its value at the left."""
    ticks, step = value_ticks(plot.y.low, plot.y.high, is_whole=is_whole)
    ink = Ink(plot.theme.muted, TICK)
    heights = [round(plot.y(tick)) + 0.5 for tick in ticks]
    plot.canvas.segments(
        [(plot.window.left, y, plot.window.right, y) for y in heights], Pen(plot.theme.grid, 2)
    )
    for tick, height in zip(ticks, heights, strict=True):
        text = print_tick(tick, step, unit)
        plot.canvas.words(text, box_of(text, plot.window.left - 20, height + 0.36 * TICK, ink, anchor=1), ink)


def calendar_edge(plot: Plot, ticks: list[TimeTick]) -> None:
    """The days, months or years below the plot, each with its notch."""
    ink = Ink(plot.theme.muted, TICK)
    base = plot.window.bottom
    notches = [(x, base, x, base + 12) for x in (round(plot.x(at)) + 0.5 for at, _ in ticks)]
    plot.canvas.segments(
        [(plot.window.left, base, plot.window.right, base), *notches], Pen(plot.theme.pace, 2)
    )
    for (x, *_), (_, text) in zip(notches, ticks, strict=True):
        box = _inside(
            box_of(text, max(x, plot.window.left - 24 + width(text, TICK) / 2), base + 58, ink, anchor=0.5)
        )
        plot.canvas.words(text, box, ink)


def uprights(plot: Plot, marks: list[tuple[float, str]], *, near: float, signs: Collection[str] = ()) -> None:
    """Dotted lines at moments, named above the plot: over its line, or beside it where that is taken.

    Where names collide all the same, the one nearest to `near` stays; of the others only a notch is left, and
    below it the sign that the name begins with, if that is one of `signs`.
    """
    ink = Ink(plot.theme.muted, LABEL)
    named: list[Box] = []
    lines: list[tuple[float, float, float, float]] = []
    notches: list[tuple[float, float, float, float]] = []
    for at, text in sorted(marks, key=lambda mark: abs(mark[0] - near)):
        x, top = plot.x(at), plot.window.top
        places = (_inside(box_of(text, x, top - 16, ink, anchor=anchor)) for anchor in (0.5, 1.0, 0.0))
        box = next((place for place in places if _is_free(place, named)), None)
        if box is not None:
            named.append(box)
            plot.canvas.words(text, box, ink)
            lines.append((x, top, x, plot.window.bottom))
        else:
            notches.append((x, top, x, top + 14))
            _sign(plot, text[:1] if text[:1] in signs else "", x)
    plot.canvas.segments(lines, Pen(plot.theme.pace, 2.5, (3, 8)))
    plot.canvas.segments(notches, Pen(plot.theme.pace, 2.5))


def _sign(plot: Plot, sign: str, x: float) -> None:
    """The sign of a mark below its notch, unless another one stands there."""
    ink = Ink(plot.theme.muted, LABEL, halo=plot.theme.paper)
    box = _inside(box_of(sign, x, plot.window.top + 50, ink, anchor=0.5))
    if sign and not any(box.overlaps(other) for other in plot.taken):
        plot.taken.append(box)
        plot.canvas.words(sign, box, ink)


def _is_free(box: Box, named: list[Box]) -> bool:
    wide = Box(box.left - 24, box.top, box.right + 24, box.bottom)
    return not any(wide.overlaps(other) for other in named)


def _inside(box: Box) -> Box:
    """The box moved sideways until it is on the sheet."""
    shift = max(0.0, PAD - box.left) - max(0.0, box.right - (WIDTH - PAD))
    return Box(box.left + shift, box.top, box.right + shift, box.bottom)
