"""The drift method against its own formulas, written out, and against tables of Student's t."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import NormalDist, stdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.drift import LEAST, Outlook, drift, quantile, student

WALK = [10.0, 12.0, 11.0, 15.0, 14.0, 18.0, 19.0, 19.0, 23.0, 22.0, 27.0, 28.0]
values_of = st.lists(
    st.one_of(st.none(), st.floats(-1e9, 1e9), st.integers(-50, 50).map(float)), min_size=0, max_size=60
)


def outlook(values: list[float | None], days: int, **limits: float | bool) -> Outlook:
    found = drift(values, days, **limits)  # type: ignore[arg-type]  # each limit has its own type
    assert found is not None
    return found


def test_it_is_the_random_walk_with_drift() -> None:
    steps = [after - before for before, after in pairwise(WALK)]
    found = outlook([*WALK], 5)
    slope, spread, count = 18 / 11, stdev(steps), 11
    assert found.per_day == pytest.approx(slope)
    assert (found.days, found.freedom) == (11, 10)
    for ahead, (mean, low, high) in enumerate(zip(found.mean, found.low80, found.high80, strict=True), 1):
        half = 1.3721836 * spread * math.sqrt(ahead * (1 + ahead / count))  # t of 10 degrees, 0.9
        assert mean == pytest.approx(28 + slope * ahead)
        assert (low, high) == pytest.approx((mean - half, mean + half), rel=1e-6)


def test_a_gap_counts_as_one_long_step() -> None:
    straight: list[float | None] = [float(3 * day) for day in range(30)]
    straight[7] = straight[8] = straight[20] = None
    found = outlook(straight, 4)
    assert found.mean == pytest.approx((90, 93, 96, 99))
    assert found.high80 == pytest.approx(found.mean)


def test_a_last_value_that_is_days_old_is_carried_to_today_first() -> None:
    whole, late = outlook([*WALK], 5), outlook([*WALK, None, None], 3)
    assert late.mean == pytest.approx(whole.mean[2:])
    assert late.low80 == pytest.approx(whole.low80[2:])


@pytest.mark.parametrize(
    "values",
    [
        [],
        [None] * 40,
        [1.0] * (LEAST - 1),
        [1.0, None] * (LEAST - 1),
        [math.nan, math.inf] * 20,
        [1.7e308, -1.7e308] * 10,
    ],
)
def test_nothing_is_foreseen_from_too_little(values: list[float | None]) -> None:
    assert drift(values, 5) is None


def test_a_count_never_falls_below_nothing() -> None:
    falling: list[float | None] = [float(max(0, 20 - 2 * day + day % 3)) for day in range(11)]
    assert outlook(falling, 20).mean[-1] < 0
    found = outlook(falling, 20, floor=0.0)
    assert min((*found.mean, *found.low80, *found.high80)) == 0
    assert found.chance_of(0, 20) == 1


def test_what_only_grows_never_falls_below_its_last_value() -> None:
    slow: list[float | None] = [0.0, 0.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 9.0, 10.0, 10.0]
    assert outlook(slow, 9).low80[-1] < 10
    found = outlook(slow, 9, floor=0.0, is_growing=True)
    assert min(found.low80) == found.floor == 10
    assert found.chance_of(9, 9) == 1


def test_the_chance_agrees_with_the_band() -> None:
    found = outlook([*WALK], 30)
    for ahead in (1, 7, 30):
        mean, low, high = (row[ahead - 1] for row in (found.mean, found.low80, found.high80))
        chances = [found.chance_of(target, ahead) for target in (low, mean, high)]
        assert chances == pytest.approx([0.9, 0.5, 0.1], abs=1e-9)


def test_a_straight_line_leaves_no_chance() -> None:
    found = outlook([2.0 * day for day in range(12)], 3)
    assert [found.chance_of(target, 1) for target in (24.0, 24.1)] == [1, 0]


def test_an_outlook_is_at_least_a_day_long() -> None:
    with pytest.raises(ValueError, match="at least one day"):
        drift([*WALK], 0)


@pytest.mark.parametrize(
    ("freedom", "tenth", "fortieth"),
    [
        (1, 3.0777, 12.7062),
        (2, 1.8856, 4.3027),
        (3, 1.6377, 3.1824),
        (4, 1.5332, 2.7764),
        (9, 1.3830, 2.2622),
        (10, 1.3722, 2.2281),
        (29, 1.3114, 2.0452),
        (120, 1.2886, 1.9799),
    ],
)
def test_student_is_the_one_of_the_tables(freedom: int, tenth: float, fortieth: float) -> None:
    assert quantile(0.9, freedom) == pytest.approx(tenth, abs=5e-5)
    assert quantile(0.975, freedom) == pytest.approx(fortieth, abs=5e-5)
    assert quantile(0.1, freedom) == pytest.approx(-tenth, abs=5e-5)


def test_student_becomes_the_normal_distribution() -> None:
    for value in (-2.5, -0.3, 0.0, 1.0, 3.0):
        assert student(value, 3000) == pytest.approx(NormalDist().cdf(value), abs=2e-4)


@settings(max_examples=150)
@given(values_of, st.integers(1, 90), st.one_of(st.none(), st.floats(-1e6, 1e6)), st.booleans())
def test_the_band_holds_the_mean_and_widens(
    values: list[float | None], days: int, floor: float | None, is_growing: bool
) -> None:
    found = drift(values, days)
    known = [value for value in values if value is not None]
    assert (found is None) == (len(known) < LEAST)
    if found is None:
        return
    widths = [high - low for low, high in zip(found.low80, found.high80, strict=True)]
    slack = 1e-9 * max(1.0, *map(abs, (*found.low80, *found.high80)))
    assert all(after >= before - slack for before, after in pairwise(widths))
    limited = outlook(values, days, floor=floor, is_growing=is_growing) if floor is not None else found
    for one in (found, limited):
        assert len(one.mean) == len(one.low80) == len(one.high80) == days
        assert all(map(math.isfinite, (*one.mean, *one.low80, *one.high80)))
        assert all(
            low <= mean <= high for low, mean, high in zip(one.low80, one.mean, one.high80, strict=True)
        )
        assert min(one.low80) >= one.floor
        assert 0 <= one.chance_of(floor or 0.0, days) <= 1
    if is_growing and floor is not None:
        assert min(limited.low80) >= known[-1]
