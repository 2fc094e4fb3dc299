"""HEKTOR against its document: every line that states a target is looked up, and every target in its line."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from kpi.framework import Framework
from kpi.framework_report import findings
from tests.kpi.frameworks.conftest import document_lines

LINES = document_lines("hektor")
LAST_LINE_OF_KPIS = 198
NO_TARGETS = ("Why", "Measurement", "Success", "Current", "Channels", "Key Pages", "Indicates", "Mentions")


def stated() -> list[int]:
    """The lines that state a KPI: labels with a text, numbered entries and bullets."""
    found = []
    for number, line in enumerate(LINES[: LAST_LINE_OF_KPIS + 1]):
        label = re.match(r"(?:\d\. )?\*\*(.+?)\*\*: ", line)
        if re.match(r"(?:- |\d\. (?!\*))", line) or (label and label[1] not in NO_TARGETS):
            found.append(number)
    return found


def test_every_stated_line_has_its_kpi(hektor: Framework) -> None:
    # A numbered heading of the North Star is the KPI of the target line below it.
    covered = {kpi.line for kpi in hektor.kpis} | {
        kpi.line + 1 for kpi in hektor.kpis if LINES[kpi.line].startswith("###")
    }
    assert [line for line in stated() if line not in covered] == []


def test_every_target_stands_in_its_line_as_written(hektor_json: dict[str, Any]) -> None:
    for kpi in hektor_json["kpis"]:
        below = 5 if LINES[kpi["line"]].startswith("###") else 1
        around = "\n".join(LINES[kpi["line"] : kpi["line"] + below])
        for target in kpi["targets"]:
            assert target["text"] in around, kpi["key"]


def test_every_name_stands_in_the_document(hektor: Framework) -> None:
    text = "\n".join(LINES)
    own_names = {  # lines that hold two KPIs, or a total without a name of its own
        "GitHub stars per week",
        "GitHub forks per week",
        "Bounce Rate (docs)",
        "Bounce Rate (blog)",
        "Content impressions",
        "Qualified content views",
        "Qualified views",
        "Closed by Month 6",
    }
    assert {kpi.name for kpi in hektor.kpis if kpi.name not in text} <= own_names


def test_sections_are_the_headings_above(hektor: Framework) -> None:
    for kpi in hektor.kpis:
        headings = [line.lstrip("# ") for line in LINES[: kpi.line] if re.match(r"##+ (?!\d)", line)]
        assert headings[-1] == kpi.section.split(" > ")[-1]


def test_counts_by_section(hektor: Framework, hektor_json: dict[str, Any]) -> None:
    kpis = Counter(kpi.section.split(" > ")[0] for kpi in hektor.kpis)
    targets = Counter[str]()
    for kpi in hektor_json["kpis"]:
        targets[kpi["section"].split(" > ")[0]] += len(kpi["targets"])
    assert {section: (count, targets[section]) for section, count in kpis.items()} == {
        "Primary Metrics (North Star)": (3, 6),
        "Awareness Metrics": (6, 6),
        "Engagement Metrics": (13, 13),
        "Conversion Metrics": (12, 12),
        "Content Metrics": (15, 3),
        "Channel Attribution": (13, 13),
        "Quality Metrics": (13, 13),
        "Financial Metrics": (13, 13),
        "Competitive Metrics": (5, 4),
        "Success Definition": (1, 1),
    }
    assert (len(hektor.kpis), sum(targets.values())) == (94, 84)


def test_counts_by_nature(hektor: Framework, hektor_json: dict[str, Any]) -> None:
    targets = [target for kpi in hektor_json["kpis"] for target in kpi["targets"]]
    assert Counter(target["op"] == "words" for target in targets) == {False: 78, True: 6}
    assert sum(not kpi["targets"] for kpi in hektor_json["kpis"]) == 13
    left_out = [kpi for kpi in hektor.kpis if not kpi.scored]
    mix = [kpi for kpi in left_out if kpi.section.endswith("Traffic Sources")]
    assert (len(left_out) - len(mix), len(mix)) == (9, 4)


TRAPS = [
    ("primary_metrics_north_star.github_stars", "day90", ">=", 5000, None, "stars"),
    ("primary_metrics_north_star.github_stars", "steady", "between", 55, 60, "stars/day"),
    ("primary_metrics_north_star.active_evaluators", "steady", ">=", 1, None, "evaluators/day"),
    ("primary_metrics_north_star.pipeline_value", "day90", ">=", 1_000_000, None, "$"),
    ("primary_metrics_north_star.pipeline_value", "steady", ">=", 11_000, None, "$/day"),
    ("social_media_reach.impressions", "steady", ">=", 500_000, None, "impressions"),
    ("content_performance.email_open_rate", "steady", ">=", 30, None, "%"),
    ("developer_activity.github_stars_per_week", "steady", ">=", 50, None, "stars/week"),
    ("developer_activity.github_forks_per_week", "steady", ">=", 10, None, "forks/week"),
    ("lead_generation.conversion_rate", "steady", "between", 3, 5, "%"),
    ("developer_conversion.signup_first_query", "steady", ">=", 60, None, "%"),
    ("enterprise_pipeline.pipeline_velocity", "steady", "<=", 30, None, "days"),
    ("enterprise_pipeline.win_rate", "steady", "words", None, None, "%"),
    ("top_of_funnel_awareness.content_impressions", "day90", ">=", 50_000, None, "impressions/month"),
    ("traffic_sources.organic_search", "steady", "==", 40, None, "%"),
    ("top_referrers_target.hacker_news", "steady", "words", None, None, ""),
    ("social_media_performance.linkedin", "steady", ">=", 60, None, "%"),
    ("content_quality.bounce_rate_docs", "steady", "<", 60, None, "%"),
    ("content_quality.bounce_rate_blog", "steady", "<", 70, None, "%"),
    ("content_quality.pages_per_session", "steady", ">=", 2.5, None, "pages/session"),
    ("community_health.response_time", "steady", "<", 4, None, "hours"),
    ("community_health.community_satisfaction", "steady", ">=", 8, None, "/10"),
    ("marketing_efficiency.cac_customer_acquisition_cost", "steady", "<", 5000, None, "$"),
    ("marketing_efficiency.ltv_cac_ratio", "steady", ">=", 5, None, ":1"),
    ("marketing_efficiency.payback_period", "steady", "<", 12, None, "months"),
    ("marketing_efficiency.marketing_percent_of_revenue", "steady", "between", 20, 30, "%"),
    ("budget_utilization.total_90_day_budget", "day90", "<=", 32_000, None, "$"),
    ("roi.roi", "steady", ">=", 31, None, "x"),
    ("roi.conversion_assumed", "steady", ">=", 20, None, "%"),
    ("roi.closed_by_month_6", "month6", ">=", 200_000, None, "$"),
    ("feature_comparison_traffic.hektor_vs_competitor_searches", "steady", ">=", 50, None, "searches/month"),
    ("success_definition.developer_love", "steady", ">=", 50, None, ""),
]


@pytest.mark.parametrize(("key", "horizon", "op", "value", "high", "unit"), TRAPS)
def test_tricky_cells(
    key: str,
    horizon: str,
    op: str,
    value: float | None,
    high: float | None,
    unit: str,
    hektor_json: dict[str, Any],
) -> None:
    (kpi,) = [kpi for kpi in hektor_json["kpis"] if kpi["key"] == key]
    (target,) = [target for target in kpi["targets"] if target["horizon"] == horizon]
    assert (target["op"], target["value"], target["high"], target["unit"]) == (op, value, high, unit)


def test_a_pace_is_never_a_target_in_force(hektor: Framework) -> None:
    stars = hektor.by_key["primary_metrics_north_star.github_stars"]
    assert list(stars.targets) == ["day90"]
    assert stars.pace is not None
    assert stars.pace.unit.name == "stars/day"


def test_cohorts_mature_and_deals_need_their_history(hektor: Framework) -> None:
    """Lines 78 to 81 state the days of the cohorts, line 87 the data that Win Rate needs. Who is active on a
    seventh day, or a thirtieth, is known when that day is over."""
    cohorts = {kpi.line: kpi.matures.days for kpi in hektor.kpis if kpi.matures and 78 <= kpi.line <= 81}
    assert cohorts == {78: 7, 79: 8, 80: 31, 81: 31}
    assert {kpi.line: kpi.history.days for kpi in hektor.kpis if kpi.history} == {87: 90}
    assert not any(kpi.rhythm for kpi in hektor.kpis)


def test_stars_means_the_north_star_alone(hektor: Framework) -> None:
    assert [kpi.key for kpi in hektor.kpis if "stars" in kpi.aliases] == [
        "primary_metrics_north_star.github_stars"
    ]
    assert hektor.by_key["primary_metrics_north_star.github_stars"].measure == "last(github.stars)"


def test_rules_are_those_of_the_document(hektor: Framework) -> None:
    assert (hektor.zones, hektor.gates) == ((), ())
    assert Counter(rule.severity for rule in hektor.alerts) == {"critical": 3, "warning": 3, "celebrate": 4}
    assert [report.cadence for report in hektor.reports] == ["daily", "weekly", "monthly", "quarterly"]
    assert [len(dashboard.items) for dashboard in hektor.dashboards] == [5, 5, 5]
    assert (len(hektor.funnels), len(hektor.attribution)) == (9, 5)
    assert Counter(item.group for item in hektor.success) == {"90-Day Success": 5, "Beyond Numbers": 4}
    assert [item.is_judged for item in hektor.success] == [False] * 5 + [True] * 4


def test_rules_stand_in_their_lines_as_written(hektor: Framework) -> None:
    written: list[Any] = [*hektor.alerts, *hektor.reports, *hektor.success]
    written += [item for dashboard in hektor.dashboards for item in dashboard.items]
    assert [rule.text for rule in written if rule.text not in LINES[rule.line]] == []
    assert hektor.governance.principle in LINES[hektor.governance.line]


def test_findings_name_what_cannot_all_hold(hektor: Framework) -> None:
    told = "\n".join(findings(hektor))
    for figure in ("4,950", "90 evaluators", "$990,000", "$5,000 per opportunity", "$3,200", "16%", "643"):
        assert figure in told
    # The arithmetic behind the figures that the author of the file wrote down.
    assert 500 / 0.10 == 5000
    assert 32_000 / 10 == 3200
    assert 32_000 / 200_000 == 0.16
    assert round(50 * 90 / 7) == 643


def test_no_mojibake_is_left(hektor_json: dict[str, Any]) -> None:
    assert not re.search("[âðÃ]", str(hektor_json))
