"""What HEKTOR reads of awareness, community, content and conversion, against answers worked out by hand."""

from __future__ import annotations

import pytest

from kpi.framework import Framework
from kpi.measure import State
from kpi.metric import Series
from tests.kpi.frameworks.binding import daily, now, reading, steady

MONTH = 365.2425 / 12  # days
DAY = 86_400.0
FUNNEL = 'mixpanel.funnel_users{{funnel="first_query", step="{}"}}'
RETAINED = 'mixpanel.retained_users{{cohort="{}"}}'
COHORT = 'mixpanel.cohort_users{{cohort="{}"}}'


def page(name: str, views: float, days: int = 30, *, ending: int = 1) -> Series:
    return steady(f'plausible.page_views{{page="{name}"}}', views, days, ending=ending)


def goal(name: str, times: float) -> Series:
    return steady(f'plausible.goal_events{{goal="{name}"}}', times)


def channel(name: str, visits: float) -> Series:
    return steady(f'plausible.channel_visits{{channel="{name}"}}', visits)


def entries(stage: str, value: float, days: int = 30, *, ending: int = 1) -> Series:
    return steady(f'hubspot.entries{{stage="{stage}"}}', value, days, ending=ending)


def leads(query: str, value: float) -> Series:
    return steady(f'sql.flow{{query="{query}"}}', value, 90)


def ga4(metric: str, group: str, value: float) -> Series:
    return steady(f'ga4.{metric}{{page="{group}"}}', value)


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


@pytest.mark.parametrize(("key", "series", "value"), [*AWARENESS, *ENGAGEMENT, *CONVERSION, *CONTENT])
def test_a_measure_reads_what_was_worked_out(
    key: str, series: list[Series], value: float, hektor: Framework
) -> None:
    found = reading(hektor, key, *series)
    assert (found.state, found.reason) == (State.VALUE, "")
    assert found.value == pytest.approx(value)
    assert found.unit is None or found.unit == hektor.by_key[key].unit
