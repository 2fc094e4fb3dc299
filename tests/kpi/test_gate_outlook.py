"""When a gate could open: straight lines from the last closed days, and nothing where they lead elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.framework import Kpi
from kpi.gate_outlook import FARTHEST, Course, days_met, outlook, slope
from kpi.gates import verdict
from kpi.quantity import Better, Goal, parse_goal
from kpi.scoring import met
from kpi.unit import unit
from tests.kpi.cases import TODAY, context_of, daily, framework_of, kpi_of

POINTS = unit("points")


def goal(text: str, better: Better = Better.HIGHER) -> Goal:
    return parse_goal(text, unit=POINTS, better=better)


def rising(last: float, per_day: float, days: int = 40) -> list[float]:
    """One value a day up to yesterday."""
    return [last - per_day * back for back in range(days - 1, -1, -1)]


def gate_on(
    *courses: Sequence[float | None], target: str = "100", better: Better = Better.HIGHER
) -> date | None:
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
    return outlook(verdict(framework.gates[0], framework, context), context)


def test_the_gate_opens_on_the_day_on_which_enough_are_met() -> None:
    met_already = [100.0] * 40
    # The second reaches 100 in ten days, the third in twenty: four of five are needed.
    courses = [met_already, met_already, rising(90, 1), rising(90, 0.5), rising(50, 0.1)]
    assert gate_on(*courses) == TODAY + timedelta(days=20)


def test_lower_is_better_goes_the_same_way() -> None:
    assert gate_on(rising(20, -1), target="<10", better=Better.LOWER) == TODAY + timedelta(days=11)


@pytest.mark.parametrize(
    "courses",
    [
        [rising(90, 0.0)],  # flat
        [rising(90, -1.0)],  # away from it
        [rising(1, 0.1)],  # not within a year
        [rising(90, 1.0, days=5)],  # too short to be a trend
        [rising(90, 1.0), []],  # one of two: the other is not measured
        [[*rising(90, 1.0), *[None] * 30]],  # nothing in the last four weeks
    ],
)
def test_without_a_line_that_leads_there_nothing_is_said(courses: list[Sequence[float | None]]) -> None:
    assert gate_on(*courses) is None


def test_an_open_gate_has_no_outlook() -> None:
    assert gate_on(rising(100, 1.0)) is None


def test_what_is_met_today_counts_only_while_its_own_line_keeps_it_met() -> None:
    falling = rising(104, -1.0)  # below 100 after four days
    assert gate_on(falling, rising(97, 1.0)) == TODAY + timedelta(days=3)
    assert gate_on(falling, rising(90, 1.0)) is None


def test_only_the_last_four_weeks_make_the_trend() -> None:
    before = [200.0 - day for day in range(110)]  # it fell for long
    assert gate_on([*before, *rising(90, 1.0, days=28)]) == TODAY + timedelta(days=10)


def test_gaps_do_not_bend_the_line() -> None:
    values: list[float | None] = list(rising(90, 1.0))
    values[-20:-3] = [None] * 17
    assert gate_on(values) == TODAY + timedelta(days=10)


def test_the_slope_of_a_straight_line_is_its_own() -> None:
    assert slope((day, 3.0 + 0.5 * day) for day in range(20)) == pytest.approx(0.5)
    assert slope([(1, 1.0), (9, 2.0)]) is None
    assert slope([(1, 1.0), (2, 2.0), (3, 3.0)]) is None


@given(
    text=st.sampled_from(["100", ">100", "<100", "<=100", "90-110"]),
    value=st.floats(0, 300),
    per_day=st.floats(0.01, 50).map(lambda size: round(size, 2)),
    sign=st.sampled_from([-1, 1]),
)
def test_the_days_met_are_those_that_a_look_at_every_day_finds(
    text: str, value: float, per_day: float, sign: int
) -> None:
    asked, course = goal(text), Course(value, sign * per_day)
    every = [day for day in range(1, FARTHEST + 1) if met(asked, course.after(day), Better.HIGHER)]
    assert days_met(asked, Better.HIGHER, course) == ((every[0], every[-1]) if every else None)
