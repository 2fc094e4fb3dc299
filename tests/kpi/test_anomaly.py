"""The detector: what is odd scores, what is usual does not, and the future changes nothing."""

from __future__ import annotations

import math
import random
from datetime import UTC, date, datetime, timedelta
from typing import Unpack
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.anomaly import Detector, Options, Point, detect
from kpi.anomaly_why import Kind

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
MINUTES, HOUR, DAY, WEEK = timedelta(minutes=5), timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)

Values = list[float | None]


def points(values: Values, step: timedelta = DAY, **options: Unpack[Options]) -> list[Point]:
    at = [START + step * number for number in range(len(values))]
    return detect(at, values, **options)


def noisy(count: int, *, level: float = 100.0, spread: float = 5.0, seed: int = 1) -> Values:
    chance = random.Random(seed)
    return [level + chance.gauss(0.0, spread) for _ in range(count)]


def weekly(count: int, *, seed: int = 1) -> Values:
    """Days of a business: half as much at weekends."""
    chance = random.Random(seed)
    return [(400 if day % 7 < 5 else 180) + chance.gauss(0, 12) for day in range(count)]


def told(found: list[Point]) -> list[int]:
    return [number for number, point in enumerate(found) if point.is_anomaly]


@pytest.mark.parametrize("step", [timedelta(minutes=1), MINUTES, HOUR, DAY, WEEK, timedelta(days=30)])
@pytest.mark.parametrize("value", [300.0, 0.0], ids=["spike", "dip"])
def test_a_spike_and_a_dip_are_told_at_once_at_any_step(step: timedelta, value: float) -> None:
    values = noisy(120)
    values[100] = value
    found = points(values, step)
    assert told(found) == [100]
    assert found[100].score > 0.8
    assert max(point.score for point in found[101:]) < 0.3


@pytest.mark.parametrize("step", [MINUTES, HOUR, DAY, WEEK])
def test_noise_alone_is_hardly_ever_told(step: timedelta) -> None:
    alarms = sum(len(told(points(noisy(500, seed=seed), step))) for seed in range(6))
    assert alarms <= 3000 / 200


def test_the_first_points_score_little_and_have_wide_bounds() -> None:
    values = noisy(60)
    found = points(values)
    assert found[0].expected is None
    assert all(point.score == 0.0 for point in found[:6])
    early, late = found[5], found[-1]
    assert early.low is not None
    assert early.high is not None
    assert late.low is not None
    assert late.high is not None
    assert early.high - early.low > late.high - late.low


def test_a_weekday_is_held_against_its_like() -> None:
    values = weekly(140)
    values[133] = 180.0  # a Monday such as a Sunday
    found = points(values)
    assert told(found) == [133]
    assert found[131].value == pytest.approx(180, abs=40)  # a Saturday, of which nothing is told


def test_an_hour_of_the_night_is_held_against_nights() -> None:
    values: Values = [
        100 + 80 * math.sin(hour / 24 * 2 * math.pi) + (hour * 7919 % 13) for hour in range(24 * 14)
    ]
    hour = 24 * 12 + 18
    usual = values[hour]
    values[hour] = 170.0
    assert usual is not None
    assert usual < 40
    assert told(points(values, HOUR)) == [hour]


def test_a_level_shift_is_told_once_and_then_learned() -> None:
    values = noisy(200)
    values[120:] = [value + 80 for value in values[120:] if value is not None]
    found = points(values)
    assert told(found) == [120]
    assert found[-1].expected == pytest.approx(180, abs=10)
    assert max(point.score for point in found[135:]) < 0.5


def test_a_slow_slide_is_told() -> None:
    values = noisy(160)
    values[100:] = [(value or 0.0) - 3.0 * number for number, value in enumerate(values[100:])]
    assert any(100 <= number < 130 for number in told(points(values)))


def test_a_trend_is_no_anomaly() -> None:
    values = [(value or 0.0) + 2.0 * number for number, value in enumerate(noisy(300))]
    assert len(told(points(list(values)))) <= 1


def test_a_total_is_judged_by_what_it_gains() -> None:
    chance = random.Random(3)
    values: Values = [1000.0]
    for _ in range(150):
        values.append((values[-1] or 0.0) + 20 + chance.randrange(8))
    jump = [*values[:120], *((value or 0.0) + 200 for value in values[120:])]
    assert told(points(values)) == []
    assert told(points(list(jump))) == [120]
    fallen = [*values[:120], (values[119] or 0.0) - 50, *values[121:]]
    assert 120 in told(points(fallen))


def test_small_counts_scatter_as_counts_do() -> None:
    chance = random.Random(5)
    values: Values = [float(chance.choice([1, 2, 2, 3])) for _ in range(100)]
    nothing, many = list(values), list(values)
    nothing[80], many[80] = 0.0, 40.0
    assert told(points(nothing)) == []
    assert told(points(many)) == [80]


