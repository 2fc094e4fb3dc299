"""The clock of a series: its step, and which points are alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kpi.anomaly_clock import Clock

START = datetime(2026, 1, 5, 9, tzinfo=UTC)  # a Monday


def ticked(step: timedelta, count: int = 30, **options: ZoneInfo | None) -> Clock:
    clock = Clock(options.get("zone", UTC))
    for number in range(count):
        clock.tick(START + step * number)
    return clock


@pytest.mark.parametrize(
    "step", [timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)]
)
def test_the_step_is_learned(step: timedelta) -> None:
    assert ticked(step).step == step.total_seconds()


def test_some_gaps_do_not_mislead_it() -> None:
    clock = Clock(UTC)
    for hours in [0, 1, 2, 7, 8, 9, 9, 10, 30, 31, 32]:
        clock.tick(START + timedelta(hours=hours))
    assert clock.step == 3600
    clock.tick(START + timedelta(hours=36))
    assert clock.elapsed == 4


@pytest.mark.parametrize(
    ("step", "slots"),
    [
        (timedelta(minutes=1), (113, 113)),  # of five minutes: 9:29
        (timedelta(hours=1), (14, 1014)),  # Tuesday, 14:00
        (timedelta(days=1), (None, 1)),  # Tuesday
        (timedelta(weeks=1), (None, 31)),  # the ISO week
    ],
)
def test_slots(step: timedelta, slots: tuple[int | None, int]) -> None:
    assert ticked(step).slots() == slots


def test_days_are_those_of_the_zone_or_of_the_instant_itself() -> None:
    late = datetime(2026, 1, 5, 23, 30, tzinfo=ZoneInfo("America/New_York"))
    for zone, weekday in [(UTC, 1), (ZoneInfo("America/New_York"), 0), (None, 0)]:
        clock = Clock(zone)
        clock.tick(late)
        assert clock.weekday == weekday


def test_a_closed_day_is_no_weekday_and_stands_in_for_a_sunday() -> None:
    clock = Clock(UTC, frozenset({(START + timedelta(days=3)).date()}))
    for number in range(4):
        clock.tick(START + timedelta(days=number))
    assert clock.is_closed
    assert clock.slots() == (None, 7)
    assert clock.stand_in(7) == 6


def test_what_is_usual_is_half_a_year_of_days() -> None:
    steps = [timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)]
    assert [ticked(step).memory for step in steps] == [1000, 1000, 200, 60]
