"""A slip of a digit or a unit is doubted; what has been there before is not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.plausible import Doubt, doubted

VALUES = st.floats(0.01, 1e6)


@pytest.mark.parametrize(
    ("value", "earlier", "doubt"),
    [
        (520, [48, 52], Doubt.LEAP),
        (519, [48, 52], Doubt.ABOVE),
        (5.2, [48, 52], Doubt.DROP),
        (157, [48, 52], Doubt.ABOVE),
        (156, [48, 52], None),
        (15, [48, 52], Doubt.BELOW),
        (16, [48, 52], None),
        (0, [48, 52], None),
        (7, [0, 0, 0], None),
        (7, [], None),
        (-3, [4, 5], Doubt.SIGN),
        (-3, [-4, 5], None),
        (3, [-4, -5], Doubt.SIGN),
        (-50, [-4, -5], Doubt.LEAP),
        (100, [10, 100, 12], None),  # it was that high before: only ten times the last is strange
        (130, [10, 100, 12], Doubt.LEAP),
    ],
)
def test_what_is_far_from_the_others_is_doubted(
    value: float, earlier: list[float], doubt: Doubt | None
) -> None:
    found = doubted(value, earlier)
    assert (found.doubt if found else None) == doubt


@pytest.mark.parametrize(
    ("value", "earlier", "also", "is_doubted"),
    [
        (101, [50, 60], [], True),
        (-1, [50, 60], [], True),
        (101, [], [], True),
        (101, [50, 120], [], False),
        (120, [60, 70], [150], False),
        (-20, [], [-30], False),
        (100, [50], [], False),
    ],
)
def test_a_percentage_beyond_all_is_doubted_unless_it_was_there(
    value: float, earlier: list[float], also: list[float], *, is_doubted: bool
) -> None:
    found = doubted(value, earlier, is_share=True, also=also)
    assert (found is not None) == is_doubted
    assert found is None or found.doubt is Doubt.SHARE


def test_only_the_last_dozen_counts() -> None:
    assert doubted(500, [500, *[50.0] * 12]) is not None
    assert doubted(140, [500, *[50.0] * 11]) is None


@settings(max_examples=100)
@given(st.lists(VALUES, min_size=1, max_size=15))
def test_a_value_that_was_there_last_is_never_doubted(earlier: list[float]) -> None:
    assert doubted(earlier[-1], earlier) is None


@settings(max_examples=100)
@given(VALUES, st.lists(VALUES, min_size=1, max_size=15))
def test_the_same_holds_below_zero(value: float, earlier: list[float]) -> None:
    above, below = doubted(value, earlier), doubted(-value, [-one for one in earlier])
    assert (above and above.doubt) == (below and below.doubt)


def test_it_says_against_what_and_how_far() -> None:
    found = doubted(520, [48, 52])
    assert found is not None
    assert (found.against, found.times) == (52, 10)
    above = doubted(200, [48, 60, 52])
    assert above is not None
    assert above.against == 60
