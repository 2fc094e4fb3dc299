"""Tables of a deck: real ones, in parts that fit a slide and can be read from the last row of seats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml.ns import qn
from pptx.oxml.xmlchemy import OxmlElement
from pptx.util import Pt

from bot.charts.style import LIGHT
from bot.documents.columns import apart, shares, squared
from bot.documents.deck_words import STEP, Paragraph, paragraph, width
from bot.documents.stage import Box, Stage, describe, fill
from bot.documents.wrapping import Run, Style
from bot.languages import said
from bot.reply import Table

MOST_ROWS = 12
_MOST_COLUMNS = 7
_MOST_LINES = 4  # of one cell
_CELL, _HEAD = Style(14), Style(14, is_bold=True, color=LIGHT.muted)
_ASIDE, _ABOVE = 6.0, 4.0  # within a cell
_WIDEST_WORD = 0.36
_UNBROKEN = 110.0
_MEASURED_ROWS = 200
_PLAIN = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # PowerPoint's "No Style, No Grid"


@dataclass(frozen=True, slots=True)
class Part:
    """As much of a table as a slide takes: its cells as paragraphs, with the height of each row."""

    table: Table
    widths: tuple[float, ...]
    head: tuple[Paragraph, ...]
    rows: tuple[tuple[Paragraph, ...], ...]

    @property
    def heights(self) -> list[float]:
        return [_height(row) for row in (self.head, *self.rows)]


def parts(table: Table, room: float, depth: float, *, first: float = 0.0) -> Iterator[Part]:
    """A table in parts of at most `MOST_ROWS` rows and `depth` points; the first of `first`, if given."""
    left = first or depth
    for piece in apart(squared(table), _MOST_COLUMNS):
        widths = _widths(piece, room)
        head = _row(piece.columns, widths, _HEAD)
        rows: list[tuple[Paragraph, ...]] = []
        used = _height(head)
        for cells in piece.rows or ((said("no data"), *[""] * (len(piece.columns) - 1)),):
            row = _row(cells, widths, _CELL)
            if rows and (len(rows) == MOST_ROWS or used + _height(row) > left):
                yield Part(piece, widths, head, tuple(rows))
                rows, used, left = [], _height(head), depth
            rows.append(row)
            used += _height(row)
        yield Part(piece, widths, head, tuple(rows))
        left = depth


def put(stage: Stage, part: Part, left: float, top: float) -> None:
    """The part as a table that can be edited."""
    heights = part.heights
    box: Box = (left, top, sum(part.widths), sum(heights))
    frame: Any = stage.slide.shapes.add_table(len(heights), len(part.widths), *map(Pt, box))
    describe(frame, part.table.caption or said("Table"), part.table.caption)
    table = frame.table
    table.horz_banding = False
    table._tbl.tblPr.find(qn("a:tableStyleId")).text = _PLAIN
    for at, wide in enumerate(part.widths):
        table.columns[at].width = Pt(wide)
    for at, (row, high) in enumerate(zip((part.head, *part.rows), heights, strict=True)):
        table.rows[at].height = Pt(high)
        for column, words in enumerate(row):
            _cell(table.cell(at, column), words, is_number=column in part.table.numeric, is_head=at == 0)


def _cell(cell: Any, words: Paragraph, *, is_number: bool, is_head: bool) -> None:
    fill(cell.text_frame, [words])
    cell.margin_left, cell.margin_right = (Pt(_ASIDE),) * 2
    cell.margin_top, cell.margin_bottom = (Pt(_ABOVE),) * 2
    cell.vertical_anchor = MSO_ANCHOR.BOTTOM if is_head else MSO_ANCHOR.TOP
    cell.text_frame.paragraphs[0].alignment = PP_ALIGN.RIGHT if is_number else PP_ALIGN.LEFT
    _underline(cell._tc.get_or_add_tcPr(), LIGHT.pace if is_head else LIGHT.grid)


def _underline(properties: Any, color: str) -> None:
    """A quiet rule below the cell; python-pptx has no word for it."""
    line: Any = OxmlElement("a:lnB")
    line.set("w", str(int(Pt(1))))
    fill: Any = OxmlElement("a:solidFill")
    ink: Any = OxmlElement("a:srgbClr")
    ink.set("val", color[1:].upper())
    fill.append(ink)
    line.append(fill)
    properties.insert(0, line)


def _row(cells: Sequence[str], widths: Sequence[float], style: Style) -> tuple[Paragraph, ...]:
    return tuple(
        paragraph((Run(cell, style),), max(style.size, wide - 2 * _ASIDE - 1), most=_MOST_LINES)
        for cell, wide in zip(cells, widths, strict=True)
    )


def _height(row: Sequence[Paragraph]) -> float:
    return max((cell.height for cell in row), default=STEP * _CELL.size) + 2 * _ABOVE + 1


def _widths(table: Table, room: float) -> tuple[float, ...]:
    natural, least = [], []
    for at, name in enumerate(table.columns):
        cells = [*dict.fromkeys(row[at] for row in table.rows[:_MEASURED_ROWS])]
        wholes = [width(cell, _CELL) for cell in cells]
        needs = [width(word, _HEAD) for word in name.split()]
        needs += [
            whole
            if at in table.numeric or whole <= _UNBROKEN
            else max((width(word, _CELL) for word in cell.split()), default=0)
            for cell, whole in zip(cells, wholes, strict=True)
        ]
        edge = 2 * _ASIDE + 2
        natural.append(max([width(name, _HEAD), *wholes]) + edge)
        least.append(min(natural[-1], max(needs, default=0.0) + edge, _WIDEST_WORD * room))
    return tuple(shares(natural, least, room))
