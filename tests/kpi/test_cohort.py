"""Cohorts that must ripen and histories that must reach back, with HEKTOR's own lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.calendar import Moment, day_start
from kpi.cohort import lag_days, ripe
from kpi.framework import Kpi
from kpi.measure import State
from kpi.metric import Kind, Metric, Series, SeriesSet, to_micros
from kpi.reading import needed, read
from kpi.standing import Standing, StandingContext, Trend, needs, standing
from tests.kpi.cases import BERLIN, NOON, TODAY, context_of, daily, reading_at
from tests.kpi.documents import document

HEKTOR = document("hektor")
WEEK, MONTH = timedelta(days=7), timedelta(days=30)
COHORTS = {
    one.name: one
    for one in (
        Metric("app.signups", "signups", Kind.FLOW, "signups of a day"),
        Metric("app.first_queries", "signups", Kind.FLOW, "of a day's signups, those that queried"),
        Metric("app.activation", "ratio", Kind.RATIO, "share of a day's signups"),
        Metric("crm.won", "deals", Kind.FLOW, "deals won on a day"),
        Metric("crm.closed", "deals", Kind.FLOW, "deals closed on a day"),
    )
}
FIRST_QUERY = replace(
    HEKTOR.by_key["developer_conversion.signup_first_query"],
    measure="sum(app.first_queries, 7d) / sum(app.signups, 7d)",
    matures=WEEK,
)
ACTIVATION = replace(
    HEKTOR.by_key["developer_conversion.overall_activation"], measure="last(app.activation)", matures=MONTH
)
WIN_RATE = replace(
    HEKTOR.by_key["enterprise_pipeline.win_rate"],
    measure="sum(crm.won, 90d) / sum(crm.closed, 90d)",
    history=timedelta(days=90),
)


def context(*series: Series, now: datetime = NOON) -> StandingContext:
    return replace(context_of(HEKTOR, now=now), series=SeriesSet(series, COHORTS))


def stand(kpi: Kpi, *series: Series, now: datetime = NOON) -> Standing:
    return standing(kpi, context(*series, now=now))


def signups(queried: Sequence[float | None], *, until: date = TODAY) -> tuple[Series, Series]:
    """Ten signups a day, and how many of each day's have queried since."""
    return (
        daily("app.signups", [None if one is None else 10.0 for one in queried], until=until),
        daily("app.first_queries", queried, until=until),
    )


def test_only_cohorts_that_had_their_time_count() -> None:
    # the last seven days of signups have had less than seven days to query: they would read as 20 %
    found = stand(FIRST_QUERY, *signups([5.0] * 7 + [6.0] * 7 + [2.0] * 7))
    assert (found.value, found.met, found.percent_of_target) == (60, True, 100)
    assert found.reading.period is not None
    assert found.reading.period.start == day_start(TODAY - timedelta(days=14), BERLIN)
    assert found.reading.period.end == day_start(TODAY - timedelta(days=7), BERLIN)


def test_the_trend_of_cohorts_compares_ripe_weeks() -> None:
    found = stand(FIRST_QUERY, *signups([5.0] * 7 + [6.0] * 7 + [2.0] * 7)).trend
    assert (found.trend, found.change, found.before) == (Trend.BETTER, 10, 50)
    missing = stand(FIRST_QUERY, *signups([6.0] * 7 + [2.0] * 7)).trend
    assert missing.trend is Trend.UNKNOWN


@pytest.mark.parametrize(("place", "counts"), [(-8, True), (-7, False)])
def test_the_newest_ripe_cohort_is_of_the_day_that_lies_its_time_before_yesterday(
    place: int, counts: bool
) -> None:
    values = [0.1] * 40
    values[place] = 0.9
    found = stand(replace(ACTIVATION, matures=WEEK), daily("app.activation", values, hour=6))
    assert (found.value == 90) is counts


@pytest.mark.parametrize(("hour", "age"), [(7, 25), (12, 30), (23, 41)])
def test_a_cohort_is_as_old_as_the_time_since_it_was_complete(hour: int, age: int) -> None:
    now = datetime(2026, 11, 23, hour, tzinfo=BERLIN)
    found = stand(ACTIVATION, daily("app.activation", [0.12] * 40, hour=6), now=now)
    assert found.reading.at == datetime(2026, 10, 23, 6, tzinfo=BERLIN)
    assert (found.age, found.is_stale, found.state) == (timedelta(hours=age), False, State.VALUE)


