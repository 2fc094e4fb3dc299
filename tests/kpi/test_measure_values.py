"""What a measure says over series: values, and the reason wherever there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from kpi.calendar import Moment
from kpi.measure import Reading, State, parse
from kpi.metric import EPOCH, Series, SeriesSet, from_micros
from tests.kpi.measured import BERLIN, METRICS, NOW, daily, series_of

MONTH = [float(value) for value in range(1, 61)]  # sixty closed days, 60 yesterday
FULL = series_of(
    daily("stars", [value + 100 for value in MONTH], hour=6),
    daily("visits", MONTH),
    daily("latency", MONTH, hour=12),
    daily("signups", [0.0] * 60),
)


def ask(text: str, series: SeriesSet = FULL, moment: Moment = NOW) -> Reading:
    return parse(text).evaluate(series, moment)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("last(stars)", 160),
        ("last(visits)", 60),
        ("sum(visits, 7d)", 54 + 55 + 56 + 57 + 58 + 59 + 60),
        ("sum(visits, 1w)", 399),
        ("mean(visits, 7d)", 57),
        ("median(visits, 30d)", 45.5),
        ("p95(visits, 21d)", 59),
        ("min(latency, 7d)", 54),
        ("max(stars, 7d)", 160),
        ("mean(stars, 2d)", 159.5),
        ("count(latency, 30d)", 30),
        ("change(stars, 7d)", 7),
        ("rate(stars, 30d)", 1),
        ("change(visits, 7d)", 49),
        ("rate(visits, 7d)", 57),
        ("sum(visits, month)", sum(range(39, 61))),
        ("sum(visits, quarter)", sum(range(8, 61))),
        ("sum(visits, all)", sum(range(1, 61))),
        ("change(stars, all)", 59),
        ("sum(signups, 30d)", 0),
        ("sum(visits, 7d) / last(stars)", 399 / 160),
        ("-last(stars) + 200 * 2 - (10 - 4) / 3", 238),
        ("last(latency) * 2", 120),
        ("12", 12),
    ],
)
def test_a_measure_over_whole_series(text: str, value: float) -> None:
    reading = ask(text)
    assert (reading.state, reading.value, reading.reason) == (State.VALUE, value, "")


def gap(name: str, missing: set[int], *, days: int = 60) -> SeriesSet:
    """`days` samples up to yesterday without those `missing` days ago."""
    return series_of(daily(name, [None if days - index in missing else 1.0 for index in range(days)]))


@pytest.mark.parametrize(
    ("text", "series", "reason"),
    [
        ("last(stars)", series_of(), "stars was never measured"),
        ('last(stars{of="x"})', FULL, 'no series of stars{of="x"}'),
        ("sum(visits, 30d)", gap("visits", {10, 11}), "2 of 30 days missing: 12 Nov, 13 Nov"),
        ("mean(visits, 30d)", gap("visits", {1}), "1 of 30 days missing: 22 Nov"),
        (
            "rate(visits, 30d)",
            gap("visits", set(range(3, 9))),
            "6 of 30 days missing: 15 Nov, 16 Nov, 17 Nov and 3 more",
        ),
        (
            "sum(visits, 7d)",
            gap("visits", set(range(1, 20))),
            "no sample of visits in 7 days; the newest before is of 3 Nov",
        ),
        ("change(visits, 7d)", gap("visits", {9}), "1 of 7 days missing: 14 Nov (the window before)"),
        ("change(visits, all)", FULL, "nothing lies before"),
        (
            "change(stars, 7d)",
            gap("stars", {1, 2}),
            "stars has no reading right before 23 Nov, the last is of 20 Nov",
        ),
        (
            "rate(stars, 7d)",
            gap("stars", {8, 9}),
            "stars has no reading right before 16 Nov, the last is of 13 Nov",
        ),
        ("change(stars, 30d)", gap("stars", set(), days=10), "stars has no reading before 24 Oct"),
        (
            "mean(stars, 7d)",
            gap("stars", set(range(1, 9))),
            "no sample of stars in 7 days; the newest before is of 14 Nov",
        ),
        ("p95(latency, 7d)", gap("latency", set(range(1, 60))), "no sample of latency in 7 days"),
        ("last(stars) / sum(signups, 30d)", FULL, "divided by zero: no signups in 30 days"),
        ("1 / (last(stars) - 160)", FULL, "divided by zero: (last(stars) - 160) is 0"),
        ("last(stars) / last(nothing)", FULL, "nothing was never measured"),
        ("last(stars) * 1e308 * 1e308", FULL, "too large"),
    ],
)
def test_no_data_says_why(text: str, series: SeriesSet, reason: str) -> None:
    reading = ask(text, series)
    assert (reading.state, reading.value) == (State.NO_DATA, None)
    assert reason in reading.reason


@pytest.mark.parametrize("text", ["sum(stars, 7d)", "sum(latency, 7d)", "last(stars) + last(latency)"])
def test_a_measure_that_means_nothing_is_a_fault(text: str) -> None:
    reading = ask(text)
    assert (reading.state, reading.value) == (State.FAULT, None)
    assert reading.reason


def test_a_hole_between_the_ends_of_a_change_does_no_harm() -> None:
    assert ask("change(stars, 7d)", gap("stars", {3, 4, 5})).value == 0


def test_a_level_read_late_in_the_day_is_fresh_enough() -> None:
    assert ask("change(stars, 7d)", series_of(daily("stars", MONTH, hour=1))).value == 7


def test_no_sample_in_the_window_counts_as_zero_only_after_the_first_one() -> None:
    assert ask("count(stars, 7d)", gap("stars", set(range(1, 10)))).value == 0
    assert ask("count(stars, 7d)", series_of(daily("stars", [1.0], ending=0))).state is State.NO_DATA


def test_the_open_day_is_never_part_of_a_window() -> None:
    series = series_of(daily("visits", [*MONTH, 1000.0], ending=0))
    assert ask("sum(visits, 7d)", series).value == 399
    assert ask("last(visits)", series).value == 1000


def test_samples_after_the_moment_do_not_exist() -> None:
    earlier = NOW.at(NOW.now - timedelta(days=10))
    assert ask("last(stars)", moment=earlier).value == 151
    assert ask("sum(visits, 7d)", moment=earlier).value == sum(range(44, 51))
    assert (
        ask("last(stars)", moment=NOW.at(NOW.now - timedelta(days=90))).reason == "stars was never measured"
    )


def test_a_month_has_no_data_on_its_first_day() -> None:
    first = Moment(datetime(2026, 11, 1, 9, tzinfo=BERLIN), BERLIN)
    reading = ask("sum(visits, month)", moment=first)
    assert (reading.state, reading.reason) == (State.NO_DATA, "no day of this month is over yet")
    assert reading.period is not None
    assert reading.period.start == reading.period.end == datetime(2026, 11, 1, tzinfo=BERLIN)


def test_a_reading_carries_its_period_and_its_newest_sample() -> None:
    reading = ask("sum(visits, 30d)")
    assert reading.period is not None
    assert (reading.period.start, reading.period.end) == (
        datetime(2026, 10, 24, tzinfo=BERLIN),
        datetime(2026, 11, 23, tzinfo=BERLIN),
    )
    assert reading.at == datetime(2026, 11, 22, tzinfo=BERLIN)
    assert reading.unit is not None
    assert reading.unit.name == "visits"


def test_arithmetic_is_as_old_as_its_stalest_part() -> None:
    series = series_of(daily("stars", [5.0], ending=9), daily("visits", MONTH))
    reading = ask("last(stars) + sum(visits, 7d)", series)
    assert reading.at == datetime(2026, 11, 14, tzinfo=BERLIN)


def test_an_unsettled_sample_makes_an_unsettled_reading() -> None:
    visits = daily("visits", MONTH)
    open_end = replace(visits, settled=np.array([True] * 59 + [False]))
    assert not ask("sum(visits, 7d)", series_of(open_end)).settled
    assert ask("sum(visits, 7d)", series_of(visits)).settled


def test_units_are_converted_before_they_are_added() -> None:
    slow = {**METRICS, "build": replace(METRICS["latency"], name="build", unit="min")}
    series = SeriesSet((daily("latency", [30.0]), daily("build", [2.0])), slow)
    assert ask("last(latency) + last(build)", series).value == 150
    assert ask("last(build) / last(latency)", series).value == 4


def test_a_level_adds_up_its_labels_and_a_filter_picks_one() -> None:
    series = series_of(daily("stars", [5.0, 6.0], repo="a"), daily("stars", [10.0, 20.0], repo="b"))
    assert ask("last(stars)", series).value == 26
    assert ask('last(stars{repo="a"})', series).value == 6
    assert ask("max(stars, 2d)", series).value == 26
    assert ask("mean(stars, 2d)", series).value == 20.5


def test_a_flow_adds_up_its_labels_day_by_day() -> None:
    series = series_of(daily("visits", [5.0, 6.0], via="a"), daily("visits", [10.0, None], via="b"))
    assert ask("sum(visits, 2d)", series).value == 21
    assert ask("max(visits, 2d)", series).value == 15
    assert ask("last(visits)", series).value == 6


def test_a_total_over_labels_skips_the_days_that_one_of_them_missed() -> None:
    whole, holed = (
        daily("stars", [1.0] * 9, repo="a"),
        daily("stars", [1.0] * 4 + [None] * 4 + [1.0], repo="b"),
    )
    assert ask("min(stars, 9d)", series_of(whole, holed)).value == 2


def test_a_ratio_of_several_labels_wants_a_name() -> None:
    series = series_of(daily("latency", [1.0], of="a"), daily("latency", [2.0], of="b"))
    reading = ask("last(latency)", series)
    assert reading.state is State.NO_DATA
    assert "name a label" in reading.reason
    assert ask('last(latency{of="b"})', series).value == 2


@pytest.mark.parametrize(("function", "value"), [("mean", 0.4), ("median", 0.0), ("max", 1.0)])
def test_events_of_several_labels_are_one_population(function: str, value: float) -> None:
    event = replace(METRICS["latency"], name="success", is_event=True)
    builds = (daily("success", [1.0], of="lint"), daily("success", [0.0, 1.0, 0.0, 0.0], of="test"))
    series = SeriesSet(builds, {"success": event})
    assert ask(f"{function}(success, 7d)", series).value == value
    assert "name a label" in ask("last(success)", series).reason


def test_a_weekly_flow_covers_its_week() -> None:
    weeks: list[float | None] = [10.0, *[None] * 6] * 4
    assert ask("sum(newsletter, 4w)", series_of(daily("newsletter", weeks))).value == 40
    late = weeks[:7] + [None] * 7 + weeks[14:]
    assert "7 of 28 days missing" in ask("sum(newsletter, 4w)", series_of(daily("newsletter", late))).reason


def test_an_unknown_metric_is_taken_for_a_level_unless_it_is_summed() -> None:
    series = SeriesSet((daily("mystery", [1.0, 2.0, 3.0]),))
    assert ask("change(mystery, 1d)", series).value == 1
    assert ask("sum(mystery, 3d)", series).value == 6
    assert ask("last(mystery)", series).unit is None


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_a_number_never_leaves(bad: float) -> None:
    series = series_of(daily("stars", [1.0, bad]), daily("visits", [1.0, bad]))
    for text in (
        "last(stars)",
        "sum(visits, 2d)",
        "mean(stars, 2d)",
        "1 / last(stars)",
        "last(stars) - last(stars)",
    ):
        reading = ask(text, series)
        assert reading.value is None
        assert "not a number" in reading.reason


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("last(stars)", NOW.now),
        ("sum(stars, 30d)", datetime(2026, 10, 24, tzinfo=BERLIN)),
        ("change(stars, 7d)", datetime(2026, 11, 9, tzinfo=BERLIN)),
        ("sum(stars, month)", datetime(2026, 11, 1, tzinfo=BERLIN)),
        ("last(stars) + sum(stars, 7d)", datetime(2026, 11, 16, tzinfo=BERLIN)),
        ("sum(stars, all)", EPOCH),
    ],
)
def test_a_measure_says_since_when_it_needs_samples(text: str, since: datetime) -> None:
    assert parse(text).since(NOW) == {"stars": since}


@pytest.mark.parametrize(
    "text",
    ["last(stars)", "change(stars, 7d)", "change(visits, 7d)", "mean(visits, 30d)", "p95(latency, month)"],
)
def test_samples_since_then_and_one_before_give_the_same_answer(text: str) -> None:
    (since,) = parse(text).since(NOW).values()

    def cut(one: Series) -> Series:
        index = max(0, sum(from_micros(int(at)) < since for at in one.at) - 1)
        return replace(one, at=one.at[index:], value=one.value[index:], settled=one.settled[index:])

    assert ask(text, series_of(*map(cut, FULL))) == ask(text)


@pytest.mark.parametrize("text", ["sum(newsletter, 3d)", "mean(newsletter, 3d)", "change(newsletter, 5d)"])
def test_days_within_one_amount_of_a_slow_flow_have_none_of_their_own(text: str) -> None:
    reading = ask(text, series_of(daily("newsletter", [1200.0], ending=5)))
    assert (reading.state, reading.value) == (State.NO_DATA, None)
    assert reading.reason
