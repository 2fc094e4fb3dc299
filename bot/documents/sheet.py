"""A table as CSV: RFC 4180, with the mark by which Excel knows UTF-8, and no cell that it would run."""

from __future__ import annotations

import csv
import re
from io import StringIO

from bot.reply import Table

BOM = "\ufeff"
_RUNS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a cell begins with that a spreadsheet takes for a formula (OWASP, CSV Injection)."""

_NUMBER = re.compile(r"[+-]?[$€£¥]?\d[\d.,\u00a0\u202f ]*(?:[KMBT]|\s?%|e[+-]?\d+)?")
_MINUS = re.compile(r"^\u2212(?=[$€£¥]?\d)")


def write(table: Table) -> bytes:
    """The heading and the rows; a short row is filled up, so that all have as many cells."""
    rows = (table.columns, *table.rows)
    wide = max(map(len, rows))
    file = StringIO()
    writer = csv.writer(file, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
    for row in rows:
        cells = [defused(cell, is_number=at in table.numeric) for at, cell in enumerate(row)]
        writer.writerow([*cells, *[""] * (wide - len(cells))])
    return (BOM + file.getvalue()).encode("utf-8", "replace")


def defused(cell: str, *, is_number: bool = False) -> str:
    """The cell as text to a spreadsheet; in a column of numbers with the minus it computes with."""
    if is_number:
        cell = _MINUS.sub("-", cell)
    if cell.lstrip(" ").startswith(_RUNS) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
