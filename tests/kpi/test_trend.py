"""Trend over equal closed weeks: what is compared, and what is refused."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi import measure
from kpi.calendar import Moment, day_start
from kpi.metric import Series, SeriesSet
from kpi.quantity import Better
from kpi.trend import NO_TREND, Trend, TrendReading, trend_of
from tests.kpi.cases import BERLIN, METRICS, NOON, TODAY, daily, reading_at

HIGHER, LOWER, NONE = Better.HIGHER, Better.LOWER, Better.NONE


def trend(text: str, *series: Series, better: Better = HIGHER, now: datetime = NOON) -> TrendReading:
    parsed, moment, found = measure.parse(text), Moment(now, BERLIN), SeriesSet(series, METRICS)
    return trend_of(
        lambda close: parsed.evaluate(found, close), moment, better, is_running_total="all" in text
    )


def stars(*values: float | None, until: date = TODAY) -> Series:
    return daily("github.stars", values, until=until, hour=6)


@pytest.mark.parametrize(
    ("last_week", "better", "expected"),
    [
        (110.0, HIGHER, Trend.BETTER),
        (90.0, HIGHER, Trend.WORSE),
        (110.0, LOWER, Trend.WORSE),
        (90.0, LOWER, Trend.BETTER),
        (100.0, HIGHER, Trend.FLAT),
        (100.0, LOWER, Trend.FLAT),
        (110.0, NONE, Trend.UNKNOWN),  # a planned share has no better side
    ],
)
def test_better_is_what_the_document_calls_better(last_week: float, better: Better, expected: Trend) -> None:
    found = trend("last(github.stars)", stars(*[100.0] * 7, *[last_week] * 7), better=better)
    assert found == TrendReading(expected, last_week - 100, 100.0, 7)


def test_a_week_of_a_flow_is_held_against_the_week_before() -> None:
    visitors = daily("site.visitors", [10.0] * 7 + [12.0] * 7)
    found = trend("sum(site.visitors, 7d)", visitors)
    assert (found.trend, found.change, found.before) == (Trend.BETTER, 14, 70)


def test_a_month_window_moves_by_a_week() -> None:
    visitors = daily("site.visitors", [10.0] * 30 + [20.0] * 7)
    found = trend("sum(site.visitors, 30d)", visitors)
    assert (found.trend, found.change) == (Trend.BETTER, 70)


def test_today_plays_no_part() -> None:
    steady = daily("site.visitors", [10.0] * 15, until=TODAY + timedelta(days=1))
    steady.value[-1] = 1.0  # today, twenty minutes old
    assert trend("sum(site.visitors, 7d)", steady).trend is Trend.FLAT
    risen = stars(*[100.0] * 14, 5000.0, until=TODAY + timedelta(days=1))
    assert trend("last(github.stars)", risen).trend is Trend.FLAT


@pytest.mark.parametrize("hour", [0, 1, 23])
def test_a_value_stamped_at_midnight_is_of_the_day_that_begins(hour: int) -> None:
    found = trend(
        "last(github.stars)",
        daily("github.stars", [1.0] * 7 + [2.0] * 7 + [9.0], hour=hour, until=TODAY + timedelta(days=1)),
    )
    assert (found.before, found.change) == (1, 1)


@pytest.mark.parametrize("gap", [0, 3, 6, 7, 10, 13])
def test_a_gap_in_either_week_of_a_flow_leaves_no_trend(gap: int) -> None:
    values: list[float | None] = [10.0] * 14
    values[gap] = None
    assert trend("sum(site.visitors, 7d)", daily("site.visitors", values)) == NO_TREND


@pytest.mark.parametrize(
    "values",
    [
        [100.0] * 7 + [None] * 7,  # nothing in the last week: the old value is not carried on
        [None] * 7 + [100.0] * 7,
        [100.0] + [None] * 6 + [None] * 6 + [None],
        [None] * 14,
        [],
    ],
)
def test_a_week_without_a_sample_leaves_no_trend(values: list[float | None]) -> None:
    assert trend("last(github.stars)", stars(*values)) == NO_TREND


def test_a_longer_period_never_stands_in_for_a_missing_week() -> None:
    monthly = stars(*[50.0] * 20, *[None] * 7, *[90.0] * 7)
    assert trend("last(github.stars)", monthly) == NO_TREND


def test_a_part_of_a_month_is_not_held_against_a_whole_one() -> None:
    third = datetime(2026, 11, 3, 12, tzinfo=BERLIN)
    visitors = daily("site.visitors", [10.0] * 60, until=date(2026, 11, 3))
    assert trend("sum(site.visitors, month)", visitors, now=third) == NO_TREND


def test_a_running_total_is_followed_like_a_level() -> None:
    signups = daily("site.visitors", [10.0] * 30)
    found = trend("sum(site.visitors, all)", signups)
    assert (found.trend, found.change, found.before) == (Trend.BETTER, 70, 230)


def test_noise_of_binary_fractions_is_flat() -> None:
    values = stars(*[0.3] * 7, *[0.1 + 0.2] * 7)
    assert trend("last(github.stars)", values).trend is Trend.FLAT


def test_differences_beyond_any_float_are_no_trend() -> None:
    assert trend("last(github.stars)", stars(*[-1.7e308] * 7, *[1.7e308] * 7)) == NO_TREND


def test_the_midnight_between_the_weeks_belongs_to_the_earlier_one() -> None:
    boundary = day_start(TODAY - timedelta(days=7), BERLIN)
    one = reading_at("github.stars", boundary, 100.0)
    assert trend("last(github.stars)", one) == NO_TREND


@pytest.mark.parametrize("zone", ["Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Beirut", "Pacific/Apia"])
@given(day=st.dates(date(2009, 1, 1), date(2019, 12, 31)), gain=st.integers(-5, 5))
def test_weeks_across_a_clock_change_are_still_seven_days(zone: str, day: date, gain: int) -> None:
    place = ZoneInfo(zone)
    if zone == "Pacific/Apia" and date(2011, 12, 29) <= day <= date(2012, 1, 14):
        return  # a week of which one day never was
    now = day_start(day, place) + timedelta(hours=9)
    values = [100.0] * 7 + [100.0 + gain] * 7
    series = SeriesSet((daily("site.visitors", values, until=day, zone=place),), METRICS)
    moment, parsed = Moment(now, place), measure.parse("mean(site.visitors, 7d)")
    found = trend_of(lambda close: parsed.evaluate(series, close), moment, HIGHER)
    assert found.change == gain
