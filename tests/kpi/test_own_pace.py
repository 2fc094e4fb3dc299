"""The pace a document calls success, with HEKTOR's North Star: met does not prove the target met."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from kpi.framework import Kpi, Target
from kpi.own_pace import OwnPace
from kpi.quantity import Better, parse_goal
from kpi.standing import standing
from kpi.unit import unit
from tests.kpi.cases import NOON, TODAY, context_of, daily, framework_of, kpi_of
from tests.kpi.documents import document, stand

HEKTOR = document("hektor")
STARS = HEKTOR.by_key["primary_metrics_north_star.github_stars"]
EVALUATORS = HEKTOR.by_key["primary_metrics_north_star.active_evaluators"]
PIPELINE = HEKTOR.by_key["primary_metrics_north_star.pipeline_value"]


def pace_of(kpi: Kpi, *, gained: float, value: float, start: date = TODAY) -> OwnPace:
    """The own pace after a week that gained so much and ended at `value`."""
    found = stand(HEKTOR, kpi, value, a_week_ago=value - gained, start=start).own_pace
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("kpi", "a_day", "is_met", "reaches"),
    [
        (STARS, 55.0, True, 4950.0),  # within the range, and 50 short after 90 days
        (STARS, 60.0, True, 5400.0),
        (STARS, 70.0, True, 6300.0),  # more is better
        (STARS, 54.0, False, 4860.0),
        (EVALUATORS, 1.0, True, 90.0),
        (EVALUATORS, 2.0, True, 180.0),
        (PIPELINE, 11_000.0, True, 990_000.0),
        (PIPELINE, 12_000.0, True, 1_080_000.0),
        (PIPELINE, 10_999.0, False, 989_910.0),
    ],
)
def test_a_pace_that_is_met_does_not_prove_the_target_met(
    kpi: Kpi, a_day: float, is_met: bool, reaches: float
) -> None:
    found = pace_of(kpi, gained=7 * a_day, value=0)  # on Day 0, from nothing
    target = kpi.targets["day90"].goal.value
    assert target is not None
    assert (found.rate, found.met, found.reaches) == (a_day, is_met, reaches)
    assert found.enough is (reaches >= target)


def test_what_was_reached_before_counts() -> None:
    found = pace_of(STARS, gained=7 * 55, value=50)
    assert (found.met, found.reaches, found.enough) == (True, 5000, True)


def test_late_in_the_plan_a_pace_that_is_met_is_not_enough() -> None:
    found = pace_of(STARS, gained=7 * 58, value=1234, start=TODAY - timedelta(days=80))
    assert (found.rate, found.met, found.reaches, found.enough) == (58, True, 1234 + 580, False)


@pytest.mark.parametrize("days", [90, 91, 300])
def test_on_the_last_day_the_value_is_what_is_reached(days: int) -> None:
    found = pace_of(STARS, gained=7 * 58, value=1234, start=TODAY - timedelta(days=days))
    assert (found.reaches, found.enough) == ((1234, False) if days == 90 else (None, None))


def test_without_a_week_to_compare_there_is_no_rate() -> None:
    found = stand(HEKTOR, STARS, 1234).own_pace
    assert found is not None
    assert (found.rate, found.met, found.reaches, found.enough) == (None, None, None, None)
    assert found.goal.text == "55-60 stars/day average"


def test_a_document_without_a_pace_has_none() -> None:
    kpi = HEKTOR.by_key["website_traffic.website_traffic"]
    assert stand(HEKTOR, kpi, 5000, a_week_ago=4000).own_pace is None


def with_pace(measure: str, pace: str, pace_unit: str, *, unit_name: str) -> Kpi:
    kpi = kpi_of({"day90": "10,000"}, unit_name=unit_name, measure=measure)
    goal = parse_goal(pace, unit=unit(pace_unit), better=Better.HIGHER)
    return replace(kpi, pace=Target("day90", goal, unit(pace_unit)))


@pytest.mark.parametrize(
    ("measure", "unit_name", "pace", "pace_unit", "rate", "reaches"),
    [
        # an amount of some days stays what a day of them brings
        ("sum(site.visitors, 30d)", "visitors", "300+/day", "visitors/day", 320, 9600),
        ("sum(site.visitors, 7d)", "visitors", "2,000+/week", "visitors/week", 2240, 2240),
        # a running total grows by it
        ("sum(site.visitors, all)", "visitors", "300+/day", "visitors/day", 320, 320 * 46),
        ("rate(site.visitors, 7d)", "visitors/day", "2,000+/week", "visitors/week", 2240, 320),
        # a pace of something else than the KPI has no rate
        ("sum(site.visitors, all)", "visitors", "$5/day", "$/day", None, 320 * 46),
    ],
)
def test_a_day_s_worth_is_told_in_the_unit_of_the_pace(
    measure: str, unit_name: str, pace: str, pace_unit: str, rate: float | None, reaches: float
) -> None:
    kpi = with_pace(measure, pace, pace_unit, unit_name=unit_name)
    visitors = daily("site.visitors", [320.0] * 40)
    found = standing(kpi, context_of(framework_of(kpi), visitors)).own_pace
    assert found is not None
    assert (found.rate, found.reaches) == (rate, reaches)


def test_an_entry_for_some_days_does_not_say_which() -> None:
    kpi = with_pace("sum(site.visitors, 30d)", "300+/day", "visitors/day", unit_name="visitors")
    entered = daily(f"entry.hektor.{kpi.key}", [9000.0] * 7 + [9600.0] * 7)
    found = standing(kpi, context_of(framework_of(kpi), entered, now=NOON)).own_pace
    assert found is not None
    assert (found.rate, found.reaches) == (None, None)
