"""What is owed follows from the ledger: not from timers, restarts or how many processes look."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from bot.cadence import Cadence, Owed
from bot.frozen import thaw
from bot.jobs.publish import Publish
from storage import SessionFactory
from storage.promises import State
from tests.bot.jobs.world import NINE, Ledger, keep_stars


def periods(ledger: Ledger) -> list[str]:
    return [one.period for one in ledger.all()]


def test_a_schedule_seen_for_the_first_time_owes_nothing_of_the_past(ledger: Ledger) -> None:
    ledger.clock.forward(hours=3)
    assert ledger.publish() == 0
    assert ledger.publish() == 0
    assert ledger.all() == []


def test_a_due_report_is_entered_once(ledger: Ledger) -> None:
    ledger.known_since(hours=1)
    assert ledger.publish() == 1
    assert ledger.publish() == 0
    again = replace(ledger.publish)
    assert again() == 0
    [promise] = ledger.all()
    assert (promise.key, promise.state) == ("daily/slack:C0DAILY/2026-11-24", State.OWED)
    assert promise.due == NINE


def test_nothing_is_owed_before_its_time(ledger: Ledger) -> None:
    ledger.known_since(hours=1)
    ledger.clock.forward(seconds=-1)
    assert ledger.publish() == 0


def test_processes_that_look_at_once_enter_one_promise(ledger: Ledger) -> None:
    ledger.known_since(hours=1)
    others = [Publish(ledger.timeline, ledger.sessions, ledger.clock) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda one: one(), others)) == 1
    assert len(ledger.all()) == 1


def test_the_message_is_frozen_with_the_promise(ledger: Ledger) -> None:
    keep_stars(ledger.sessions, NINE - timedelta(hours=1))
    ledger.known_since(hours=1)
    ledger.publish()
    [promise] = ledger.all()
    assert "Stars up 10" in thaw(promise.payload).text


def test_after_days_of_downtime_the_newest_is_owed_and_the_others_are_missed(ledger: Ledger) -> None:
    ledger.known_since(days=4, hours=1)
    ledger.clock.forward(hours=2)
    assert ledger.publish() == 5
    assert periods(ledger) == ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"]
    assert [one.period for one in ledger.expire()] == periods(ledger)[:-1]
    assert [one.state for one in ledger.all()] == [State.MISSED] * 4 + [State.OWED]


def test_what_is_older_than_the_catch_up_is_missed_even_when_it_is_the_newest(
    ledger: Ledger, sessions: SessionFactory
) -> None:
    mondays = Owed("daily", "slack", "C1", Cadence(time(9), frozenset({0})))
    weekly = replace(ledger, owed=(mondays,))
    weekly.known_since(days=2)
    assert weekly.publish() == 1
    assert [one.period for one in weekly.expire()] == ["2026-11-23"]


def test_a_restart_enters_what_is_missing_and_nothing_else(ledger: Ledger) -> None:
    ledger.known_since(hours=1)
    ledger.publish()
    ledger.clock.forward(days=3)
    restarted = replace(ledger)
    assert restarted.publish() == 3
    assert periods(restarted) == ["2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"]
    assert restarted.publish() == 0


def test_a_report_is_owed_once_on_the_day_the_clock_is_set_back(ledger: Ledger) -> None:
    night = Owed("daily", "slack", "C1", Cadence(time(2, 30), frozenset(range(7))))
    autumn = replace(ledger, owed=(night,))
    autumn.clock.at = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
    autumn.publish()
    entered = 0
    for _ in range(16):  # through 00:30 and 01:30 UTC, both 02:30 in Berlin
        autumn.clock.forward(minutes=15)
        entered += autumn.publish()
    assert entered == 1
    assert autumn.all()[0].due == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_show_owes_todays_update_where_the_schedule_does_not(ledger: Ledger) -> None:
    ledger.publish.show("1")
    assert [one.key for one in ledger.all()] == ["daily/slack:C0DAILY/2026-11-24#1"]


def test_show_leaves_to_the_schedule_what_the_schedule_owes(ledger: Ledger) -> None:
    ledger.known_since(hours=1)
    ledger.clock.forward(hours=1)
    ledger.publish.show("1")
    ledger.publish()
    assert [one.key for one in ledger.all()] == ["daily/slack:C0DAILY/2026-11-24"]
