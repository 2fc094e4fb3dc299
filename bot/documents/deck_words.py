"""Words on a slide: measured before they are set, so that no line runs out of its box.

They are measured in the charts' Inter, which is a little wider than the Arial they are shown in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from bot import reply
from bot.charts import typeface
from bot.charts.style import LIGHT
from bot.documents.wrapping import Run, Style, rejoined, wrap
from bot.reply import Block, Spans

BODY = Style(16)
_TIGHT = Style(14)
SMALL = Style(14, color=LIGHT.muted)
STRONG = Style(18, is_bold=True)
VALUE = Style(24, is_bold=True)
KICKER = Style(14, is_bold=True, color=LIGHT.line)
FINE = Style(12, color=LIGHT.muted)
STEP = 1.2
"""From one line to the next, in sizes of the letters."""

_MOST_LINES = 10  # of a paragraph: a longer one goes on as another, on the next slide if need be
_FINE = 100  # the size at which widths are measured, for they come in whole pixels


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Runs with what is free above them; `lines` as they break in the room they were measured for."""

    runs: tuple[Run, ...]
    lines: int
    above: float = 0.0
    keeps: bool = False  # stands on the slide of what follows it

    @property
    def height(self) -> float:
        size = max((run.style.size for run in self.runs), default=BODY.size)
        return self.above + self.lines * STEP * size


def width(text: str, style: Style) -> float:
    """How wide `text` is at most, in points."""
    return sum(_letter(letter, style.is_bold) for letter in text) * style.size / _FINE


@lru_cache(maxsize=4096)
def _letter(letter: str, is_bold: bool) -> int:
    return typeface.width(letter, _FINE, is_bold=is_bold) if letter != " " else _space(is_bold)


@cache
def _space(is_bold: bool) -> int:
    """A space alone has no width: what it adds between two letters has."""
    apart, together = (typeface.width(text, _FINE, is_bold=is_bold) for text in ("n n", "nn"))
    return apart - together


def paragraph(runs: Iterable[Run], room: float, *, above: float = 0.0, most: int = 0) -> Paragraph:
    """One paragraph; with `most` lines, what does not fit ends in an ellipsis."""
    runs = tuple(runs)
    lines = wrap(runs, room, width, most=most)
    return Paragraph(rejoined(lines, runs), max(1, len(lines)), above)


def runs_of(spans: Spans, style: Style) -> tuple[Run, ...]:
    """Spans as runs around one style."""
    return tuple(_run(span, style) for span in spans)


def _run(span: reply.Span, style: Style) -> Run:
    match span:
        case reply.Bold(text) | reply.Code(text):
            return Run(text, Style(style.size, is_bold=True, color=style.color))
        case reply.Link(url, text):
            known = url if url.startswith(("https://", "http://", "mailto:")) else ""
            return Run(text, Style(style.size, style.is_bold, LIGHT.line, known))
        case reply.Mention(name):
            return Run(name, style)
        case _:
            return Run(span.text, style)


def paragraphs(blocks: Sequence[Block], room: float, *, is_tight: bool = False) -> Iterator[Paragraph]:
    """The words of these blocks, one below the other; a paragraph never has more lines than a slide.

    `is_tight` sets them a size smaller, still no smaller than a table.
    """
    body, above = (_TIGHT, 6) if is_tight else (BODY, 8)
    for block in blocks:
        match block:
            case reply.Heading(text):
                head = paragraph((Run(text, STRONG),), room, above=above + 6, most=3)
                yield replace(head, keeps=True)
            case reply.Text(spans):
                yield from _cut(runs_of(spans, body), room, above=above)
            case reply.Note(spans):
                yield from _cut(runs_of(spans, SMALL), room, above=above)
            case reply.Facts(pairs):
                for label, value in pairs:
                    yield paragraph((Run(label, SMALL),), room, above=8, most=2)
                    yield paragraph(runs_of(value, STRONG), room, most=3)
            case _:
                continue


def _cut(runs: Sequence[Run], room: float, *, above: float) -> Iterator[Paragraph]:
    lines = wrap(runs, room, width)
    for begin in range(0, len(lines), _MOST_LINES):
        part = lines[begin : begin + _MOST_LINES]
        yield Paragraph(rejoined(part, runs), len(part), above if begin == 0 else 0)
