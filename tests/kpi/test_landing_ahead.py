"""Chances of the days ahead: between the quantiles, at their ends, and where nothing can change any more."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from kpi.forecast import LEVELS
from kpi.landing_ahead import SUREST, Ahead
from kpi.quantity import Better, parse_goal
from kpi.unit import unit

FIRST = date(2026, 11, 23)
EVENLY = np.array([[100 * level for level in LEVELS]] * 3)  # uniform from 0 to 100


def ahead(quantiles: np.ndarray = EVENLY, least: float | None = None) -> Ahead:
    return Ahead(FIRST, quantiles.mean(axis=1), quantiles, "made up", 30, least)


def chance(text: str, better: Better = Better.HIGHER, found: Ahead | None = None) -> float | None:
    chances = (found or ahead()).chances(parse_goal(text, unit=unit("points"), better=better), better)
    return None if chances is None else float(chances[0])


@pytest.mark.parametrize(
    ("text", "better", "expected"),
    [
        ("≥ 75", Better.HIGHER, 0.25),
        ("> 75", Better.HIGHER, 0.25),
        ("≤ 30", Better.LOWER, 0.3),
        ("< 30", Better.LOWER, 0.3),
        ("20–60", Better.NONE, 0.4),
        ("20–60", Better.HIGHER, 0.8),
        ("20–60", Better.LOWER, 0.6),
        ("≥ 1000", Better.HIGHER, 1 - SUREST),
        ("≥ -1000", Better.HIGHER, SUREST),
    ],
)
def test_the_chance_of_a_goal(text: str, better: Better, expected: float) -> None:
    assert chance(text, better) == pytest.approx(expected, abs=1e-9)


def test_a_planned_share_and_words_have_no_chance() -> None:
    assert chance("= 40", Better.NONE) is None
    assert chance("Market leader") is None


def test_a_limit_that_many_quantiles_lie_on_is_met_with_all_of_them() -> None:
    """Seven in ten days bring nothing."""
    rows = np.array([[0.0 if level <= 0.7 else level * 10 for level in LEVELS]])
    found = ahead(rows)
    assert chance("≤ 0", Better.LOWER, found) == pytest.approx(0.7)
    assert chance("< 0", Better.LOWER, found) == pytest.approx(1 - SUREST)
    assert chance("≥ 0", found=found) == pytest.approx(SUREST)
    assert chance("> 0", found=found) == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("text", "better", "least", "expected"),
    [
        ("≥ 50", Better.HIGHER, 50.0, 1),
        ("> 50", Better.HIGHER, 50.0, 0.5),
        ("≥ 50", Better.HIGHER, 49.0, 0.5),
        ("≤ 50", Better.LOWER, 51.0, 0),
        ("≤ 50", Better.LOWER, 50.0, 0.5),
        ("< 50", Better.LOWER, 50.0, 0),
    ],
)
def test_only_what_never_falls_is_certain(text: str, better: Better, least: float, expected: float) -> None:
    assert chance(text, better, ahead(least=least)) == pytest.approx(expected, abs=1e-9)


def test_days_and_places() -> None:
    found = ahead()
    assert [found.place(FIRST + timedelta(days=n)) for n in (-1, 0, 2, 3)] == [None, 0, 2, None]
    assert found.day(2) == date(2026, 11, 25)
    assert found.at(0, 0.9) == pytest.approx(90)
