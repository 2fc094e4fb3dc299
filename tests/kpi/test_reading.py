"""Where a KPI's number comes from: its measure, an entry by hand, and how old it may be."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from kpi.calendar import Moment
from kpi.framework import Kpi
from kpi.measure import Reading, State
from kpi.metric import Kind, Metric, Series, SeriesSet, labels, to_micros
from kpi.quantity import Better
from kpi.reading import adds_up, entry_metric, is_running_total, is_stale, merged, read
from tests.kpi.cases import BERLIN, METRICS, NOON, TODAY, daily, kpi_of, reading_at

STARS = kpi_of({"day90": "5,000"})
BY_HAND = kpi_of({"q1": "60%"}, name="Win Rate", unit_name="%", measure=None)
BUILD = kpi_of(
    {"phase1": "<10 min"},
    name="Build Time",
    unit_name="min",
    better=Better.LOWER,
    measure="last(ci.build_time)",
)


def reading(kpi: Kpi, *series: Series, now: datetime = NOON) -> Reading:
    return read("hektor", kpi, series=SeriesSet(series, METRICS), moment=Moment(now, BERLIN))


def test_an_entry_is_a_metric_of_its_framework_and_kpi() -> None:
    assert entry_metric("hektor", BY_HAND) == "entry.hektor.section.win_rate"


def test_a_key_that_is_no_name_of_the_measure_language_is_read_all_the_same() -> None:
    kpi = replace(BY_HAND, key="section.")
    entered = reading_at("entry.hektor.section.", NOON, 62.0)
    assert reading(kpi, entered).value == 62


def test_a_kpi_without_a_measure_reads_its_entry() -> None:
    entered = reading_at("entry.hektor.section.win_rate", NOON - timedelta(days=3), 62.0)
    found = reading(BY_HAND, entered)
    assert (found.state, found.value, found.at) == (State.VALUE, 62.0, NOON - timedelta(days=3))


def test_an_entry_of_the_future_is_not_read_yet() -> None:
    later = reading_at("entry.hektor.section.win_rate", NOON + timedelta(hours=1), 62.0)
    assert reading(BY_HAND, later).state is State.NO_DATA


def test_a_measure_comes_before_an_entry() -> None:
    entered = reading_at("entry.hektor.section.github_stars", NOON, 9999.0)
    assert reading(STARS, daily("github.stars", [1234.0]), entered).value == 1234


def test_an_entry_stands_in_for_a_measure_without_data_and_says_so() -> None:
    entered = reading_at("entry.hektor.section.github_stars", NOON, 1200.0)
    found = reading(STARS, entered)
    assert (found.state, found.value) == (State.VALUE, 1200.0)
    assert found.reason == "entered by hand; the measure says: github.stars was never measured"


def test_no_sample_is_no_data_and_never_zero() -> None:
    found = reading(STARS)
    assert (found.state, found.value, found.at) == (State.NO_DATA, None, None)
    assert found.reason == "github.stars was never measured"


def test_the_value_is_told_in_the_kpis_unit() -> None:
    found = reading(BUILD, daily("ci.build_time", [324.0]))
    assert found.value == pytest.approx(5.4)
    assert found.unit == BUILD.unit


@pytest.mark.parametrize(
    ("measure", "unit_name", "value"),
    [
        ("rate(shop.total, 7d)", "orders/month", 10 * 365.25 / 12),  # ten a day
        ("rate(shop.total, 7d)", "orders/day", 10),
        ("sum(shop.orders, 7d) / sum(shop.visits, 7d)", "%", 25),
        ("sum(shop.orders, 7d) / sum(shop.visits, 7d) * 100", "%", 25),
        ("100 * sum(shop.orders, 7d) / sum(shop.visits, 7d)", "%", 25),
        ("sum(shop.orders, 7d) / sum(shop.visits, 7d)", "orders", 0.25),
        ("last(shop.orders)", "%", 10),
    ],
)
def test_what_nobody_declares_counts_what_its_kpi_must_mean(
    measure: str, unit_name: str, value: float
) -> None:
    kpi = kpi_of({"q1": "60"}, unit_name=unit_name, measure=measure)
    total = daily("shop.total", [10.0 * day for day in range(9)])
    flows = total, daily("shop.orders", [10.0] * 9), daily("shop.visits", [40.0] * 9)
    found = read("hektor", kpi, series=SeriesSet(flows, {}), moment=Moment(NOON, BERLIN))
    assert found.value == pytest.approx(value, rel=1e-3)


def test_an_entry_beside_an_undeclared_measure_stays_as_it_was_entered() -> None:
    kpi = kpi_of({"q1": "60"}, unit_name="%", measure="sum(shop.orders, 7d) / sum(shop.visits, 7d)")
    entered = reading_at("entry.hektor.section.github_stars", NOON, 25.0)
    assert reading(kpi, entered).value == 25


def test_a_measure_of_something_else_is_a_fault_not_a_number() -> None:
    stars_in_minutes = kpi_of({"phase1": "<10 min"}, unit_name="min", better=Better.LOWER)
    found = reading(stars_in_minutes, daily("github.stars", [1234.0]))
    assert (found.state, found.value) == (State.FAULT, None)
    assert "stars" in found.reason
    assert "last(github.stars)" in found.reason


@pytest.mark.parametrize(
    ("kpi", "series", "hours", "stale"),
    [
        (STARS, daily("github.stars", [5.0]), 36, False),
        (STARS, daily("github.stars", [5.0]), 36.01, True),
        # a flow is stamped where its day starts: Sunday's visitors are complete on Monday
        (kpi_of({}, measure="last(site.visitors)"), daily("site.visitors", [5.0]), 60, False),
        (kpi_of({}, measure="last(site.visitors)"), daily("site.visitors", [5.0]), 60.01, True),
        (BY_HAND, reading_at("entry.hektor.section.win_rate", NOON, 5.0), 10_000, False),
    ],
)
def test_a_reading_is_stale_when_the_next_is_overdue(
    kpi: Kpi, series: Series, hours: float, stale: bool
) -> None:
    context = SeriesSet((series,), METRICS)
    first = read("hektor", kpi, series=context, moment=Moment(NOON + timedelta(days=9), BERLIN))
    assert first.at is not None
    now = first.at + timedelta(hours=hours)
    assert is_stale("hektor", kpi, first, series=context, moment=Moment(now, BERLIN)) is stale


@pytest.mark.parametrize(
    ("text", "is_amount"),
    [
        ("sum(site.visitors, 30d)", True),
        ("change(github.stars, 7d)", True),
        ("sum(site.visitors, 7d) + count(ci.build_time, 7d)", True),
        ("sum(site.visitors, all)", False),  # grows like a level
        ("rate(github.stars, 7d)", False),  # already a day's worth
        ("mean(ci.build_time, 7d)", False),
        ("last(github.stars)", False),
        ("5", False),
    ],
)
def test_an_amount_of_some_days_has_a_day_s_share(text: str, is_amount: bool) -> None:
    assert adds_up(kpi_of({}, measure=text)) is is_amount
    assert not adds_up(BY_HAND)


def test_what_has_no_reading_is_not_stale() -> None:
    context = SeriesSet((), METRICS)
    nothing = read("hektor", STARS, series=context, moment=Moment(NOON, BERLIN))
    assert not is_stale("hektor", STARS, nothing, series=context, moment=Moment(NOON, BERLIN))


def test_merged_needs_start_at_the_earlier_instant() -> None:
    one, other = NOON, NOON - timedelta(days=1)
    assert merged({"a": one, "b": other}, {"a": other, "b": one, "c": one}) == {
        "a": other,
        "b": other,
        "c": one,
    }


def test_today_is_the_day_the_cases_are_made_for() -> None:
    assert Moment(NOON, BERLIN).today == TODAY


@pytest.mark.parametrize(
    ("text", "running"),
    [("sum(site.visitors, all)", True), ("sum(site.visitors, 30d)", False), ("last(github.stars)", False)],
)
def test_a_running_total_looks_at_all_samples(text: str, running: bool) -> None:
    assert is_running_total("hektor", kpi_of({}, measure=text)) is running
    assert not is_running_total("hektor", BY_HAND)


@pytest.mark.parametrize(
    ("text", "counted", "value"),
    [
        ('last(base.ratio{query="errors"})', "%", 5.0),
        ('last(base.ratio{query="errors"})', "ratio", 0.05),
        ('last(base.ratio{query="errors"}) * 100', "%", 5.0),
        ('last(base.ratio{query="errors"})', "ms", 50.0),
        ('last(base.ratio{query="errors"})', "hours", 0.05 / 3600),
        ('last(base.ratio{query="errors"})', "$", 0.05),
        ('last(base.ratio{query="errors"})', "features", 0.05),
        ('last(base.ratio{query="errors"})', "/10", 0.5),
        ('last(base.ratio{query="errors"}) / last(base.level{query="all"})', "%", 1.25),
    ],
)
def test_what_a_query_measures_in_base_units_counts_in_the_kpis_own(
    text: str, counted: str, value: float
) -> None:
    metrics = {
        name: Metric(name, "base", kind, "from a query", ("query",))
        for name, kind in (("base.ratio", Kind.RATIO), ("base.level", Kind.LEVEL))
    }
    at = np.array([to_micros(NOON - timedelta(hours=1))])
    series = SeriesSet(
        (
            Series("base.ratio", labels({"query": "errors"}), at, np.array([0.05]), np.array([True])),
            Series("base.level", labels({"query": "all"}), at, np.array([4.0]), np.array([True])),
        ),
        metrics,
    )
    kpi = kpi_of({"q1": "1"}, unit_name=counted, better=Better.LOWER, measure=text)
    found = read("own", kpi, series=series, moment=Moment(NOON, BERLIN))
    assert found.value == pytest.approx(value)
