"""What the measures of HEKTOR read over series whose answer was worked out by hand."""

from __future__ import annotations

import pytest

from kpi.framework import Framework
from kpi.measure import State
from kpi.metric import Series
from tests.kpi.frameworks.binding import daily, now, reading, steady

MONTH = 365.2425 / 12  # days
HOUR, DAY = 3600.0, 86_400.0
FUNNEL = 'mixpanel.funnel_users{{funnel="first_query", step="{}"}}'
RETAINED = 'mixpanel.retained_users{{cohort="{}"}}'
COHORT = 'mixpanel.cohort_users{{cohort="{}"}}'
BRANDS = 'brand24.brand_mentions{{brand="{}"}}'


def page(name: str, views: float, days: int = 30, *, ending: int = 1) -> Series:
    return steady(f'plausible.page_views{{page="{name}"}}', views, days, ending=ending)


def goal(name: str, times: float) -> Series:
    return steady(f'plausible.goal_events{{goal="{name}"}}', times)


def ga4(metric: str, group: str, value: float) -> Series:
    return steady(f'ga4.{metric}{{page="{group}"}}', value)


def channel(name: str, visits: float) -> Series:
    return steady(f'plausible.channel_visits{{channel="{name}"}}', visits)


def entries(stage: str, value: float, days: int = 30, *, ending: int = 1) -> Series:
    return steady(f'hubspot.entries{{stage="{stage}"}}', value, days, ending=ending)


def meetings(outcome: str, value: float) -> Series:
    return steady(f'hubspot.meetings{{outcome="{outcome}"}}', value, ending=8)


def leads(query: str, value: float) -> Series:
    return steady(f'sql.flow{{query="{query}"}}', value, 90)


def spent(each: float, weeks: int) -> Series:
    """A row a week, on its first day."""
    return daily('sheets.flow{name="marketing_spend"}', ([each] + [None] * 6) * weeks)


def once(subject: str, value: float, days: int) -> Series:
    """All of it on the first of `days` days."""
    return daily(subject, [value] + [0.0] * (days - 1))


