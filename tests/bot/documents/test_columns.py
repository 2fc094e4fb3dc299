"""How wide columns are, and how wide tables are taken apart."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.documents.columns import apart, shares, squared
from bot.reply import Table
from tests.bot.documents.conftest import table


@given(st.lists(st.tuples(st.floats(1, 400), st.floats(0, 1)), min_size=1, max_size=9))
@settings(max_examples=80)
def test_columns_make_up_the_room_and_get_what_they_need(columns: list[tuple[float, float]]) -> None:
    natural = [want for want, _ in columns]
    least = [want * share for want, share in columns]
    widths = shares(natural, least, 500)
    assert abs(sum(widths) - 500) < 1e-6
    if sum(least) <= 500:
        assert all(wide >= need - 1e-6 for wide, need in zip(widths, least, strict=True))


def test_no_columns_have_no_widths() -> None:
    assert shares([], [], 500) == []


def test_short_rows_are_filled_up() -> None:
    found = squared(Table(("a", "b"), (("1",), ("1", "2", "3"))))
    assert found.columns == ("a", "b", "")
    assert found.rows == (("1", "", ""), ("1", "2", "3"))


def test_each_part_of_a_wide_table_names_its_rows() -> None:
    parts = [*apart(table(2, 9), 4)]
    assert [part.columns for part in parts] == [
        ("Column 0", "Column 1", "Column 2", "Column 3"),
        ("Column 0", "Column 4", "Column 5", "Column 6"),
        ("Column 0", "Column 7", "Column 8"),
    ]
    assert parts[2].rows[1] == ("KPI 2", "2,007", "2,008")
    assert parts[2].numeric == {1, 2}


def test_a_narrow_table_stays_whole() -> None:
    assert [*apart(table(2), 4)] == [table(2)]
