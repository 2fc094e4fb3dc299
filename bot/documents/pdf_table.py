"""Tables of a PDF: numbers at the right, quiet rules, the heading again on every sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.documents.columns import apart, shares, squared
from bot.documents.flow import Piece
from bot.documents.look import LEADING, QUIET, ROOM, RULE, SIDE
from bot.documents.pdf_blocks import SMALL, Pen, lines_of
from bot.documents.wrapping import Line, Style
from bot.languages import said
from bot.reply import Table

_CELL, _HEAD, _CAPTION = Style(9.5), Style(8.5, is_bold=True, color=QUIET), Style(10.5, is_bold=True)
_MOST_COLUMNS = 9
_MOST_LINES = 8  # of one cell
_BETWEEN = 12.0  # two columns
_ABOVE = 4.5  # and below the words of a row
_WIDEST_WORD = 0.34  # of the room, that a column may need
_UNBROKEN = 76.0  # a cell up to this wide stays on one line where that is possible
_MEASURED_ROWS = 400  # more rows do not change what a column wants by much


def pieces(pen: Pen, table: Table) -> Iterator[Piece]:
    """A table with its caption; one with too many columns for the paper follows in parts."""
    for at, part in enumerate(apart(squared(table), _MOST_COLUMNS)):
        yield from _part(pen, part if at == 0 else replace(part, caption=""))


def _part(pen: Pen, table: Table) -> Iterator[Piece]:
    if table.caption:
        yield from lines_of(pen, pen.broken(table.caption, _CAPTION), gap=14, keeps=True)
    widths = _widths(pen, table)
    head = replace(_row(pen, table.columns, table, widths, style=_HEAD), keeps=True)
    yield replace(head, gap=4 if table.caption else 14)
    if not table.rows:
        yield from lines_of(pen, pen.broken(said("no data"), SMALL), gap=5)
    for row in table.rows:
        yield replace(_row(pen, row, table, widths, style=_CELL), again=head)


def _widths(pen: Pen, table: Table) -> list[float]:
    """Of the words in each column, without what is between the columns."""
    count = len(table.columns)
    room = ROOM - _BETWEEN * (count - 1)
    natural, least = [], []
    for at, name in enumerate(table.columns):
        cells = [*dict.fromkeys(row[at] for row in table.rows[:_MEASURED_ROWS])]
        wholes = [pen.letters.width(cell, _CELL) for cell in cells]
        natural.append(max([pen.letters.width(name, _HEAD), *wholes]) + 0.5)
        needs = [pen.letters.width(word, _HEAD) for word in name.split()]
        needs += [
            whole if at in table.numeric or whole <= _UNBROKEN else _longest(pen, cell)
            for cell, whole in zip(cells, wholes, strict=True)
        ]
        least.append(min(natural[-1], max(needs, default=0.0) + 0.5, _WIDEST_WORD * room))
    return shares(natural, least, room)


def _longest(pen: Pen, cell: str) -> float:
    return max((pen.letters.width(word, _CELL) for word in cell.split()), default=0.0)


def _row(pen: Pen, cells: Sequence[str], table: Table, widths: Sequence[float], *, style: Style) -> Piece:
    broken = [
        pen.broken(cell, style, max(width, style.size), most=_MOST_LINES)
        for cell, width in zip(cells, widths, strict=True)
    ]
    step = LEADING * style.size
    high = max([1, *map(len, broken)]) * step + 2 * _ABOVE

    def draw(top: float) -> None:
        left = SIDE
        for at, (lines, width) in enumerate(zip(broken, widths, strict=True)):
            for number, line in enumerate(lines):
                begin = left + width - _length(pen, line) if at in table.numeric else left
                pen.line(line, top + _ABOVE + number * step, left=begin)
            left += width + _BETWEEN
        pen.rule(top + high, color=QUIET if style is _HEAD else RULE)

    return Piece(high, draw)


def _length(pen: Pen, line: Line) -> float:
    return sum(pen.letters.width(run.text, run.style) for run in line)
