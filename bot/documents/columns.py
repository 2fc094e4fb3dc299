"""How wide the columns of a table are, and how a table with too many of them is taken apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.reply import Table


def shares(natural: Sequence[float], least: Sequence[float], room: float) -> list[float]:
    """Widths that make up `room`: what each column wants where that fits, and never less than it needs.

    Where not even what they need fits, each gets its part of the room.
    """
    if not natural:
        return []
    if sum(natural) <= room:
        return _grown(natural, room)
    needed = sum(least)
    if needed >= room:
        return _grown(least, room)
    wishes = [max(0.0, want - need) for want, need in zip(natural, least, strict=True)]
    spare = (room - needed) / (sum(wishes) or 1.0)
    return [need + wish * spare for need, wish in zip(least, wishes, strict=True)]


def _grown(widths: Sequence[float], room: float) -> list[float]:
    whole = sum(widths)
    return [width * room / whole if whole else room / len(widths) for width in widths]


def squared(table: Table) -> Table:
    """The table with as many cells in each row as there are columns."""
    wide = max(map(len, (table.columns, *table.rows)))
    rows = tuple((*row, *[""] * (wide - len(row))) for row in table.rows)
    return replace(table, columns=(*table.columns, *[""] * (wide - len(table.columns))), rows=rows)


def apart(table: Table, most: int) -> Iterator[Table]:
    """The table in parts of at most `most` columns; each begins with the first, which names the rows."""
    count = len(table.columns)
    if count <= most:
        yield table
        return
    for begin in range(1, count, most - 1):
        kept = (0, *range(begin, min(count, begin + most - 1)))
        yield replace(
            table,
            columns=tuple(table.columns[at] for at in kept),
            rows=tuple(tuple(row[at] for at in kept) for row in table.rows),
            numeric=frozenset(new for new, old in enumerate(kept) if old in table.numeric),
        )
