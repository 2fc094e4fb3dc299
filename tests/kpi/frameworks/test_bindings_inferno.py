"""How Inferno's 110 KPIs come by their numbers, and what they read over series worked out by hand."""

from __future__ import annotations

import re
from collections import Counter
from importlib.resources import files

from collectors import BY_KIND
from kpi.coverage import Way, coverage
from kpi.framework import Framework
from kpi.measure import parse
from tests.kpi.frameworks.binding import KNOWN, bindings

# Labels are shortened to their values: otlp.level[peak_cpu] is otlp.level{name="peak_cpu"}.
BOUND = {
    "primary_business_metrics": {
        "developer_adoption": "last(mixpanel.active_users_30d)",
        "enterprise_customers": "last(hubspot.customers)",
        "revenue_arr": "last(stripe.arr[usd])",
        "platform_availability": "mean(web.up, 30d)",
        "performance_vs_competitors": "last(reports.speedup[competitors])",
    },
    "technical_excellence_metrics": {
        "inference_speed": "last(reports.speedup[inference])",
        "memory_efficiency": "1 - last(otlp.level[inference_memory])"
        " / last(otlp.level[inference_memory_baseline])",
        "test_coverage": "last(codecov.coverage)",
        "bug_density": "last(sonarqube.bugs) / (last(sonarqube.lines) / 1000)",
        "security_vulnerabilities": "last(github.dependabot_alerts)"
        " + last(github.code_scanning_alerts[critical]) + last(github.code_scanning_alerts[high])"
        " + last(github.code_scanning_alerts[medium]) + last(github.code_scanning_alerts[low])",
    },
    "benchmark_infrastructure": {
        "benchmark_coverage": "last(otlp.level[benchmarked_pairs]) / last(otlp.level[supported_pairs])",
        "benchmark_execution_time": "last(reports.duration[benchmarks])",
        "performance_regression_detection": "sum(prometheus.flow[regression_detection_seconds], 90d)"
        " / sum(prometheus.flow[regressions_detected], 90d)",
        "platform_coverage": "last(otlp.level[benchmark_platforms])",
        "automated_profiling": "sum(prometheus.flow[profiled_runs], 30d)"
        " / sum(prometheus.flow[benchmark_runs], 30d)",
    },
    "optimization_impact_metrics": {
        "cpu_utilization": "1 - last(otlp.level[peak_cpu]) / last(otlp.level[peak_cpu_baseline])",
        "memory_allocation": "1 - last(otlp.level[peak_memory]) / last(otlp.level[peak_memory_baseline])",
        "cache_efficiency": "last(otlp.level[cache_hit_rate])"
        " / last(otlp.level[cache_hit_rate_baseline]) - 1",
        "simd_utilization": "last(otlp.level[simd_utilization])",
        "gpu_utilization": "last(prometheus.ratio[gpu_utilization])",
    },
    "business_impact_metrics": {
        "performance_cost_savings": "last(sql.ratio[performance_cost_savings])",
        "developer_productivity": "asked quarterly",
        "competitive_advantage": "last(reports.speedup[competitors])",
        "customer_satisfaction": "last(sql.ratio[customer_satisfaction])",
    },
    "quantization_compression": {
        "model_size_reduction": "1 - last(otlp.level[optimized_size]) / last(otlp.level[original_size])",
        "inference_speed_improvement": "last(reports.speedup[optimized_inference])",
        "accuracy_retention": "last(otlp.level[optimized_accuracy]) / last(otlp.level[original_accuracy])",
        "memory_footprint": "1 - last(otlp.level[optimized_memory]) / last(otlp.level[original_memory])",
        "supported_quantization_types": "last(otlp.level[quantization_types])",
    },
    "hardware_acceleration": {
        "gpu_acceleration_coverage": "last(otlp.level[gpu_operations]) / last(otlp.level[operations])",
        "hardware_platform_support": "last(otlp.level[hardware_platforms])",
        "optimization_effectiveness": "last(reports.speedup[accelerated_inference])",
        "power_efficiency": "last(otlp.level[performance_per_watt])"
        " / last(otlp.level[performance_per_watt_baseline])",
    },
    "advanced_optimization_features": {
        "speculative_decoding": "sum(prometheus.flow[accepted_draft_tokens], 30d)"
        " / sum(prometheus.flow[draft_tokens], 30d)",
        "graph_optimization": "last(otlp.level[fused_operations]) / last(otlp.level[fusible_operations])",
        "dynamic_quantization": "sum(prometheus.flow[quantization_adaptation_seconds], 30d)"
        " / sum(prometheus.flow[quantization_adaptations], 30d)",
        "multi_model_optimization": "last(reports.speedup[batching])",
    },
    "business_ecosystem_metrics": {
        "model_format_support": "last(otlp.level[model_formats])",
        "optimization_roi": "asked quarterly",
        "customer_performance_gains": "asked quarterly",
        "patent_applications": "asked quarterly",
    },
    "core_dashboard": {
        "user_task_completion_rate": "sum(mixpanel.funnel_users[task,2], 30d)"
        " / sum(mixpanel.funnel_users[task,1], 30d)",
        "time_to_first_value": "last(mixpanel.ratio[time_to_first_value])",
        "dashboard_load_time": "last(prometheus.ratio[dashboard_load_time])",
        "user_satisfaction_score": "last(survey.satisfaction[dashboard])",
        "feature_adoption_rate": "last(mixpanel.ratio[feature_adoption_rate])",
    },
    "mobile_application": {
        "app_store_rating": "last(appstore.rating[us])",
        "download_rate": "rate(appstore.downloads, 30d) + rate(googleplay.installs, 30d)",
        "daily_active_users": "mean(mixpanel.level[mobile_daily_users], 30d)"
        " / last(mixpanel.level[mobile_monthly_users])",
        "offline_functionality": "last(reports.pass_rate[offline])",
        "cross_platform_consistency": "asked monthly",
    },
    "accessibility_inclusivity": {
        "wcag_compliance": "asked quarterly",
        "screen_reader_support": "last(reports.pass_rate[screen_reader])",
        "keyboard_navigation": "last(reports.pass_rate[keyboard])",
        "color_contrast_ratio": "last(otlp.level[color_contrast])",
        "multi_language_support": "last(json.level[languages])",
    },
    "development_efficiency_metrics": {
        "component_reusability": "last(otlp.level[library_components]) / last(otlp.level[components])",
        "design_system_adoption": "last(otlp.level[token_styles]) / last(otlp.level[styles])",
        "build_time": "mean(github.workflow_duration[frontend.yml], 30d)",
        "bundle_size": "last(otlp.level[bundle_size])",
        "performance_budget": "sum(prometheus.flow[good_page_loads], 28d)"
        " / sum(prometheus.flow[page_loads], 28d)",
    },
    "build_deployment": {
        "build_success_rate": "mean(github.workflow_success_rate, 30d)",
        "build_time": "mean(github.workflow_duration, 30d)",
        "deployment_frequency": "rate(github.deployments, 30d)",
        "lead_time_for_changes": "median(github.lead_time, 30d)",
        "time_to_recovery": "mean(github.incident_resolution_time, 90d)",
    },
    "quality_assurance": {
        "test_execution_time": "mean(github.workflow_duration[tests.yml], 30d)",
        "test_flakiness_rate": "mean(reports.flaky[tests], 30d) / mean(reports.tests[tests], 30d)",
        "code_coverage": "last(codecov.coverage)",
        "security_scan_compliance": "mean(github.workflow_success_rate[security.yml], 30d)",
        "dependency_update_rate": "last(otlp.level[current_dependencies]) / last(otlp.level[dependencies])",
    },
    "production_reliability": {
        "service_availability": "mean(web.up, 30d)",
        "error_rate": "sum(prometheus.flow[failed_requests], 30d) / sum(prometheus.flow[requests], 30d)",
        "response_time_p95": "last(prometheus.ratio[response_time_p95])",
        "capacity_utilization": "last(prometheus.ratio[capacity_utilization])",
        "incident_frequency": "rate(github.incidents, 30d)",
    },
    "security_compliance_metrics": {
        "vulnerability_detection": "asked monthly",
        "patch_deployment": "mean(github.dependabot_fix_time, 90d) + mean(github.lead_time, 90d)",
        "compliance_score": "last(json.ratio[compliance_score])",
        "secret_scanning": "sum(prometheus.flow[scanned_commits], 30d)"
        " / sum(prometheus.flow[pushed_commits], 30d)",
        "access_control_audit": "asked monthly",
    },
    "documentation_coverage": {
        "api_documentation_coverage": "last(sonarqube.documented_api)",
        "code_example_coverage": "last(otlp.level[features_with_examples]) / last(otlp.level[features])",
        "documentation_freshness": "last(otlp.level[fresh_documents]) / last(otlp.level[documents])",
        "interactive_example_success": "last(reports.pass_rate[examples])",
        "multi_format_availability": "asked quarterly",
    },
    "learning_adoption": {
        "tutorial_completion_rate": "sum(mixpanel.funnel_users[tutorial,2], 30d)"
        " / sum(mixpanel.funnel_users[tutorial,1], 30d)",
        "certification_success_rate": "sum(sql.flow[certifications_passed], 90d)"
        " / sum(sql.flow[certifications_taken], 90d)",
        "community_contributions": "rate(github.external_contributions, 30d)",
        "documentation_views": "rate(plausible.page_views[docs], 30d)",
        "video_tutorial_engagement": "mean(youtube.completion, 30d)",
    },
    "developer_experience": {
        "time_to_first_success": "last(mixpanel.ratio[time_to_first_success])",
        "documentation_search_success": "sum(mixpanel.funnel_users[docs_search,2], 30d)"
        " / sum(mixpanel.funnel_users[docs_search,1], 30d)",
        "support_ticket_reduction": "last(sql.ratio[support_ticket_reduction])",
        "developer_satisfaction": "last(survey.satisfaction[documentation])",
        "content_accessibility": "asked quarterly",
    },
    "community_ecosystem_metrics": {
        "community_size": "last(discourse.members)",
        "active_contributors": "last(git.active_contributors)",
        "forum_engagement": "mean(discourse.daily_active_users, 30d)",
        "educational_partnerships": "asked quarterly",
        "certification_holders": "last(sql.level[certification_holders])",
    },
    "integration_synergy_kpis": {
        "feature_integration_rate": "last(reports.pass_rate[integration])",
        "cross_team_velocity": "mean(jira.velocity, 4w) / mean(jira.planned_points, 4w)",
        "dependency_resolution": "mean(jira.blocked_time, 30d)",
        "knowledge_sharing": "asked quarterly",
    },
    "customer_success_metrics": {
        "customer_onboarding_time": "last(metabase.ratio[customer_onboarding_time])",
        "feature_adoption_rate": "last(metabase.ratio[customer_feature_adoption])",
        "customer_retention_rate": "last(metabase.ratio[customer_retention_rate])",
        "net_promoter_score": "last(survey.nps[customers])",
        "support_ticket_volume": "rate(zendesk.tickets, 30d)",
    },
}
EXPECTED = {f"{section}.{name}": how for section, kpis in BOUND.items() for name, how in kpis.items()}


