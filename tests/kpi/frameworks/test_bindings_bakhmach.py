"""What each KPI of Bakhmach is measured by, or how often its owner is asked."""

from __future__ import annotations

from importlib.resources import files

from collectors import METRICS, every_collector
from kpi import survey
from kpi.coverage import Way, coverage
from kpi.framework import Framework
from kpi.framework_report import findings
from kpi.measure import parse
from tests.kpi.frameworks.binding import bindings

AUTOMATIC = {
    "performance_metrics.avg_code_review_time": "mean(github.review_turnaround, 30d)",
    "performance_metrics.test_coverage": "last(codecov.coverage)",
    "performance_metrics.build_success_rate": "mean(github.workflow_success_rate, 30d)",
    "performance_metrics.optimization_wins": 'last(otlp.level{name="optimization_wins"})',
    "cost_metrics.infrastructure_costs": 'last(sql.ratio{query="infrastructure_costs"})',
    "cost_metrics.performance_improvement": 'last(prometheus.ratio{query="performance_improvement"})',
    "cost_metrics.resource_utilization": 'last(prometheus.ratio{query="resource_utilization"})',
    "model_performance.model_accuracy": 'last(otlp.level{name="model_accuracy"})',
    "model_performance.training_time": 'last(otlp.level{name="training_time"})',
    "model_performance.inference_latency": 'last(prometheus.ratio{query="inference_latency"})',
    "model_performance.data_drift_detection": 'rate(prometheus.flow{query="data_drift_detection"}, 30d)',
    "model_performance.model_retraining_success": 'last(sql.ratio{query="model_retraining_success"})',
    "pipeline_reliability.data_quality_score": 'last(sql.ratio{query="data_quality_score"})',
    "pipeline_reliability.pipeline_uptime": 'last(prometheus.ratio{query="pipeline_uptime"})',
    "pipeline_reliability.failed_jobs_recovery_time": 'last(sql.ratio{query="failed_jobs_recovery_time"})',
    "pipeline_reliability.feature_store_availability": (
        'last(prometheus.ratio{query="feature_store_availability"})'
    ),
    "availability_reliability.uptime_percent": "mean(web.up, 30d)",
    "availability_reliability.p99_latency": 'last(prometheus.ratio{query="p99_latency"})',
    "availability_reliability.error_rate": 'last(prometheus.ratio{query="error_rate"})',
    "availability_reliability.api_response_time": 'last(prometheus.ratio{query="api_response_time"})',
    "scalability.peak_concurrent_users": 'max(prometheus.level{query="peak_concurrent_users"}, 30d)',
    "scalability.requests_per_second": 'max(prometheus.ratio{query="requests_per_second"}, 30d)',
    "scalability.auto_scaling_response_time": 'last(prometheus.ratio{query="auto_scaling_response_time"})',
    "scalability.database_query_time": 'last(prometheus.ratio{query="database_query_time"})',
    "cost_efficiency.infrastructure_cost": 'last(sql.ratio{query="infrastructure_cost"})',
    "cost_efficiency.cdn_cache_hit_rate": 'last(prometheus.ratio{query="cdn_cache_hit_rate"})',
    "adoption_metrics.active_users": "last(mixpanel.active_users_30d)",
    "adoption_metrics.daily_active_users": "mean(mixpanel.active_users_1d, 4w)",
    "adoption_metrics.feature_usage_rate": 'last(mixpanel.ratio{query="feature_usage_rate"})',
    "engagement.daily_session_length": 'last(mixpanel.ratio{query="daily_session_length"})',
    "engagement.weekly_active_days": 'last(sql.ratio{query="weekly_active_days"})',
    "engagement.feature_adoption": 'last(mixpanel.ratio{query="feature_adoption"})',
    "engagement.habit_completion_rate": 'last(sql.ratio{query="habit_completion_rate"})',
    "research_metrics.citations": 'last(json.level{query="citations"})',
    "research_metrics.model_benchmarks": 'last(otlp.level{name="model_benchmarks"})',
    "consciousness_measurement.self_model_consistency": 'last(otlp.level{name="self_model_consistency"})',
    "consciousness_measurement.causal_reasoning_accuracy": (
        'last(otlp.level{name="causal_reasoning_accuracy"})'
    ),
    "community_size_engagement.total_members": "last(discord.members)",
    "community_size_engagement.active_users": "last(discord.monthly_authors)",
    "community_size_engagement.contributors": "last(github.contributors)",
    "code_contributions.pull_requests": "rate(github.merged_pull_requests, 30d)",
    "code_contributions.code_review_turnaround": "mean(github.review_turnaround, 30d)",
    "code_contributions.documentation_contributions": "mean(github.docs_pull_request, 90d)",
    "discussion_support.forum_posts": "rate(discourse.posts, 30d)",
    "discussion_support.issue_resolution_time": "median(github.issue_resolution_time, 30d)",
    "discussion_support.community_support_responses": "median(discord.response_time, 30d)",
    "financial_metrics.monthly_recurring_revenue": 'last(stripe.mrr{currency="usd"})',
    "financial_metrics.revenue_from_tier_2_members": (
        'last(stripe.product_mrr{currency="usd", product="Tier 2"})'
    ),
    "financial_metrics.revenue_from_tier_3_members": (
        'last(stripe.product_mrr{currency="usd", product="Tier 3"})'
    ),
    "revenue_growth.annual_recurring_revenue_arr": 'last(stripe.arr{currency="usd"})',
    "revenue_growth.gross_margin": 'last(sql.ratio{query="gross_margin"})',
    "revenue_growth.customer_concentration": 'last(stripe.largest_customer_share{currency="usd"})',
    "operational_efficiency.payback_period": 'last(sql.ratio{query="payback_period"})',
    "operational_efficiency.product_development_velocity": (
        'rate(json.flow{query="product_development_velocity"}, 30d)'
    ),
    "market_presence.github_stars": "last(github.stars)",
    "market_presence.github_forks": "last(github.forks)",
    "market_presence.press_mentions": 'count(feed.topic_items{topic="press"}, all)',
    "code_quality.code_duplication": "last(sonarqube.duplicated_lines)",
    "code_quality.cyclomatic_complexity": "last(sonarqube.complexity_per_function)",
    "code_quality.test_coverage": "last(codecov.coverage)",
    "code_quality.documentation_coverage": "last(sonarqube.documented_api)",
    "code_quality.technical_debt_ratio": "last(sonarqube.debt_ratio)",
    "development_process.sprint_velocity": "mean(jira.velocity, 6w)",
    "development_process.on_time_delivery": "mean(jira.on_time, 90d)",
    "development_process.mean_time_to_recovery_mttr": "mean(github.restore_time, 90d)",
    "security.security_incident_count": 'sum(json.flow{query="security_incident_count"}, 30d)',
    "security.vulnerability_resolution_time": 'median(github.dependabot_fix_time{severity="critical"}, 90d)',
    "compliance.data_encryption": 'last(sql.ratio{query="data_encryption"})',
}
DERIVED = {
    "cost_efficiency.cost_per_request": 'sum(aws.cost, 30d) / sum(prometheus.flow{query="requests"}, 30d)',
    "adoption_metrics.user_retention_30d": (
        'sum(mixpanel.retained_users{cohort="new_users"}, 30d) '
        '/ sum(mixpanel.cohort_users{cohort="new_users"}, 30d)'
    ),
    "community_size_engagement.monthly_active_rate": "last(discord.monthly_authors) / last(discord.members)",
    "community_size_engagement.contribution_rate": "last(github.contributors) / last(discord.members)",
    "code_contributions.contributor_diversity": (
        "last(github.external_contributors) / last(github.contributors)"
    ),
    "discussion_support.resolved_issues": "sum(github.issues_closed, 30d) / sum(github.issues_opened, 30d)",
    "financial_metrics.customer_acquisition_cost": (
        'sum(sql.flow{query="acquisition_costs"}, 90d) / sum(stripe.customers_gained, 90d)'
    ),
    "financial_metrics.customer_lifetime_value": (
        'last(stripe.arpa{currency="usd"}) * (last(stripe.customers) - change(stripe.customers, 30d)) '
        "/ sum(stripe.customers_lost, 30d)"
    ),
    "financial_metrics.churn_rate": (
        "sum(stripe.customers_lost, 30d) / (last(stripe.customers) - change(stripe.customers, 30d))"
    ),
    "revenue_growth.growth_rate": (
        'change(stripe.mrr{currency="usd"}, 30d) '
        '/ (last(stripe.mrr{currency="usd"}) - change(stripe.mrr{currency="usd"}, 30d))'
    ),
    "operational_efficiency.revenue_per_employee": (
        'last(stripe.arr{currency="usd"}) / last(sql.level{query="employees"})'
    ),
    "code_quality.security_vulnerabilities": (
        'last(github.dependabot_alerts{severity="critical"}) '
        '+ last(github.code_scanning_alerts{severity="critical"})'
    ),
    "development_process.bug_escape_rate": "sum(jira.bugs_escaped, 90d) / sum(jira.bugs_created, 90d)",
}
NEEDS_APPROVAL = {
    "market_presence.social_media_following": "last(linkedin.followers) + last(x.followers)",
}
ANSWERED = {
    "performance_metrics.developer_satisfaction": 'last(survey.satisfaction{survey="developers"})',
    "adoption_metrics.net_promoter_score": 'last(survey.nps{survey="users"})',
}
ASKED = {
    "research_metrics.papers_published": "quarterly",
    "research_metrics.community_engagement": "quarterly",
    "consciousness_measurement.information_integration_phi": "quarterly",
    "consciousness_measurement.agent_autonomy_score": "quarterly",
    "operational_efficiency.burn_rate": "monthly",
    "market_presence.conference_talks": "quarterly",
    "security.penetration_test_results": "quarterly",
    "security.access_control_audit": "quarterly",
    "compliance.soc_2_certification": "quarterly",
    "compliance.gdpr_compliance": "quarterly",
    "compliance.audit_trail_coverage": "quarterly",
}


