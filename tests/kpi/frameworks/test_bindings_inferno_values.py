"""What Inferno's KPIs read, in their own units, over series whose answer is worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from kpi.framework import Framework
from kpi.measure import State
from kpi.metric import Series
from tests.kpi.frameworks.binding import daily, now, reading, steady

DAYS = 40  # more than any window of 30 days that ends 8 days ago


def gauge(name: str, value: float) -> Series:
    return now(f'otlp.level{{name="{name}"}}', value)


def flow(query: str, values: Sequence[float | None], source: str = "prometheus") -> Series:
    return daily(f'{source}.flow{{query="{query}"}}', values)


def funnel(name: str, began: Sequence[float | None], done: Sequence[float | None]) -> list[Series]:
    """Those who began on each day, and those of them who finished; the newest day is the one 9 days ago."""
    return [
        daily(f'mixpanel.funnel_users{{funnel="{name}",step="{step}"}}', values, ending=9)
        for step, values in (("1", began), ("2", done))
    ]


def scanning(**by_severity: float) -> list[Series]:
    return [
        now(f'github.code_scanning_alerts{{severity="{one}"}}', value) for one, value in by_severity.items()
    ]


def run(workflow: str, seconds: float, days: int = 30) -> Series:
    return steady(f'github.workflow_duration{{workflow="{workflow}"}}', seconds, days)


MONTH = 30.436875  # days of the mean month
VALUES = [
    ("primary_business_metrics.developer_adoption", [daily("mixpanel.active_users_30d", [900, 1200])], 1200),
    ("primary_business_metrics.enterprise_customers", [now("hubspot.customers", 7)], 7),
    (
        "primary_business_metrics.revenue_arr",
        [now('stripe.arr{currency="usd"}', 120_000), now('stripe.arr{currency="eur"}', 9_000)],
        120_000,
    ),
    (
        "primary_business_metrics.platform_availability",
        [daily('web.up{url="https://acme.dev"}', [1] * 29 + [0])],
        100 * 29 / 30,
    ),
    (
        "primary_business_metrics.performance_vs_competitors",
        [now('reports.speedup{report="competitors",benchmark="inferno"}', 2.5)],
        2.5,
    ),
    (
        "technical_excellence_metrics.memory_efficiency",
        [gauge("inference_memory", 6e8), gauge("inference_memory_baseline", 1e9)],
        40,
    ),
    ("technical_excellence_metrics.test_coverage", [now("codecov.coverage", 0.87)], 87),
    (
        "technical_excellence_metrics.bug_density",
        [now("sonarqube.bugs", 30), now("sonarqube.lines", 60_000)],
        0.5,
    ),
    (  # 5 alerts of code scanning have no severity: they are none of security
        "technical_excellence_metrics.security_vulnerabilities",
        [
            now('github.dependabot_alerts{severity="critical"}', 0),
            now('github.dependabot_alerts{severity="low"}', 2),
            *scanning(critical=0, high=1, medium=0, low=3, none=5),
        ],
        6,
    ),
    (
        "benchmark_infrastructure.benchmark_coverage",
        [gauge("benchmarked_pairs", 45), gauge("supported_pairs", 50)],
        90,
    ),
    (
        "benchmark_infrastructure.benchmark_execution_time",
        [now('reports.duration{report="benchmarks"}', 5400), now('reports.duration{report="tests"}', 60)],
        1.5,
    ),
    (  # two hours for one, two of half an hour each
        "benchmark_infrastructure.performance_regression_detection",
        [
            flow("regression_detection_seconds", [0] * 50 + [7200] + [0] * 38 + [3600]),
            flow("regressions_detected", [0] * 50 + [1] + [0] * 38 + [2]),
        ],
        1,
    ),
    ("benchmark_infrastructure.platform_coverage", [gauge("benchmark_platforms", 5)], 5),
    (
        "optimization_impact_metrics.cpu_utilization",
        [gauge("peak_cpu", 0.45), gauge("peak_cpu_baseline", 0.6)],
        25,
    ),
    (
        "optimization_impact_metrics.cache_efficiency",
        [gauge("cache_hit_rate", 0.75), gauge("cache_hit_rate_baseline", 0.6)],
        25,
    ),
    (
        "optimization_impact_metrics.gpu_utilization",
        [now('prometheus.ratio{query="gpu_utilization"}', 0.9)],
        90,
    ),
    (
        "business_impact_metrics.performance_cost_savings",
        [now('sql.ratio{query="performance_cost_savings"}', 0.4)],
        40,
    ),
    (
        "quantization_compression.accuracy_retention",
        [gauge("optimized_accuracy", 0.796), gauge("original_accuracy", 0.8)],
        99.5,
    ),
    (
        "hardware_acceleration.power_efficiency",
        [gauge("performance_per_watt", 6), gauge("performance_per_watt_baseline", 2)],
        3,
    ),
    (  # 15 days of 70 by 100 and 15 of 300 by 300: neither the mean of two shares, nor of thirty
        "advanced_optimization_features.speculative_decoding",
        [
            flow("accepted_draft_tokens", [70] * 15 + [300] * 15),
            flow("draft_tokens", [100] * 15 + [300] * 15),
        ],
        92.5,
    ),
    (
        "advanced_optimization_features.dynamic_quantization",
        [flow("quantization_adaptation_seconds", [3] * 30), flow("quantization_adaptations", [60] * 30)],
        50,
    ),
    (  # the newest eight days are not looked at
        "core_dashboard.user_task_completion_rate",
        funnel("task", [10] * DAYS, [8] * 25 + [9] * 15),
        85,
    ),
    ("core_dashboard.time_to_first_value", [now('mixpanel.ratio{query="time_to_first_value"}', 270)], 4.5),
    ("core_dashboard.dashboard_load_time", [now('prometheus.ratio{query="dashboard_load_time"}', 1.8)], 1.8),
    ("core_dashboard.user_satisfaction_score", [now('survey.satisfaction{survey="dashboard"}', 8.2)], 8.2),
    ("mobile_application.app_store_rating", [now('appstore.rating{country="us"}', 4.5)], 4.5),
    (
        "mobile_application.download_rate",
        [steady("appstore.downloads", 20, DAYS), steady("googleplay.installs", 10, DAYS, ending=8)],
        30 * MONTH,
    ),
    (
        "mobile_application.daily_active_users",
        [
            daily('mixpanel.level{query="mobile_daily_users"}', [200, 400] * 15),
            now('mixpanel.level{query="mobile_monthly_users"}', 1000),
        ],
        30,
    ),
    (
        "mobile_application.offline_functionality",
        [now('reports.pass_rate{report="offline"}', 0.7), now('reports.pass_rate{report="keyboard"}', 1)],
        70,
    ),
    ("accessibility_inclusivity.color_contrast_ratio", [gauge("color_contrast", 4.6)], 4.6),
    ("accessibility_inclusivity.multi_language_support", [now('json.level{query="languages"}', 12)], 12),
    ("development_efficiency_metrics.build_time", [run("frontend.yml", 90), run("tests.yml", 270)], 1.5),
    ("development_efficiency_metrics.bundle_size", [gauge("bundle_size", 480_000)], 480),
    (
        "development_efficiency_metrics.performance_budget",
        [flow("good_page_loads", [75] * 28), flow("page_loads", [100] * 28)],
        75,
    ),
    ("build_deployment.build_time", [run("frontend.yml", 90), run("tests.yml", 270)], 3),
    ("build_deployment.deployment_frequency", [daily("github.deployments", [4, 6] * 15)], 5),
    ("build_deployment.lead_time_for_changes", [daily("github.lead_time", [3600, 7200, 36_000])], 2),
    (
        "build_deployment.time_to_recovery",
        [daily("github.incident_resolution_time", [1800] + [None] * 78 + [5400])],
        1,
    ),
    ("quality_assurance.test_execution_time", [run("tests.yml", 540), run("ci.yml", 60)], 9),
    (
        "quality_assurance.test_flakiness_rate",
        [daily('reports.flaky{report="tests"}', [2, 4]), daily('reports.tests{report="tests"}', [590, 610])],
        0.5,
    ),
    (
        "production_reliability.error_rate",
        [flow("failed_requests", [0] * 29 + [6]), flow("requests", [100] * 29 + [3100])],
        0.1,
    ),
    (
        "production_reliability.response_time_p95",
        [now('prometheus.ratio{query="response_time_p95"}', 0.08)],
        80,
    ),
    ("production_reliability.incident_frequency", [daily("github.incidents", [0] * 28 + [1, 1])], MONTH / 15),
    (
        "security_compliance_metrics.patch_deployment",
        [
            daily('github.dependabot_fix_time{severity="high"}', [3600]),
            daily('github.dependabot_fix_time{severity="low"}', [10_800]),
            daily("github.lead_time", [1800, 5400]),
        ],
        3,
    ),
    (
        "learning_adoption.certification_success_rate",
        [
            flow("certifications_passed", [0] * 80 + [1.5] * 10, "sql"),
            flow("certifications_taken", [0] * 80 + [2] * 10, "sql"),
        ],
        75,
    ),
    (
        "learning_adoption.community_contributions",
        [daily("github.external_contributions", [0, 1] * 15)],
        MONTH / 2,
    ),
    (
        "learning_adoption.documentation_views",
        [steady('plausible.page_views{page="docs"}', 1000), steady('plausible.page_views{page="blog"}', 5)],
        1000 * MONTH,
    ),
    ("learning_adoption.video_tutorial_engagement", [daily("youtube.completion", [0.6, 0.64], ending=3)], 62),
    (
        "developer_experience.developer_satisfaction",
        [now('survey.satisfaction{survey="documentation"}', 8)],
        8,
    ),
    ("community_ecosystem_metrics.forum_engagement", [daily("discourse.daily_active_users", [40, 60])], 50),
    (
        "integration_synergy_kpis.cross_team_velocity",
        [daily("jira.velocity", [34, 40]), daily("jira.planned_points", [40, 40])],
        92.5,
    ),
    ("integration_synergy_kpis.dependency_resolution", [daily("jira.blocked_time", [36_000, 108_000])], 20),
    (
        "customer_success_metrics.customer_onboarding_time",
        [now('metabase.ratio{query="customer_onboarding_time"}', 432_000)],
        5,
    ),
    ("customer_success_metrics.net_promoter_score", [now('survey.nps{survey="customers"}', 42)], 42),
    ("customer_success_metrics.support_ticket_volume", [steady("zendesk.tickets", 3)], 3 * MONTH),
]


@pytest.mark.parametrize(("key", "series", "value"), VALUES, ids=[key for key, _, _ in VALUES])
def test_a_kpi_reads_what_was_worked_out(
    inferno: Framework, key: str, series: list[Series], value: float
) -> None:
    found = reading(inferno, key, *series)
    assert (found.state, found.reason) == (State.VALUE, "")
    assert found.value == pytest.approx(value)


NONE = [
    pytest.param(
        "production_reliability.error_rate",
        [flow("failed_requests", [1] * 30), flow("requests", [100] * 20 + [None] + [100] * 9)],
        "1 of 30 days missing: 13 Nov",
        id="a day without requests counted",
    ),
    pytest.param(
        "production_reliability.error_rate",
        [flow("failed_requests", [0] * 30), flow("requests", [0] * 30)],
        "divided by zero: no prometheus.flow",
        id="no requests at all",
    ),
    pytest.param(
        "mobile_application.download_rate",
        [steady("appstore.downloads", 20, DAYS)],
        "googleplay.installs was never measured",
        id="one store of two",
    ),
    pytest.param(
        "core_dashboard.user_task_completion_rate",
        funnel("task", [10] * 12 + [None] + [10] * 27, [9] * DAYS),
        "1 of 30 days missing",
        id="a day that the funnel does not tell",
    ),
    pytest.param(
        "technical_excellence_metrics.inference_speed",
        [now(f'reports.speedup{{report="inference",benchmark="{one}"}}', 2) for one in ("llama", "phi")],
        "2 series that do not add up",
        id="two benchmarks where one is meant",
    ),
    pytest.param(
        "technical_excellence_metrics.memory_efficiency",
        [gauge("inference_memory", 6e8)],
        "no series of otlp.level",
        id="no baseline",
    ),
    pytest.param(
        "technical_excellence_metrics.security_vulnerabilities",
        [now('github.dependabot_alerts{severity="low"}', 0)],
        "github.code_scanning_alerts{",
        id="code scanning is off",
    ),
    pytest.param(
        "primary_business_metrics.revenue_arr",
        [now('stripe.arr{currency="eur"}', 9_000)],
        "no series of stripe.arr",
        id="revenue in another currency alone",
    ),
    pytest.param(
        "build_deployment.time_to_recovery",
        [daily("github.incident_resolution_time", [1800], ending=100)],
        "no sample of github.incident_resolution_time in 90 days",
        id="no incident for long",
    ),
]


@pytest.mark.parametrize(("key", "series", "reason"), NONE)
def test_a_gap_is_no_data(inferno: Framework, key: str, series: list[Series], reason: str) -> None:
    found = reading(inferno, key, *series)
    assert (found.state, found.value) == (State.NO_DATA, None)
    assert reason in found.reason
