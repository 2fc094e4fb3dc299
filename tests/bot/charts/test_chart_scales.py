import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.charts.numerals import print_short, print_tick
from bot.charts.scales import Scale, thin, time_ticks, value_range, value_ticks


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, "", "0"), (0, "$", "$0"), (412, "stars", "412"), (31_739, "stars", "31,739"),
        (1.234e6, "$", "$1.23M"), (99.94, "%", "99.94%"), (85, "%", "85%"), (-1234, "$", "−$1,234"),
        (0.0123, "", "0.0123"),
        (0.0000012, "$", "$1.2e−6"), (3.5e18, "", "3.5e18"), (30.94, "x", "30.94x"), (90, "min", "90 min"),
    ],
)  # fmt: skip
def test_a_value_is_printed_short(value: float, unit: str, text: str) -> None:
    assert print_short(value, unit) == text


@pytest.mark.parametrize(
    ("value", "step", "unit", "text"),
    [
        (1200, 200, "", "1.2K"), (1_000_000, 1_000_000, "$", "$1M"), (85, 5, "%", "85%"), (0, 5, "%", "0%"),
        (31_740, 20, "stars", "31.74K"), (-1500, 500, "", "−1.5K"), (2.5, 2.5, "hours", "2.5 h"),
        (-0.0, 1, "", "0"),
        (0.000002, 0.000001, "$", "$2e−6"), (3e18, 1e18, "$", "$3e18"), (5e9, 1e9, "", "5B"),
    ],
)  # fmt: skip
def test_a_tick_is_printed_compactly(value: float, step: float, unit: str, text: str) -> None:
    assert print_tick(value, step, unit) == text


@given(
    st.floats(-1e300, 1e300), st.floats(-1e300, 1e300), st.booleans(), st.sampled_from(["", "$", "%"])
)  # fmt: skip
def test_any_two_values_have_an_axis_with_distinct_ticks(
    first: float, last: float, is_whole: bool, unit: str
) -> None:
    low, high = value_range(np.array([first, last]), np.empty(0))
    assert low <= min(first, last) <= max(first, last) <= high
    ticks, step = value_ticks(low, high, is_whole=is_whole)
    texts = [print_tick(tick, step, unit) for tick in ticks]
    assert len(set(texts)) == len(texts) <= 6


def test_a_target_near_the_data_is_in_sight() -> None:
    low, high = value_range(np.array([700.0, 900.0]), np.array([1000.0]))
    assert low < 700
    assert high > 1000


def test_a_target_that_would_flatten_the_data_is_left_out() -> None:
    _, high = value_range(np.array([310.0, 412.0]), np.array([5000.0]))
    assert high < 500


def test_flat_data_is_not_blown_up_but_shown_with_its_target() -> None:
    assert value_range(np.array([310.0, 312.0]), np.array([5000.0]))[1] > 5000
    low, high = value_range(np.array([31_000.0, 31_001.0]), np.empty(0))
    assert high - low > 500


def test_positive_data_never_gets_a_negative_axis() -> None:
    assert value_range(np.array([0.0, 10.0]), np.empty(0))[0] == 0
    assert value_range(np.array([5.0, 10.0]), np.empty(0))[0] >= 0


def test_whole_numbers_get_whole_ticks() -> None:
    assert value_ticks(0, 1, is_whole=True) == ([0.0, 1.0], 1.0)


def width(text: str) -> float:
    return 22.0 * len(text)


def days_apart(
    days: float, zone: str, *, start: datetime = datetime(2026, 8, 25, tzinfo=UTC)
) -> list[tuple[float, str]]:
    first = start.timestamp()
    scale = Scale(first, first + days * 86400, 140, 1400)
    return time_ticks(scale, ZoneInfo(zone), width, with_hours=days < 3)


@pytest.mark.parametrize(
    ("days", "labels"),
    [
        (1, ["06:00", "12:00", "18:00", "26 Aug"]),
        (5, ["26 Aug", "27 Aug", "28 Aug", "29 Aug", "30 Aug"]),
        (30, ["31 Aug", "7 Sep", "14 Sep", "21 Sep"]),
        (90, ["Sep", "Oct", "Nov"]),
        (400, ["Oct", "2027", "Apr", "Jul"]),
        (3650, ["2028", "2030", "2032", "2034", "2036"]),
    ],
)
def test_dates_are_round_and_few(days: float, labels: list[str]) -> None:
    assert [label for _, label in days_apart(days, "Europe/London")] == labels


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0.05, 8000),
    st.sampled_from(["UTC", "Asia/Kathmandu", "America/Sao_Paulo", "Europe/Berlin", "Pacific/Apia"]),
    st.integers(1_300_000_000, 1_900_000_000),
)
def test_dates_never_overlap(days: float, zone: str, first: int) -> None:
    scale = Scale(first, first + days * 86400, 140, 1400)
    edge = -math.inf
    for at, label in time_ticks(scale, ZoneInfo(zone), width, with_hours=days < 3):
        assert scale.low <= at <= scale.high
        assert scale(at) - width(label) / 2 > edge + 30
        edge = scale(at) + width(label) / 2


def test_days_begin_at_midnight_of_the_zone() -> None:
    for zone in ("Asia/Kathmandu", "America/New_York"):
        for at, _ in days_apart(120, zone):
            local = datetime.fromtimestamp(at, ZoneInfo(zone))
            assert (local.hour, local.minute) == (0, 0)


def test_ten_years_of_days_keep_their_extremes_and_gaps() -> None:
    xs = np.linspace(100, 1400, 3650)
    ys = np.sin(xs) * 10
    ys[1500], ys[2500], ys[3000:3004] = 900, -900, np.nan
    kept_xs, kept_ys = thin(xs, ys)
    assert len(kept_xs) < 2800
    assert np.nanmax(kept_ys) == 900
    assert np.nanmin(kept_ys) == -900
    assert np.isnan(kept_ys).sum() >= 1
    assert (kept_xs[0], kept_xs[-1]) == (xs[0], xs[-1])
    assert (np.diff(kept_xs) > 0).all()


def test_a_gap_in_thinned_data_stays_between_its_neighbours() -> None:
    xs = np.linspace(0, 1000, 5000)
    ys = np.where((xs > 400) & (xs < 500), np.nan, 1.0)
    kept_xs, kept_ys = thin(xs, ys)
    gap = kept_xs[np.isnan(kept_ys)]
    assert gap.min() == xs[np.isnan(ys)].min()
    assert gap.max() == xs[np.isnan(ys)].max()


def test_few_points_are_left_alone() -> None:
    xs = np.arange(10.0) + timedelta(days=1).days
    assert thin(xs, xs)[0] is xs
