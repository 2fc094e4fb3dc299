"""A level that jumps and stays is no season; a jump that comes every year is one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kpi.forecast import forecast
from kpi.forecast_smoothing import Array
from kpi.forecast_yearly import profile

YEAR = 365
LENGTH = 800
FOLD = LENGTH - YEAR  # where two years meet: a jump here bends both alike
WAVE = 600 * np.sin(np.arange(3 * YEAR) / YEAR * 2 * np.pi)


def calm(length: int = LENGTH, noise: float = 60.0) -> Array:
    return 5000 + np.random.default_rng(4).normal(0, noise, length)


def likeness(found: Array, meant: Array) -> float:
    return float(np.corrcoef(found, meant)[0, 1])


def sway(values: Array) -> float:
    """Of the profile, from its lowest to its highest step; 0 where none is believed."""
    found = profile(values, YEAR)
    return 0.0 if found is None else float(np.ptp(found.values))


@pytest.mark.parametrize("size", [14_000, 4000, -4000])
@pytest.mark.parametrize("day", [72, 300, FOLD - 20, FOLD, FOLD + 20, 700])
def test_a_lasting_jump_is_no_season(day: int, size: float) -> None:
    values = calm()
    values[:day] += size
    assert sway(values) < 60  # a day's noise


def test_a_forecast_stays_where_the_level_fell_to() -> None:
    values = calm()
    values[:FOLD] += 14_000
    found = forecast(values.tolist(), 14, season=7)
    assert found is not None
    assert np.allclose(found.mean, 5000, atol=60)


def test_two_lasting_jumps_are_no_season() -> None:
    values = calm()
    values[: FOLD - 90] += 3000
    values[:FOLD] += 2000
    assert sway(values) < 60


def test_spikes_do_not_hide_a_lasting_jump() -> None:
    values = calm()
    values[:FOLD] += 3000
    values[[40, 130, 333, 480, 610, 777]] += 9000
    assert sway(values) < 60


def test_a_jump_over_a_gap_is_one() -> None:
    values = calm()
    values[:FOLD] += 4000
    values[FOLD - 5 : FOLD + 5] = math.nan
    values[0] = math.nan
    assert sway(values) < 120  # one value stands for the gap


def test_a_jump_of_a_level_that_never_moves_is_one() -> None:
    values = np.full(LENGTH, 50.0)
    values[:FOLD] = 200.0
    assert profile(values, YEAR) is None


@pytest.mark.parametrize("day", [150, 365, 600, 900])
def test_a_season_is_still_seen_across_a_jump(day: int) -> None:
    values = calm(3 * YEAR) + WAVE
    values[:day] += 4000
    found = profile(values, YEAR)
    assert found is not None
    assert likeness(found.ahead(YEAR), WAVE[:YEAR]) > 0.95


def test_a_jump_that_comes_every_year_is_a_season() -> None:
    shut = np.where(np.arange(3 * YEAR) % YEAR < 60, -2000.0, 0.0)
    found = profile(calm(3 * YEAR) + shut, YEAR)
    assert found is not None
    assert likeness(found.ahead(YEAR), shut[:YEAR]) > 0.95


def test_a_series_is_left_as_it_was() -> None:
    values = calm()
    values[:FOLD] += 4000
    kept = values.copy()
    profile(values, YEAR)
    assert np.array_equal(values, kept)