def test_a_cohort_that_should_have_come_is_missed() -> None:
    until = TODAY - timedelta(days=31)
    assert not stand(
        ACTIVATION, daily("app.activation", [0.12] * 9, until=until + timedelta(days=1))
    ).is_stale
    assert stand(ACTIVATION, daily("app.activation", [0.12] * 9, until=until)).is_stale


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (date(2026, 10, 24), "its first cohort is complete on 23 Nov: it needs 30 days"),
        (date(2026, 11, 20), "its first cohort is complete on 20 Dec: it needs 30 days"),
        (date(2026, 12, 15), "app.activation was never measured"),
    ],
)
def test_before_the_first_cohort_is_complete_it_says_when(first: date, reason: str) -> None:
    begun = reading_at("app.activation", datetime(first.year, first.month, first.day, 6, tzinfo=BERLIN), 0.12)
    found = stand(ACTIVATION, begun)
    assert (found.state, found.value, found.reading.reason) == (State.NO_DATA, None, reason)
    assert (found.age is not None, found.is_stale) == (first < TODAY, False)


def test_the_first_cohort_counts_on_the_day_after_it_is_complete() -> None:
    begun = reading_at("app.activation", datetime(2026, 10, 23, 6, tzinfo=BERLIN), 0.12)
    assert stand(ACTIVATION, begun).value == 12
    assert stand(ACTIVATION, begun, now=NOON - timedelta(days=1)).value is None


def test_a_cohort_of_the_next_year_says_the_year() -> None:
    begun = reading_at("app.activation", datetime(2026, 12, 15, 6, tzinfo=BERLIN), 0.12)
    found = stand(ACTIVATION, begun, now=datetime(2026, 12, 20, 12, tzinfo=BERLIN))
    assert found.reading.reason == "its first cohort is complete on 14 Jan 2027: it needs 30 days"


def test_a_gap_among_ripe_cohorts_says_its_own_reason() -> None:
    found = stand(FIRST_QUERY, *signups([6.0] * 3 + [None] + [6.0] * 17))
    assert found.value == 60  # the gap lies before the ripe week
    gap = stand(FIRST_QUERY, *signups([6.0] * 9 + [None] + [6.0] * 11))
    assert "1 of 7 days missing: 11 Nov" in gap.reading.reason


def test_once_the_first_cohort_counts_the_measure_says_what_it_lacks() -> None:
    found = stand(FIRST_QUERY, *signups([6.0] * 8))
    assert found.reading.reason.startswith("6 of 7 days missing")


def test_what_was_never_measured_is_told_from_what_still_ripens() -> None:
    begun, _ = signups([6.0] * 7)
    assert stand(FIRST_QUERY, begun).reading.reason == "app.first_queries was never measured"


@pytest.mark.parametrize(("hours", "is_stale"), [(36, False), (37, True)])
def test_an_entry_does_not_ripen(hours: int, is_stale: bool) -> None:
    entered = reading_at(f"entry.hektor.{ACTIVATION.key}", NOON - timedelta(hours=hours), 13.0)
    found = stand(ACTIVATION, entered)
    assert (found.age, found.is_stale) == (timedelta(hours=hours), is_stale)


def test_an_entry_is_taken_as_stated() -> None:
    metric = f"entry.hektor.{ACTIVATION.key}"
    for kpi in (ACTIVATION, replace(ACTIVATION, measure=None)):
        found = stand(kpi, daily(metric, [11.0] * 7 + [13.0] * 7, hour=6))
        assert (found.value, found.age, found.trend.change) == (13, timedelta(hours=30), 2)


@pytest.mark.parametrize("matures", [WEEK, timedelta(days=6, hours=1)])
def test_a_part_of_a_day_is_a_whole_one(matures: timedelta) -> None:
    kpi, moment = replace(ACTIVATION, matures=matures), Moment(NOON, BERLIN)
    assert lag_days(kpi) == 7
    assert ripe(kpi, moment) == moment.close_of(TODAY - timedelta(days=8))


def test_a_cohort_needs_samples_from_before_it_ripened() -> None:
    moment = Moment(NOON, BERLIN)
    found = needed("hektor", FIRST_QUERY, moment)
    assert found["app.signups"] == day_start(TODAY - timedelta(days=14), BERLIN)
    assert needs(FIRST_QUERY, context())["app.signups"] == day_start(TODAY - timedelta(days=21), BERLIN)
    assert found[f"entry.hektor.{FIRST_QUERY.key}"] == NOON


def test_a_pace_of_cohorts_starts_at_what_had_ripened_by_day_0() -> None:
    kpi = replace(ACTIVATION, targets={"day90": replace(ACTIVATION.targets["steady"], horizon="day90")})
    found = stand(kpi, daily("app.activation", [0.05] * 85 + [0.1] * 60, hour=6))
    assert found.pace is not None
    assert (found.pace.start_value, found.pace.end_value) == (5, 12)


