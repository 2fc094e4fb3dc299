"""The straight line from the start to the target, day by day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.pace import Line, Pace, pace_on
from kpi.quantity import Better

START = date(2026, 8, 31)
STARS = Line(START, START + timedelta(days=90), 0.0, 5000.0, Better.HIGHER)
TRAINING = Line(date(2026, 1, 1), date(2026, 3, 31), 4.0, 3.0, Better.LOWER)


def on(line: Line, day: int, value: float | None = None) -> Pace:
    found = pace_on(line, line.start + timedelta(days=day), value)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("day", "expected"), [(0, 0), (1, 5000 / 90), (25, 5000 * 25 / 90), (45, 2500), (90, 5000), (200, 5000)]
)
def test_the_line_rises_from_day_0_and_stays_at_the_target(day: int, expected: float) -> None:
    found = on(STARS, day)
    assert found.expected == pytest.approx(expected)
    assert found.per_day == pytest.approx(5000 / 90)
    assert (found.day, found.days) == (min(day, 90), 90)


def test_a_baseline_lifts_the_line() -> None:
    line = Line(START, START + timedelta(days=90), 161.0, 5000.0, Better.HIGHER)
    assert on(line, 25, 1234).expected == pytest.approx(1505.2, abs=0.1)
    assert on(line, 25, 1234).percent == pytest.approx(82, abs=0.1)


def test_what_should_fall_falls_along_its_line() -> None:
    found = on(TRAINING, 45, 3.75)
    assert found.expected == pytest.approx(4 - 45 / 89)
    assert found.per_day == pytest.approx(-1 / 89)
    assert found.percent == pytest.approx(100 * (4 - 45 / 89) / 3.75)


def test_55_a_day_meets_the_pace_and_not_the_target() -> None:
    assert on(STARS, 90, 55 * 90).percent == 99
    assert on(Line(START, START + timedelta(days=90), 0.0, 100.0, Better.HIGHER), 90, 90.0).percent == 90


def test_a_small_way_in_a_single_day_is_a_line_too() -> None:
    rising = Line(START, START + timedelta(days=1), 99.5, 99.9, Better.HIGHER)
    falling = Line(START, START + timedelta(days=1), 0.5, 0.1, Better.LOWER)
    assert on(rising, 1).expected == 99.9
    assert on(falling, 1).expected == 0.1


def test_day_0_expects_the_start() -> None:
    assert on(STARS, 0, 0).percent == 100
    assert on(STARS, 0).percent is None


@pytest.mark.parametrize(
    ("line", "day"),
    [
        (STARS, -1),  # before the start
        (Line(START, START, 0.0, 10.0, Better.HIGHER), 0),  # no days
        (Line(START, START - timedelta(days=1), 0.0, 10.0, Better.HIGHER), 0),
        (Line(START, START + timedelta(days=9), 10.0, 10.0, Better.HIGHER), 3),  # nothing to gain
        (Line(START, START + timedelta(days=9), 10.0, 10.0, Better.LOWER), 3),
        (Line(START, START + timedelta(days=9), 12.0, 10.0, Better.HIGHER), 3),
        (Line(START, START + timedelta(days=9), 1.0, 2.0, Better.LOWER), 3),
        (Line(START, START + timedelta(days=1), -1.7e308, 1.7e308, Better.HIGHER), 1),  # beyond any float
    ],
)
def test_no_line_no_pace(line: Line, day: int) -> None:
    assert pace_on(line, line.start + timedelta(days=day), 1.0) is None


@given(
    day=st.integers(0, 120),
    start=st.floats(-1e6, 1e6),
    gain=st.floats(0.01, 1e6),
    values=st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)),
)
def test_the_line_never_turns_and_more_is_never_behind(
    day: int, start: float, gain: float, values: tuple[float, float]
) -> None:
    line = Line(START, START + timedelta(days=90), start, start + gain, Better.HIGHER)
    if (today := pace_on(line, START + timedelta(days=day), min(values))) is None:
        return  # a gain too small to tell from the start
    assert today.expected <= on(line, day + 1).expected
    assert line.start_value - 1e-6 <= today.expected <= line.end_value + 1e-6
    more = on(line, day, max(values)).percent
    assert today.percent is not None or more is None
    assert more is None or today.percent is None or today.percent <= more