def test_every_kpi_is_bound_as_stated(bakhmach: Framework) -> None:
    asked = {key: f"asked {cadence}" for key, cadence in ASKED.items()}
    assert bindings(bakhmach) == AUTOMATIC | DERIVED | NEEDS_APPROVAL | ANSWERED | asked
    assert len(bakhmach.kpis) == 95


def test_every_kpi_comes_by_its_number_as_stated(bakhmach: Framework) -> None:
    approvals = {one.kind for one in every_collector() if one.about.approval}
    ways = {one.kpi.key: one.way for one in coverage(bakhmach, survey.beside(METRICS), approvals)}
    stated = {
        Way.AUTOMATIC: AUTOMATIC,
        Way.DERIVED: DERIVED,
        Way.NEEDS_APPROVAL: NEEDS_APPROVAL,
        Way.BY_HAND: ANSWERED | ASKED,
    }
    assert ways == {key: way for way, keys in stated.items() for key in keys}


def test_every_measure_is_measured_in_the_unit_of_its_kpi(bakhmach: Framework) -> None:
    told = findings(bakhmach, survey.beside(METRICS))
    assert not [one for one in told if "No collector measures" in one or "gives" in one]


def test_what_sources_have_to_name_is_told_at_the_head_of_the_file(bakhmach: Framework) -> None:
    text = files("kpi.frameworks").joinpath("bakhmach.yaml").read_text(encoding="utf-8")
    head = text.partition("\nframework:")[0]
    queries = (query for kpi in bakhmach.kpis if kpi.measure for query in parse(kpi.measure).queries)
    own = {"query", "name", "cohort", "survey", "product", "topic"}
    named = {value for query in queries for label, value in query.filters if label in own}
    assert len(named) > 30
    assert not [one for one in sorted(named) if one not in head]
