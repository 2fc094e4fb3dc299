"""From the schedule to the ledger through changes of the clock: one promise for each day there is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.cadence import Cadence, Owed
from kpi.calendar import day_of, day_start
from storage import SessionFactory, connect
from tests.bot.jobs.world import Chat, Clock, Ledger, small_workspace

EVERY_DAY = frozenset(range(7))
CHANGES = (
    ("Europe/Berlin", date(2026, 3, 29), time(2, 30)),
    ("Europe/Berlin", date(2026, 10, 25), time(2, 30)),
    ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 15)),  # by half an hour
    ("Australia/Lord_Howe", date(2026, 4, 5), time(1, 45)),
    ("America/Havana", date(2026, 3, 8), time(0, 30)),  # no midnight
    ("America/Havana", date(2026, 11, 1), time(0, 30)),
    ("America/Sao_Paulo", date(2018, 11, 4), time(0)),
    ("America/Santiago", date(2026, 9, 6), time(0, 30)),
    ("Africa/Cairo", date(2026, 4, 24), time(0, 15)),
    ("Africa/Casablanca", date(2026, 2, 15), time(2, 30)),
    ("Antarctica/Troll", date(2026, 3, 29), time(2)),  # by two hours
    ("Europe/Dublin", date(2026, 10, 25), time(1, 30)),  # winter time is the saving one
    ("Asia/Kathmandu", date(2026, 3, 29), time(23, 59)),
    ("Asia/Pyongyang", date(2018, 5, 4), time(23, 45)),  # half an hour for good, before midnight
    ("America/Scoresbysund", date(2026, 3, 28), time(23, 30)),
)


_NUMBERS = count(1)


@pytest.fixture
def sessions(sqlite_url: str) -> Iterator[SessionFactory]:
    """One kind of database will do: what is tested here is arithmetic."""
    engine = connect(sqlite_url)
    yield SessionFactory(engine)
    engine.dispose()


@pytest.mark.parametrize(("zone", "changed", "at"), CHANGES)
def test_over_a_change_of_the_clock_each_day_is_owed_once(
    sessions: SessionFactory, zone: str, changed: date, at: time
) -> None:
    where = ZoneInfo(zone)
    ledger = going(sessions, zone, at)
    ledger.clock.at = day_start(changed - timedelta(days=1), where) - timedelta(minutes=1)
    end = day_start(changed + timedelta(days=3), where) - timedelta(minutes=1)
    while ledger.clock.at < end:
        ledger.publish()
        ledger.clock.forward(minutes=30)
    ledger.clock.at = end
    ledger.publish()
    found = ledger.all()
    days = [changed + timedelta(days=offset) for offset in range(-1, 3)]
    assert [one.period for one in found] == [day.isoformat() for day in days]
    assert [day_of(one.due, where) for one in found] == days
    assert all(one.payload for one in found), "each in its time"


def test_a_day_that_the_zone_skips_owes_nothing(sessions: SessionFactory) -> None:
    ledger = going(sessions, "Pacific/Apia", time(9))
    ledger.clock.at = datetime(2011, 12, 28, 12, tzinfo=UTC)
    for _ in range(24 * 4):
        ledger.publish()
        ledger.clock.forward(hours=1)
    found = [one.period for one in ledger.all()]
    assert found == ["2011-12-28", "2011-12-29", "2011-12-31", "2012-01-01"]


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    change=st.sampled_from(CHANGES),
    gaps=st.lists(st.integers(1, 20 * 60), min_size=4, max_size=12),
    other=st.sampled_from([one[0] for one in CHANGES]),
)
def test_however_seldom_it_looks_and_wherever_the_zone_moves_no_day_comes_twice(
    sessions: SessionFactory, change: tuple[str, date, time], gaps: list[int], other: str
) -> None:
    zone, changed, at = change
    ledger = going(sessions, zone, at)
    ledger.clock.at = day_start(changed - timedelta(days=2), ZoneInfo(zone))
    ledger.publish()
    ledger.clock.forward(days=1)
    for turn, minutes in enumerate(gaps):
        ledger.publish()
        ledger.clock.forward(minutes=minutes)
        if turn == len(gaps) // 2:
            moved = (owed(other, at, ledger.chat.name),)
            ledger.timeline.change(replace(ledger.timeline.files, schedule=moved))
    ledger.publish()
    periods = [one.period for one in ledger.all() if one.channel == ledger.chat.name]
    assert periods
    assert len(periods) == len(set(periods))


def owed(zone: str, at: time, channel: str = "C1") -> Owed:
    return Owed(
        "daily", "slack", channel, Cadence(at, EVERY_DAY, ZoneInfo(zone)), terms=f"{at:%H:%M} daily {zone}"
    )


def going(sessions: SessionFactory, zone: str, at: time) -> Ledger:
    """A schedule in a channel of its own, so that one database serves many tries."""
    clock = Clock()
    channel = f"C{next(_NUMBERS)}"
    chat = Chat(clock, name=channel)
    return Ledger(sessions, clock, small_workspace(), chat, (owed(zone, at, channel),))
