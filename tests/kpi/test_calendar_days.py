"""Days of a zone: their boundaries under every kind of clock change, and what a closed day is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.calendar import Moment, Period, day_of, day_start

ZONES = [
    ZoneInfo(name)
    for name in (
        "Africa/Cairo",
        "Africa/Casablanca",
        "America/Havana",
        "America/New_York",
        "America/Santiago",
        "America/Sao_Paulo",
        "America/St_Johns",
        "America/Toronto",
        "Antarctica/Troll",
        "Asia/Beirut",
        "Asia/Gaza",
        "Asia/Kathmandu",
        "Asia/Kolkata",
        "Asia/Tehran",
        "Australia/Lord_Howe",
        "Europe/Berlin",
        "Pacific/Apia",
        "Pacific/Chatham",
        "Pacific/Kiritimati",
        "UTC",
    )
]
DAY = timedelta(days=1)
zones = st.sampled_from(ZONES)
days = st.dates(date(1975, 1, 1), date(2060, 12, 31))
instants = st.integers(157_766_400, 2_871_763_200).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)  # 1975-2060


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "starts", "hours"),
    [
        ("UTC", date(2026, 3, 29), utc(2026, 3, 29), 24),
        ("Europe/Berlin", date(2026, 3, 29), utc(2026, 3, 28, 23), 23),
        ("Europe/Berlin", date(2026, 10, 25), utc(2026, 10, 24, 22), 25),
        ("Asia/Kathmandu", date(2026, 11, 23), utc(2026, 11, 22, 18, 15), 24),
        ("Australia/Lord_Howe", date(2026, 10, 4), utc(2026, 10, 3, 13, 30), 23.5),
        ("Australia/Lord_Howe", date(2026, 4, 5), utc(2026, 4, 4, 13), 24.5),
        ("Asia/Beirut", date(2026, 3, 29), utc(2026, 3, 28, 22), 23),  # midnight is skipped: 00:00 to 01:00
        ("America/Sao_Paulo", date(2018, 11, 4), utc(2018, 11, 4, 3), 23),
        ("America/Sao_Paulo", date(2018, 2, 17), utc(2018, 2, 17, 2), 25),  # 23:00 comes twice, midnight once
        ("America/Havana", date(2025, 11, 2), utc(2025, 11, 2, 4), 25),  # midnight comes twice: the first
        ("America/St_Johns", date(2010, 11, 7), utc(2010, 11, 7, 2, 30), 25),  # 00:01 back to 23:01
        ("America/Toronto", date(1919, 3, 31), utc(1919, 3, 31, 4, 30), 23.5),  # the gap spans midnight
        ("Africa/Casablanca", date(2026, 2, 15), utc(2026, 2, 14, 23), 25),  # Ramadan: off summer time
        ("Africa/Casablanca", date(2026, 3, 22), utc(2026, 3, 22), 23),
        ("Pacific/Apia", date(2011, 12, 29), utc(2011, 12, 29, 10), 24),
        ("Pacific/Apia", date(2011, 12, 30), utc(2011, 12, 30, 10), 0),  # the day that never was
        ("Pacific/Apia", date(2011, 12, 31), utc(2011, 12, 30, 10), 24),
        ("Pacific/Kwajalein", date(1969, 9, 30), utc(1969, 9, 29, 13), 47),  # the day that came twice
    ],
)
def test_a_day_starts_and_lasts_as_its_clock_says(
    zone: str, day: date, starts: datetime, hours: float
) -> None:
    start = day_start(day, ZoneInfo(zone))
    assert start == starts
    assert start.tzinfo is UTC
    assert day_start(day + DAY, ZoneInfo(zone)) - start == timedelta(hours=hours)


@given(day=days, zone=zones)
def test_days_follow_each_other_without_gap_or_overlap(day: date, zone: ZoneInfo) -> None:
    lasts = day_start(day + DAY, zone) - day_start(day, zone)
    skipped = zone.key == "Pacific/Apia" and day == date(2011, 12, 30)
    skipped |= zone.key == "Pacific/Kiritimati" and day == date(1994, 12, 31)
    assert lasts == timedelta(0) if skipped else timedelta(hours=20) <= lasts <= timedelta(hours=28)


@given(day=days, zone=zones)
def test_a_day_starts_on_a_whole_minute_at_its_own_first_instant(day: date, zone: ZoneInfo) -> None:
    start = day_start(day, zone)
    assert (start.second, start.microsecond) == (0, 0)
    assert day_of(start, zone) >= day
    assert day_of(start - timedelta(microseconds=1), zone) < day


@given(at=instants, zone=zones)
def test_every_instant_lies_in_exactly_its_day(at: datetime, zone: ZoneInfo) -> None:
    day = day_of(at, zone)
    assert at in Period(day_start(day, zone), day_start(day + DAY, zone))


@given(at=instants, zone=zones, step=st.timedeltas(timedelta(0), timedelta(days=2)))
def test_the_day_never_turns_back(at: datetime, zone: ZoneInfo, step: timedelta) -> None:
    assert day_of(at, zone) <= day_of(at + step, zone)


@pytest.mark.parametrize("minutes", range(-90, 91, 15))
@pytest.mark.parametrize("day", [date(2010, 11, 7), date(2010, 3, 14)])
def test_a_clock_set_back_over_midnight_does_not_reopen_yesterday(day: date, minutes: int) -> None:
    zone = ZoneInfo("America/St_Johns")
    at = day_start(day, zone) + timedelta(minutes=minutes)
    assert day_of(at, zone) == (day if minutes >= 0 else day - DAY)


def test_the_same_instant_is_two_days_in_two_zones() -> None:
    at = utc(2026, 11, 23, 10, 30)
    assert day_of(at, ZoneInfo("Pacific/Kiritimati")) == date(2026, 11, 24)
    assert day_of(at, ZoneInfo("America/New_York")) == date(2026, 11, 23)


@given(at=instants, zone=zones, count=st.integers(1, 120), ending=st.integers(0, 60))
def test_closed_days_end_before_now_and_join_up(
    at: datetime, zone: ZoneInfo, count: int, ending: int
) -> None:
    moment = Moment(at, zone)
    window, before = (
        moment.closed_days(count, ending=ending),
        moment.closed_days(count, ending=ending + count),
    )
    assert window.end <= moment.midnight <= at
    assert before.end == window.start
    assert day_of(window.start, zone) >= moment.today - timedelta(days=count + ending)


@given(day=days, zone=zones)
def test_at_its_closing_a_day_is_closed_and_its_last_instant_is_now(day: date, zone: ZoneInfo) -> None:
    moment = Moment(utc(2026, 11, 23), zone).close_of(day)
    end = day_start(day + DAY, zone)
    assert moment.now == end - timedelta(microseconds=1)
    assert moment.midnight == moment.closed_days(1).end == end
    assert moment.day <= day
    assert not moment.at(moment.now).closing


def test_the_next_day_is_open_while_a_day_closes() -> None:
    moment = Moment(utc(2026, 11, 23), ZoneInfo("Europe/Berlin"), utc(2026, 11, 30)).close_of(
        date(2026, 9, 30)
    )
    assert (moment.day, moment.today, moment.as_of) == (
        date(2026, 9, 30),
        date(2026, 10, 1),
        utc(2026, 11, 30),
    )


def test_today_is_open_from_its_first_instant() -> None:
    zone = ZoneInfo("Asia/Beirut")
    first = day_start(date(2026, 3, 29), zone)
    assert Moment(first, zone).closed_days(1).end == first
    assert Moment(first - timedelta(microseconds=1), zone).closed_days(1).end == first - timedelta(hours=24)


def test_a_skipped_day_is_closed_and_empty() -> None:
    moment = Moment(utc(2011, 12, 30, 12), ZoneInfo("Pacific/Apia"))
    assert moment.today == date(2011, 12, 31)
    window = moment.closed_days(1)
    assert window.start == window.end
    assert moment.closed_days(2).end - moment.closed_days(2).start == DAY


def test_a_moment_moves_and_keeps_its_view() -> None:
    known = utc(2026, 11, 1)
    moment = Moment(utc(2026, 11, 23), ZoneInfo("Europe/Berlin"), known)
    assert moment.at(utc(2026, 10, 1)) == Moment(utc(2026, 10, 1), ZoneInfo("Europe/Berlin"), known)


def test_naive_times_are_refused() -> None:
    naive = datetime(2026, 11, 23)  # noqa: DTZ001  # the fault under test
    with pytest.raises(ValueError, match="aware"):
        Moment(naive, ZoneInfo("UTC"))
    with pytest.raises(ValueError, match="aware"):
        Moment(utc(2026, 11, 23), ZoneInfo("UTC"), naive)
    with pytest.raises(ValueError, match="aware"):
        day_of(naive, ZoneInfo("UTC"))
