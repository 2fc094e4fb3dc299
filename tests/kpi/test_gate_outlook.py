"""When a gate could open: how likely enough of its KPIs are met together, day by day."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from itertools import product
from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.framework import Kpi
from kpi.gate_outlook import Outlook, at_least, outlook, outlook_json, outlook_of
from kpi.gates import verdict
from kpi.landing import Ahead, aheads
from kpi.quantity import Better
from tests.kpi.cases import TODAY, context_of, daily, framework_of, kpi_of

NOISE = [0.2 * ((day * 7919) % 11 - 5) / 5 for day in range(60)]


def gate_on(
    *courses: Sequence[float | None], target: str = "100", better: Better = Better.HIGHER
) -> Outlook | None:
    """The outlook of a gate over KPIs entered day by day, 80 % of which have to reach `target`."""
    kpis: list[Kpi] = [
        kpi_of({"phase1": target}, name=f"kpi {place}", unit_name="points", better=better, measure=None)
        for place in range(len(courses))
    ]
    framework = framework_of(*kpis)
    series = [
        daily(f"entry.hektor.{kpi.key}", values, hour=8)
        for kpi, values in zip(kpis, courses, strict=True)
        if values
    ]
    context = context_of(framework, *series)
    found = aheads([(kpi, context) for kpi in kpis], TODAY)
    known = {kpi.key: one for kpi, one in zip(kpis, found, strict=True) if isinstance(one, Ahead)}
    return outlook(verdict(framework.gates[0], framework, context), known)


def rising(last: float, per_day: float, days: int = 60) -> list[float]:
    """One value a day up to yesterday."""
    return [last - per_day * back + NOISE[back] for back in range(days - 1, -1, -1)]


def test_the_gate_could_open_about_the_day_on_which_enough_are_met() -> None:
    # The second reaches 100 in ten days, the third in twenty: four of five are needed.
    courses = [rising(120, 0.1), rising(120, 0.1), rising(90, 1), rising(90, 0.5), rising(50, 0.01)]
    found = gate_on(*courses)
    assert found is not None
    assert found.holds_from is not None
    assert abs((found.holds_from - TODAY).days - 20) <= 8
    assert found.chance is not None
    assert 0.5 <= found.chance < 0.9
    assert (found.by, found.chance_by, found.steady, found.foreseen) == (None, None, 0, 5)


def test_lower_is_better_goes_the_same_way() -> None:
    found = gate_on(rising(20, -1), target="<10", better=Better.LOWER)
    assert found is not None
    assert found.holds_from is not None
    assert abs((found.holds_from - TODAY).days - 11) <= 8


@pytest.mark.parametrize(
    "courses",
    [
        [rising(90, 0.0)],  # flat
        [rising(90, -0.5)],  # away from it
        [rising(90, 1.0), []],  # one of two: the other is not measured
        [rising(120, 0.0)],  # open already
    ],
)
def test_where_no_even_chance_lies_ahead_no_day_is_named(courses: list[Sequence[float | None]]) -> None:
    found = gate_on(*courses)
    assert found is not None
    assert (found.holds_from, found.chance) == (None, None)


@pytest.mark.parametrize("courses", [[rising(90, 1.0, days=5)], [[]], [[*rising(90, 1.0), *[None] * 40]]])
def test_without_a_history_nothing_is_said(courses: list[Sequence[float | None]]) -> None:
    assert gate_on(*courses) is None


def test_what_has_too_short_a_history_stays_as_it_is() -> None:
    met, short = gate_on(rising(90, 1.0), [120.0]), gate_on(rising(90, 1.0), [20.0])
    assert met is not None
    assert short is not None
    assert (met.steady, met.foreseen) == (1, 1)
    assert met.holds_from is not None
    assert abs((met.holds_from - TODAY).days - 10) <= 6
    assert short.holds_from is None


def test_it_is_kept_and_told_whole() -> None:
    found = Outlook(TODAY, 0.54, TODAY + timedelta(days=9), 0.7, 1, 12)
    assert outlook_of(json.loads(json.dumps(outlook_json(found)))) == found
    assert outlook_of(outlook_json(Outlook(None, None, None, None, 0, 1))).holds_from is None


@settings(max_examples=40)
@given(st.lists(st.floats(0.01, 0.99), min_size=1, max_size=7), st.integers(0, 8))
def test_how_many_are_met_together(chances: list[float], count: int) -> None:
    """Against all outcomes counted one by one."""
    exact = sum(
        prod(one if is_met else 1 - one for one, is_met in zip(chances, outcome, strict=True))
        for outcome in product((False, True), repeat=len(chances))
        if sum(outcome) >= count
    )
    (found,) = at_least(count, [np.array([one]) for one in chances])
    if count in (0, *range(len(chances) + 1, 9)):
        assert found == (count == 0)
    else:
        assert found == pytest.approx(min(max(exact, 0.005), 0.995), abs=1e-9)


def test_only_certain_events_are_certain_together() -> None:
    sure, never = np.array([1.0]), np.array([0.0])
    assert at_least(2, [sure, sure, never]).tolist() == [1]
    assert at_least(3, [sure, sure, never]).tolist() == [0]
    assert at_least(2, [sure, np.array([0.9999])]).tolist() == [0.995]
