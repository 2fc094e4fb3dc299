"""What each KPI of HEKTOR is measured by, or how often its owner is asked."""

from __future__ import annotations

from importlib.resources import files

from collectors import METRICS, every_collector
from kpi import survey
from kpi.coverage import Way, coverage, totals
from kpi.framework import Framework
from kpi.framework_report import findings
from kpi.measure import parse
from tests.kpi.frameworks.binding import bindings

AUTOMATIC = {
    "primary_metrics_north_star.github_stars": "last(github.stars)",
    "primary_metrics_north_star.active_evaluators": 'last(sql.level{query="active_evaluators"})',
    "primary_metrics_north_star.pipeline_value": "last(hubspot.influenced_pipeline)",
    "website_traffic.website_traffic": "sum(plausible.visitors, 30d)",
    "social_media_reach.twitter_followers": "last(x.followers)",
    "brand_searches.brand_searches": "rate(searchconsole.brand_searches, 30d)",
    "community_growth.discord_slack": "last(discord.members)",
    "community_growth.github_discussions": "last(github.active_discussions)",
    "community_growth.champions_program": 'last(discord.role_members{role="Champion"})',
    "content_performance.technical_docs": 'rate(plausible.page_views{page="docs"}, 7d)',
    "developer_activity.github_stars_per_week": "rate(github.stars, 7d)",
    "developer_activity.github_forks_per_week": "rate(github.forks, 7d)",
    "developer_activity.code_contributors": "last(github.external_contributors_90d)",
    "lead_generation.email_signups": "sum(mailchimp.signups, all)",
    "lead_generation.demo_requests": 'sum(hubspot.form_submissions{form="demo"}, all)',
    "lead_generation.whitepaper_downloads": 'sum(hubspot.form_submissions{form="whitepaper"}, all)',
    "enterprise_pipeline.conversations_started": 'last(sql.level{query="conversations_started"})',
    "enterprise_pipeline.qualified_opportunities": 'sum(hubspot.entries{stage="opportunity"}, all)',
    "enterprise_pipeline.pipeline_velocity": "median(hubspot.qualification_time, 90d)",
    "top_of_funnel_awareness.blog_post_views": 'sum(plausible.page_views{page="blog"}, 30d)',
    "top_of_funnel_awareness.video_views": "sum(youtube.views, 30d)",
    "top_of_funnel_awareness.podcast_downloads": "sum(op3.downloads, 30d)",
    "middle_of_funnel_consideration.documentation_views": 'sum(plausible.page_views{page="docs"}, 30d)',
    "middle_of_funnel_consideration.benchmark_page_views": (
        'sum(plausible.page_views{page="benchmarks"}, 30d)'
    ),
    "middle_of_funnel_consideration.use_case_page_views": 'sum(plausible.page_views{page="use_cases"}, 30d)',
    "bottom_of_funnel_decision.pricing_page_views": 'sum(plausible.page_views{page="pricing"}, 30d)',
    "bottom_of_funnel_decision.enterprise_demo_requests": 'sum(hubspot.form_submissions{form="demo"}, 30d)',
    "bottom_of_funnel_decision.roi_calculator_uses": 'sum(plausible.goal_events{goal="roi_calculator"}, 30d)',
    "bottom_of_funnel_decision.case_study_downloads": 'sum(plausible.goal_events{goal="case_study"}, 30d)',
    "top_referrers_target.hacker_news": 'sum(plausible.source_visits{source="hacker_news"}, 30d)',
    "top_referrers_target.reddit": 'sum(plausible.source_visits{source="reddit"}, 30d)',
    "top_referrers_target.dev_to": 'sum(plausible.source_visits{source="dev_to"}, 30d)',
    "top_referrers_target.github": 'sum(plausible.source_visits{source="github"}, 30d)',
    "top_referrers_target.partner_sites": 'sum(plausible.source_visits{source="partners"}, 30d)',
    "content_quality.return_visitor_rate": "last(ga4.returning_share)",
    "community_health.issue_resolution": "median(github.issue_resolution_time, 30d)",
    "community_health.contributor_retention": "mean(github.contributor_retained, 180d)",
    "marketing_efficiency.payback_period": 'last(sql.ratio{query="payback_period"})',
    "budget_utilization.total_90_day_budget": 'sum(sheets.flow{name="marketing_spend"}, all)',
    "roi.pipeline_influenced": "last(hubspot.influenced_pipeline)",
    "roi.marketing_investment": 'sum(sheets.flow{name="marketing_spend"}, all)',
    "roi.closed_by_month_6": "sum(hubspot.won_value, all)",
    "share_of_voice.mentions": "sum(brand24.mentions, 30d)",
    "feature_comparison_traffic.benchmark_page_views": 'sum(plausible.page_views{page="benchmarks"}, all)',
    "feature_comparison_traffic.hektor_vs_competitor_searches": (
        "rate(searchconsole.comparison_searches, 30d)"
    ),
    "feature_comparison_traffic.comparison_content": 'count(feed.topic_items{topic="comparison"}, all)',
}
DERIVED = {
    "content_performance.blog_posts": (
        'sum(ga4.page_views{page="blog"}, 30d) / last(ga4.viewed_pages{page="blog"})'
    ),
    "content_performance.email_open_rate": (
        "sum(mailchimp.emails_opened, 30d) / sum(mailchimp.emails_delivered, 30d)"
    ),
    "developer_activity.sdk_downloads": "sum(pypi.downloads, all) + sum(npm.downloads, all)",
    "lead_generation.conversion_rate": "sum(mailchimp.signups, 30d) / sum(plausible.visitors, 30d)",
    "developer_conversion.signup_first_query": (
        'sum(mixpanel.funnel_users{funnel="first_query", step="2"}, 30d) '
        '/ sum(mixpanel.funnel_users{funnel="first_query", step="1"}, 30d)'
    ),
    "developer_conversion.first_query_7_day_active": (
        'sum(mixpanel.retained_users{cohort="first_query_7d"}, 30d) '
        '/ sum(mixpanel.cohort_users{cohort="first_query_7d"}, 30d)'
    ),
    "developer_conversion.7_day_active_30_day_active": (
        'sum(mixpanel.retained_users{cohort="first_query_30d"}, 30d) '
        '/ sum(mixpanel.retained_users{cohort="first_query_7d"}, 30d)'
    ),
    "developer_conversion.overall_activation": (
        'sum(mixpanel.retained_users{cohort="signup_30d"}, 30d) '
        '/ sum(mixpanel.cohort_users{cohort="signup_30d"}, 30d)'
    ),
    "enterprise_pipeline.win_rate": (
        "sum(hubspot.deals_won, 90d) / (sum(hubspot.deals_won, 90d) + sum(hubspot.deals_lost, 90d))"
    ),
    "middle_of_funnel_consideration.qualified_content_views": (
        'rate(plausible.page_views{page="docs"}, 30d) '
        '+ rate(plausible.page_views{page="benchmarks"}, 30d) '
        '+ rate(plausible.page_views{page="use_cases"}, 30d)'
    ),
    "bottom_of_funnel_decision.qualified_views": (
        'rate(plausible.page_views{page="pricing"}, 30d) '
        '+ rate(hubspot.form_submissions{form="demo"}, 30d) '
        '+ rate(plausible.goal_events{goal="roi_calculator"}, 30d) '
        '+ rate(plausible.goal_events{goal="case_study"}, 30d)'
    ),
    "traffic_sources.organic_search": (
        'sum(plausible.channel_visits{channel="Organic Search"}, 30d) / sum(plausible.visits, 30d)'
    ),
    "traffic_sources.social_media": (
        'sum(plausible.channel_visits{channel="Organic Social"}, 30d) / sum(plausible.visits, 30d)'
    ),
    "traffic_sources.direct": (
        'sum(plausible.channel_visits{channel="Direct"}, 30d) / sum(plausible.visits, 30d)'
    ),
    "traffic_sources.referral": (
        'sum(plausible.channel_visits{channel="Referral"}, 30d) / sum(plausible.visits, 30d)'
    ),
    "social_media_performance.linkedin": (
        'sum(sql.flow{query="enterprise_leads_linkedin"}, 90d) / sum(sql.flow{query="enterprise_leads"}, 90d)'
    ),
    "content_quality.avg_time_on_page": (
        'sum(ga4.page_engagement_time{page="blog"}, 30d) / sum(ga4.page_views{page="blog"}, 30d)'
    ),
    "content_quality.bounce_rate_docs": (
        'sum(ga4.page_bounces{page="docs"}, 30d) / sum(ga4.page_entries{page="docs"}, 30d)'
    ),
    "content_quality.bounce_rate_blog": (
        'sum(ga4.page_bounces{page="blog"}, 30d) / sum(ga4.page_entries{page="blog"}, 30d)'
    ),
    "content_quality.pages_per_session": "sum(ga4.pageviews, 30d) / sum(ga4.sessions, 30d)",
    "lead_quality.sql_rate": 'sum(hubspot.mql_to_sql, 30d) / sum(hubspot.entries{stage="mql"}, 30d)',
    "lead_quality.opportunity_rate": (
        'sum(hubspot.sql_to_opportunity, 30d) / sum(hubspot.entries{stage="sql"}, 30d)'
    ),
    "lead_quality.response_rate": "sum(hubspot.outreach_replied, 30d) / sum(hubspot.outreach_sent, 30d)",
    "lead_quality.meeting_show_rate": (
        'sum(hubspot.meetings{outcome="completed"}, 30d) '
        '/ (sum(hubspot.meetings{outcome="completed"}, 30d) '
        '+ sum(hubspot.meetings{outcome="no_show"}, 30d))'
    ),
    "marketing_efficiency.cac_customer_acquisition_cost": (
        'sum(sheets.flow{name="marketing_spend"}, 13w) / sum(stripe.customers_gained, 13w)'
    ),
    "marketing_efficiency.ltv_cac_ratio": (
        'last(stripe.arpa{currency="usd"}) * (last(stripe.customers) '
        "- change(stripe.customers, 30d)) / sum(stripe.customers_lost, 30d) "
        '/ (sum(sheets.flow{name="marketing_spend"}, 13w) / sum(stripe.customers_gained, 13w))'
    ),
    "marketing_efficiency.marketing_percent_of_revenue": (
        'sum(sheets.flow{name="marketing_spend"}, 13w) / sum(stripe.collected{currency="usd"}, 13w)'
    ),
    "budget_utilization.cost_per_lead": (
        'sum(sheets.flow{name="marketing_spend"}, 4w) / sum(hubspot.entries{stage="lead"}, 4w)'
    ),
    "budget_utilization.cost_per_sql": (
        'sum(sheets.flow{name="marketing_spend"}, 4w) / sum(hubspot.entries{stage="sql"}, 4w)'
    ),
    "budget_utilization.cost_per_opportunity": (
        'sum(sheets.flow{name="marketing_spend"}, 4w) / sum(hubspot.entries{stage="opportunity"}, 4w)'
    ),
    "roi.roi": 'last(hubspot.influenced_pipeline) / sum(sheets.flow{name="marketing_spend"}, all)',
    "roi.conversion_assumed": "sum(hubspot.won_value, all) / last(hubspot.influenced_pipeline)",
    "share_of_voice.share_of_voice": "sum(brand24.mentions, 30d) / sum(brand24.brand_mentions, 30d)",
}
NEEDS_APPROVAL = {
    "social_media_reach.linkedin_followers": "last(linkedin.followers)",
    "social_media_reach.impressions": "sum(linkedin.impressions, all) + sum(x.impressions, all)",
    "social_media_reach.engagement_rate": (
        "(sum(linkedin.reactions, 7d) + sum(linkedin.comments, 7d) + sum(linkedin.shares, 7d)) "
        "/ sum(linkedin.impressions, 7d)"
    ),
    "content_performance.social_posts": (
        "(sum(linkedin.reactions, 7d) + sum(linkedin.comments, 7d) + sum(linkedin.shares, 7d)) "
        "/ sum(linkedin.impressions, 7d)"
    ),
    "top_of_funnel_awareness.social_media_impressions": (
        "sum(linkedin.impressions, 30d) + sum(x.impressions, 30d)"
    ),
    "top_of_funnel_awareness.content_impressions": (
        'rate(plausible.page_views{page="blog"}, 30d) + rate(linkedin.impressions, 30d) '
        "+ rate(x.impressions, 30d) + rate(youtube.views, 30d) + rate(op3.downloads, 30d)"
    ),
}
ANSWERED = {
    "community_health.community_satisfaction": 'last(survey.satisfaction{survey="community"})',
    "success_definition.developer_love": 'last(survey.nps{survey="developers"})',
}
ASKED = {
    "community_growth.weekly_office_hours": "weekly",
    "developer_activity.integration_partners": "monthly",
    "middle_of_funnel_consideration.technical_webinar_attendees": "monthly",
    "social_media_performance.twitter": "monthly",
    "social_media_performance.github": "quarterly",
    "social_media_performance.reddit_hn": "monthly",
    "community_health.response_time": "weekly",
}


