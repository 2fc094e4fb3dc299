"""Tables as CSV: what is read again is what was written, and nothing of it runs."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.documents.paper import Sheet
from bot.documents.sheet import defused, write
from bot.reply import Table

_cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)


def read(body: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(body.decode("utf-8-sig"), newline="")))


@given(st.lists(st.lists(_cells, min_size=3, max_size=3), min_size=1, max_size=5))
@settings(max_examples=60)
def test_a_table_is_read_as_it_was_written(rows: list[list[str]]) -> None:
    head, *body = rows
    found = read(write(Table(tuple(head), tuple(map(tuple, body)))))
    assert found == [[defused(cell) for cell in row] for row in rows]


@given(_cells)
@settings(max_examples=80)
def test_no_cell_begins_a_formula(cell: str) -> None:
    shown = defused(cell)
    assert shown in (cell, f"'{cell}")
    if shown == cell and shown[:1] in set("=+-@\t\r\n"):
        assert shown[0] in "+-"
        assert shown[1:].strip("$€£¥")[0].isdigit()


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3+cmd", "'-2+3+cmd"),
        (" =1", "' =1"),
        ("\t=1", "'\t=1"),
        ("+12.5 %", "+12.5 %"),
        ("-1,234.5", "-1,234.5"),
        ("+$1,200", "+$1,200"),
        ("\u22123 points", "\u22123 points"),
        ("", ""),
    ],
)
def test_formulas_are_defused_and_numbers_stay(cell: str, shown: str) -> None:
    assert defused(cell) == shown


def test_a_negative_number_can_be_computed_with() -> None:
    found = read(write(Table(("KPI", "Change"), (("\u2212x", "\u22121,200"),), frozenset({1}))))
    assert found[1] == ["\u2212x", "-1,200"]


def test_the_file_is_as_excel_wants_it() -> None:
    body = Sheet(Table(("名前", "b"), (("a,b", 'say "hi"'), ("short",)))).write()
    assert body.startswith(b"\xef\xbb\xbf")
    assert body.decode("utf-8-sig") == '名前,b\r\n"a,b","say ""hi"""\r\nshort,\r\n'


def test_a_table_without_anything_is_a_file() -> None:
    assert Sheet(Table((), ())).write() == b"\xef\xbb\xbf\r\n"
