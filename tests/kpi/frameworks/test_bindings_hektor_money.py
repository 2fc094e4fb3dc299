"""What HEKTOR reads of quality and money, against answers worked out by hand; and where it reads nothing."""

from __future__ import annotations

import pytest

from kpi.framework import Framework
from kpi.measure import State
from kpi.metric import Series
from tests.kpi.frameworks.binding import daily, now, reading, steady

MONTH = 365.2425 / 12  # days
HOUR, DAY = 3600.0, 86_400.0
BRANDS = 'brand24.brand_mentions{{brand="{}"}}'


def page(name: str, views: float, days: int = 30, *, ending: int = 1) -> Series:
    return steady(f'plausible.page_views{{page="{name}"}}', views, days, ending=ending)


def ga4(metric: str, group: str, value: float) -> Series:
    return steady(f'ga4.{metric}{{page="{group}"}}', value)


def channel(name: str, visits: float) -> Series:
    return steady(f'plausible.channel_visits{{channel="{name}"}}', visits)


def entries(stage: str, value: float, days: int = 30, *, ending: int = 1) -> Series:
    return steady(f'hubspot.entries{{stage="{stage}"}}', value, days, ending=ending)


def meetings(outcome: str, value: float) -> Series:
    return steady(f'hubspot.meetings{{outcome="{outcome}"}}', value, ending=8)


def spent(each: float, weeks: int) -> Series:
    """A row a week, on its first day."""
    return daily('sheets.flow{name="marketing_spend"}', ([each] + [None] * 6) * weeks)


def once(subject: str, value: float, days: int) -> Series:
    """All of it on the first of `days` days."""
    return daily(subject, [value] + [0.0] * (days - 1))


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


@pytest.mark.parametrize(("key", "series", "value"), [*QUALITY, *MONEY])
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