@pytest.mark.parametrize("mean", [30, 100, 2000])
@pytest.mark.parametrize("share", [0.0, 0.2])
def test_a_day_of_a_fifth_or_of_nothing_is_told(mean: int, share: float) -> None:
    chance = random.Random(mean)
    values: Values = [float(round(chance.gauss(mean, math.sqrt(mean)))) for _ in range(150)]
    values[50] = 4.0 * mean  # a day of fame does not hide a dip
    values[120] = float(round(share * mean))
    assert told(points(values)) == [50, 120]


def test_a_score_hardly_ever_lies_near_the_threshold() -> None:
    scores = [point.score for seed in range(6) for point in points(noisy(500, seed=seed), HOUR)]
    assert sum(0.3 < score < 0.8 for score in scores) <= 3


def test_a_gauge_that_is_always_up_and_goes_down_is_told() -> None:
    values: Values = [1.0] * 100
    values[90:] = [0.0] * 10
    assert told(points(values, HOUR)) == [90]


def test_an_outage_is_not_expected_again_a_week_later() -> None:
    values: Values = [1.0] * (24 * 28)
    values[400:404] = [0.0] * 4
    assert told(points(values, HOUR)) == [400]


@pytest.mark.parametrize("value", [0.0, 7.0, 1e9, -3.5])
def test_a_constant_series_is_silent_until_it_moves(value: float) -> None:
    values: Values = [value] * 100
    assert told(points(values)) == []
    values[70] = value * 2 + 10
    assert told(points(values)) == [70]


def test_a_series_that_always_moved_and_freezes_is_told() -> None:
    values = noisy(200, seed=4)
    values[150:] = [values[150]] * 50
    found = points(values, HOUR)
    alarms = [number for number in told(found) if number >= 150]
    assert len(alarms) == 1
    assert alarms[0] < 160
    why = found[alarms[0]].why
    assert why is not None
    assert why.kind is Kind.STILL


def test_unrest_is_told() -> None:
    values = noisy(300, spread=3.0)
    values[200:230] = noisy(30, spread=25.0, seed=9)
    assert any(200 <= number < 230 for number in told(points(values)))


def test_missing_points_are_expected_but_not_scored() -> None:
    values = weekly(100)
    values[60:70] = [None, math.nan] * 5
    found = points(values)
    assert all(point.value is None and point.score == 0.0 for point in found[60:70])
    assert found[60].expected is not None
    assert told(found) == []


def test_a_hole_in_time_is_no_alarm() -> None:
    at = [START + DAY * number for number in range(200) if not 120 <= number < 160]
    values = [200.0 + number for number in range(200) if not 120 <= number < 160]
    assert told(detect(at, values)) == []


def test_holidays_are_like_sundays() -> None:
    values = weekly(140)
    holiday = 133  # a Monday
    values[holiday] = 180.0
    closed = frozenset({(START + DAY * holiday).date()})
    assert told(points(values, closed=closed)) == []


def test_one_direction_may_be_left_out() -> None:
    values = noisy(120)
    values[80], values[110] = 300.0, 0.0
    assert told(points(values, direction="up")) == [80]
    assert told(points(values, direction="down")) == [110]


def test_the_threshold_tells_more_or_less() -> None:
    values = noisy(400, seed=8)
    values[300] = 125.0
    assert len(told(points(values, threshold=0.02))) > len(told(points(values, threshold=0.98)))
    with pytest.raises(ValueError, match="between 0 and 1"):
        Detector(threshold=1.0)


def test_days_are_those_of_the_zone() -> None:
    """Two in the morning in Berlin is the day before in New York; whose days count changes the weekday."""
    values = weekly(140)
    values[133] = 180.0
    at = [datetime(2026, 1, 5, 2, tzinfo=UTC) + DAY * number for number in range(140)]
    found = detect(at, values, zone=ZoneInfo("America/New_York"))[133]
    assert found.why is not None
    assert found.why.weekday == date(2026, 1, 4).weekday()


@pytest.mark.parametrize("unit", [1e-12, 1e-3, 1e6, 1e60])
def test_the_unit_does_not_matter(unit: float) -> None:
    values = noisy(150, level=100.3)
    values[120] = 300.0
    plain, scaled = points(values), points([(value or 0.0) * unit for value in values])
    assert [point.score for point in scaled] == pytest.approx([point.score for point in plain], abs=0.01)


@given(
    st.lists(
        st.one_of(
            st.none(), st.floats(-1e12, 1e12), st.floats(), st.integers(0, 5).map(float), st.just(math.nan)
        ),
        max_size=60,
    ),
    st.lists(st.floats(-1e6, 1e6), max_size=20),
)
@settings(max_examples=60, deadline=None)
def test_the_future_changes_nothing(past: Values, future: list[float]) -> None:
    alone = points(past)
    with_future = points([*past, *future])
    assert with_future[: len(past)] == alone
    for point in with_future:
        assert 0.0 <= point.score <= 1.0
        assert point.expected is None or math.isfinite(point.expected)
        if point.low is not None and point.high is not None and point.expected is not None:
            assert point.low <= point.high
