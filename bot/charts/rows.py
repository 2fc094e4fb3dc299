"""Pieces that pictures of rows and cells share: marks, words cut to their room, outlines and hatching."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from bot.charts.canvas import Box, Canvas, Ink, box_of
from bot.charts.frame import footer, header
from bot.charts.style import DARK, HEIGHT, LIGHT, SMALL, Theme
from bot.charts.typeface import cut, width

Segment = tuple[float, float, float, float]
"""A straight line, as (left, top, right, bottom)."""

MARK_ROOM = 52
"""Pixels that a mark and the space behind it take."""

MIDDLE = 0.36
"""How far below the middle of a row its words stand, in their sizes."""


class Framed(Protocol):
    """What every picture of rows says around them."""

    @property
    def title(self) -> str: ...
    @property
    def finding(self) -> str: ...
    @property
    def period(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def notice(self) -> str: ...
    @property
    def dark(self) -> bool: ...


def framed(chart: Framed, height: float = HEIGHT) -> tuple[Canvas, float, float]:
    """A canvas with all that stands around the rows, and between which heights there is room for them."""
    canvas = Canvas(DARK if chart.dark else LIGHT, round(height))
    top = header(canvas, chart.title, chart.finding)
    footer(canvas, " · ".join(filter(None, (chart.period, chart.source))), chart.notice)
    return canvas, top, canvas.height - 86.0


def mark_color(theme: Theme, mark: str) -> str:
    """Blue for what is well, orange for what is off track, quiet for all between and for the unknown."""
    return {"✓": theme.line, "●": theme.line, "▲": theme.target}.get(mark, theme.pace)


def written(  # noqa: PLR0913 - a text, where it stands and how
    canvas: Canvas, text: str, x: float, baseline: float, ink: Ink, *, room: float, anchor: float = 0.0
) -> Box:
    """Write `text`, cut to its room; returns the box it takes."""
    shown = cut(text, ink.size, room, is_bold=ink.is_bold)
    box = box_of(shown, x, baseline, ink, anchor=anchor)
    canvas.words(shown, box, ink)
    return box


def widest(texts: Iterable[str], *, most: float, size: int = SMALL, is_bold: bool = False) -> float:
    """How wide a column of these words is, at most `most`."""
    return min(most, max((width(text[:80], size, is_bold=is_bold) for text in texts if text), default=0))


def outlined(boxes: Iterable[Box]) -> list[Segment]:
    """The four edges of each box, for one stroke."""
    return [
        edge
        for one in boxes
        for edge in (
            (one.left, one.top, one.right, one.top),
            (one.right, one.top, one.right, one.bottom),
            (one.right, one.bottom, one.left, one.bottom),
            (one.left, one.bottom, one.left, one.top),
        )
    ]


def hatched(boxes: Iterable[Box], gap: float) -> list[Segment]:
    """Slanting lines that fill each box, `gap` pixels apart."""
    return [line for one in boxes for line in _slanting(one, gap)]


def _slanting(box: Box, gap: float) -> Iterator[Segment]:
    high, foot = box.bottom - box.top, box.left - (box.bottom - box.top) + gap
    while foot < box.right:
        left, right = max(foot, box.left), min(foot + high, box.right)
        if right > left:
            yield left, box.bottom - (left - foot), right, box.bottom - (right - foot)
        foot += gap
