"""The score: far from the threshold on either side; an incident is told once, and again only if it grows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.anomaly_incidents import Incidents, ratio_of, score

REST = 10.0


def judged(rarities: list[float], threshold: float = 0.5) -> list[tuple[float, bool]]:
    incidents = Incidents(threshold)
    return [incidents.judge(rarity, REST) for rarity in rarities]


@pytest.mark.parametrize("wanted", [0.01, 0.3, 0.5, 0.8, 0.95, 0.99])
def test_the_ratio_is_the_inverse_of_the_score(wanted: float) -> None:
    assert score(ratio_of(wanted)) == pytest.approx(wanted)


def test_little_lies_between_what_is_told_and_what_is_not() -> None:
    assert score(0.97) < 0.15
    assert score(1.03) > 0.85
    assert score(1.06) > 0.9


@given(st.floats(0.0, 1e6), st.floats(0.0, 1e6))
def test_rarer_never_scores_less(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0.0 <= score(low) <= score(high) <= 1.0


def test_an_incident_is_told_once_however_long_it_lasts() -> None:
    found = judged([0.5] * 20 + [5.0] * 50 + [0.5] * 20)
    assert [number for number, (_, is_new) in enumerate(found) if is_new] == [20]
    assert max(score for score, _ in found[21:]) < 0.3


def test_another_incident_after_a_rest_is_told_anew() -> None:
    found = judged([5.0, *[0.5] * 12, 5.0])
    assert [number for number, (_, is_new) in enumerate(found) if is_new] == [0, 13]


def test_what_grows_far_rarer_scores_again_but_is_not_told_again() -> None:
    found = judged([4.0, 4.5, 9.0])
    assert [is_new for _, is_new in found] == [True, False, False]
    assert found[1][0] < 0.3
    assert found[2][0] > 0.8


def test_a_series_that_tells_often_has_its_bar_raised() -> None:
    found = judged([*([4.0] + [0.0] * 12) * 12])
    told = [number for number, (_, is_new) in enumerate(found) if is_new]
    assert told[0] == 0
    assert len(told) < 6
