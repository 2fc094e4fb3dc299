"""Months, quarters and the last day of every horizon."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.calendar import STEADY, Plan, add_months, day_of, day_start, month_period, quarter_period

BERLIN = ZoneInfo("Europe/Berlin")
days = st.dates(date(1975, 1, 1), date(2060, 12, 31))
zones = st.sampled_from([ZoneInfo(name) for name in ("Europe/Berlin", "Pacific/Apia", "Asia/Beirut", "UTC")])


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 11, 23), 0, date(2026, 11, 23)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 12, 1), 12, date(2027, 12, 1)),
    ],
)
def test_months_later_or_the_last_day_of_a_shorter_month(day: date, months: int, later: date) -> None:
    assert add_months(day, months) == later


@given(day=days, months=st.integers(-600, 600))
def test_adding_months_lands_in_the_month_counted_to(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day <= day.day


@given(day=days, zone=zones)
def test_a_day_lies_in_its_month_and_its_month_in_its_quarter(day: date, zone: ZoneInfo) -> None:
    month, quarter = month_period(day, zone), quarter_period(day, zone)
    assert month.start <= day_start(day, zone) <= day_start(day + timedelta(days=1), zone) <= month.end
    assert quarter.start <= month.start < month.end <= quarter.end
    assert day_of(quarter.start, zone).month in (1, 4, 7, 10)


def test_a_quarter_carries_its_hour_of_summer_time() -> None:
    quarter = quarter_period(date(2026, 2, 2), BERLIN)
    assert quarter.end - quarter.start == timedelta(days=90) - timedelta(hours=1)
    assert quarter.end == datetime(2026, 3, 31, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "horizon", "deadline"),
    [
        (date(2026, 8, 31), "day90", date(2026, 11, 29)),  # Day 0 is the start
        (date(2026, 8, 31), "day0", date(2026, 8, 31)),
        (date(2026, 1, 1), "month1", date(2026, 1, 31)),
        (date(2026, 1, 1), "month12", date(2026, 12, 31)),
        (date(2026, 9, 15), "month6", date(2027, 3, 14)),
        (date(2026, 1, 31), "month1", date(2026, 2, 27)),
        (date(2026, 1, 31), "month2", date(2026, 3, 30)),
        (date(2026, 1, 2), "q1", date(2026, 3, 31)),
        (date(2026, 1, 2), "q2", date(2026, 6, 30)),
        (date(2026, 9, 1), "q3", date(2026, 9, 30)),
        (date(2026, 9, 1), "q4", date(2026, 12, 31)),
        (date(2026, 9, 1), "q5", None),
        (date(2026, 9, 1), "q0", None),
        (date(2026, 9, 1), "phase1", None),
        (date(2026, 9, 1), "stage2", None),
        (date(2026, 9, 1), STEADY, None),
        (date(2026, 9, 1), "someday90", None),
        (None, "day90", None),
        (None, "q1", None),
    ],
)
def test_the_last_day_of_a_horizon(start: date | None, horizon: str, deadline: date | None) -> None:
    assert Plan(start, BERLIN).deadline(horizon) == deadline


def test_a_date_in_the_workspace_wins() -> None:
    plan = Plan(date(2026, 9, 1), BERLIN, {"phase1": date(2026, 12, 15), "q4": date(2027, 1, 31)})
    assert plan.deadline("phase1") == date(2026, 12, 15)
    assert plan.deadline("q4") == date(2027, 1, 31)
    assert plan.deadline("q3") == date(2026, 9, 30)


@pytest.mark.parametrize(("today", "past"), [(28, False), (29, False), (30, True)])
def test_a_horizon_is_over_after_its_last_day(today: int, past: bool) -> None:
    assert Plan(date(2026, 8, 31), BERLIN).is_past("day90", date(2026, 11, today)) is past


@given(today=days)
def test_what_has_no_date_is_never_over(today: date) -> None:
    plan = Plan(date(2026, 9, 1), BERLIN)
    assert not plan.is_past(STEADY, today)
    assert not plan.is_past("phase1", today)


@given(start=days, number=st.integers(1, 60))
def test_months_of_a_plan_follow_each_other(start: date, number: int) -> None:
    plan = Plan(start, BERLIN)
    earlier, later = plan.deadline(f"month{number}"), plan.deadline(f"month{number + 1}")
    assert earlier is not None
    assert later is not None
    assert timedelta(days=27) <= later - earlier <= timedelta(days=32)
