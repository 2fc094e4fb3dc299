"""Writes a report as a PDF: a cover with its contents, the pages, and what the numbers mean.

The same report is the same bytes: no clock, no name of a machine, only the moment its numbers are of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fpdf import FPDF

from bot.documents import pdf_blocks, pdf_table
from bot.documents.flow import Group, Piece, Sheet, place
from bot.documents.lettering import Letters
from bot.documents.look import ACCENT, DEPTH, FOOT, HIGH, LEADING, QUIET, ROOM, SIDE, TOP
from bot.documents.paper import Page, Paper
from bot.documents.pdf_blocks import BODY, CLAIM, KICKER, SMALL, Pen, lines_of
from bot.documents.wrapping import Style, legal
from bot.languages import said, spoken
from bot.reply import Block, Table

_APART = 26.0  # two parts of a report that share a sheet
_COVER, _PERIOD = Style(32, is_bold=True), Style(17, color=QUIET)
_ENTRY = Style(10.5, is_bold=True)


@dataclass(frozen=True, slots=True)
class _Part:
    """What begins with an entry in the contents."""

    title: str
    finding: str
    group: Group


def write(paper: Paper) -> bytes:
    """The PDF file, in the language in force."""
    pdf = _file(paper)
    pen = Pen(pdf, Letters(pdf))
    parts = [*_parts(pen, paper)]
    sheets, starts = place([part.group for part in parts], DEPTH, apart=_APART)
    sheets = [sheet for sheet in sheets if sheet]
    numbers: list[int] = []  # of the sheet each part begins on, known once the cover is placed
    for is_told, air in ((True, 9.0), (False, 9.0), (False, 1.0)):  # as much as the cover has room for
        cover, _ = place([_cover(pen, paper, _entries(pen, parts, numbers, is_told=is_told, air=air))], DEPTH)
        if len(cover) == 1:
            break
    numbers += [start + len(cover) + 1 for start in starts]
    _draw(pen, paper, [*cover, *sheets], cover=len(cover))
    return bytes(pdf.output())


def _file(paper: Paper) -> FPDF:
    pdf = FPDF(unit="pt", format="A4")
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    pdf.set_title(legal(" · ".join(filter(None, (paper.title, paper.subtitle)))))
    pdf.set_author(legal(paper.company) or "KPI Bot")
    pdf.set_creator("KPI Bot")
    pdf.set_producer("KPI Bot")
    pdf.set_lang(spoken())
    pdf.set_creation_date(paper.at)
    return pdf


def _parts(pen: Pen, paper: Paper) -> Iterator[_Part]:
    for page in paper.pages:
        yield _part(pen, page, [piece for block in page.blocks for piece in _pieces(pen, block)])
    if paper.definitions:
        page = Page(said("What the numbers mean"))
        yield _part(pen, page, [p for one in paper.definitions for p in pdf_blocks.definition(pen, one)])
    if paper.sources:
        page = Page(said("Where the numbers come from"))
        yield _part(
            pen, page, [p for one in paper.sources for p in lines_of(pen, pen.broken(one, BODY), gap=4)]
        )


def _pieces(pen: Pen, block: Block) -> Iterator[Piece]:
    return pdf_table.pieces(pen, block) if isinstance(block, Table) else pdf_blocks.pieces(pen, block)


def _part(pen: Pen, page: Page, pieces: list[Piece]) -> _Part:
    """A page with its heading, which stands with what comes first, and its bookmark."""
    first, *rest = [*pdf_blocks.heading(pen, page, keeps=bool(pieces)), *pieces] or [Piece(1, lambda _: None)]
    title = legal(page.title or page.finding)

    def draw(top: float) -> None:
        pen.pdf.set_xy(SIDE, TOP + top)
        if title:
            pen.pdf.start_section(title)
        first.draw(top)

    return _Part(title, page.finding, (replace(first, draw=draw), *rest))


def _cover(pen: Pen, paper: Paper, entries: list[Piece]) -> list[Piece]:
    pieces = [Piece(70, lambda top: pen.area(top + 40, 5, width=64, color=ACCENT))]
    if paper.company:
        pieces += lines_of(pen, pen.broken(paper.company, CLAIM, most=2), gap=10)
    pieces += lines_of(pen, pen.broken(paper.title, _COVER, most=4), gap=4)
    pieces += lines_of(pen, pen.broken(paper.subtitle, _PERIOD, most=3), gap=6)
    pieces += lines_of(pen, pen.broken(_until(paper), BODY), gap=10)
    if not paper.pages:
        pieces += lines_of(pen, pen.broken(said("Nothing to report for this period."), BODY), gap=40)
    if entries:
        pieces += lines_of(pen, pen.broken(said("Contents"), KICKER), gap=44, keeps=True)
        pieces += entries
    return pieces


def _entries(
    pen: Pen, parts: Sequence[_Part], numbers: list[int], *, is_told: bool, air: float
) -> list[Piece]:
    """The contents, with what was found or without, `air` points apart."""
    shown = [part if is_told else replace(part, finding="") for part in parts]
    return [_entry(pen, part, numbers, at, air=air) for at, part in enumerate(shown)]


def _entry(pen: Pen, part: _Part, numbers: list[int], at: int, *, air: float) -> Piece:
    """One line of the contents; its number is known when it is drawn."""
    title = pen.broken(part.title, _ENTRY, ROOM - 60, most=2)
    finding = pen.broken(part.finding, SMALL, ROOM - 60, most=2)
    step, small = LEADING * _ENTRY.size, LEADING * SMALL.size
    high = len(title) * step + len(finding) * small + air
    above = 0.45 * air

    def draw(top: float) -> None:
        for row, line in enumerate(title):
            pen.line(line, top + above + row * step)
        for row, line in enumerate(finding):
            pen.line(line, top + above + len(title) * step + row * small)
        number = str(numbers[at])
        right = SIDE + ROOM - pen.letters.width(number, _ENTRY)
        pen.line(pen.broken(number, _ENTRY)[0], top + above, left=right)
        pen.rule(top + high)
        pen.pdf.link(SIDE, TOP + top, ROOM, high, pen.pdf.add_link(page=numbers[at]))

    return Piece(high, draw)


def _draw(pen: Pen, paper: Paper, sheets: Sequence[Sheet], *, cover: int) -> None:
    for at, sheet in enumerate(sheets):
        pen.pdf.add_page()
        if at >= cover:
            _edge(pen, " · ".join(filter(None, (paper.company, paper.title))), paper.subtitle, -TOP + 26)
        _edge(pen, _until(paper), f"{at + 1} / {len(sheets)}", HIGH - FOOT - TOP + 18)
        for top, piece in sorted(sheet, key=lambda placed: not placed[1].lies_under):
            piece.draw(top)


def _edge(pen: Pen, left: str, right: str, top: float) -> None:
    """Small words at both ends of a line in the margin."""
    room = ROOM / 2 - 10
    for text, at_right in ((left, False), (right, True)):
        for line in pen.broken(text, SMALL, room, most=1):
            wide = sum(pen.letters.width(run.text, run.style) for run in line)
            pen.line(line, top, left=SIDE + ROOM - wide if at_right else SIDE)


def _until(paper: Paper) -> str:
    return said("Data until {day}", day=paper.data_until) if paper.data_until else ""
