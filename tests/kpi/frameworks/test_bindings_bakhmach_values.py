"""What the measures of Bakhmach read over series whose answer was worked out by hand."""

from __future__ import annotations

import pytest

from kpi.framework import Framework
from kpi.measure import State
from kpi.metric import Series
from tests.kpi.frameworks.binding import daily, now, reading, steady

MONTH = 365.2425 / 12  # days
_CUSTOMERS = daily("stripe.customers", [200.0] * 10 + [210.0] * 20 + [220.0] * 2, ending=0)
_LOST = daily("stripe.customers_lost", [0.0] * 22 + [1.0] * 8)


def prometheus(name: str, value: float, kind: str = "ratio") -> Series:
    return now(f'prometheus.{kind}{{query="{name}"}}', value)


def sql(name: str, value: float, kind: str = "ratio") -> Series:
    return now(f'sql.{kind}{{query="{name}"}}', value)


def otlp(name: str, value: float) -> Series:
    return now(f'otlp.level{{name="{name}"}}', value)


def mixpanel(name: str, value: float) -> Series:
    return now(f'mixpanel.ratio{{query="{name}"}}', value)


@pytest.mark.parametrize(
    ("key", "series", "value"),
    [
        (
            "performance_metrics.avg_code_review_time",
            [daily("github.review_turnaround", [7200, None, 21600])],
            4,
        ),
        ("performance_metrics.test_coverage", [now("codecov.coverage", 0.915)], 91.5),
        (
            "performance_metrics.build_success_rate",  # each build counts once, whatever its workflow
            [
                daily('github.workflow_success_rate{workflow="ci"}', [1, 1, 0]),
                daily('github.workflow_success_rate{workflow="docs"}', [1]),
            ],
            75,
        ),
        ("performance_metrics.optimization_wins", [otlp("optimization_wins", 31)], 31),
        (
            "performance_metrics.developer_satisfaction",
            [now('survey.satisfaction{survey="developers"}', 8.4)],
            8.4,
        ),
        ("cost_metrics.infrastructure_costs", [sql("infrastructure_costs", -0.25)], -25),
        ("cost_metrics.performance_improvement", [prometheus("performance_improvement", 0.42)], 42),
        ("model_performance.model_accuracy", [otlp("model_accuracy", 0.87)], 87),
        ("model_performance.training_time", [otlp("training_time", 9000)], 2.5),
        ("model_performance.inference_latency", [prometheus("inference_latency", 0.12)], 120),
        (
            "model_performance.data_drift_detection",
            [daily('prometheus.flow{query="data_drift_detection"}', [0.0] * 27 + [1.0] * 3)],
            3 / 30 * MONTH,
        ),
        ("pipeline_reliability.failed_jobs_recovery_time", [sql("failed_jobs_recovery_time", 840)], 14),
        ("availability_reliability.uptime_percent", [daily("web.up", [1, 1, 0, 1])], 75),
        ("availability_reliability.p99_latency", [prometheus("p99_latency", 0.18)], 180),
        ("availability_reliability.error_rate", [prometheus("error_rate", 0.0004)], 0.04),
        (
            "scalability.peak_concurrent_users",
            [daily('prometheus.level{query="peak_concurrent_users"}', [9000, 12000, None, 8000])],
            12000,
        ),
        (
            "scalability.requests_per_second",
            [daily('prometheus.ratio{query="requests_per_second"}', [80, 120.5, 100])],
            120.5,
        ),
        ("scalability.auto_scaling_response_time", [prometheus("auto_scaling_response_time", 150)], 2.5),
        (
            "cost_efficiency.cost_per_request",  # $900 for 45 million
            [
                steady('aws.cost{service="EC2"}', 20),
                steady('aws.cost{service="S3"}', 10),
                steady('prometheus.flow{query="requests"}', 1_500_000),
            ],
            0.00002,
        ),
        ("adoption_metrics.active_users", [now("mixpanel.active_users_30d", 301)], 301),
        (
            "adoption_metrics.daily_active_users",  # 28 days that end on a Sunday
            [daily("mixpanel.active_users_1d", [100.0] * 5 + [30.0] * 2 + ([100.0] * 5 + [30.0] * 2) * 3)],
            80,
        ),
        ("adoption_metrics.feature_usage_rate", [mixpanel("feature_usage_rate", 0.76)], 76),
        (
            "adoption_metrics.user_retention_30d",  # the last 31 days still ripen
            [
                steady('mixpanel.cohort_users{cohort="new_users"}', 10, 61),
                daily('mixpanel.retained_users{cohort="new_users"}', [8.0] * 30 + [0.0] * 31),
            ],
            80,
        ),
        ("adoption_metrics.net_promoter_score", [now('survey.nps{survey="users"}', -12)], -12),
        ("engagement.daily_session_length", [mixpanel("daily_session_length", 1500)], 25),
        ("engagement.weekly_active_days", [sql("weekly_active_days", 4.5 * 86_400)], 4.5),
        ("research_metrics.citations", [now('json.level{query="citations"}', 57)], 57),
        (
            "community_size_engagement.monthly_active_rate",
            [now("discord.monthly_authors", 204), now("discord.members", 300)],
            68,
        ),
        (
            "community_size_engagement.contribution_rate",
            [now("github.contributors", 60), now("discord.members", 300)],
            20,
        ),
        ("code_contributions.pull_requests", [steady("github.merged_pull_requests", 1)], MONTH),
        (
            "code_contributions.contributor_diversity",
            [now("github.external_contributors", 12), now("github.contributors", 40)],
            30,
        ),
        (
            "code_contributions.documentation_contributions",
            [daily("github.docs_pull_request", [1, 0, 0, None, 0, 1])],
            40,
        ),
        ("discussion_support.forum_posts", [steady("discourse.posts", 2)], 2 * MONTH),
        (
            "discussion_support.issue_resolution_time",
            [daily("github.issue_resolution_time", [3600, 100 * 3600, 30 * 3600])],
            30,
        ),
        (
            "discussion_support.resolved_issues",
            [steady("github.issues_closed", 9), steady("github.issues_opened", 10)],
            90,
        ),
        (
            "financial_metrics.monthly_recurring_revenue",  # euros are no dollars
            [now('stripe.mrr{currency="usd"}', 12_000), now('stripe.mrr{currency="eur"}', 5_000)],
            12_000,
        ),
        (
            "financial_metrics.revenue_from_tier_2_members",
            [
                now('stripe.product_mrr{currency="usd", product="Tier 2"}', 9_000),
                now('stripe.product_mrr{currency="usd", product="Tier 3"}', 3_000),
            ],
            9_000,
        ),
        (
            "financial_metrics.customer_acquisition_cost",
            [
                steady('sql.flow{query="acquisition_costs"}', 500, 90),
                steady("stripe.customers_gained", 5, 90),
            ],
            100,
        ),
        (
            "financial_metrics.customer_lifetime_value",  # $50 a month, 4 % of which leave
            [now('stripe.arpa{currency="usd"}', 50), _CUSTOMERS, _LOST],
            1250,
        ),
        ("financial_metrics.churn_rate", [_CUSTOMERS, _LOST], 4),
        (
            "revenue_growth.growth_rate",
            [daily('stripe.mrr{currency="usd"}', [10_000.0] * 20 + [13_000.0] * 12, ending=0)],
            30,
        ),
        (
            "revenue_growth.customer_concentration",
            [now('stripe.largest_customer_share{currency="usd"}', 0.18)],
            18,
        ),
        ("operational_efficiency.payback_period", [sql("payback_period", 10 * MONTH * 86_400)], 10),
        (
            "operational_efficiency.revenue_per_employee",
            [now('stripe.arr{currency="usd"}', 600_000), sql("employees", 4, "level")],
            150_000,
        ),
        (
            "operational_efficiency.product_development_velocity",
            [daily('json.flow{query="product_development_velocity"}', [0.0] * 25 + [1.0] * 5)],
            5 / 30 * MONTH,
        ),
        (
            "market_presence.social_media_following",
            [now("linkedin.followers", 700), now("x.followers", 400)],
            1100,
        ),
        (
            "market_presence.press_mentions",  # that of today is not counted yet
            [daily('feed.topic_items{topic="press"}', [1, 1, *[None] * 200, 1, None, 1], ending=0)],
            3,
        ),
        ("code_quality.code_duplication", [now("sonarqube.duplicated_lines", 0.025)], 2.5),
        ("code_quality.cyclomatic_complexity", [now("sonarqube.complexity_per_function", 7.5)], 7.5),
        (
            "code_quality.security_vulnerabilities",
            [
                now('github.dependabot_alerts{severity="critical"}', 0),
                now('github.dependabot_alerts{severity="high"}', 5),
                now('github.code_scanning_alerts{severity="critical"}', 2),
            ],
            2,
        ),
        (
            "development_process.sprint_velocity",  # the sprint of 50 days ago is out
            [daily("jira.velocity", [40, *[None] * 13, 50, *[None] * 13, 60, *[None] * 13, 70], ending=8)],
            60,
        ),
        ("development_process.on_time_delivery", [daily("jira.on_time", [1, 1, 0, 1])], 75),
        (
            "development_process.bug_escape_rate",
            [steady("jira.bugs_created", 10, 90), daily("jira.bugs_escaped", [0.0] * 81 + [1.0] * 9)],
            1,
        ),
        (
            "development_process.mean_time_to_recovery_mttr",
            [daily("github.restore_time", [600, *[None] * 50, 1200])],
            15,
        ),
        ("security.security_incident_count", [steady('json.flow{query="security_incident_count"}', 0)], 0),
        (
            "security.vulnerability_resolution_time",
            [
                daily('github.dependabot_fix_time{severity="critical"}', [10 * 3600, 30 * 3600]),
                daily('github.dependabot_fix_time{severity="high"}', [200 * 3600]),
            ],
            20,
        ),
    ],
)
def test_a_measure_reads_what_was_worked_out_by_hand(
    key: str, series: list[Series], value: float, bakhmach: Framework
) -> None:
    found = reading(bakhmach, key, *series)
    assert (found.state, found.reason) == (State.VALUE, "")
    assert found.unit in (None, bakhmach.by_key[key].unit)  # None: taken as it is
    assert found.value == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("key", "series", "reason"),
    [
        ("model_performance.model_accuracy", [otlp("training_time", 9000)], "no series of otlp.level"),
        (
            "model_performance.data_drift_detection",
            [daily('prometheus.flow{query="data_drift_detection"}', [0.0] * 20 + [None] + [0.0] * 9)],
            "1 of 30 days missing: 13 Nov",
        ),
        (
            "cost_efficiency.cost_per_request",
            [steady("aws.cost", 30), steady('prometheus.flow{query="requests"}', 9e6, 29)],
            "1 of 30 days missing: 24 Oct",
        ),
        (
            "adoption_metrics.user_retention_30d",
            [
                steady('mixpanel.cohort_users{cohort="new_users"}', 10, 20),
                steady('mixpanel.retained_users{cohort="new_users"}', 8, 20),
            ],
            "its first cohort is complete on",
        ),
        (
            "financial_metrics.customer_lifetime_value",
            [now('stripe.arpa{currency="usd"}', 50), _CUSTOMERS, steady("stripe.customers_lost", 0)],
            "no stripe.customers_lost in 30 days",
        ),
        (
            "revenue_growth.growth_rate",  # from $0 it is undefined
            [daily('stripe.mrr{currency="usd"}', [0.0] * 20 + [900.0] * 12, ending=0)],
            "divided by zero",
        ),
        (
            "code_quality.security_vulnerabilities",  # nobody looks at the own code: that is not 0
            [now('github.dependabot_alerts{severity="critical"}', 0)],
            "github.code_scanning_alerts",
        ),
        (
            "security.security_incident_count",
            [daily('json.flow{query="security_incident_count"}', [0.0] * 29 + [None])],
            "1 of 30 days missing",
        ),
        ("market_presence.press_mentions", [now("mention.mentions", 40)], "was never measured"),
        ("security.penetration_test_results", [], "was never measured"),
    ],
)
def test_a_gap_is_no_data(key: str, series: list[Series], reason: str, bakhmach: Framework) -> None:
    found = reading(bakhmach, key, *series)
    assert (found.state, found.value) == (State.NO_DATA, None)
    assert reason in found.reason
