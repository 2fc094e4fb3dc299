"""What Bakhmach states beside its KPIs: zones, reports, dashboards, reviews, tasks, contradictions."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from kpi.framework import Framework, kpi_key
from kpi.framework_report import findings
from kpi.trend import Trend
from kpi.zone import zone_of
from tests.kpi.frameworks.conftest import document_lines

LINES = document_lines("bakhmach")


def test_rules_are_those_of_the_document(bakhmach: Framework) -> None:
    assert (bakhmach.gates, bakhmach.funnels, bakhmach.attribution, bakhmach.success) == ((), (), (), ())
    cadences = ["daily", "weekly", "monthly", "quarterly", "yearly"]
    assert [report.cadence for report in bakhmach.reports] == cadences
    assert [len(dashboard.items) for dashboard in bakhmach.dashboards] == [4, 4, 3, 5, 3]


@pytest.mark.parametrize(
    ("percent", "trend", "zone"),
    [
        ("120", Trend.BETTER, "green"),
        ("90", Trend.BETTER, "green"),
        ("90", Trend.FLAT, "yellow"),
        ("95", Trend.WORSE, "yellow"),
        ("89.99", Trend.BETTER, "yellow"),
        ("70", Trend.WORSE, "yellow"),
        ("69.99", Trend.BETTER, "red"),
        ("0", Trend.WORSE, "red"),
    ],
)
def test_zones(percent: str, trend: Trend, zone: str, bakhmach: Framework) -> None:
    share = Fraction(percent) / 100
    assert zone_of(share, bakhmach.zones, trend=trend, has_critical_issue=False)[0] == zone


def test_zones_say_all_that_the_document_says(bakhmach: Framework) -> None:
    for zone in bakhmach.zones:
        stated = [re.sub(r"^\W*\*\*|\*\*|^- ", "", line) for line in LINES[zone.line : zone.line + 4]]
        assert zone.text == f"{stated[0]}: {'. '.join(stated[1:])}."


def test_rules_stand_in_their_lines_as_written(bakhmach: Framework) -> None:
    governance = bakhmach.governance
    written: list[Any] = [*bakhmach.reports, *bakhmach.alerts, *governance.reviews, *governance.tasks]
    assert [rule.text for rule in written if rule.text not in LINES[rule.line]] == []
    assert [one.title for one in governance.reviews if one.title not in LINES[one.line]] == []


def test_dashboards_show_the_items_of_their_lines(bakhmach: Framework) -> None:
    for dashboard in bakhmach.dashboards:
        title, items = LINES[dashboard.line].split("**: ")
        assert title.endswith(dashboard.title)
        assert [item.text for item in dashboard.items] == re.split(", ", items)
        assert {item.line for item in dashboard.items} == {dashboard.line}


def test_words_without_a_kpi_tell_how_they_are_read(bakhmach: Framework) -> None:
    noted = [item.text for dashboard in bakhmach.dashboards for item in dashboard.items if item.note]
    unnamed = ["Uptime", "latency", "coverage", "engagement", "contributions", "Revenue", "costs"]
    assert noted == unnamed
    assert all(item.kpis for dashboard in bakhmach.dashboards for item in dashboard.items)


def test_real_time_alerts_are_those_of_the_red_zone(bakhmach: Framework) -> None:
    (alert,) = bakhmach.alerts
    assert alert.when is not None
    assert (alert.severity, alert.when.zone, alert.when.becomes) == ("critical", "any", "red")
    assert alert.note


def test_governance(bakhmach: Framework) -> None:
    governance = bakhmach.governance
    assert governance.owner == "Analytics Team"
    assert (governance.updated, governance.next_review) == (date(2026, 1, 2), date(2026, 2, 2))
    assert Counter(review.cadence for review in governance.reviews) == {
        "weekly": 1,
        "monthly": 2,
        "quarterly": 2,
        "yearly": 1,
    }


def test_every_domain_has_its_owner(bakhmach: Framework) -> None:
    domains = {
        " > ".join(kpi.section.split(" > ")[:2])
        for kpi in bakhmach.kpis
        if kpi.section.startswith("Domain-Level Metrics > ")
    }
    assert set(bakhmach.governance.owners) == domains
    assert len(domains) == 5


def test_tasks_name_their_kpi_and_when_they_are_due(bakhmach: Framework) -> None:
    tasks = {task.line: task for task in bakhmach.governance.tasks}
    assert {line: task.due for line, task in tasks.items()} == {
        88: "",
        136: "month9",
        171: "q1",
        172: "",
        175: "2026-09-30",
    }
    assert tasks[172].cadence == "quarterly"
    assert all(bakhmach.by_key[task.kpi].line == line for line, task in tasks.items())


def test_keys_are_made_of_heading_and_name(bakhmach: Framework) -> None:
    assert all(kpi.key == kpi_key(kpi.section, kpi.name) for kpi in bakhmach.kpis)
    assert len(bakhmach.by_key) == 95


@pytest.mark.parametrize(
    ("lines", "figures"),
    [
        ("5, 79", ()),
        ("14, 107", ("<4 hours", "<24 hours")),
        ("15, 155", ("60%", "90%+")),
        ("21, 59", ("20%", "30%")),
        ("99, 100, 102", ("68%", "66.7%")),
        ("120, 130", ("$60K", "$600K", "$180K")),
        ("120, 131", ("44%", "49%", "40%")),
        ("130, 138", ("0.3",)),
    ],
)
def test_findings_name_what_cannot_all_hold(
    lines: str, figures: tuple[str, ...], bakhmach: Framework
) -> None:
    (told,) = [finding for finding in findings(bakhmach) if finding.startswith(f"Lines {lines}: ")]
    assert [figure for figure in figures if figure not in told] == []


def targets(framework: Framework, key: str) -> list[float]:
    """The numbers a KPI asks for, one a horizon."""
    return [target.goal.value or 0.0 for target in framework.by_key[key].targets.values()]


def test_the_arithmetic_of_the_community_table(bakhmach: Framework) -> None:
    """Behind the findings: what does agree is not told as a clash."""
    table = "community_size_engagement"
    members, active, contributors, rate, contributed = (
        targets(bakhmach, f"{table}.{name}")
        for name in (
            "total_members",
            "active_users",
            "contributors",
            "monthly_active_rate",
            "contribution_rate",
        )
    )
    assert [round(100 * one / whole, 1) for one, whole in zip(active, members, strict=True)] == [
        60,
        66.7,
        66.7,
        70,
    ]
    assert rate == [60, 65, 68, 70]
    assert [100 * one / whole for one, whole in zip(contributors, members, strict=True)] == contributed


def test_the_arithmetic_of_the_revenue(bakhmach: Framework) -> None:
    mrr, tier_2, tier_3 = (
        targets(bakhmach, f"financial_metrics.{name}")
        for name in (
            "monthly_recurring_revenue",
            "revenue_from_tier_2_members",
            "revenue_from_tier_3_members",
        )
    )
    assert [sum(tiers) for tiers in zip(tier_2, tier_3, strict=True)] == mrr
    arr = targets(bakhmach, "revenue_growth.annual_recurring_revenue_arr")
    assert arr == [12 * mrr[quarter] for quarter in (0, 1, 3)]
    assert 12 * mrr[2] == 180_000
    assert [round(100 * ((later / now) ** (1 / 3) - 1)) for now, later in ((5, 15), (15, 50))] == [44, 49]
    assert 60 / 200 == 0.3
