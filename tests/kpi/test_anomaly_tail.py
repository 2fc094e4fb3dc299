"""The tail: what is common is no rarity, what is beyond all is the rarer the farther, and both ways agree."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.anomaly_tail import Tail


def learned(count: int = 2000, *, memory: int = 1000, scale: float = 1.0) -> Tail:
    chance = random.Random(1)
    tail = Tail()
    for _ in range(count):
        tail.add(scale * abs(chance.gauss(0, 1)), memory)
    return tail


def test_nothing_is_rare_before_anything_is_known() -> None:
    assert Tail().rarity(1e9) == 0.0


def test_a_lighter_tail_is_rarer_sooner() -> None:
    light, heavy = Tail(8.0), Tail(3.0)
    for number in range(20):
        light.add(1.0 + number / 20, 100)
        heavy.add(1.0 + number / 20, 100)
    assert light.rarity(8.0) > heavy.rarity(8.0) + 1.0


@pytest.mark.parametrize(("statistic", "rarity"), [(0.67, 0.30), (1.64, 1.0), (2.58, 2.0)])
def test_the_rarity_of_a_normal_error(statistic: float, rarity: float) -> None:
    assert learned().rarity(statistic) == pytest.approx(rarity, abs=0.25)


def test_the_unit_does_not_matter() -> None:
    assert learned(scale=8.0).rarity(24.0) == pytest.approx(learned().rarity(3.0), abs=0.01)


@pytest.mark.parametrize("rarity", [0.5, 1.0, 2.0, 4.0])
def test_the_limit_is_the_inverse(rarity: float) -> None:
    tail = learned()
    assert tail.rarity(tail.limit(rarity)) == pytest.approx(rarity, abs=0.2)


def test_the_past_fades() -> None:
    tail = learned(memory=200)
    before = tail.rarity(50.0)
    for _ in range(1000):
        tail.add(50.0, 200)
    assert tail.rarity(50.0) < 0.5 < before


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=200))
@settings(max_examples=40)
def test_farther_is_never_less_rare(values: list[float]) -> None:
    tail = Tail()
    for value in values:
        tail.add(value, 100)
    found = [tail.rarity(2.0**octave) for octave in range(-8, 40)]
    assert all(before <= after + 1e-9 for before, after in pairwise(found))
