"""Laws of the measure language: days of 23 and 25 hours, gaps, labels and units change no answer."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.calendar import Moment, day_of, day_start
from kpi.measure import State, parse
from kpi.metric import Series, SeriesSet, from_micros, to_micros
from kpi.window import Days, Window, read_window
from tests.kpi.measured import BERLIN, METRICS, NOW, daily, series_of

VALUES = st.lists(st.none() | st.integers(0, 10_000).map(float), min_size=1, max_size=40)
WHOLE = st.lists(st.integers(0, 10_000).map(float), min_size=8, max_size=40)
FUNCTIONS = st.sampled_from(["sum", "mean", "median", "p95", "min", "max", "change", "rate", "count"])
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Beirut",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "UTC",
]


def spread(values: list[float], zone: ZoneInfo, today: date) -> Series:
    """A sample at the start of each of the days before `today`."""
    days = [today - timedelta(days=len(values) - index) for index in range(len(values))]
    at = np.array([to_micros(day_start(day, zone)) for day in days], dtype=np.int64)
    return Series("visits", (), at, np.array(values), np.ones(len(values), dtype=np.bool_))


@pytest.mark.parametrize("zone", ZONES)
@given(today=st.dates(date(1990, 1, 1), date(2037, 12, 31)), hour=st.integers(0, 23))
def test_a_week_has_seven_days_whatever_the_clock_does(zone: str, today: date, hour: int) -> None:
    where = ZoneInfo(zone)
    now = max(day_start(today, where), datetime(today.year, today.month, today.day, hour, tzinfo=where))
    series = SeriesSet((spread([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0], where, today),), METRICS)
    assert parse("sum(visits, 7d)").evaluate(series, Moment(now, where)).value == 254
    assert parse("max(visits, 1d)").evaluate(series, Moment(now, where)).value == 128


@pytest.mark.parametrize(
    ("today", "hours"), [(date(2026, 10, 26), 25), (date(2026, 3, 30), 23), (date(2026, 6, 1), 24)]
)
def test_a_day_lasts_as_long_as_the_clock_says(today: date, hours: int) -> None:
    moment = Moment(datetime(today.year, today.month, today.day, 9, tzinfo=BERLIN), BERLIN)
    reading = parse("sum(visits, 1d)").evaluate(SeriesSet((spread([7.0], BERLIN, today),), METRICS), moment)
    assert reading.value == 7
    assert reading.period is not None
    assert reading.period.end - reading.period.start == timedelta(hours=hours)


@pytest.mark.parametrize("zone", ZONES)
@given(first=st.dates(date(1971, 1, 1), date(2036, 1, 1)), count=st.integers(1, 800))
def test_the_edges_of_days_are_where_the_calendar_puts_them(zone: str, first: date, count: int) -> None:
    days = Days(first, count, ZoneInfo(zone))
    edges = days.edges
    assert len(edges) == count + 1
    for index in {0, count // 2, count}:
        assert edges[index] == to_micros(day_start(first + timedelta(days=index), days.zone))
    assert day_of(from_micros(int(edges[-1]) - 1), days.zone) == days.day(count - 1)


@given(VALUES, FUNCTIONS, st.integers(1, 20))
def test_a_flow_has_a_value_exactly_where_no_day_is_missing(
    values: list[float | None], name: str, days: int
) -> None:
    reading = parse(f"{name}(visits, {days}d)").evaluate(series_of(daily("visits", values)), NOW)
    needed = days * (2 if name == "change" else 1)
    if name != "count":
        is_whole = len(values) >= needed and None not in values[-needed:]
        assert (reading.state is State.VALUE) == is_whole
    assert (reading.value is None) == bool(reading.reason)
    assert reading.value is None or math.isfinite(reading.value)


@given(VALUES, st.integers(1, 20))
def test_a_sum_is_the_sum_of_its_days(values: list[float | None], days: int) -> None:
    reading = parse(f"sum(visits, {days}d)").evaluate(series_of(daily("visits", values)), NOW)
    if reading.value is not None:
        assert reading.value == sum(value or 0.0 for value in values[-days:])


@given(WHOLE, FUNCTIONS, st.floats(0.001, 1000))
def test_a_unit_changes_the_number_and_nothing_else(values: list[float], name: str, times: float) -> None:
    measure = parse(f"{name}(visits, 4d)")
    one = daily("visits", values)
    plain = measure.evaluate(series_of(one), NOW).value
    scaled = measure.evaluate(series_of(replace(one, value=one.value * times)), NOW).value
    assert plain is not None
    assert scaled == pytest.approx(plain * (1 if name == "count" else times), rel=1e-9, abs=1e-6)


@given(WHOLE, WHOLE, FUNCTIONS)
def test_the_order_of_labels_changes_nothing(one: list[float], other: list[float], name: str) -> None:
    measure = parse(f"{name}(visits, 8d)")
    left, right = daily("visits", one, via="a"), daily("visits", other, via="b")
    assert measure.evaluate(series_of(left, right), NOW) == measure.evaluate(series_of(right, left), NOW)


@given(WHOLE)
def test_parts_of_a_total_add_up_to_it(values: list[float]) -> None:
    halves = series_of(daily("visits", values, via="a"), daily("visits", values, via="b"))
    total = parse("sum(visits, 8d)").evaluate(halves, NOW).value
    parts = parse('sum(visits{via="a"}, 8d) + sum(visits{via="b"}, 8d)').evaluate(halves, NOW).value
    assert total == parts


@given(st.text(max_size=8))
def test_any_text_is_a_window_or_none(text: str) -> None:
    window = read_window(text)
    assert window is None or window.days(NOW).count >= 0


def test_all_of_nothing_yet_is_an_empty_window() -> None:
    assert Window("all").days(NOW).count == 0
