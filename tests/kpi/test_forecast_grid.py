"""Which steps instants stand on, and what follows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.forecast_grid import Step, Unit, on_grid, step_of


def days(*texts: str) -> list[datetime]:
    return [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in texts]


def every(length: timedelta, count: int = 6) -> list[datetime]:
    return [datetime(2026, 3, 2, tzinfo=UTC) + place * length for place in range(count)]


@pytest.mark.parametrize(
    ("at", "name", "season", "coming"),
    [
        (every(timedelta(minutes=1)), "minute", 1440, "2026-03-02T00:06:00"),
        (every(timedelta(minutes=15)), "15 minutes", 96, "2026-03-02T01:30:00"),
        (every(timedelta(hours=1)), "hour", 24, "2026-03-02T06:00:00"),
        (every(timedelta(hours=6)), "6 hours", 28, "2026-03-03T12:00:00"),
        (every(timedelta(days=1)), "day", 7, "2026-03-08T00:00:00"),
        (every(timedelta(days=7)), "week", 52, "2026-04-13T00:00:00"),
        (every(timedelta(days=10)), "10 days", 1, "2026-05-01T00:00:00"),
        (
            days("2026-03-05", "2026-03-06", "2026-03-09", "2026-03-10"),
            "business day",
            5,
            "2026-03-11T00:00:00",
        ),
        (
            days("2026-03-05", "2026-03-06", "2026-03-09", "2026-03-13"),
            "business day",
            5,
            "2026-03-16T00:00:00",
        ),
        (days("2026-01-31", "2026-02-28", "2026-03-31"), "month", 12, "2026-04-30T00:00:00"),
        (days("2025-12-30", "2026-01-30", "2026-02-28"), "month", 12, "2026-03-30T00:00:00"),
        (days("2026-01-01", "2026-04-01", "2026-07-01"), "quarter", 4, "2026-10-01T00:00:00"),
        (days("2024-02-29", "2025-02-28", "2026-02-28"), "year", 1, "2027-02-28T00:00:00"),
        (
            days("2026-01-01", "2026-01-02", "2026-01-05", "2026-01-06", "2026-01-07"),
            "business day",
            5,
            "2026-01-08T00:00:00",
        ),
    ],
)
def test_the_step_is_found_and_goes_on(at: list[datetime], name: str, season: int, coming: str) -> None:
    step = step_of(at)
    assert step is not None
    assert (step.name, step.season) == (name, season)
    assert step.after(at[-1], 1).isoformat() == f"{coming}+00:00"


def test_a_gap_stays_unknown() -> None:
    at = days("2026-03-02", "2026-03-03", "2026-03-04", "2026-03-07", "2026-03-08")
    step = step_of(at)
    assert step is not None
    assert on_grid(at, [1, 2, 3, 4, 5], step) == [1, 2, 3, None, None, 4, 5]


def test_days_measured_now_and_then_stand_on_days() -> None:
    at = days(
        "2026-03-01", "2026-03-02", "2026-03-05", "2026-03-07", "2026-03-08", "2026-03-12", "2026-03-14"
    )
    assert step_of(at) == Step(Unit.DAY, 1)


def test_a_day_is_a_day_whatever_the_clocks_did() -> None:
    at = [
        datetime.fromisoformat(f"2026-03-{day}T09:00:00{zone}")
        for day, zone in (("27", "+01:00"), ("28", "+01:00"), ("29", "+02:00"), ("30", "+02:00"))
    ]
    step = step_of(at)
    assert step == Step(Unit.DAY, 1)
    assert on_grid(at, [1, 2, 3, 4], step) == [1, 2, 3, 4]


def test_readings_some_minutes_off_stand_on_their_days() -> None:
    at = [one + timedelta(minutes=7 * (place % 3)) for place, one in enumerate(every(timedelta(days=1)))]
    step = step_of(at)
    assert step == Step(Unit.DAY, 1)
    assert on_grid(at, list(range(6)), step) == list(range(6))


def test_of_two_readings_on_one_step_the_later_counts() -> None:
    at = days("2026-03-02", "2026-03-03", "2026-03-04")
    at.insert(2, at[1] + timedelta(hours=2))
    assert on_grid(at, [1, 2, 9, 3], Step(Unit.DAY, 1)) == [1, 9, 3]


@pytest.mark.parametrize("at", [[], every(timedelta(days=1), 1), every(timedelta(0), 3)])
def test_one_instant_has_no_step(at: Sequence[datetime]) -> None:
    assert step_of(at) is None


def test_what_lies_too_far_back_is_left_out() -> None:
    at = days("2020-01-01", "2026-03-02T00:00:00", "2026-03-02T00:00:01", "2026-03-02T00:00:02")
    assert on_grid(at, [1, 2, 3, 4], Step(Unit.SECOND, 1)) == [2, 3, 4]


def test_the_calendar_ends() -> None:
    with pytest.raises(OverflowError):
        Step(Unit.MONTH, 12).after(datetime(9990, 1, 1, tzinfo=UTC), 20)


@settings(max_examples=50, deadline=None)
@given(
    start=st.integers(0, 15_000),
    step=st.sampled_from(
        [Step(Unit.SECOND, 60), Step(Unit.DAY, 7), Step(Unit.BUSINESS_DAY, 1), Step(Unit.MONTH, 3)]
    ),
    ahead=st.integers(1, 500),
)
def test_as_many_steps_lie_between_as_were_taken(start: int, step: Step, ahead: int) -> None:
    first = datetime(2000, 1, 3, 9, tzinfo=UTC) + timedelta(days=start)
    if step.unit is Unit.BUSINESS_DAY:
        first -= timedelta(days=max(0, first.weekday() - 4))
    assert step.between(first, step.after(first, ahead)) == ahead