AWARENESS = [
    ("primary_metrics_north_star.github_stars", [now("github.stars", 1204)], 1204),
    (
        "primary_metrics_north_star.active_evaluators",
        [now('sql.level{query="active_evaluators"}', 37)],
        37,
    ),
    ("primary_metrics_north_star.pipeline_value", [now("hubspot.influenced_pipeline", 400_000)], 400_000),
    ("website_traffic.website_traffic", [steady("plausible.visitors", 310)], 9300),
    ("social_media_reach.twitter_followers", [now("x.followers", 1999)], 1999),
    (
        "social_media_reach.impressions",  # all but the last three days, which are not final
        [steady("linkedin.impressions", 100, 13), steady("x.impressions", 50, 13)],
        1500,
    ),
    (
        "social_media_reach.engagement_rate",  # 6 + 3 + 1 of 200; clicks do not count
        [
            steady("linkedin.reactions", 6, 7, ending=3),
            steady("linkedin.comments", 3, 7, ending=3),
            steady("linkedin.shares", 1, 7, ending=3),
            steady("linkedin.impressions", 200, 7, ending=3),
            steady("linkedin.clicks", 90, 7, ending=3),
        ],
        5,
    ),
    (
        "brand_searches.brand_searches",  # Google is three days behind
        [steady("searchconsole.brand_searches", 4, ending=4)],
        4 * MONTH,
    ),
]
ENGAGEMENT = [
    ("community_growth.github_discussions", [now("github.active_discussions", 52)], 52),
    (
        "community_growth.champions_program",
        [now('discord.role_members{role="Champion"}', 21), now('discord.role_members{role="Mod"}', 4)],
        21,
    ),
    (
        "content_performance.blog_posts",  # 6,000 views of 12 posts
        [ga4("page_views", "blog", 200), now('ga4.viewed_pages{page="blog"}', 12)],
        500,
    ),
    ("content_performance.technical_docs", [page("docs", 150, 7)], 1050),
    (
        "content_performance.email_open_rate",  # 300 of 1,000 and 100 of 600; not what went out this week
        [
            daily("mailchimp.emails_opened", [300.0, *[0.0] * 28, 100.0, *[5.0] * 7]),
            daily("mailchimp.emails_delivered", [1000.0, *[0.0] * 28, 600.0, *[900.0] * 7]),
        ],
        25,
    ),
    ("developer_activity.github_stars_per_week", [daily("github.stars", range(1000, 1080, 8))], 56),
    (
        "developer_activity.sdk_downloads",  # 3 days of two packages
        [
            steady('pypi.downloads{package="hektor"}', 40, 3, ending=4),
            steady('npm.downloads{package="hektor"}', 5, 3, ending=4),
        ],
        135,
    ),
    ("developer_activity.code_contributors", [now("github.external_contributors_90d", 11)], 11),
]
CONVERSION = [
    (
        "lead_generation.demo_requests",
        [
            daily('hubspot.form_submissions{form="demo"}', [1, 0, 2]),
            daily('hubspot.form_submissions{form="whitepaper"}', [5, 5, 5]),
        ],
        3,
    ),
    (
        "lead_generation.conversion_rate",
        [steady("mailchimp.signups", 4), steady("plausible.visitors", 100)],
        4,
    ),
    (
        "developer_conversion.signup_first_query",
        [steady(FUNNEL.format(1), 10, ending=8), steady(FUNNEL.format(2), 6, ending=8)],
        60,
    ),
    (
        "developer_conversion.first_query_7_day_active",
        [
            steady(COHORT.format("first_query_7d"), 5, ending=9),
            steady(RETAINED.format("first_query_7d"), 2, ending=9),
        ],
        40,
    ),
    (
        "developer_conversion.7_day_active_30_day_active",  # both of the same first queries
        [
            steady(RETAINED.format("first_query_7d"), 4, 53, ending=9),
            steady(RETAINED.format("first_query_30d"), 2, ending=32),
        ],
        50,
    ),
    (
        "developer_conversion.overall_activation",
        [
            steady(COHORT.format("signup_30d"), 100, ending=32),
            steady(RETAINED.format("signup_30d"), 12, ending=32),
        ],
        12,
    ),
    (
        "enterprise_pipeline.qualified_opportunities",
        [entries("opportunity", 1, 12), entries("sql", 9, 12)],
        12,
    ),
    (
        "enterprise_pipeline.pipeline_velocity",
        [daily("hubspot.qualification_time", [10 * DAY, None, 40 * DAY, 30 * DAY])],
        30,
    ),
    (
        "enterprise_pipeline.win_rate",  # 10 won, 30 lost
        [
            daily("hubspot.deals_won", [0.0] * 80 + [1.0] * 10),
            daily("hubspot.deals_lost", [0.0] * 60 + [1.0] * 30),
        ],
        25,
    ),
]
CONTENT = [
    ("top_of_funnel_awareness.blog_post_views", [page("blog", 30)], 900),
    ("top_of_funnel_awareness.video_views", [steady("youtube.views", 20, ending=4)], 600),
    (
        "top_of_funnel_awareness.content_impressions",
        [
            page("blog", 100, ending=4),
            steady("linkedin.impressions", 500, ending=4),
            steady("x.impressions", 300, ending=4),
            steady("youtube.views", 200, ending=4),
            steady("op3.downloads", 100, ending=4),
        ],
        1200 * MONTH,
    ),
    (
        "middle_of_funnel_consideration.qualified_content_views",
        [page("docs", 100), page("benchmarks", 20), page("use_cases", 30), page("pricing", 9)],
        150 * MONTH,
    ),
    (
        "bottom_of_funnel_decision.qualified_views",
        [
            page("pricing", 10),
            steady('hubspot.form_submissions{form="demo"}', 1),
            goal("roi_calculator", 2),
            goal("case_study", 3),
        ],
        16 * MONTH,
    ),
    (
        "traffic_sources.organic_search",
        [channel("Organic Search", 47), channel("Direct", 20), steady("plausible.visits", 100)],
        47,
    ),
    (
        "traffic_sources.social_media",
        [channel("Organic Social", 21), channel("Paid Social", 20), steady("plausible.visits", 100)],
        21,
    ),
    (
        "top_referrers_target.hacker_news",
        [
            steady('plausible.source_visits{source="hacker_news"}', 3),
            steady('plausible.source_visits{source="reddit"}', 8),
        ],
        90,
    ),
    (
        "social_media_performance.linkedin",
        [leads("enterprise_leads", 5), leads("enterprise_leads_linkedin", 3)],
        60,
    ),
]
QUALITY = [
    (
        "content_quality.avg_time_on_page",
        [ga4("page_engagement_time", "blog", 10 * HOUR), ga4("page_views", "blog", 200)],
        3,
    ),
    (
        "content_quality.bounce_rate_docs",  # a quiet day weighs less than a busy one
        [
            daily('ga4.page_bounces{page="docs"}', [9.0] * 15 + [40.0] * 15),
            daily('ga4.page_entries{page="docs"}', [10.0] * 15 + [90.0] * 15),
        ],
        49,
    ),
    ("content_quality.pages_per_session", [steady("ga4.pageviews", 250), steady("ga4.sessions", 100)], 2.5),
    ("content_quality.return_visitor_rate", [now("ga4.returning_share", 0.41)], 41),
    (
        "lead_quality.sql_rate",
        [entries("mql", 10, ending=31), steady("hubspot.mql_to_sql", 2, ending=31)],
        20,
    ),
    (
        "lead_quality.opportunity_rate",
        [entries("sql", 10, ending=31), steady("hubspot.sql_to_opportunity", 1, ending=31)],
        10,
    ),
    (
        "lead_quality.response_rate",
        [steady("hubspot.outreach_sent", 20, ending=8), steady("hubspot.outreach_replied", 11, ending=8)],
        55,
    ),
    (
        "lead_quality.meeting_show_rate",
        [meetings("completed", 7), meetings("no_show", 3), meetings("canceled", 5)],
        70,
    ),
    (
        "community_health.issue_resolution",
        [daily("github.issue_resolution_time", [HOUR, 100 * HOUR, 30 * HOUR])],
        30,
    ),
    (
        "community_health.community_satisfaction",
        [now('survey.satisfaction{survey="community"}', 8.2), now('survey.satisfaction{survey="others"}', 3)],
        8.2,
    ),
    (
        "community_health.contributor_retention",  # who came first this summer still has time
        [daily("github.contributor_retained", [1, 0, 1, 1] + [None] * 30 + [0], ending=70)],
        75,
    ),
    ("success_definition.developer_love", [now('survey.nps{survey="developers"}', 54)], 54),
]
MONEY = [
    (
        "marketing_efficiency.cac_customer_acquisition_cost",
        [spent(1000, 13), once("stripe.customers_gained", 4, 91)],
        3250,
    ),
    (
        "marketing_efficiency.ltv_cac_ratio",  # $520 a month by 2 of 100, against $13,000 for 5
        [
            now('stripe.arpa{currency="usd"}', 520),
            steady("stripe.customers", 100, 32, ending=0),
            once("stripe.customers_lost", 2, 30),
            spent(1000, 13),
            once("stripe.customers_gained", 5, 91),
        ],
        10,
    ),
    (
        "marketing_efficiency.payback_period",
        [now('sql.ratio{query="payback_period"}', 9 * MONTH * DAY)],
        9,
    ),
    (
        "marketing_efficiency.marketing_percent_of_revenue",  # euros are not added to dollars
        [
            spent(1000, 13),
            once('stripe.collected{currency="usd"}', 52_000, 91),
            once('stripe.collected{currency="eur"}', 9_000, 91),
        ],
        25,
    ),
    ("budget_utilization.total_90_day_budget", [spent(2000, 5)], 10_000),
    ("budget_utilization.cost_per_lead", [spent(1000, 6), entries("lead", 5, 28)], 4000 / 140),
    ("budget_utilization.cost_per_sql", [spent(1000, 4), entries("sql", 0.5, 28)], 4000 / 14),
    ("budget_utilization.cost_per_opportunity", [spent(1000, 4), entries("opportunity", 0.25, 28)], 4000 / 7),
    ("roi.roi", [now("hubspot.influenced_pipeline", 310_000), spent(2000, 5)], 31),
    (
        "roi.conversion_assumed",
        [steady("hubspot.won_value", 5000, 10), now("hubspot.influenced_pipeline", 400_000)],
        12.5,
    ),
    (
        "roi.closed_by_month_6",
        [once('hubspot.won_value{tier="one"}', 60_000, 40), once('hubspot.won_value{tier="two"}', 5000, 40)],
        65_000,
    ),
    (
        "share_of_voice.share_of_voice",
        [steady("brand24.mentions", 5), steady(BRANDS.format("us"), 5), steady(BRANDS.format("rival"), 95)],
        5,
    ),
    ("feature_comparison_traffic.benchmark_page_views", [page("benchmarks", 20, 45)], 900),
    (
        "feature_comparison_traffic.hektor_vs_competitor_searches",
        [steady("searchconsole.comparison_searches", 2, ending=4)],
        2 * MONTH,
    ),
    (
        "feature_comparison_traffic.comparison_content",
        [daily('feed.topic_items{topic="comparison"}', [1, None, 1, 1])],
        3,
    ),
]


