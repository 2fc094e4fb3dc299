"""Every kind of rule through every clock change of twenty years in twelve zones, held against zoneinfo."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cadence import LAST_DAY, Cadence
from bot.settings_calendar import CalendarEntry
from bot.settings_days import FORTNIGHTS
from bot.settings_schedule import CadenceEntry
from kpi.calendar import day_of, day_start

ZONES = (
    *("Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo", "Africa/Casablanca", "Pacific/Apia"),
    *("America/St_Johns", "Asia/Beirut", "Asia/Tehran", "Pacific/Chatham", "Europe/Berlin"),
    *("America/New_York", "Asia/Kolkata"),
)
ODD_ZONES = (
    *("America/Havana", "America/Santiago", "Africa/Cairo", "America/Asuncion"),  # they put out midnight
    *("Antarctica/Troll", "Europe/Dublin", "Asia/Pyongyang", "America/Scoresbysund"),
)
"""By two hours; with winter time as the saving one; by half an hour for good; from the last hour of a day."""
SPANS = ((date(2011, 6, 1), date(2021, 6, 1)), (date(2021, 6, 1), date(2031, 6, 1)))
"""Ten years with Apia's lost day, Brazil's last summer time and Morocco's Ramadan; ten more to come."""

TIMES = (time(0), time(0, 30), time(1, 45), time(2, 15), time(2, 30), time(3), time(9), time(23, 45))
RULES = (
    *("daily", "weekdays", "business days", "monday,thursday", "odd weeks monday"),
    *("every 3 weeks from 2010-09-08", "1st business day", "2nd business day", "last business day"),
    *("last friday", "15th", "31st", "month start", "month end", "quarter start", "quarter end"),
    *("fiscal quarter end", "1st business day of the quarter", "yearly 2 january", "yearly 29 february"),
)
CALENDAR = CalendarEntry.model_validate(
    {"country": "DE", "subdivision": "BE", "closed": (date(2026, 12, 24),), "fiscal_year": "february"}
)
DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")

zones = st.sampled_from(ZONES + ODD_ZONES).map(ZoneInfo)
times = st.sampled_from(TIMES)
rules = st.sampled_from(RULES)
instants = st.integers(0, 20 * 365 * 1440).map(
    lambda one: datetime(2011, 6, 1, tzinfo=UTC) + timedelta(minutes=one)
)


def cadence(rule: str, at: time = time(9)) -> Cadence:
    return Cadence.of(CadenceEntry.model_validate(f"{at:%H:%M} {rule}"), CALENDAR)


@lru_cache(maxsize=64)
def changes(zone: str, span: tuple[date, date]) -> tuple[date, ...]:
    """The days on which the zone sets its clock in that time, by zoneinfo alone."""
    where, (first, last) = ZoneInfo(zone), span
    found, before = [], None
    for offset in range((last - first).days):
        day = first + timedelta(days=offset)
        after = datetime.combine(day + DAY, time(0), where).utcoffset()
        if before is not None and after != before:
            found.append(day)
        before = after
    return tuple(found)


def exists(day: date, at: time, zone: ZoneInfo) -> bool:
    wall = datetime.combine(day, at, zone)
    return wall.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None)


@pytest.mark.parametrize("span", SPANS, ids=("past", "to_come"))
@pytest.mark.parametrize("zone", ZONES + ODD_ZONES)
def test_every_clock_change_leaves_each_day_its_one_report(zone: str, span: tuple[date, date]) -> None:
    where = ZoneInfo(zone)
    has_changes = zone not in ("Asia/Kathmandu", "Asia/Kolkata")
    assert bool(changes(zone, SPANS[0])) == has_changes
    for changed in changes(zone, span) or (span[0],):
        for at in TIMES:
            daily = cadence("daily", at)
            days = [changed + timedelta(days=offset) for offset in range(-2, 3)]
            found = [(day, due) for day in days if (due := daily.on(day, where)) is not None]
            assert [due for _, due in found] == sorted({due for _, due in found})
            assert [day for day, _ in found] == [
                day for day in days if day_start(day, where) < day_start(day + DAY, where)
            ]
            for day, due in found:
                assert daily.day(due, where) == day
                if exists(day, at, where):
                    assert due == datetime.combine(day, at, where).astimezone(UTC)
                else:
                    late = due.astimezone(where).replace(tzinfo=None) - datetime.combine(day, at)
                    most = timedelta(hours=2 if zone == "Antarctica/Troll" else 1)
                    is_last = due == day_start(day + DAY, where) - timedelta(seconds=1)
                    assert timedelta(0) <= late <= most or is_last, "the gap took the end of the day"


@pytest.mark.parametrize("rule", RULES)
def test_around_every_clock_change_a_rule_takes_its_own_days(rule: str) -> None:
    for zone in ZONES:
        where = ZoneInfo(zone)
        for at in (time(0), time(2, 30)):
            one, daily = cadence(rule, at), cadence("daily", at)
            for changed in changes(zone, SPANS[0])[:6] + changes(zone, SPANS[1])[:6]:
                days = [changed + timedelta(days=offset) for offset in range(-2, 3)]
                expected = [due for day in days if one.holds(day) and (due := daily.on(day, where))]
                start, end = day_start(days[0], where), day_start(days[-1] + DAY, where)
                assert list(one.between(start - DAY / 86400, end - DAY / 86400, where)) == expected


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_gives_one_instant_for_each_of_its_days_in_order(rule: str) -> None:
    zone, first = ZoneInfo("America/Sao_Paulo"), date(2016, 1, 1)
    one = cadence(rule, time(0))
    found = list(one.between(day_start(first, zone) - DAY / 86400, day_start(date(2020, 1, 1), zone), zone))
    every = (first + timedelta(days=offset) for offset in range(4 * 366))
    days = [day for day in every if day < date(2020, 1, 1) and one.holds(day)]
    assert [day_of(due, zone) for due in found if day_of(due, zone) < date(2020, 1, 1)] == days
    assert found == sorted(set(found))
    assert len(days) >= 4