def short(measure: str) -> str:
    """A measure with the values of its labels alone."""
    return re.sub(r"\{(.*?)\}", lambda found: "[" + ",".join(re.findall(r'"(.*?)"', found[1])) + "]", measure)


def test_every_kpi_is_bound_as_expected(inferno: Framework) -> None:
    assert {key: short(how) for key, how in bindings(inferno).items()} == EXPECTED


def test_most_come_without_a_person(inferno: Framework) -> None:
    approvals = [kind for kind, one in BY_KIND.items() if one.about.approval]
    found = list(coverage(inferno, set(KNOWN), approvals))
    assert Counter(one.way for one in found) == {Way.AUTOMATIC: 61, Way.DERIVED: 34, Way.BY_HAND: 15}
    surveys = [one.kpi.key for one in found if one.way is Way.BY_HAND and one.metrics]
    assert len(surveys) == 3
    assert all(one.asked for one in found if one.way is Way.BY_HAND and not one.metrics)


def test_the_head_of_the_file_tells_of_every_name_a_company_has_to_give(inferno: Framework) -> None:
    text = files("kpi.frameworks").joinpath("inferno.yaml").read_text(encoding="utf-8")
    head = set(re.findall(r"[a-z][\w.]*\w", text.partition("\nframework:")[0]))
    queries = [query for kpi in inferno.kpis if kpi.measure for query in parse(kpi.measure).queries]
    own = {"query", "name", "report", "funnel", "workflow", "survey", "page"}
    named = {value for query in queries for label, value in query.filters if label in own}
    assert {one.removesuffix("_baseline").removesuffix("_original") for one in named} - head == set()
