"""The blocks of a reply as pieces of a PDF: each knows its height before it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO

from fpdf import FPDF

from bot import reply
from bot.charts.style import PAD, WIDTH
from bot.documents import pictures
from bot.documents.flow import Piece
from bot.documents.lettering import Letters
from bot.documents.look import ACCENT, BAND, DEPTH, LEADING, QUIET, ROOM, RULE, SIDE, TOP, rgb
from bot.documents.paper import Definition, Page, facts_of
from bot.documents.wrapping import Line, Run, Style, legal, wrap
from bot.languages import said
from bot.reply import Block, Spans

KICKER = Style(10.5, is_bold=True, color=ACCENT)
CLAIM = Style(17, is_bold=True)
HEADING = Style(13, is_bold=True)
BODY = Style(10.5)
SMALL = Style(8.5, color=QUIET)
VALUE = Style(14, is_bold=True)
_FACTS_ABREAST = 4
_PICTURE = ROOM * WIDTH / (WIDTH - 2 * PAD)  # its own margin lies in the sheet's: words stand below words
_OVER, _UNDER = 5.0, 4.0  # of its empty margin, that may lie below the words above it and after it
_HIGHEST = DEPTH - 120  # a picture leaves room for the heading it belongs to


@dataclass(frozen=True, slots=True)
class Pen:
    """Where and with what is drawn; lengths in points, y from the upper edge of the text downward."""

    pdf: FPDF
    letters: Letters

    def line(self, line: Line, top: float, *, left: float = SIDE) -> None:
        """A line whose upper edge is at `top`."""
        size = max((run.style.size for run in line), default=0.0)
        baseline = TOP + top + size * (LEADING - 1) / 2 + 0.8 * size
        for run in line:
            left = self.letters.write(run.text, left, baseline, run.style)

    def rule(self, top: float, *, left: float = SIDE, width: float = ROOM, color: str = RULE) -> None:
        self.pdf.set_draw_color(*rgb(color))
        self.pdf.set_line_width(0.6)
        self.pdf.line(left, TOP + top, left + width, TOP + top)

    def area(self, top: float, height: float, *, width: float = ROOM, color: str = BAND) -> None:
        self.pdf.set_fill_color(*rgb(color))
        self.pdf.rect(SIDE, TOP + top, width, height, style="F")

    def picture(self, picture: pictures.Picture, top: float, *, width: float, alt: str) -> None:
        left = SIDE + (ROOM - width) / 2
        self.pdf.image(BytesIO(picture.png), left, TOP + top, w=width, alt_text=alt)

    def broken(self, text: str, style: Style, room: float = ROOM, *, most: int = 0) -> list[Line]:
        """Plain words in lines."""
        return wrap([Run(text, style)], room, self.letters.width, most=most)


def runs(spans: Spans, style: Style) -> list[Run]:
    """Spans as runs around one style."""
    found: list[Run] = []
    for span in spans:
        match span:
            case reply.Bold(text):
                found.append(Run(text, replace(style, is_bold=True)))
            case reply.Link(url, text):
                target = url if url.startswith(("https://", "http://", "mailto:")) else ""
                found.append(Run(text, replace(style, color=ACCENT, link=legal(target))))
            case reply.Code(text):
                found.append(Run(text, replace(style, is_bold=True, color=QUIET)))
            case reply.Mention(name):
                found.append(Run(name, style))
            case _:
                found.append(Run(span.text, style))
    return found


def leading(lines: Sequence[Line]) -> float:
    """The height of each of these lines."""
    return LEADING * max((run.style.size for line in lines for run in line), default=BODY.size)


def lines_of(pen: Pen, lines: Sequence[Line], *, gap: float, keeps: bool = False) -> list[Piece]:
    """A paragraph. Its first two and its last two lines stay together; with `keeps` all, and what follows."""
    high = leading(lines)
    last = len(lines) - 1
    return [
        Piece(
            high,
            partial(pen.line, line),
            gap=gap if at == 0 else 0,
            keeps=keeps or (at < last and at in (0, last - 1)),
        )
        for at, line in enumerate(lines)
    ]


def heading(pen: Pen, page: Page, *, keeps: bool) -> Iterator[Piece]:
    """What the page is about, small, and what it found, large."""
    title, finding = (page.title, page.finding) if page.finding else ("", page.title)
    if title:
        yield from lines_of(pen, pen.broken(title, KICKER, most=2), gap=0, keeps=True)
    if finding:
        yield from lines_of(pen, pen.broken(finding, CLAIM, most=6), gap=2, keeps=keeps)


def pieces(pen: Pen, block: Block) -> Iterator[Piece]:
    """One block. A table is `pdf_table.pieces`; buttons have no place on paper."""
    match block:
        case reply.Heading(text):
            yield from lines_of(pen, pen.broken(text, HEADING), gap=18, keeps=True)
        case reply.Text(spans):
            yield from lines_of(pen, wrap(runs(spans, BODY), ROOM, pen.letters.width), gap=7)
        case reply.Note(spans):
            yield from lines_of(pen, wrap(runs(spans, SMALL), ROOM, pen.letters.width), gap=6)
        case reply.Facts(pairs):
            yield from _facts(pen, pairs)
        case reply.Chart():
            yield from _chart(pen, block)
        case reply.Divider():
            yield Piece(1, pen.rule, gap=14)
        case _:
            return


def _facts(pen: Pen, pairs: Sequence[tuple[str, Spans]]) -> Iterator[Piece]:
    abreast = -(-len(pairs) // (-(-len(pairs) // _FACTS_ABREAST) or 1)) or 1  # as many in each row
    room = ROOM / abreast
    for begin in range(0, len(pairs), abreast):
        cells = [
            (
                pen.broken(label, SMALL, room - 12, most=3),
                wrap(runs(value, VALUE), room - 12, pen.letters.width, most=4),
            )
            for label, value in pairs[begin : begin + abreast]
        ]
        high = max(len(label) * leading(label) + len(value) * leading(value) for label, value in cells)
        yield Piece(high + 4, _row(pen, cells, room), gap=12)


def _row(pen: Pen, cells: list[tuple[list[Line], list[Line]]], room: float) -> Callable[[float], None]:
    deepest = max(len(label) * leading(label) for label, _ in cells)

    def draw(top: float) -> None:
        for at, (label, value) in enumerate(cells):
            left = SIDE + at * room
            for row, line in enumerate(label):
                pen.line(line, top + row * leading(label), left=left)
            for row, line in enumerate(value):
                pen.line(line, top + deepest + row * leading(value), left=left)

    return draw


def _chart(pen: Pen, chart: reply.Chart) -> Iterator[Piece]:
    picture = pictures.draw(chart)
    if picture.fault:
        yield from lines_of(pen, pen.broken(chart.title, HEADING), gap=14, keeps=True)
        yield from lines_of(pen, pen.broken(chart.alt, BODY), gap=4)
        words = said("The picture could not be drawn: {fault}", fault=picture.fault)
        yield from lines_of(pen, pen.broken(words, SMALL, most=3), gap=2)
        return
    wide = min(_PICTURE, _HIGHEST * picture.width / picture.height)
    high = wide * picture.height / picture.width
    alt = legal(chart.alt or chart.title)
    yield Piece(
        high - _OVER - _UNDER,
        lambda top: pen.picture(picture, top - _OVER, width=wide, alt=alt),
        lies_under=True,
    )


def definition(pen: Pen, one: Definition) -> list[Piece]:
    """What a KPI means,, and in small print its measure, source, target and owner."""
    found = lines_of(pen, pen.broken(one.name, Style(10.5, is_bold=True)), gap=12, keeps=True)
    found += lines_of(pen, pen.broken(one.meaning, BODY), gap=1, keeps=True)
    found += lines_of(pen, pen.broken(" · ".join(facts_of(one)), SMALL), gap=2, keeps=True)
    return [*found[:-1], replace(found[-1], keeps=False)] if found else []
