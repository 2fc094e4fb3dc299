"""What is usual for a weekday: the middle of its last weeks, without holidays and gaps."""

from __future__ import annotations

from datetime import date, timedelta
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.usual import FEWEST, MOST, REACH_WEEKS, usual

SUNDAY = date(2026, 11, 22)


def week_by_week(values: list[float]) -> dict[date, float]:
    """Amounts of the Sundays before, the newest first; every other day was a hundred times as busy."""
    every = {SUNDAY - timedelta(days=back): 10_000.0 for back in range(1, 100)}
    return every | {SUNDAY - timedelta(weeks=at): value for at, value in enumerate(values, start=1)}


def test_it_is_the_middle_of_the_same_weekday() -> None:
    found = usual(week_by_week([300, 310, 320, 330, 340, 290, 350, 1000]), SUNDAY)
    assert found is not None
    assert (found.count, found.median) == (8, 325)
    assert found.low == pytest.approx(297)
    assert found.high == pytest.approx(545)
    assert [found.side(value) for value in (0, 298, 325, 544, 546)] == [-1, 0, 0, 0, 1]


def test_fewer_than_four_such_days_tell_nothing() -> None:
    known = {SUNDAY - timedelta(weeks=at): 1.0 for at in (1, 2, 3)}
    assert usual(known, SUNDAY) is None
    assert usual(known | {SUNDAY - timedelta(weeks=5): 1.0}, SUNDAY) is not None


def test_days_long_ago_play_no_part() -> None:
    known = {SUNDAY - timedelta(weeks=at): 1.0 for at in (1, 2, 3, REACH_WEEKS + 1)}
    assert usual(known, SUNDAY) is None


def test_holidays_are_left_out_and_have_nothing_usual() -> None:
    holiday = SUNDAY - timedelta(weeks=1)
    values = week_by_week([0, 10, 10, 10, 10])
    found = usual(values, SUNDAY, closed=frozenset({holiday}))
    assert found is not None
    assert found.low == 10
    assert usual(values, SUNDAY, closed=frozenset({SUNDAY})) is None


def test_a_weekend_is_held_against_weekends() -> None:
    values = {SUNDAY - timedelta(days=back): float(100 + back % 7) for back in range(1, 70)}
    found = usual(values, SUNDAY, days=3)
    assert found is not None
    assert found.low == found.high == 100 + 101 + 102
    del values[SUNDAY - timedelta(days=8)]
    short = usual(values, SUNDAY, days=3)
    assert short is not None
    assert short.count == MOST  # the week with a gap is left out, an earlier one stands in


def test_the_days_in_question_are_no_part_of_what_is_usual() -> None:
    values = {SUNDAY - timedelta(days=back): 1.0 for back in range(1, 70)} | {SUNDAY: 1e6}
    found = usual(values, SUNDAY, days=10)
    assert found is not None
    assert found.high == 10


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.integers(0, 100), st.floats(-1e6, 1e6), max_size=100),
    st.frozensets(st.integers(0, 100), max_size=10),
)
def test_it_is_what_its_definition_says(amounts: dict[int, float], shut: frozenset[int]) -> None:
    values = {SUNDAY - timedelta(days=back): amount for back, amount in amounts.items()}
    closed = frozenset(SUNDAY - timedelta(days=back) for back in shut)
    alike = [
        values[day]
        for week in range(1, REACH_WEEKS + 1)
        if (day := SUNDAY - timedelta(weeks=week)) in values and day not in closed
    ][:MOST]
    found = usual(values, SUNDAY, closed=closed)
    if len(alike) < FEWEST or SUNDAY in closed:
        assert found is None
    else:
        assert found is not None
        assert found.count == len(alike)
        assert found.median == pytest.approx(median(alike))
        assert min(alike) <= found.low <= found.high <= max(alike)
