"""How the documents are to be read, rule by rule, with their own lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from kpi.measure import State
from kpi.quantity import Better
from kpi.standing import Zone
from tests.kpi.cases import BERLIN
from tests.kpi.documents import bakhmach, bakhmach_kpi, document, stand

HIGHER, LOWER = Better.HIGHER, Better.LOWER
GREEN, YELLOW, RED, UNKNOWN = Zone.GREEN, Zone.YELLOW, Zone.RED, Zone.UNKNOWN
PHASES = {f"phase{place}": date(2026, 6 * place, 30) for place in (1, 2)}
PHASES |= {"phase3": date(2027, 6, 30), "phase4": date(2027, 12, 31)}


@pytest.mark.parametrize(
    ("name", "key", "value", "percent", "is_met"),
    [
        # actual / target where more is better, target / actual where less is; nothing at all of it is met
        ("hektor", "website_traffic.website_traffic", 7500, 75, False),
        ("hektor", "enterprise_pipeline.pipeline_velocity", 40, 75, False),
        ("hektor", "enterprise_pipeline.pipeline_velocity", 30, 100, True),
        ("hektor", "community_health.issue_resolution", 60, 80, False),
        ("hektor", "community_health.issue_resolution", 0, None, True),
        ("hektor", "roi.roi", 30.94, 3094 / 31, False),  # shown as 31x, and short of it
        # a zero of what should not be: met at 0, and nothing of it otherwise
        ("inferno", "technical_excellence_metrics.security_vulnerabilities", 0, 100, True),
        ("inferno", "technical_excellence_metrics.security_vulnerabilities", 1, 0, False),
        # exactly at a strict limit is all of the target, and not met
        ("hektor", "community_health.issue_resolution", 48, 100, False),
        ("hektor", "budget_utilization.cost_per_sql", 500, 100, False),
        ("inferno", "quantization_compression.accuracy_retention", 99.5, 100, False),
        ("inferno", "quantization_compression.accuracy_retention", 99.51, 99.51 / 0.995, True),
        # ranges: inside is met; more than 5 % is as well, more than 30 % or 80 % is not
        ("hektor", "lead_generation.conversion_rate", 3, 100, True),
        ("hektor", "lead_generation.conversion_rate", 6, 120, True),
        ("hektor", "lead_generation.conversion_rate", 2.4, 80, False),
        ("hektor", "marketing_efficiency.marketing_percent_of_revenue", 25, 100, True),
        ("hektor", "marketing_efficiency.marketing_percent_of_revenue", 40, 75, False),
        ("inferno", "production_reliability.capacity_utilization", 75, 100, True),
        ("inferno", "production_reliability.capacity_utilization", 80, 100, True),
        ("inferno", "production_reliability.capacity_utilization", 100, 80, False),
        # improvements are what is recorded: 40 is 40 % less, 2 is twice as fast
        ("inferno", "technical_excellence_metrics.inference_speed", 2, 40, False),
        ("inferno", "technical_excellence_metrics.inference_speed", 5, 100, True),
        ("inferno", "technical_excellence_metrics.memory_efficiency", 30, 75, False),
        ("inferno", "technical_excellence_metrics.memory_efficiency", 41, 102.5, True),
        ("inferno", "technical_excellence_metrics.memory_efficiency", -5, 0, False),  # it takes more now
        ("inferno", "optimization_impact_metrics.cpu_utilization", 30, 75, False),
        ("inferno", "optimization_impact_metrics.cpu_utilization", 40, 100, True),
        ("inferno", "optimization_impact_metrics.cache_efficiency", 25, 100, True),
        ("inferno", "optimization_impact_metrics.cache_efficiency", 20, 80, False),
        ("inferno", "quantization_compression.inference_speed_improvement", 4, 80, False),
        ("inferno", "quantization_compression.memory_footprint", 60, 100, True),
        # hours, then minutes, of one line
        ("inferno", "benchmark_infrastructure.benchmark_execution_time", 1.25, 80, False),
    ],
)
def test_percent_and_met(name: str, key: str, value: float, percent: float | None, is_met: bool) -> None:
    framework = document(name)
    found = stand(framework, framework.by_key[key], value, dates=PHASES)
    assert found.percent_of_target == (None if percent is None else pytest.approx(percent, abs=1e-9))
    assert found.met is is_met
    assert (found.zone, found.zone_reason) == (UNKNOWN, f"{framework.title} states no zones")


@pytest.mark.parametrize(
    ("key", "phases"),
    [
        ("core_dashboard.time_to_first_value", (10, 5, 3, 1)),
        ("core_dashboard.dashboard_load_time", (3, 2, 1, 0.5)),
        ("benchmark_infrastructure.benchmark_execution_time", (2, 1, 0.5, 0.25)),
    ],
)
def test_the_last_phase_is_the_strictest_in_one_unit(key: str, phases: tuple[float, ...]) -> None:
    framework = document("inferno")
    kpi = framework.by_key[key]
    for (horizon, deadline), limit in zip(PHASES.items(), phases, strict=True):
        now = datetime(deadline.year, deadline.month, deadline.day, 12, tzinfo=BERLIN)
        found = stand(framework, kpi, limit, now=now, dates=PHASES)
        assert found.target is not None
        assert (found.target.horizon, found.target.goal.value) == (horizon, limit)
        assert (found.percent_of_target, found.met, found.gap) == (100, False, 0)


BAKHMACH = [
    # line, unit, better, value, percent, met, zone
    ("$0", "$", HIGHER, 0, 100, True, GREEN),  # monthly recurring revenue of Q1
    ("$0", "$", HIGHER, 900, 100, True, GREEN),
    ("0", "mentions", HIGHER, 0, 100, True, GREEN),  # press mentions
    ("0", "incidents", LOWER, 0, 100, True, GREEN),
    ("0", "incidents", LOWER, 1, 0, False, RED),
    ("0 critical", "vulnerabilities", LOWER, 2, 0, False, RED),
    ("-20% YoY through optimization", "%", LOWER, -15, 75, False, YELLOW),
    ("-20% YoY through optimization", "%", LOWER, -25, 125, True, GREEN),  # a greater cut beats it
    ("-20% YoY through optimization", "%", LOWER, 3, 0, False, RED),  # a rise
    ("-30% through optimization", "%", LOWER, -30, 100, True, GREEN),
    ("-30% through optimization", "%", LOWER, 0, 0, False, RED),
    ("40%+ latency reduction", "%", HIGHER, 30, 75, False, YELLOW),
    ("40%+ latency reduction", "%", HIGHER, 44, 110, True, GREEN),
    ("<2%", "%", LOWER, 2, 100, False, GREEN),  # churn: all of the target, and not met
    ("<2%", "%", LOWER, 1, 200, True, GREEN),  # better than the target, not half of it
    ("<3%", "%", LOWER, 0, None, True, GREEN),
    ("99.9%+", "%", HIGHER, 89.91, 90, False, GREEN),  # green by the letter, and not achieved
    ("99.9%+", "%", HIGHER, 89.9099, 89.9099 / 0.999, False, YELLOW),
    (">85%", "%", HIGHER, 85, 100, False, GREEN),
    ("$0.0001", "$", LOWER, 0.0002, 50, False, RED),
    ("$100", "$", LOWER, 80, 125, True, GREEN),  # a bare sum of a cost is the most it may be
    ("7/10", "/10", HIGHER, 6.3, 90, False, GREEN),
    ("7/10", "/10", HIGHER, 4.9, 70, False, YELLOW),
    ("7/10", "/10", HIGHER, 4.899, 4.899 / 0.07, False, RED),
]


@pytest.mark.parametrize(("text", "unit_name", "better", "value", "percent", "is_met", "zone"), BAKHMACH)
def test_percent_decides_the_zone_and_met_is_another_column(
    text: str, unit_name: str, better: Better, value: float, percent: float | None, is_met: bool, zone: Zone
) -> None:
    kpi = bakhmach_kpi({"q4": text}, unit_name, better)
    found = stand(bakhmach(kpi), kpi, value)
    assert found.percent_of_target == (None if percent is None else pytest.approx(percent, abs=1e-9))
    assert (found.met, found.zone) == (is_met, zone)


@pytest.mark.parametrize(
    ("value", "a_week_ago", "has_issue", "zone"),
    [
        (1.9, 2.0, False, GREEN),  # fewer errors are the positive trend of what should fall
        (2.0, 2.0, False, YELLOW),
        (2.0, 1.9, False, YELLOW),
        (1.9, 2.0, True, YELLOW),
        (2.5, 4.0, False, YELLOW),  # 80 %: a good trend lifts nothing
        (2.5, 1.0, True, YELLOW),  # and a bad one, or an issue, makes nothing red
        (4.0, 5.0, False, RED),
    ],
)
def test_flat_or_falling_lowers_green_only(
    value: float, a_week_ago: float, has_issue: bool, zone: Zone
) -> None:
    kpi = bakhmach_kpi({"q4": "2%"}, "%", LOWER)
    issues = frozenset({kpi.key} if has_issue else ())
    found = stand(bakhmach(kpi), kpi, value, a_week_ago=a_week_ago, issues=issues)
    assert found.zone is zone
    assert found.trend.change is not None


def test_percent_of_target_and_of_the_way_are_two_numbers() -> None:
    inferno = document("inferno")
    coverage = stand(
        inferno, inferno.by_key["technical_excellence_metrics.test_coverage"], 75, start=None, dates=PHASES
    )
    assert coverage.percent_of_target == pytest.approx(7500 / 95)
    assert coverage.progress == 0
    accuracy = bakhmach_kpi({"q4": "85%"}, "%", HIGHER, baseline=82.0)
    found = stand(bakhmach(accuracy), accuracy, 82)
    assert found.percent_of_target == pytest.approx(8200 / 85)
    assert found.progress == 0


@pytest.mark.parametrize(
    ("day", "horizon", "value"),
    [
        (date(2026, 3, 31), "q1", 24),
        (date(2026, 6, 30), "q2", 12),
        (date(2026, 7, 1), "q4", 4),  # no column for Q3: the next one, and nothing between
        (date(2026, 12, 31), "q4", 4),
    ],
)
def test_code_review_in_the_third_quarter_has_the_target_of_the_fourth(
    day: date, horizon: str, value: float
) -> None:
    kpi = bakhmach_kpi({"q1": "<24 hours", "q2": "<12 hours", "q4": "<4 hours"}, "hours", LOWER)
    now = datetime(day.year, day.month, day.day, 23, 59, tzinfo=BERLIN)
    found = stand(bakhmach(kpi), kpi, 12, now=now, start=date(2026, 1, 2))
    assert found.target is not None
    assert (found.target.horizon, found.target.goal.value, found.target.deadline) == (
        horizon,
        value,
        {"q1": date(2026, 3, 31), "q2": date(2026, 6, 30), "q4": date(2026, 12, 31)}[horizon],
    )


def test_churn_asks_for_nothing_in_the_first_quarter() -> None:
    kpi = bakhmach_kpi({"q1": "N/A", "q2": "5%", "q3": "3%", "q4": "<2%"}, "%", LOWER)
    found = stand(bakhmach(kpi), kpi, 9, now=datetime(2026, 2, 1, 12, tzinfo=BERLIN), start=date(2026, 1, 2))
    assert (found.met, found.percent_of_target, found.zone) == (None, None, UNKNOWN)
    assert found.zone_reason == "no target applies at Q1"


def test_day_90_has_no_date_before_somebody_sets_the_start() -> None:
    hektor = document("hektor")
    kpi = hektor.by_key["primary_metrics_north_star.github_stars"]
    found = stand(hektor, kpi, 1234, start=None)
    assert found.target is not None
    assert (found.target.deadline, found.pace, found.percent_of_target) == (None, None, 24.68)


def test_a_chain_without_labels_has_dates_when_its_owner_sets_them() -> None:
    kpi = bakhmach_kpi({"stage1": "$0", "stage2": "$60K", "stage3": "$600K"}, "$", HIGHER)
    undated = stand(bakhmach(kpi), kpi, 30_000)
    dates = {"stage1": date(2026, 3, 31), "stage2": date(2026, 6, 30), "stage3": date(2026, 12, 31)}
    dated = stand(bakhmach(kpi), kpi, 30_000, dates=dates)
    assert undated.target is not None
    assert dated.target is not None
    assert (undated.target.horizon, undated.target.deadline) == ("stage1", None)
    assert (dated.target.horizon, dated.percent_of_target) == ("stage3", 5)


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("hektor", "social_media_reach.impressions", "top_of_funnel_awareness.content_impressions"),
        (
            "hektor",
            "middle_of_funnel_consideration.benchmark_page_views",
            "feature_comparison_traffic.benchmark_page_views",
        ),
        (
            "inferno",
            "core_dashboard.feature_adoption_rate",
            "customer_success_metrics.feature_adoption_rate",
        ),
        ("inferno", "development_efficiency_metrics.build_time", "build_deployment.build_time"),
    ],
)
def test_what_sounds_alike_is_read_apart(name: str, one: str, other: str) -> None:
    framework = document(name)
    entered = stand(framework, framework.by_key[one], 5)
    assert entered.value == 5
    assert framework.by_key[one].targets != framework.by_key[other].targets
    assert stand(framework, framework.by_key[other], None).state is State.NO_DATA


def test_a_score_out_of_ten_is_not_a_promoter_score() -> None:
    hektor = document("hektor")
    community = stand(hektor, hektor.by_key["community_health.community_satisfaction"], 8)
    love = stand(hektor, hektor.by_key["success_definition.developer_love"], 8)
    assert (community.met, community.percent_of_target) == (True, 100)
    assert (love.met, love.percent_of_target) == (False, 16)


@pytest.mark.parametrize(
    ("key", "value", "points"),
    [("organic_search", 37, -3), ("social_media", 34.5, 4.5), ("direct", 20, 0), ("referral", 0, -10)],
)
def test_a_planned_mix_is_told_in_points_and_never_passes(key: str, value: float, points: float) -> None:
    hektor = document("hektor")
    kpi = hektor.by_key[f"traffic_sources.{key}"]
    found = stand(hektor, kpi, value)
    assert (found.gap, found.met, found.percent_of_target) == (points, None, None)
    assert not kpi.scored
    zoned = stand(replace(hektor, zones=bakhmach().zones), kpi, value)
    assert zoned.zone is UNKNOWN
    assert zoned.zone_reason.endswith("is a planned share: nothing passes or fails")


@pytest.mark.parametrize("name", ["hektor", "inferno"])
def test_what_was_never_measured_is_nowhere_a_zero(name: str) -> None:
    framework = document(name)
    for kpi in framework.kpis:
        found = stand(framework, kpi, None)
        assert (found.state, found.value, found.met, found.gap) == (State.NO_DATA, None, None, None), kpi.key
        assert (found.percent_of_target, found.zone, found.age) == (None, UNKNOWN, None), kpi.key


def test_zones_belong_to_the_framework_that_states_them() -> None:
    inferno = document("inferno")
    kpi = inferno.by_key["core_dashboard.feature_adoption_rate"]
    assert stand(inferno, kpi, 20).zone is UNKNOWN
    assert stand(replace(inferno, zones=bakhmach().zones), kpi, 20).zone is RED
