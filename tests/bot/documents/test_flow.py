"""What stands on which sheet."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.documents.flow import Piece, place


def piece(height: float, **others: object) -> Piece:
    return replace(Piece(height, lambda _: None), **others)  # type: ignore[arg-type]


def test_a_group_that_does_not_fit_what_is_left_begins_a_sheet() -> None:
    sheets, starts = place([[piece(60)], [piece(30), piece(30)], [piece(20)]], 100, apart=10)
    assert starts == [0, 1, 1]
    assert [[top for top, _ in sheet] for sheet in sheets] == [[0], [0, 30, 70]]


def test_a_heading_is_never_the_last_on_its_sheet() -> None:
    heading, picture = piece(20, keeps=True), piece(50)
    sheets, _ = place([[piece(60), heading, picture]], 100)
    assert [item for _, item in sheets[1]] == [heading, picture]


def test_the_head_of_a_table_is_repeated() -> None:
    head = piece(10)
    rows = [piece(30, again=head) for _ in range(5)]
    sheets, _ = place([[replace(head, keeps=True), *rows]], 100)
    assert [[item for _, item in sheet][1:] for sheet in sheets] == [rows[:3], rows[3:]]
    assert sheets[1][0] == (0.0, head)


def test_a_gap_above_the_first_piece_of_a_sheet_is_left_out() -> None:
    sheets, _ = place([[piece(90, gap=20), piece(90, gap=20)]], 100)
    assert [sheet[0][0] for sheet in sheets] == [0, 0]


def test_nothing_is_one_empty_sheet() -> None:
    assert place([], 100) == ([[]], [])


@given(
    st.lists(
        st.lists(st.tuples(st.floats(1, 99), st.floats(0, 20), st.booleans()), min_size=1, max_size=6),
        max_size=6,
    )
)
@settings(max_examples=80)
def test_nothing_is_lost_broken_or_hangs_over(groups: list[list[tuple[float, float, bool]]]) -> None:
    made = [[piece(high, gap=gap, keeps=keeps) for high, gap, keeps in group] for group in groups]
    sheets, starts = place(made, 100, apart=7)
    assert [item for sheet in sheets for _, item in sheet] == [item for group in made for item in group]
    assert starts == sorted(starts)
    for sheet in sheets:
        end = 0.0
        for top, item in sheet:
            assert top >= end - 1e-9
            end = top + item.height
        assert end <= 100 + 1e-9