def deals(days: int, *, until: date = TODAY) -> tuple[Series, Series]:
    return (
        daily("crm.won", [1.0] * days, until=until),
        daily("crm.closed", [4.0] * days, until=until),
    )


@pytest.mark.parametrize(
    ("days", "value", "reason"),
    [
        (200, 25, ""),
        (90, 25, ""),
        (89, None, "it needs 90 days of data; first on 24 Nov"),
        (39, None, "it needs 90 days of data; first on 13 Jan 2027"),
    ],
)
def test_a_win_rate_waits_for_90_days(days: int, value: float | None, reason: str) -> None:
    found = stand(WIN_RATE, *deals(days))
    assert (found.value, found.reading.reason) == (value, reason)
    assert found.state is (State.VALUE if value is not None else State.NO_DATA)


def test_a_history_is_as_long_as_that_of_its_shortest_metric() -> None:
    won, _ = deals(10)
    _, closed = deals(200)
    assert stand(WIN_RATE, won, closed).reading.reason == "it needs 90 days of data; first on 11 Feb 2027"
    assert stand(WIN_RATE, closed).reading.reason == "crm.won was never measured"


@pytest.mark.parametrize(("days", "value"), [(90, 31.0), (89, None)])
def test_entries_need_a_history_too(days: int, value: float | None) -> None:
    kpi, metric = replace(WIN_RATE, measure=None), f"entry.hektor.{WIN_RATE.key}"
    first = day_start(TODAY - timedelta(days=days), BERLIN) + timedelta(hours=23)
    entered = Series(
        metric,
        (),
        np.array([to_micros(first), to_micros(NOON - timedelta(days=1))], dtype=np.int64),
        np.array([20.0, 31.0]),
        np.ones(2, dtype=np.bool_),
    )
    assert stand(kpi, entered).value == value
    assert stand(WIN_RATE, entered).value == value  # standing in for the measure it needs one as well


@given(days=st.integers(1, 130))
def test_what_is_needed_is_enough_to_tell_how_long_the_history_is(days: int) -> None:
    """Of each metric only the samples since then, and the newest one before, are handed in."""
    whole = deals(days)
    since = needs(WIN_RATE, context())
    cut = [_since(one, to_micros(since[one.metric])) for one in whole]
    assert stand(WIN_RATE, *cut).reading == stand(WIN_RATE, *whole).reading


@given(days=st.integers(1, 130), is_measured=st.booleans())
def test_a_newest_value_needs_its_history_as_well(days: int, is_measured: bool) -> None:
    kpi = replace(WIN_RATE, measure="last(app.activation)" if is_measured else None)
    metric = "app.activation" if is_measured else f"entry.hektor.{kpi.key}"
    whole = daily(metric, [0.25] * days, hour=6)
    moment = Moment(NOON, BERLIN)
    cut = _since(whole, to_micros(needed("hektor", kpi, moment)[metric]))
    found = [read("hektor", kpi, series=SeriesSet((one,), COHORTS), moment=moment) for one in (cut, whole)]
    assert found[0] == found[1]
    assert (found[0].value is None) is (days < 90)


def test_a_fault_is_no_lack_of_history() -> None:
    mixed = replace(WIN_RATE, measure="last(app.signups)")  # a count is no percentage
    found = stand(mixed, daily("app.signups", [10.0]))
    assert (found.state, "signups" in found.reading.reason) == (State.FAULT, True)


@given(days=st.integers(1, 80))
def test_what_is_needed_is_enough_to_name_the_first_cohort(days: int) -> None:
    whole = daily("app.activation", [0.1 + place / 1000 for place in range(days)], hour=6)
    since = needs(ACTIVATION, context())
    cut = _since(whole, to_micros(since[whole.metric]))
    assert stand(ACTIVATION, cut).reading == stand(ACTIVATION, whole).reading


def _since(one: Series, start: int) -> Series:
    """As storage reads it: from `start` on, and the newest sample before."""
    low = max(int(one.at.searchsorted(start)) - 1, 0)
    return replace(one, at=one.at[low:], value=one.value[low:], settled=one.settled[low:])


def test_growth_from_nothing_has_no_number() -> None:
    growth = replace(
        ACTIVATION, matures=None, measure="change(app.activation, 7d) / min(app.activation, 30d)"
    )
    found = stand(growth, daily("app.activation", [0.0] * 30 + [0.5] * 7, hour=6))
    assert (found.state, found.value) == (State.NO_DATA, None)
    assert found.reading.reason == "divided by zero: min of app.activation is 0 in 30 days"
