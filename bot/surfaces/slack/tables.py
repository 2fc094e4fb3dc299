"""Tables for Slack: its own table where a phone can show it, otherwise one line a row.

Slack shows the table below everything else of its message.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bot.reply import Table
from bot.surfaces.foreign import clean, unbroken
from bot.surfaces.slack import limits
from bot.surfaces.slack.wording import literal

Block = dict[str, Any]
Row = tuple[str, ...]

EMPTY_CELL = "–"


def table_blocks(table: Table) -> Iterator[Block]:
    """The table as blocks; more than one table where the rows exceed what Slack takes in one."""
    table = _marks_joined(table)
    if not table.columns or not table.rows or len(table.columns) > limits.TABLE_COLUMNS_READABLE:
        yield from listed_blocks(table)
    else:
        yield from _caption(table)
        yield from _tables(table)


def listed_blocks(table: Table) -> Iterator[Block]:
    """The table as one line a row, for where Slack shows no table."""
    table = _marks_joined(table)
    yield from _caption(table)
    if not table.columns or not table.rows:
        yield words_block([("", "Nothing to list.")])
    else:
        yield from _lists(table)


def _caption(table: Table) -> Iterator[Block]:
    if caption := literal(clean(table.caption).strip(), limits.CONTEXT):
        yield {"type": "context", "elements": [{"type": "plain_text", "text": caption, "emoji": False}]}


def _marks_joined(table: Table) -> Table:
    """A first column without a name holds marks: each goes before its row's name, which saves a column."""
    if len(table.columns) < 2 or clean(table.columns[0]).strip():
        return table
    rows = tuple((" ".join(row[:2]), *row[2:]) for row in table.rows)
    numeric = frozenset(index - 1 for index in table.numeric if index > 1)
    return replace(table, columns=table.columns[1:], rows=rows, numeric=numeric)


def words_block(line: list[tuple[str, str]]) -> Block:
    """One line of rich text from (style, words) pairs, without empty parts."""
    parts = [
        {"type": "text", "text": words, **({"style": {style: True}} if style else {})}
        for style, words in ((style, unbroken(literal(words, limits.SECTION))) for style, words in line)
        if words
    ]
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": parts}]}


def _cells(row: Row, width: int) -> Row:
    cells = (
        unbroken(literal(" ".join(cell.split()), limits.TABLE_CELL)) or EMPTY_CELL for cell in row[:width]
    )
    return (*cells, *[EMPTY_CELL] * (width - len(row)))


def _tables(table: Table) -> Iterator[Block]:
    width = len(table.columns)
    header = _cells(table.columns, width)
    rows: list[Row] = [header]
    size = _size(header)
    for row in (_cells(row, width) for row in table.rows):
        if len(rows) == limits.TABLE_ROWS or size + _size(row) > limits.TABLE_CONTENT:
            yield _table(rows, table.numeric)
            rows, size = [header], _size(header)
        rows.append(row)
        size += _size(row)
    yield _table(rows, table.numeric)


def _size(row: Row) -> int:
    return sum(map(len, row))


def _table(rows: list[Row], numeric: frozenset[int]) -> Block:
    settings = [
        {"align": "right"} if index in numeric else {"align": "left", "is_wrapped": True}
        for index in range(len(rows[0]))
    ]
    return {
        "type": "table",
        "column_settings": settings,
        "rows": [[{"type": "raw_text", "text": cell} for cell in row] for row in rows],
    }


def _lists(table: Table) -> Iterator[Block]:
    """Wide tables: the first column in bold, then `column: value` for the others that say something."""
    width = len(table.columns)
    names = _cells(table.columns, width)
    for row in (_cells(row, width) for row in table.rows):
        rest = [
            f"{name}: {cell}" for name, cell in zip(names[1:], row[1:], strict=True) if cell != EMPTY_CELL
        ]
        yield words_block([("bold", row[0]), ("", " · ".join(["", *rest]))])
