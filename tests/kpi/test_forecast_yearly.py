"""When a long season is believed."""

from __future__ import annotations

import numpy as np
import pytest

from kpi.forecast import forecast
from kpi.forecast_yearly import length_of, profile

RNG = np.random.default_rng(3)
YEAR = 20 * np.sin(np.arange(52) / 52 * 2 * np.pi)


def test_years_alike_are_believed() -> None:
    found = profile(np.tile(YEAR, 4) + 100 + RNG.normal(0, 3, 208), 52)
    assert found is not None
    assert np.corrcoef(found.ahead(52), YEAR)[0, 1] > 0.97
    assert np.array_equal(found.behind(52), found.ahead(52))


def test_a_trend_is_no_season() -> None:
    found = profile(np.tile(YEAR, 4) + 2.0 * np.arange(208), 52)
    assert found is not None
    assert np.corrcoef(found.ahead(52), YEAR)[0, 1] > 0.97


def test_walks_have_no_season() -> None:
    walks = [profile(RNG.normal(0, 1, 208).cumsum(), 52) for _ in range(40)]
    assert sum(one is not None for one in walks) < 12


def test_one_year_is_too_little() -> None:
    assert profile(np.tile(YEAR, 1), 52) is None
    assert profile(np.full(208, 4.0), 52) is None


def test_half_unknown_is_too_little() -> None:
    values = np.tile(YEAR, 4)
    values[:100] = np.nan
    assert profile(values, 52) is None


def test_a_year_of_weeks_is_foreseen() -> None:
    one = forecast((np.tile(YEAR, 4) + 100 + RNG.normal(0, 3, 208)).tolist(), 26, season=52)
    assert one is not None
    assert np.allclose(one.mean, 100 + YEAR[:26], atol=8)
    assert "the year" in one.method


@pytest.mark.parametrize(
    ("season", "length"), [(1, 0), (5, 260), (7, 365), (12, 0), (24, 168), (52, 52), (1440, 1440)]
)
def test_each_season_has_its_long_one(season: int, length: int) -> None:
    assert length_of(season) == length
