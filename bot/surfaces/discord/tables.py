"""Tables for Discord, which has none: a code block where a phone shows its lines whole, else a line a row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rich.cells import cell_len

from bot.reply import Table
from bot.surfaces.discord import limits
from bot.surfaces.discord.spans import bold
from bot.surfaces.discord.wording import escaped, fenced
from bot.surfaces.foreign import clean, cut

Row = tuple[str, ...]

EMPTY_CELL = "–"
NOTHING = "Nothing to list."
_FENCE = "```"


def table_lines(table: Table) -> Iterator[str]:
    """The table as pieces of Markdown, each within a description."""
    table = _marks_joined(table)
    if caption := " ".join(escaped(table.caption).split()):
        yield f"-# {caption}"
    if not table.columns or not table.rows:
        yield NOTHING
        return
    width = len(table.columns)
    names, rows = _cells(table.columns, width), [_cells(row, width) for row in table.rows]
    widths = [max(cell_len(row[index]) for row in (names, *rows)) for index in range(width)]
    if width > 1 and sum(widths) + 2 * (width - 1) <= limits.PHONE_COLUMNS:
        yield from _blocks(names, rows, widths, table.numeric)
    else:
        yield from _lines(names, rows)


def _marks_joined(table: Table) -> Table:
    """A first column without a name holds marks: each goes before its row's name, which saves a column."""
    if len(table.columns) < 2 or clean(table.columns[0]).strip():
        return table
    rows = tuple((" ".join(row[:2]), *row[2:]) for row in table.rows)
    numeric = frozenset(index - 1 for index in table.numeric if index > 1)
    return replace(table, columns=table.columns[1:], rows=rows, numeric=numeric)


def _cells(row: Row, width: int) -> Row:
    cells = (cut(" ".join(clean(cell).split()), limits.TABLE_CELL) or EMPTY_CELL for cell in row[:width])
    return (*cells, *[EMPTY_CELL] * (width - len(row)))


def _blocks(names: Row, rows: list[Row], widths: list[int], numeric: frozenset[int]) -> Iterator[str]:
    """Code blocks with aligned columns; each repeats the header."""
    header = _aligned(names, widths, numeric)
    rule = "─" * sum(widths, 2 * (len(widths) - 1))
    start = [_FENCE, header, rule]
    held, size = list(start), len("\n".join(start))
    for line in (_aligned(row, widths, numeric) for row in rows):
        if size + len(line) + len(_FENCE) + 2 > limits.DESCRIPTION // 2:
            yield "\n".join([*held, _FENCE])
            held, size = list(start), len("\n".join(start))
        held.append(line)
        size += len(line) + 1
    yield "\n".join([*held, _FENCE])


def _aligned(row: Row, widths: list[int], numeric: frozenset[int]) -> str:
    cells = []
    for index, (cell, width) in enumerate(zip(row, widths, strict=True)):
        shown = fenced(cell)
        room = " " * (width - cell_len(cell))
        cells.append(room + shown if index in numeric else shown + room)
    return "  ".join(cells).rstrip()


def _lines(names: Row, rows: list[Row]) -> Iterator[str]:
    """The first column in bold, then `column: value` for the others that say something."""
    for row in rows:
        rest = [
            f"{escaped(name)}: {escaped(cell)}"
            for name, cell in zip(names[1:], row[1:], strict=True)
            if cell != EMPTY_CELL
        ]
        yield " · ".join([bold(row[0]), *rest])
