"""What is foreseen, drawn: a band of ground from the last value on, its mean dashed, and where it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.charts.canvas import Box, Ink, Pen
from bot.charts.foreseen import ForeseenStep
from bot.charts.plot import Plot
from bot.charts.scales import LARGEST, Array
from bot.charts.style import LABEL
from bot.charts.trend_goals import bounded
from bot.charts.typeface import cut, width

ROOM = 300  # pixels: so wide may the words right of the last step be
_GROUNDS = {False: "#cfe1f5", True: "#23405f"}
"""Where the value is foreseen to lie: the line's own hue on paper, by theme."""

_SLICE = 2.0  # pixels of the band that are drawn at a time


@dataclass(frozen=True, slots=True)
class _Pixels:
    """The steps in pixels: when, mean, low and high."""

    at: Array
    mean: Array
    low: Array
    high: Array


def _pixels(plot: Plot, steps: Sequence[ForeseenStep]) -> _Pixels:
    """As far as the time shown reaches; what lies beyond the scale ends at its edge."""
    rows = [(step.at.timestamp(), step.mean, step.low, step.high) for step in steps]
    at, *lines = np.array(rows, float).reshape(-1, 4).T
    seen = at <= plot.x.high + 1
    mean, low, high = (plot.y.many(bounded(line[seen])) for line in lines)
    low, high = (np.clip(line, plot.window.top, plot.window.bottom) for line in (low, high))
    return _Pixels(plot.x.many(at[seen]), mean, low, high)


def draw_band(plot: Plot, steps: Sequence[ForeseenStep], *, dark: bool) -> None:
    """The ground in which the value is foreseen, as one slice of each few pixels."""
    found = _pixels(plot, steps)
    if len(found.at) < 2:
        return
    at = np.arange(found.at[0], found.at[-1], _SLICE)
    bottom, top = np.interp(at, found.at, found.low), np.interp(at, found.at, found.high)
    end = float(found.at[-1])
    slices = [Box(x, t, min(x + _SLICE + 0.5, end), b) for x, t, b in zip(at, top, bottom, strict=True)]
    plot.canvas.boxes(slices, _GROUNDS[dark])
    plot.canvas.line(found.at, found.low, Pen(plot.theme.line, 2))
    plot.canvas.line(found.at, found.high, Pen(plot.theme.line, 2))


def draw_mean(plot: Plot, steps: Sequence[ForeseenStep]) -> None:
    """The expected way, dashed, and a hollow dot where it ends."""
    found = _pixels(plot, steps)
    if not len(found.at):
        return
    plot.canvas.line(found.at, found.mean, Pen(plot.theme.line, 5, (3, 9)), window=plot.window)
    plot.avoid(found.at, found.mean)
    if plot.y.holds(steps[len(found.at) - 1].mean):
        plot.canvas.dots(
            found.at[-1:], found.mean[-1:], Pen(plot.theme.line, 5), size=20, fill=plot.theme.paper
        )


def landing_labels(value: str, interval: str) -> list[str]:
    """What stands right of the last step: where it lands, and where there is room between which values."""
    if not value:
        return []
    is_short = width(interval, LABEL) <= ROOM
    return [cut(value, LABEL, ROOM), *([interval] if interval and is_short else [])]


def write_landing(plot: Plot, last: ForeseenStep, labels: Sequence[str]) -> None:
    """The words right of the last step, one below the other."""
    blue, paper = plot.theme.line, plot.theme.paper
    edge = plot.x(last.at.timestamp()) + 24
    middle = plot.y(max(-LARGEST, min(LARGEST, last.mean)))
    for place, text in enumerate(labels):
        ink = Ink(blue if not place else plot.theme.muted, LABEL, is_bold=not place, halo=paper)
        places = [(edge, middle + 14 + 44 * place + shift, 0.0) for shift in (0, 60, -90)]
        plot.label(text, ink, places)
