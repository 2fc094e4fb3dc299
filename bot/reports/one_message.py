"""Blocks cut to what one message holds on any chat, for posts that are changed in place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bot.languages import said
from bot.reply import Block, Bold, Heading, Note, Table, Text, marked, plain_text, spans

MOST_CHARACTERS = 4_000
"""Beside a headline and small print. Discord takes the least in one message: 6,000 characters."""

MOST_PARTS = 20
"""Headings and small print: each ends a block and begins another, and Slack takes 50 in one message."""

NOTHING = "–"


def lined(table: Table, marks: Mapping[str, str]) -> Iterator[Block]:
    """A table of values and targets as a line a row, its columns named once.

    Phones show no wide table, and Slack takes one table a message. A row begins with the mark of its name.
    """
    columns = " · ".join(table.columns[2:])
    told = said("The value, then its targets: {columns} ({caption})", columns=columns, caption=table.caption)
    yield Note(marked(told))
    for name, value, *cells in table.rows:
        mark = f"{marks[name]} " if name in marks else ""
        rest = " · ".join(["", *(cell.replace("✓ ", "✓\N{NO-BREAK SPACE}") or NOTHING for cell in cells)])
        yield Text(spans(mark, Bold(name), f" {value}{rest}"))


def said_once(blocks: Iterable[Block]) -> Iterator[Block]:
    """Small print among the blocks holds until there is other small print."""
    told: Note | None = None
    for block in blocks:
        if not isinstance(block, Note) or block != told:
            yield block
        told = block if isinstance(block, Note) else told


def fitting(blocks: Iterable[Block], name: str) -> Iterator[Block]:
    """As much of it as one message holds on any chat; where there is more, the report that has it all."""
    left, parts = MOST_CHARACTERS, MOST_PARTS
    for block in blocks:
        left -= len(_words(block))
        parts -= not isinstance(block, Text)  # lines in a row are one block to a chat
        if left < 0 or parts < 0:
            yield Text(marked(said("More than one message holds: `report {name}`", name=name)))
            return
        yield block


def _words(block: Block) -> str:
    if isinstance(block, Heading):
        return block.text
    return plain_text(block.spans) if isinstance(block, Text | Note) else ""
