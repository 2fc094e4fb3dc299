"""Runs of letters broken into lines, for whatever measures them.

Nothing is ever wider than the room it was wrapped for, save a single letter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from bot.charts import typeface
from bot.documents.look import INK

_PIECES = re.compile(  # a letter of a script without spaces stands alone; a word may break after a hyphen
    r"\s+|[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]|[^\s\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"
    r"\uff00-\uffef/-]+[/-]*|[/-]+"
)


_UNTOLD = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legal(text: str) -> str:
    """The text without what neither XML nor a PDF can hold: control characters and halves of letters."""
    return _UNTOLD.sub("", text)


@dataclass(frozen=True, slots=True)
class Style:
    """How a run of letters is set; `size` in points."""

    size: float
    is_bold: bool = False
    color: str = INK
    link: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """Letters of one style."""

    text: str
    style: Style


Line = tuple[Run, ...]
Measure = Callable[[str, Style], float]


def wrap(runs: Iterable[Run], room: float, measure: Measure, *, most: int = 0) -> list[Line]:
    """The runs in lines of at most `room` points; with `most`, the last line ends in an ellipsis.

    Breaks fall between words, or between letters where one word is wider than the room.
    """
    lines: list[Line] = []
    line: list[Run] = []
    used = 0.0
    for piece in _fitting(runs, room, measure):
        wide = measure(piece.text, piece.style)
        if line and used + measure(piece.text.rstrip(), piece.style) > room + 0.01:
            lines.append(_trimmed(line))
            line, used = [], 0.0
            if most and len(lines) > most:
                break
        if line or not piece.text.isspace():
            line.append(piece)
            used += wide
    if line:
        lines.append(_trimmed(line))
    if most and len(lines) > most:
        lines = [*lines[: most - 1], _cut(lines[most - 1], room, measure)]
    return lines


def drawable(run: Run) -> str:
    """The letters of a run that the fonts have, on one line, with a space where one stood at its edge."""
    text = typeface.drawable(run.text, is_bold=run.style.is_bold)
    if not text:
        return " " if run.text[:1].isspace() else ""
    return f"{' ' * run.text[:1].isspace()}{text}{' ' * run.text[-1:].isspace()}"


def rejoined(lines: Iterable[Line], runs: Iterable[Run]) -> tuple[Run, ...]:
    """Lines that these runs were wrapped to, or the first or last of them, as one text again.

    A space stands where a line was broken at one, and nothing where a word was.
    """
    whole = "".join(map(drawable, runs))
    found: list[Run] = []
    end = -1
    for line in filter(None, lines):
        begin = whole.find(line[0].text, max(0, end))
        if -1 < end < begin:
            found.append(Run(" ", line[0].style))
        found += line
        end = max(begin, 0) + sum(len(run.text) for run in line)
    return _trimmed(found)


def _fitting(runs: Iterable[Run], room: float, measure: Measure) -> Iterator[Run]:
    """Words, spaces and lone letters; none wider than the room unless it is one letter."""
    for run in runs:
        for word in _PIECES.findall(drawable(run)):
            piece = replace(run, text=word)
            while measure(piece.text, piece.style) > room and len(piece.text) > 1:
                count = _most(piece, room, measure)
                yield replace(piece, text=piece.text[:count])
                piece = replace(piece, text=piece.text[count:])
            yield piece


def _most(run: Run, room: float, measure: Measure) -> int:
    """How many of its letters fit, at least one."""
    low, high = 1, len(run.text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(run.text[:middle], run.style) <= room else (low, middle - 1)
    return low


def _trimmed(line: list[Run]) -> Line:
    """Without the space at its end, and with neighbours of one style as one run."""
    while line and line[-1].text.isspace():
        line = line[:-1]
    return tuple(
        Run("".join(run.text for run in runs), style) for style, runs in groupby(line, lambda run: run.style)
    )


def _cut(line: Line, room: float, measure: Measure) -> Line:
    """The line with an ellipsis at its end, shortened until both fit."""
    *before, last = line
    left = room - sum(measure(run.text, run.style) for run in before)
    text = last.text
    while text and measure(text + typeface.ELLIPSIS, last.style) > left:
        text = text[:-1]
    return (*before, replace(last, text=text.rstrip() + typeface.ELLIPSIS))
