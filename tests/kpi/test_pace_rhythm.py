"""Paces by the rhythm of a week: what a weekend adds is up to the plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.calendar import EVEN, WEEKDAYS, Rhythm
from kpi.pace import Line, Pace, pace_on
from kpi.quantity import Better
from kpi.standing import standing
from tests.kpi.cases import context_of, framework_of, kpi_of

MONDAY = date(2026, 8, 31)
FRONT_LOADED: Rhythm = (2, 1, 1, 1, 1, 0, 0)
rhythms = st.tuples(*[st.integers(0, 1000)] * 7).filter(any)


def line(weights: Rhythm, *, days: int = 14, first: float = 0.0, last: float = 100.0) -> Line:
    better = Better.HIGHER if last > first else Better.LOWER
    return Line(MONDAY, MONDAY + timedelta(days=days), first, last, better, weights)


def on(one: Line, day: int) -> Pace:
    found = pace_on(one, MONDAY + timedelta(days=day), 10.0)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        # Day 0 is a Monday; day 1 a Tuesday, days 5 and 6 the weekend
        (WEEKDAYS, [0, 10, 20, 30, 40, 40, 40, 50, 60, 70, 80, 90, 90, 90, 100]),
        (FRONT_LOADED, [0, 100 / 12, 200 / 12, 300 / 12, 400 / 12, 400 / 12, 400 / 12, 50, 700 / 12]),
        (EVEN, [0, 100 / 14, 200 / 14]),
    ],
)
def test_the_line_moves_on_days_that_count(weights: Rhythm, expected: list[float]) -> None:
    assert [on(line(weights), day).expected for day in range(len(expected))] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("weights", "word"),
    [
        (EVEN, "even"),
        ((3, 3, 3, 3, 3, 3, 3), "even"),
        (WEEKDAYS, "weekdays"),
        ((2, 2, 2, 2, 2, 0, 0), "weekdays"),
        (FRONT_LOADED, "weighted"),
        ((1, 1, 1, 1, 1, 1, 0), "weighted"),
        ((0, 0, 0, 0, 0, 1, 1), "weighted"),
    ],
)
def test_a_rhythm_has_a_word(weights: Rhythm, word: str) -> None:
    assert on(line(weights), 3).rhythm == word


def test_what_a_day_brings_is_the_average_whatever_the_rhythm() -> None:
    assert on(line(WEEKDAYS), 6).per_day == on(line(EVEN), 6).per_day == pytest.approx(100 / 14)


def test_a_plan_without_a_day_that_counts_has_no_line() -> None:
    friday = MONDAY + timedelta(days=4)
    weekend = Line(friday, friday + timedelta(days=2), 0.0, 10.0, Better.HIGHER, WEEKDAYS)
    assert pace_on(weekend, friday + timedelta(days=1), 3.0) is None
    assert pace_on(replace(weekend, weights=EVEN), friday + timedelta(days=1), 3.0) is not None


def test_a_kpi_has_its_own_rhythm_or_that_of_the_plan() -> None:
    kpi = kpi_of({"day90": "5,000"}, baseline=0.0)
    context = context_of(framework_of(kpi))
    weekdays = replace(context, plan=replace(context.plan, rhythm=WEEKDAYS))
    found = [
        standing(kpi, context).pace,
        standing(kpi, weekdays).pace,
        standing(replace(kpi, rhythm=EVEN), weekdays).pace,
        standing(replace(kpi, rhythm=FRONT_LOADED), context).pace,
    ]
    assert [pace and pace.rhythm for pace in found] == ["even", "weekdays", "even", "weighted"]
    assert found[1] is not None
    assert found[1].expected == 4687.5  # 60 of the 64 weekdays after Monday, 31 August


@given(weights=rhythms, days=st.integers(1, 400), day=st.integers(0, 420), weekday=st.integers(0, 6))
def test_a_weighted_line_never_turns_and_ends_exactly(
    weights: Rhythm, days: int, day: int, weekday: int
) -> None:
    start = MONDAY + timedelta(days=weekday)
    one = Line(start, start + timedelta(days=days), 161.0, 5000.0, Better.HIGHER, weights)
    today = start + timedelta(days=day)
    found, tomorrow = pace_on(one, today, 500.0), pace_on(one, today + timedelta(days=1), 500.0)
    if found is None or tomorrow is None:
        assert not any(weights[(start + timedelta(days=place + 1)).weekday()] for place in range(days))
        return
    assert 161 <= found.expected <= tomorrow.expected <= 5000
    assert (found.expected_on(start), found.expected_on(one.end)) == (161, 5000)
    assert found.expected_on(today) == found.expected
    if not weights[(today + timedelta(days=1)).weekday()]:
        assert tomorrow.expected == found.expected
    assert tomorrow.percent is not None
    assert found.percent is not None
    assert tomorrow.percent <= found.percent  # the same value is never better a day later


@given(weight=st.integers(1, 1000), days=st.integers(1, 400), day=st.integers(0, 420))
def test_equal_weights_are_the_straight_line(weight: int, days: int, day: int) -> None:
    same: Rhythm = (weight,) * 7
    straight = 161 + 4839 * Fraction(min(day, days), days)
    found = [on(line(weights, days=days, first=161.0, last=5000.0), day) for weights in (EVEN, same)]
    assert [one.expected for one in found] == [float(straight)] * 2


@given(weights=rhythms, weeks=st.integers(1, 50), day=st.integers(0, 350))
def test_a_rhythm_adds_up_to_the_same_week(weights: Rhythm, weeks: int, day: int) -> None:
    """After whole weeks every rhythm has come as far as the straight line."""
    one = line(weights, days=7 * weeks)
    whole = min(day // 7, weeks) * 7
    assert on(one, whole).expected == pytest.approx(on(line(EVEN, days=7 * weeks), whole).expected)
    brute = sum(
        weights[(MONDAY + timedelta(days=place)).weekday()] for place in range(1, min(day, 7 * weeks) + 1)
    )
    assert on(one, day).expected == pytest.approx(100 * brute / (weeks * sum(weights)))
