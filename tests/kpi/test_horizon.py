"""Which target applies on which day: the boundary days of every kind of horizon."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.calendar import Plan
from kpi.framework import Kpi
from kpi.horizon import placed, target_in_force
from kpi.quantity import Better
from tests.kpi.cases import BERLIN, framework_of, kpi_of

QUARTERS = kpi_of({"q1": "$0", "q2": "$5K", "q3": "$15K", "q4": "$50K+"}, unit_name="$")
NO_THIRD = kpi_of(
    {"q1": "<24 hours", "q2": "<12 hours", "q4": "<4 hours"}, unit_name="hours", better=Better.LOWER
)
CHURN = kpi_of({"q1": "N/A", "q2": "5%", "q3": "3%", "q4": "<2%"}, unit_name="%", better=Better.LOWER)
DAY90 = kpi_of({"day90": "5,000"})
START = date(2026, 1, 2)


@pytest.mark.parametrize(
    ("today", "horizon", "is_past"),
    [
        (date(2025, 12, 1), "q1", False),  # before the start the first one is ahead
        (date(2026, 1, 2), "q1", False),
        (date(2026, 3, 31), "q1", False),  # the last day still counts
        (date(2026, 4, 1), "q2", False),
        (date(2026, 6, 30), "q2", False),
        (date(2026, 7, 1), "q3", False),
        (date(2026, 9, 30), "q3", False),
        (date(2026, 10, 1), "q4", False),
        (date(2026, 12, 31), "q4", False),
        (date(2027, 1, 1), "q4", True),  # after all are past the last one stays
    ],
)
def test_the_next_horizon_not_yet_past_is_in_force(today: date, horizon: str, is_past: bool) -> None:
    found = target_in_force(QUARTERS, framework_of(QUARTERS), Plan(START, BERLIN), today)
    assert found is not None
    assert (found.horizon, found.title, found.is_past) == (horizon, horizon.title(), is_past)


@pytest.mark.parametrize(
    ("today", "value"), [(date(2026, 6, 30), 12), (date(2026, 7, 1), 4), (date(2026, 10, 1), 4)]
)
def test_a_quarter_without_a_column_takes_the_next_and_nothing_between(today: date, value: float) -> None:
    found = target_in_force(NO_THIRD, framework_of(NO_THIRD), Plan(START, BERLIN), today)
    assert found is not None
    assert found.goal.value == value


@pytest.mark.parametrize(
    ("kpi", "today", "previous"),
    [
        (NO_THIRD, date(2026, 8, 1), "q2"),  # in Q3 that of Q4 is in force, and that of Q2 is shown too
        (NO_THIRD, date(2026, 2, 1), None),
        (QUARTERS, date(2026, 8, 1), "q2"),
        (QUARTERS, date(2027, 8, 1), "q3"),
        (DAY90, date(2027, 8, 1), None),
    ],
)
def test_what_was_in_force_before_is_known(kpi: Kpi, today: date, previous: str | None) -> None:
    found = target_in_force(kpi, framework_of(kpi), Plan(START, BERLIN), today)
    assert found is not None
    assert found.previous == (None if previous is None else kpi.targets[previous])


@pytest.mark.parametrize(("today", "past"), [(28, False), (29, False), (30, True)])
def test_day_90_lasts_to_its_end(today: int, past: bool) -> None:
    plan = Plan(date(2026, 8, 31), BERLIN)
    found = target_in_force(DAY90, framework_of(DAY90), plan, date(2026, 11, today))
    assert found is not None
    assert found.deadline == date(2026, 11, 29)
    assert found.is_past is past


def test_a_cell_that_says_not_applicable_is_in_force_and_asks_for_nothing() -> None:
    framework, plan = framework_of(CHURN), Plan(START, BERLIN)
    first = target_in_force(CHURN, framework, plan, date(2026, 2, 1))
    second = target_in_force(CHURN, framework, plan, date(2026, 4, 1))
    assert first is not None
    assert second is not None
    assert (first.horizon, first.goal.text, first.is_applicable, first.is_numeric) == (
        "q1",
        "N/A",
        False,
        False,
    )
    assert (second.goal.value, second.is_applicable, second.is_numeric) == (5, True, True)


def test_phases_without_dates_follow_the_framework_until_a_date_is_set() -> None:
    kpi = kpi_of({"phase2": "10,000", "phase1": "1,000"})
    framework, today = framework_of(kpi), date(2026, 11, 23)
    undated = target_in_force(kpi, framework, Plan(START, BERLIN), today)
    dated = target_in_force(kpi, framework, Plan(START, BERLIN, {"phase1": date(2026, 11, 22)}), today)
    assert undated is not None
    assert dated is not None
    assert (undated.horizon, undated.deadline) == ("phase1", None)
    assert (dated.horizon, dated.deadline) == ("phase2", None)


def test_deadlines_decide_the_order_where_all_have_one() -> None:
    kpi = kpi_of({"stage1": "100", "stage2": "200"})
    plan = Plan(START, BERLIN, {"stage1": date(2026, 12, 31), "stage2": date(2026, 6, 30)})
    before = target_in_force(kpi, framework_of(kpi), plan, date(2026, 6, 30))
    after = target_in_force(kpi, framework_of(kpi), plan, date(2026, 7, 1))
    assert before is not None
    assert after is not None
    assert (before.horizon, after.horizon) == ("stage2", "stage1")


def test_a_steady_target_does_not_disturb_the_order_of_the_dated_ones() -> None:
    kpi = kpi_of({"steady": "50", "stage1": "100", "stage2": "200"})
    plan = Plan(START, BERLIN, {"stage1": date(2026, 12, 31), "stage2": date(2026, 6, 30)})
    found = target_in_force(kpi, framework_of(kpi), plan, date(2026, 6, 30))
    assert found is not None
    assert found.horizon == "stage2"


def test_what_is_always_in_force_waits_for_the_dated_ones() -> None:
    kpi = kpi_of({"steady": "50+", "day90": "500"})
    plan = Plan(date(2026, 8, 31), BERLIN)
    before = target_in_force(kpi, framework_of(kpi), plan, date(2026, 11, 29))
    after = target_in_force(kpi, framework_of(kpi), plan, date(2026, 11, 30))
    assert before is not None
    assert after is not None
    assert (before.horizon, after.horizon, after.is_past) == ("day90", "steady", False)


def test_a_kpi_without_targets_has_none_in_force() -> None:
    kpi = kpi_of({})
    assert target_in_force(kpi, framework_of(kpi), Plan(START, BERLIN), START) is None


def test_a_horizon_the_framework_does_not_name_keeps_its_key_as_title() -> None:
    kpi = kpi_of({"month6": "300"})
    found = placed(kpi.targets["month6"], framework_of(kpi), Plan(START, BERLIN), START)
    assert (found.title, found.deadline) == ("month6", date(2026, 7, 1))


@given(day=st.integers(-30, 500))
def test_targets_only_ever_move_forward(day: int) -> None:
    framework, plan = framework_of(QUARTERS), Plan(START, BERLIN)
    today = START + timedelta(days=day)
    now = target_in_force(QUARTERS, framework, plan, today)
    tomorrow = target_in_force(QUARTERS, framework, plan, today + timedelta(days=1))
    assert now is not None
    assert tomorrow is not None
    assert now.horizon <= tomorrow.horizon
    assert now.is_past is (today > date(2026, 12, 31))