def test_every_kpi_is_bound_as_stated(hektor: Framework) -> None:
    asked = {key: f"asked {cadence}" for key, cadence in ASKED.items()}
    assert bindings(hektor) == AUTOMATIC | DERIVED | NEEDS_APPROVAL | ANSWERED | asked
    assert len(hektor.kpis) == 94


def test_every_kpi_comes_by_its_number_as_stated(hektor: Framework) -> None:
    approvals = {one.kind for one in every_collector() if one.about.approval}
    found = list(coverage(hektor, survey.beside(METRICS), approvals))
    stated = {
        Way.AUTOMATIC: AUTOMATIC,
        Way.DERIVED: DERIVED,
        Way.NEEDS_APPROVAL: NEEDS_APPROVAL,
        Way.BY_HAND: ANSWERED | ASKED,
    }
    assert {one.kpi.key: one.way for one in found} == {
        key: way for way, keys in stated.items() for key in keys
    }
    assert totals(found)["by_hand"] <= 94 / 4


def test_every_measure_is_measured_in_the_unit_of_its_kpi(hektor: Framework) -> None:
    told = findings(hektor, survey.beside(METRICS))
    assert not [one for one in told if "No collector measures" in one]
    assert not [one for one in told if any(f": {kpi.measure}: " in one for kpi in hektor.kpis)]
    assert not [one for one in told if any(f"but {kpi.measure} gives" in one for kpi in hektor.kpis)]


