"""Places of the Bakhmach document that are easily read wrong."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from kpi.calendar import Plan
from kpi.framework import Framework, Kpi
from kpi.horizon import target_in_force
from kpi.quantity import parse_value, print_goal, print_value
from kpi.scoring import met, percent_of_target


def at(framework: Framework, line: int) -> Kpi:
    (kpi,) = [kpi for kpi in framework.kpis if kpi.line == line]
    return kpi


@pytest.mark.parametrize(("line", "name"), [(46, "Uptime %"), (120, "Monthly Recurring Revenue")])
def test_rows_glued_to_their_separator_are_kpis(line: int, name: str, bakhmach: Framework) -> None:
    kpi = at(bakhmach, line)
    assert kpi.name == name
    assert list(kpi.targets) == ["q1", "q2", "q3", "q4"]


@pytest.mark.parametrize("line", [123, 124, 125])
def test_not_applicable_is_no_target(line: int, bakhmach: Framework) -> None:
    first = at(bakhmach, line).targets["q1"]
    assert (first.goal.value, first.goal.text) == (None, "N/A")
    assert not first.is_applicable


@pytest.mark.parametrize(
    ("line", "horizon", "value", "is_met", "percent"),
    [
        (125, "q4", 2, False, 100),  # <2%: exactly 2% is not met
        (125, "q4", 1, True, 200),
        (125, "q2", 5, True, 100),  # a bare 5% means at most
        (21, "steady", -25, True, 125),  # a cut of 25% beats -20%
        (21, "steady", -15, False, 75),
        (21, "steady", 4, False, 0),
        (59, "steady", -30, True, 100),
        (58, "stage3", 0.0002, False, 50),
        (47, "q4", 100, False, 100),
        (30, "q1", 82, False, pytest.approx(96.47, abs=0.01)),  # still at its baseline
        (46, "q4", 89.91, False, 90),
        (120, "q1", 0, True, 100),
        (145, "stage1", 0, True, 100),
        (169, "steady", 0, True, 100),
        (169, "steady", 1, False, 0),
        (157, "steady", 1, False, 0),
        (18, "q4", 9, True, 100),
        (33, "q4", 7, None, None),  # Continuous: a person judges
        (175, "q3", 2026, None, None),
    ],
)
def test_values_against_targets(
    line: int, horizon: str, value: float, is_met: bool | None, percent: float | None, bakhmach: Framework
) -> None:
    kpi = at(bakhmach, line)
    goal = kpi.targets[horizon].goal
    assert met(goal, value, kpi.better) is is_met
    assert percent_of_target(goal, value, kpi.better) == percent


@pytest.mark.parametrize(
    ("line", "horizon", "shown"),
    [
        (58, "stage3", "≤ $0.0001"),
        (52, "stage3", "≥ 500,000 users"),
        (130, "stage3", "≥ $600,000"),
        (71, "month12", "≥ 75"),
        (164, "stage3", "< 5 min"),
        (21, "steady", "≤ −20% YoY through optimization"),
        (88, "steady", "baseline establishment"),
    ],
)
def test_targets_print_whole(line: int, horizon: str, shown: str, bakhmach: Framework) -> None:
    kpi = at(bakhmach, line)
    assert print_goal(kpi.targets[horizon].goal, kpi.unit) == shown


def test_a_tenth_of_a_mill_is_not_printed_as_nothing(bakhmach: Framework) -> None:
    assert print_value(0.0001, at(bakhmach, 58).unit) == "$0.0001"


@pytest.mark.parametrize(
    ("line", "entry", "value"),
    [(14, "90 min", 1.5), (39, "1 hour", 60), (47, "0.2 s", 200), (21, "-18%", -18), (120, "$5.2K", 5200)],
)
def test_people_enter_values_as_they_speak(line: int, entry: str, value: float, bakhmach: Framework) -> None:
    assert parse_value(entry, at(bakhmach, line).unit) == value


@pytest.mark.parametrize(
    ("line", "today", "horizon"),
    [
        (14, date(2026, 7, 1), "q4"),  # no Q3 in its table: nothing is interpolated
        (46, date(2026, 7, 1), "q3"),
        (125, date(2026, 2, 1), "q1"),  # N/A in its turn, so that nothing is asked early
        (125, date(2026, 4, 1), "q2"),
        (67, date(2026, 2, 15), "month3"),
        (136, date(2026, 1, 2), "month9"),
        (52, date(2026, 12, 31), "stage1"),  # no date is set: it is never past
        (155, date(2027, 1, 1), "steady"),
    ],
)
def test_the_target_in_force(line: int, today: date, horizon: str, bakhmach: Framework) -> None:
    plan = Plan(date(2026, 1, 1), ZoneInfo("Europe/Berlin"))
    found = target_in_force(at(bakhmach, line), bakhmach, plan, today)
    assert found is not None
    assert found.horizon == horizon


@pytest.mark.parametrize(
    ("alias", "line"),
    [
        ("uptime", 46),
        ("mrr", 120),
        ("arr", 130),
        ("churn", 125),
        ("cac", 123),
        ("ltv", 124),
        ("nps", 71),
        ("dau", 68),
        ("retention", 70),
        ("stars", 142),
        ("forks", 143),
        ("mttr", 164),
        ("members", 99),
        ("phi", 88),
        ("soc2", 175),
    ],
)
def test_aliases_people_type(alias: str, line: int, bakhmach: Framework) -> None:
    assert [kpi.line for kpi in bakhmach.kpis if alias in kpi.aliases] == [line]


def test_no_alias_takes_a_name_that_fits_two(bakhmach: Framework) -> None:
    aliases = {alias.casefold() for kpi in bakhmach.kpis for alias in kpi.aliases}
    names = {kpi.name.casefold() for kpi in bakhmach.kpis}
    assert not aliases & names
    shared = {
        "coverage",
        "latency",
        "velocity",
        "engagement",
        "code review",
        "response time",
        "resolution time",
    }
    assert not aliases & shared


def test_namesakes_are_apart(bakhmach: Framework) -> None:
    coverage = [kpi.key for kpi in bakhmach.kpis if kpi.name == "Test Coverage"]
    users = [kpi.key for kpi in bakhmach.kpis if kpi.name == "Active Users"]
    assert coverage == ["performance_metrics.test_coverage", "code_quality.test_coverage"]
    assert users == ["adoption_metrics.active_users", "community_size_engagement.active_users"]


def test_only_the_cohort_of_thirty_days_matures(bakhmach: Framework) -> None:
    assert {kpi.line: kpi.matures.days for kpi in bakhmach.kpis if kpi.matures} == {70: 31}