@pytest.mark.parametrize(
    ("key", "series", "value"), [*AWARENESS, *ENGAGEMENT, *CONVERSION, *CONTENT, *QUALITY, *MONEY]
)
def test_a_measure_reads_what_was_worked_out(
    key: str, series: list[Series], value: float, hektor: Framework
) -> None:
    found = reading(hektor, key, *series)
    assert (found.state, found.reason) == (State.VALUE, "")
    assert found.value == pytest.approx(value)
    assert found.unit is None or found.unit == hektor.by_key[key].unit


_HOLE = [3.0] * 20 + [None] + [3.0] * 9


@pytest.mark.parametrize(
    ("key", "series", "reason"),
    [
        ("website_traffic.website_traffic", [daily("plausible.visitors", _HOLE)], "1 of 30 days missing"),
        (
            "brand_searches.brand_searches",
            [daily("searchconsole.brand_searches", _HOLE, ending=4)],
            "1 of 30 days missing",
        ),
        (
            "top_of_funnel_awareness.content_impressions",  # no podcast is no podcast of 0
            [
                page("blog", 100, ending=4),
                steady("linkedin.impressions", 500, ending=4),
                steady("x.impressions", 300, ending=4),
                steady("youtube.views", 200, ending=4),
            ],
            "op3.downloads was never measured",
        ),
        (
            "social_media_reach.engagement_rate",
            [
                steady(f"linkedin.{one}", 0, 7, ending=3)
                for one in ("reactions", "comments", "shares", "impressions")
            ],
            "divided by zero",
        ),
        (
            "budget_utilization.cost_per_lead",
            [spent(1000, 4), entries("lead", 0, 28)],
            "divided by zero",
        ),
        (
            "budget_utilization.cost_per_lead",  # a sheet that nobody kept for months
            [daily('sheets.flow{name="marketing_spend"}', [900.0], ending=60), entries("lead", 5, 28)],
            "no sample of sheets.flow",
        ),
        (
            "enterprise_pipeline.win_rate",
            [steady("hubspot.deals_won", 1, 60), steady("hubspot.deals_lost", 1, 60)],
            "it needs 90 days of data",
        ),
        (
            "lead_quality.sql_rate",
            [entries("mql", 10, 20), steady("hubspot.mql_to_sql", 2, 20)],
            "its first cohort is complete on",
        ),
        (
            "traffic_sources.referral",
            [channel("Direct", 20), steady("plausible.visits", 100)],
            "no series of plausible.channel_visits",
        ),
        ("community_health.community_satisfaction", [], "was never measured"),
    ],
)
def test_a_gap_is_no_data_with_its_reason(
    key: str, series: list[Series], reason: str, hektor: Framework
) -> None:
    found = reading(hektor, key, *series)
    assert (found.state, found.value) == (State.NO_DATA, None)
    assert reason in found.reason