@settings(max_examples=30)
@given(rule=rules, at=times, zone=zones, start=instants, steps=st.lists(st.integers(1, 90), max_size=8))
def test_looking_in_steps_finds_what_one_look_finds(
    rule: str, at: time, zone: ZoneInfo, start: datetime, steps: list[int]
) -> None:
    one, now, found = cadence(rule, at), start, []
    for days in steps:
        until = now + timedelta(days=days, hours=days % 24)
        found += one.between(now, until, zone)
        now = until
    assert found == list(one.between(start, now, zone))
    assert found == list(islice(one.upcoming(start, zone), len(found)))


@settings(max_examples=40)
@given(rule=rules, at=times, zone=zones, start=instants)
def test_before_and_next_undo_each_other(rule: str, at: time, zone: ZoneInfo, start: datetime) -> None:
    one = cadence(rule, at)
    due = one.next(start, zone)
    assert due is not None
    assert due > start
    following = one.next(due, zone)
    assert following is not None
    assert one.before(following, zone) == due
    previous = one.before(due, zone)
    assert previous is not None
    assert previous <= start
    assert one.next(previous, zone) == due
    assert due - previous <= one.reach


def local(at: datetime | None) -> str:
    assert at is not None
    return f"{at.astimezone(BERLIN):%a %Y-%m-%d %H:%M %z}"


@pytest.mark.parametrize(
    ("rule", "day", "since"),
    [
        ("weekdays", date(2026, 11, 23), "Fri 2026-11-20 09:00 +0100"),
        ("business days", date(2026, 4, 7), "Thu 2026-04-02 09:00 +0200"),  # Good Friday to Easter Monday
        ("business days", date(2026, 12, 28), "Wed 2026-12-23 09:00 +0100"),  # 24 is closed, 25 a holiday
        ("month end", date(2026, 3, 31), "Sat 2026-02-28 09:00 +0100"),
        ("1st business day of the quarter", date(2026, 4, 1), "Fri 2026-01-02 09:00 +0100"),
        ("quarter end", date(2026, 12, 31), "Wed 2026-09-30 09:00 +0200"),
        ("fiscal quarter end", date(2026, 4, 30), "Sat 2026-01-31 09:00 +0100"),
        ("yearly 29 february", date(2029, 2, 28), "Tue 2028-02-29 09:00 +0100"),
        ("even weeks monday", date(2027, 1, 11), "Mon 2026-12-21 09:00 +0100"),
        ("every 2 weeks monday", date(2027, 1, 4), "Mon 2026-12-21 09:00 +0100"),
    ],
)
def test_a_report_speaks_since_the_one_before_it(rule: str, day: date, since: str) -> None:
    one = cadence(rule)
    due = one.on(day, BERLIN)
    assert due is not None
    assert local(one.before(due, BERLIN)) == since


def test_the_first_of_an_anchored_rule_has_none_before_it() -> None:
    one = cadence("every 2 weeks from 2026-09-07")
    first = one.next(datetime(2011, 1, 1, tzinfo=UTC), BERLIN)
    assert local(first) == "Mon 2026-09-07 09:00 +0200"
    assert first is not None
    assert one.before(first, BERLIN) is None


def test_every_two_weeks_is_fourteen_days_apart_over_a_year_of_53_weeks() -> None:
    one = cadence("every 2 weeks monday")
    due = list(islice(one.upcoming(datetime(2026, 1, 1, tzinfo=UTC), BERLIN), 60))
    days = [day_of(at, BERLIN) for at in due]
    assert days[0] == FORTNIGHTS
    assert {later - earlier for earlier, later in pairwise(days)} == {timedelta(days=14)}
    assert date(2026, 12, 21) in days
    assert date(2027, 1, 4) in days, "by even ISO weeks it would be the 11th"
    assert one.words == "every 2 weeks on Monday, from 2026-01-05", "it says which weeks"


def test_a_zone_of_its_own_wins_over_the_one_it_is_asked_for() -> None:
    one = cadence("daily America/Los_Angeles", time(15))
    due = list(islice(one.upcoming(datetime(2026, 10, 23, tzinfo=UTC), BERLIN), 10))
    assert {f"{at.astimezone(ZoneInfo('America/Los_Angeles')):%H:%M}" for at in due} == {"15:00"}
    assert {f"{at.astimezone(BERLIN):%H:%M}" for at in due} == {"00:00", "23:00"}
    assert len({one.day(at, BERLIN) for at in due}) == 10, "each is its own period"
    assert len({day_of(at, BERLIN) for at in due}) == 9, "two of them fall on one day in Berlin"


def test_what_never_comes_ends_the_search() -> None:
    one = cadence("every 52 weeks from 2199-12-30")
    last = one.next(datetime(2199, 1, 1, tzinfo=UTC), BERLIN)
    assert last is not None
    assert one.next(last, BERLIN) is None
    assert day_of(last, BERLIN) < LAST_DAY
