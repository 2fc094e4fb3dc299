"""What a forecast says of series whose future is known, and what it promises of any."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.forecast import LEVELS, Forecast, History, forecast, forecast_many

RNG = np.random.default_rng(11)
WEEK = np.array([120.0, 130, 125, 110, 100, 40, 35])
WEEKLY = np.tile(WEEK, 30) + RNG.normal(0, 3, 210)


def found(*args: object, **rest: object) -> Forecast:
    one = forecast(*args, **rest)  # type: ignore[arg-type]  # as each test gives them
    assert one is not None
    return one


def test_a_week_comes_back() -> None:
    one = found(WEEKLY.tolist(), 14, season=7)
    assert np.allclose(one.mean, np.tile(WEEK, 2), atol=8)
    assert "weekdays" in one.method


def test_a_week_is_found_without_being_told() -> None:
    assert np.allclose(found(WEEKLY.tolist(), 7).mean, WEEK, atol=8)


def test_a_line_goes_on() -> None:
    one = found([3.0 * day + RNG.normal(0, 1) for day in range(100)], 10, is_growing=False)
    assert one.mean[-1] == pytest.approx(3 * 109, rel=0.03)


def test_noise_about_a_level_stays_there() -> None:
    one = found((50 + RNG.normal(0, 5, 200)).tolist(), 30)
    assert np.allclose(one.mean, 50, atol=3)
    assert one.high95[0] - one.low95[0] == pytest.approx(4 * 5, rel=0.3)


def test_one_wild_day_does_not_bend_the_forecast() -> None:
    calm = (50 + RNG.normal(0, 2, 120)).tolist()
    wild = [*calm[:110], 5000.0, *calm[111:]]
    assert np.allclose(found(wild, 7).mean, found(calm, 7).mean, atol=6)


def test_a_level_that_shifted_for_good_is_followed() -> None:
    values = [*(100 + RNG.normal(0, 2, 80)), *(200 + RNG.normal(0, 2, 40))]
    assert np.allclose(found(values, 7).mean, 200, atol=15)


def test_gaps_are_no_zeros() -> None:
    values: list[float | None] = WEEKLY.tolist()
    values[100:120] = [None] * 20
    values[205] = math.nan
    assert np.allclose(found(values, 7, season=7).mean, WEEK, atol=10)


def test_a_running_total_never_falls() -> None:
    total = np.cumsum(RNG.poisson(3, 150)).astype(float)
    one = found(total.tolist(), 30)
    for row in (one.mean, one.low95, one.high95):
        assert row[0] >= total[-1]
        assert all(np.diff(row) >= 0)
    assert one.mean[-1] == pytest.approx(total[-1] + 90, abs=45)


def test_one_good_day_after_many_without_makes_no_running_total() -> None:
    assert min(found([0.0] * 49 + [7.0], 20).low95[5:]) < 7


@pytest.mark.parametrize("season", [None, 7])
def test_counts_are_never_negative(season: int | None) -> None:
    one = found(RNG.poisson(0.4, 90).astype(float).tolist(), 14, season=season)
    assert min(one.low95) >= 0
    assert min(one.mean) >= 0


def test_what_comes_seldom_is_expected_though_each_day_most_likely_has_none() -> None:
    one = found(RNG.poisson(0.3, 300).astype(float).tolist(), 20)
    assert set(one.mean) == {0.0}
    assert sum(one.expected) == pytest.approx(6, abs=3)


def test_bounds_hold() -> None:
    one = found((97 + RNG.normal(0, 3, 60)).clip(0, 100).tolist(), 20, floor=0, ceiling=100)
    assert max(one.high95) <= 100
    assert one.chance_of(100.5, 3) == 0


def test_a_series_below_zero_may_go_further_below() -> None:
    assert min(found([-1.0 * day + RNG.normal() for day in range(60)], 10).low95) < -60


def test_few_values_make_wide_bands() -> None:
    noise = RNG.normal(0, 1, 200)
    few, many = found((50 + noise[:6]).tolist(), 5), found((50 + noise).tolist(), 5)
    assert few.high95[-1] - few.low95[-1] > 1.5 * (many.high95[-1] - many.low95[-1])


def test_what_never_moved_stays_with_a_little_doubt() -> None:
    one = found([5.0] * 60, 4)
    assert one.mean == pytest.approx((5.0,) * 4)
    assert 5 - 1 < one.low95[0] < 5 < one.high95[0] < 5 + 1


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0], [None, 1.0, math.nan, 2.0], [1e200, 2e200, 3e200]])
def test_too_little_or_too_much_is_no_forecast(values: list[float | None]) -> None:
    assert forecast(values, 5) is None


def test_a_horizon_is_at_least_one_step() -> None:
    with pytest.raises(ValueError, match="at least one step"):
        forecast([1, 2, 3], 0)


def test_many_at_once_keep_their_order_and_their_numbers() -> None:
    histories = [
        History(WEEKLY.tolist(), 7),
        History([1.0]),
        History((WEEKLY[-40:] * 2).tolist(), 7),
        History(np.arange(50.0).tolist()),
    ]
    many = forecast_many(histories, 9)
    assert many[1] is None
    for history, one in zip(histories, many, strict=True):
        alone = forecast_many([history], 9)[0]
        assert (one is None) == (alone is None)
        assert one is None or alone is None or np.allclose(one.quantiles, alone.quantiles)


def test_the_bands_hold_what_they_promise() -> None:
    rng = np.random.default_rng(5)
    inside = []
    walks = [rng.normal(0, 1, 180).cumsum() + 100 for _ in range(60)]
    for walk, one in zip(
        walks, forecast_many([History(walk[:150].tolist(), 1) for walk in walks], 30), strict=True
    ):
        assert one is not None
        inside.append((walk[150:] >= one.low95) & (walk[150:] <= one.high95))
    assert 0.88 <= np.mean(inside) <= 0.99


def test_a_walk_stays_near_its_last_value() -> None:
    rng = np.random.default_rng(8)
    walks = [rng.normal(0, 1, 300).cumsum() + 100 for _ in range(30)]
    strayed, usual = [], []
    for walk, one in zip(
        walks, forecast_many([History(walk.tolist(), 7) for walk in walks], 14), strict=True
    ):
        assert one is not None
        strayed.append(np.abs(np.array(one.mean) - walk[-1]).mean())
        usual.append(one.high80[6] - one.low80[6])
    assert np.median(strayed) < 0.01 * np.median(usual)


def test_unrest_of_late_widens_the_bands() -> None:
    steps = np.random.default_rng(9).normal(0, 1, 300)
    calm, wild = (
        found((200 + (steps * size).cumsum()).tolist(), 5, season=1)
        for size in (np.ones(300), np.where(np.arange(300) < 270, 1.0, 3.0))
    )
    assert wild.high95[4] - wild.low95[4] > 1.8 * (calm.high95[4] - calm.low95[4])


def test_the_chance_follows_the_bands() -> None:
    one = found((50 + RNG.normal(0, 5, 200)).tolist(), 5)
    assert one.chance_of(one.low95[2], 3) == pytest.approx(0.975)
    assert one.chance_of(one.high80[2], 3) == pytest.approx(0.1)
    assert one.chance_of(one.high80[2], 3, better="lower") == pytest.approx(0.9)
    assert one.chance_of(-1, 3) == 1
    assert 0 < one.chance_of(120, 3) < 0.005


def test_no_step_lies_outside_the_forecast() -> None:
    with pytest.raises(ValueError, match="there is no step 6"):
        found([1.0, 2.0, 3.0, 4.0], 5).chance_of(1, 6)


@settings(max_examples=40, deadline=None)
@given(
    values=st.lists(
        st.one_of(st.none(), st.floats(-1e9, 1e9, allow_nan=False), st.integers(0, 20).map(float)),
        min_size=1,
        max_size=60,
    ),
    horizon=st.integers(1, 20),
    season=st.sampled_from([None, 1, 7, 12]),
)
def test_every_forecast_is_finite_and_in_order(
    values: list[float | None], horizon: int, season: int | None
) -> None:
    one = forecast(values, horizon, season=season)
    assert (one is None) == (sum(value is not None for value in values) < 3)
    if one is None:
        return
    rows = np.array(one.quantiles)
    assert rows.shape == (horizon, len(LEVELS))
    assert np.isfinite(rows).all()
    assert (np.diff(rows, axis=1) >= 0).all()
    assert all(low <= mean <= high for low, mean, high in zip(one.low95, one.mean, one.high95, strict=True))
    for ahead in (1, horizon):
        chances = [one.chance_of(limit, ahead) for limit in (-1e30, *rows[ahead - 1].tolist(), 1e30)]
        assert all(0 <= chance <= 1 for chance in chances)
        assert chances == sorted(chances, reverse=True)
