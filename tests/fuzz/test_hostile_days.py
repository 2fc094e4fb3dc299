"""Days that clocks disturb, and moments far away: a measure counts each calendar day once and never fails."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from kpi.calendar import Moment, Plan, day_of, day_start
from kpi.measure import Measure, State, parse
from kpi.metric import Kind, Metric, Series, SeriesSet, to_micros
from kpi.window import Window
from tests.fuzz.test_hostile_files import without_a_hang

METRICS = {
    "visits": Metric("visits", "visits", Kind.FLOW, ""),
    "stars": Metric("stars", "stars", Kind.LEVEL, ""),
}
FUNCTIONS = ("sum", "mean", "median", "p95", "min", "max", "count", "change", "rate")
WINDOWS = ("1d", "7d", "30d", "4w", "month", "quarter", "all")
EDGES = {
    "Beirut skips midnight": ("Asia/Beirut", date(2026, 3, 29), 23),
    "Beirut has it twice": ("Asia/Beirut", date(2026, 10, 24), 25),
    "Lord Howe, half an hour less": ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
    "Lord Howe, half an hour more": ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
    "Apia, a day that did not come": ("Pacific/Apia", date(2011, 12, 30), 0),
    "São Paulo skips midnight": ("America/Sao_Paulo", date(2018, 11, 4), 23),
    "St. John's, one minute past": ("America/St_Johns", date(2011, 3, 13), 23),
    "Monrovia, 44 and a half minutes": ("Africa/Monrovia", date(1972, 1, 7), 24 - 44.5 / 60),
    "Berlin in spring": ("Europe/Berlin", date(2026, 3, 29), 23),
    "Berlin in autumn": ("Europe/Berlin", date(2026, 10, 25), 25),
    "Casablanca around Ramadan": ("Africa/Casablanca", date(2026, 2, 15), 25),
}


def series(name: str, day: date, zone: ZoneInfo, *, before: int = 80, after: int = 3) -> SeriesSet:
    """A sample worth one at the start of each calendar day around `day`, but for days that did not come."""
    days = [day + timedelta(days=at) for at in range(-before, after)]
    starts = sorted({to_micros(day_start(one, zone)) for one in days})
    at = np.array(starts, dtype=np.int64)
    return SeriesSet((Series(name, (), at, np.ones(len(at)), np.ones(len(at), dtype=np.bool_)),), METRICS)


@pytest.mark.parametrize(("name", "day", "hours"), EDGES.values(), ids=EDGES.keys())
def test_a_day_is_as_long_as_its_clock_says(name: str, day: date, hours: float) -> None:
    zone = ZoneInfo(name)
    length = day_start(day + timedelta(days=1), zone) - day_start(day, zone)
    assert length == timedelta(hours=hours)
    period = Window("1d", 1).days(Moment(day_start(day + timedelta(days=1), zone), zone)).period
    assert period.end - period.start == length


@pytest.mark.parametrize(("name", "day", "hours"), EDGES.values(), ids=EDGES.keys())
@pytest.mark.parametrize("later", [1, 2, 7])
def test_seven_days_around_an_edge_are_seven_days(name: str, day: date, hours: float, later: int) -> None:
    zone = ZoneInfo(name)
    now = day_start(day + timedelta(days=later), zone) + timedelta(hours=9)
    reading = parse("count(visits, 7d)").evaluate(series("visits", day, zone, after=9), Moment(now, zone))
    assert reading.value == (6 if hours == 0 else 7)  # a day that did not come has no sample of its own
    total = parse("sum(visits, 7d)").evaluate(series("visits", day, zone, after=9), Moment(now, zone))
    assert total.value == (None if hours == 0 else 7)


@pytest.mark.parametrize(("name", "day", "hours"), EDGES.values(), ids=EDGES.keys())
def test_no_measure_fails_at_any_moment_of_an_edge(name: str, day: date, hours: float) -> None:
    zone = ZoneInfo(name)
    start = day_start(day, zone)
    moments = [
        start + timedelta(minutes=minutes) for minutes in (-61, -1, 0, 1, 31, 59, 60, 61, 181, 1440, 1501)
    ]
    measures = [parse(f"{function}({metric}, {window})") for function, metric, window in calls()]
    found = series("visits", day, zone).series + series("stars", day, zone).series
    with without_a_hang():
        for now in moments:
            for moment in (Moment(now, zone), Moment(now, zone).close_of(day_of(now, zone))):
                _check(measures, SeriesSet(found, METRICS), moment)


def calls() -> list[tuple[str, str, str]]:
    return [
        (function, metric, window)
        for function in FUNCTIONS
        for metric in ("visits", "stars")
        for window in WINDOWS
        if not (function == "sum" and metric == "stars")
    ]


def _check(measures: list[Measure], found: SeriesSet, moment: Moment) -> None:
    for one in measures:
        reading = one.evaluate(found, moment)
        assert reading.state is not State.FAULT
        assert (reading.value is None) == bool(reading.reason)
        assert reading.period is None or reading.period.end <= moment.midnight


@pytest.mark.parametrize("year", [1970, 1980, 2199])
@pytest.mark.parametrize("window", WINDOWS)
def test_moments_far_away_are_no_fault(year: int, window: str) -> None:
    moment = Moment(datetime(year, 6, 15, 12, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
    found = series("visits", date(2026, 11, 23), ZoneInfo("Europe/Berlin"))
    assert parse(f"sum(visits, {window})").evaluate(found, moment).value in (None, 0.0, 83.0)


def test_before_the_first_sample_there_was_never_a_number() -> None:
    zone = ZoneInfo("Europe/Berlin")
    moment = Moment(datetime(2020, 1, 1, tzinfo=UTC), zone)
    reading = parse("last(visits)").evaluate(series("visits", date(2026, 11, 23), zone), moment)
    assert (reading.state, reading.reason) == (State.NO_DATA, "visits was never measured")


@pytest.mark.parametrize(
    "horizon", ["day90", "month3", "q1", "day9999", "month9999", "q9", "phase1", "steady"]
)
def test_a_deadline_is_known_or_not_wherever_the_start_lies(horizon: str) -> None:
    for start in (None, date(1980, 1, 1), date(2024, 2, 29), date(2200, 12, 31)):
        plan = Plan(start, ZoneInfo("Europe/Berlin"))
        deadline = plan.deadline(horizon)
        assert deadline is None or deadline >= date(1980, 1, 1)
        assert plan.is_past(horizon, date(1979, 1, 1)) is False
