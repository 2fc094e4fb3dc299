"""Wall-clock times stay wall-clock times, whatever the zone does to its clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cadence import Cadence, Owed
from kpi.calendar import day_of, day_start

EVERY_DAY = frozenset(range(7))
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "America/Sao_Paulo",
    "America/Scoresbysund",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Beirut",
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Havana",
    "Europe/Dublin",
    "Antarctica/Troll",
    "Pacific/Apia",
    "Pacific/Chatham",
    "UTC",
)


def local(at: datetime | None, zone: str) -> str:
    assert at is not None
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M %z}"


@pytest.mark.parametrize(
    ("zone", "at", "day", "expected"),
    [
        ("Europe/Berlin", time(9), date(2026, 3, 28), "2026-03-28 09:00 +0100"),
        ("Europe/Berlin", time(9), date(2026, 3, 29), "2026-03-29 09:00 +0200"),
        ("Europe/Berlin", time(2, 30), date(2026, 3, 29), "2026-03-29 03:30 +0200"),
        ("Europe/Berlin", time(2, 30), date(2026, 10, 25), "2026-10-25 02:30 +0200"),
        ("Australia/Lord_Howe", time(2, 15), date(2026, 10, 4), "2026-10-04 02:45 +1100"),
        ("Australia/Lord_Howe", time(1, 45), date(2026, 4, 5), "2026-04-05 01:45 +1100"),
        ("Asia/Kolkata", time(9), date(2026, 6, 1), "2026-06-01 09:00 +0530"),
        ("Asia/Kathmandu", time(9), date(2026, 6, 1), "2026-06-01 09:00 +0545"),
        ("America/Sao_Paulo", time(0, 30), date(2018, 11, 4), "2018-11-04 01:30 -0200"),
        ("America/Havana", time(0), date(2026, 3, 8), "2026-03-08 01:00 -0400"),
        ("America/Havana", time(0, 30), date(2026, 11, 1), "2026-11-01 00:30 -0400"),
        ("Africa/Cairo", time(0, 15), date(2026, 4, 24), "2026-04-24 01:15 +0300"),
        ("Europe/Dublin", time(1, 30), date(2026, 10, 25), "2026-10-25 01:30 +0100"),
        ("Antarctica/Troll", time(2), date(2026, 3, 29), "2026-03-29 04:00 +0200"),
        ("Africa/Casablanca", time(2, 30), date(2026, 3, 22), "2026-03-22 03:30 +0100"),
        ("Asia/Pyongyang", time(23, 45), date(2018, 5, 4), "2018-05-04 23:29 +0830"),
    ],
)
def test_a_report_is_due_by_the_wall_clock(zone: str, at: time, day: date, expected: str) -> None:
    assert local(Cadence(at, EVERY_DAY).on(day, ZoneInfo(zone)), zone) == expected


def test_a_gap_before_midnight_does_not_move_a_report_to_the_next_day() -> None:
    zone = ZoneInfo("America/Scoresbysund")  # Saturday 23:00 becomes Sunday 00:00
    due = Cadence(time(23, 30), EVERY_DAY).on(date(2026, 3, 28), zone)
    assert due is not None
    assert day_of(due, zone) == date(2026, 3, 28)


def test_a_day_that_the_zone_skipped_owes_nothing() -> None:
    apia = ZoneInfo("Pacific/Apia")
    for hour in (0, 9, 23):
        assert Cadence(time(hour), EVERY_DAY).on(date(2011, 12, 30), apia) is None


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    at=st.times().map(lambda one: one.replace(second=0, microsecond=0, fold=0)),
    day=st.dates(date(2005, 1, 1), date(2037, 12, 1)),
)
def test_every_day_has_its_report_once_within_itself(zone: ZoneInfo, at: time, day: date) -> None:
    cadence = Cadence(at, EVERY_DAY)
    due = cadence.on(day, zone)
    start, end = day_start(day, zone), day_start(day + timedelta(days=1), zone)
    if start == end:
        assert due is None
        return
    assert due is not None
    assert start <= due < end
    written = datetime.combine(day, at, zone)
    exists = written.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == written.replace(tzinfo=None)
    if exists:
        assert due == written.astimezone(UTC)
    assert list(
        cadence.between(start - timedelta(microseconds=1), end - timedelta(microseconds=1), zone)
    ) == [due]


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    at=st.times().map(lambda one: one.replace(second=0, microsecond=0, fold=0)),
    days=st.frozensets(st.integers(0, 6), min_size=1),
    start=st.integers(0, 30 * 365 * 1440).map(
        lambda one: datetime(2006, 1, 1, tzinfo=UTC) + timedelta(minutes=one)
    ),
    steps=st.lists(st.integers(1, 40 * 60), min_size=1, max_size=20),
)
def test_looking_in_steps_finds_what_one_look_finds(
    zone: ZoneInfo, at: time, days: frozenset[int], start: datetime, steps: list[int]
) -> None:
    cadence = Cadence(at, days)
    now, found = start, []
    for minutes in steps:
        found += cadence.between(now, now + timedelta(minutes=minutes), zone)
        now += timedelta(minutes=minutes)
    assert found == list(cadence.between(start, now, zone))
    assert len(set(found)) == len(found)
    assert len({day_of(due, zone) for due in found}) == len(found)


def test_before_and_next_are_the_neighbours() -> None:
    weekdays = Cadence(time(9), frozenset(range(5)))
    berlin = ZoneInfo("Europe/Berlin")
    monday = weekdays.on(date(2026, 11, 23), berlin)
    assert monday is not None
    assert local(weekdays.before(monday, berlin), "Europe/Berlin") == "2026-11-20 09:00 +0100"
    assert local(weekdays.next(monday, berlin), "Europe/Berlin") == "2026-11-24 09:00 +0100"


def test_a_key_names_report_channel_and_period() -> None:
    owed = Owed("daily", "slack", "C1", Cadence(time(9), EVERY_DAY))
    assert owed.key("2026-11-24") == "daily/slack:C1/2026-11-24"


def test_a_cadence_is_worded_anew_by_the_same_calendar() -> None:
    closed = Cadence(time(9), EVERY_DAY, closed=lambda _year: frozenset({date(2026, 11, 24)}))
    again = closed.reworded("10:30 business days Asia/Kathmandu")
    assert (again.at, again.zone) == (time(10, 30), ZoneInfo("Asia/Kathmandu"))
    assert not again.holds(date(2026, 11, 24))
    assert again.holds(date(2026, 11, 25))
    with pytest.raises(ValueError, match="mondey"):
        closed.reworded("10:30 mondey")