def test_alerts_read_what_collectors_measure(hektor: Framework) -> None:
    read = {
        name
        for rule in hektor.alerts
        if rule.when and rule.when.own_measure
        for name in parse(rule.when.own_measure).metrics
    }
    assert read == {"web.up", "plausible.visitors", "mailchimp.signups", "sql.level"}
    assert read <= set(METRICS)


def test_what_sources_have_to_name_is_told_at_the_head_of_the_file(hektor: Framework) -> None:
    text = files("kpi.frameworks").joinpath("hektor.yaml").read_text(encoding="utf-8")
    head = text.partition("\nframework:")[0]
    queries = [query for kpi in hektor.kpis if kpi.measure for query in parse(kpi.measure).queries]
    own = {"query", "name", "page", "goal", "form", "funnel", "cohort", "topic", "survey", "role"}
    named = {value for query in queries for label, value in query.filters if label in own}
    assert len(named) > 20
    assert not [one for one in sorted(named) if one not in head]
    assert "partners" in head


def test_no_count_of_different_people_is_added_up(hektor: Framework) -> None:
    """But visitors of Plausible, who are new ones each day in its own months as well."""
    queries = [query for kpi in hektor.kpis if kpi.measure for query in parse(kpi.measure).queries]
    summed = {query.metric for query in queries if query.function in ("sum", "rate")}
    told = {name for name in summed if METRICS[name].description.startswith("different")}
    assert told == {"plausible.visitors"}
