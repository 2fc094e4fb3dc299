"""A changed schedule owes no day twice, and nothing for the time before it was changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.cadence import Cadence, Owed
from bot.jobs.begun import SCHEDULED
from bot.settings_calendar import CalendarEntry
from bot.settings_schedule import CadenceEntry
from storage import audit
from storage.promises import State
from tests.bot.jobs.world import NINE, Ledger


def owed(text: str, channel: str = "C0DAILY", calendar: CalendarEntry | None = None) -> Owed:
    entry = CadenceEntry.model_validate(text)
    cadence = Cadence.of(entry, calendar or CalendarEntry())
    return Owed("daily", "slack", channel, cadence, terms=entry.text)


def say(ledger: Ledger, *schedule: Owed) -> None:
    """kpi.yaml says something new."""
    ledger.timeline.change(replace(ledger.timeline.files, schedule=schedule))


def restarted(ledger: Ledger) -> None:
    ledger.publish = replace(ledger.publish)


def unmoved(_ledger: Ledger) -> None:
    """It runs on."""


def periods(ledger: Ledger) -> list[str]:
    return [one.period for one in ledger.all()]


@pytest.fixture
def daily(ledger: Ledger) -> Ledger:
    """At nine every day, since three days; the last two are sent."""
    say(ledger, owed("09:00 daily"))
    ledger.clock.at = NINE - timedelta(days=3, hours=3)
    ledger.publish()
    for days in (3, 2, 1):
        ledger.clock.at = NINE - timedelta(days=days)
        ledger.publish()
    ledger.clock.at = NINE
    return ledger


@pytest.fixture(params=[unmoved, restarted], ids=["running", "restarted"])
def go_on(request: pytest.FixtureRequest) -> Callable[[Ledger], None]:
    found: Callable[[Ledger], None] = request.param
    return found


def test_a_time_changed_after_it_was_due_posts_the_day_once(
    daily: Ledger, go_on: Callable[[Ledger], None]
) -> None:
    assert daily.publish() == 1
    before = periods(daily)
    for hour in range(10, 24):  # the daily report that became an hourly one
        daily.clock.at = NINE.replace(hour=hour - 1) + timedelta(minutes=5)
        say(daily, owed(f"{hour:02}:00 daily"))
        go_on(daily)
        assert daily.publish() == 0
    assert periods(daily) == before
    daily.clock.at = NINE + timedelta(days=1, hours=14)
    assert daily.publish() == 1


def test_a_time_moved_to_what_is_over_already_does_not_lose_the_day(
    daily: Ledger, go_on: Callable[[Ledger], None]
) -> None:
    daily.clock.at = NINE - timedelta(minutes=30)
    assert daily.publish() == 0
    say(daily, owed("08:00 daily"))
    go_on(daily)
    assert daily.publish() == 1
    assert daily.all()[-1].due == NINE - timedelta(hours=1)
    daily.clock.at = NINE + timedelta(hours=1)
    assert daily.publish() == 0


def test_days_that_a_new_rule_adds_are_not_owed_for_the_past(
    ledger: Ledger, go_on: Callable[[Ledger], None]
) -> None:
    say(ledger, owed("09:00 monday"))
    ledger.clock.at = NINE - timedelta(days=15, hours=1)
    ledger.publish()
    ledger.clock.at = NINE + timedelta(hours=2)
    assert ledger.publish() == 3, "three Mondays: two of them missed, for the newest it is too late"
    say(ledger, owed("09:00 daily"))
    go_on(ledger)
    assert ledger.publish() == 0, "Tuesday's nine o'clock was over when Tuesday was added"
    ledger.clock.forward(days=1)
    assert ledger.publish() == 1
    assert periods(ledger) == ["2026-11-09", "2026-11-16", "2026-11-23", "2026-11-25"]


def test_a_changed_calendar_makes_no_past_day_a_missed_one(ledger: Ledger) -> None:
    closed = CalendarEntry.model_validate({"closed": ["2026-11-20", "2026-11-23"]})
    say(ledger, owed("09:00 business days", calendar=closed))
    ledger.clock.at = NINE - timedelta(days=7, hours=1)
    ledger.publish()
    for days in range(7, -1, -1):
        ledger.clock.at = NINE - timedelta(days=days)
        ledger.publish()
    known = periods(ledger)
    say(ledger, owed("09:00 business days"))
    restarted(ledger)
    assert ledger.publish() == 0
    assert periods(ledger) == known
    assert "2026-11-23" not in known


def test_what_the_old_schedule_owed_while_nobody_ran_is_still_owed(daily: Ledger) -> None:
    daily.publish()
    daily.clock.at = NINE + timedelta(days=3, hours=2)
    say(daily, owed("10:30 daily"))
    restarted(daily)
    assert daily.publish() == 3
    assert periods(daily)[-3:] == ["2026-11-25", "2026-11-26", "2026-11-27"]
    assert [bool(one.payload) for one in daily.all()[-3:]] == [False, False, True]


def test_a_channel_taken_out_and_put_in_again_begins_anew(daily: Ledger) -> None:
    daily.publish()
    say(daily)
    daily.clock.forward(days=5)
    restarted(daily)
    assert daily.publish() == 0
    say(daily, owed("09:00 daily"))
    daily.clock.forward(hours=2)
    assert daily.publish() == 0, "it was owed by nobody in between"
    restarted(daily)
    assert daily.publish() == 0
    daily.clock.forward(days=1)
    assert daily.publish() == 1
    assert periods(daily)[-2:] == ["2026-11-24", "2026-11-30"]


def test_a_new_channel_is_owed_from_now_on_without_a_restart(daily: Ledger) -> None:
    daily.publish()
    daily.clock.forward(hours=1)
    say(daily, owed("09:00 daily"), owed("09:00 daily", "C0NEW"))
    assert daily.publish() == 0
    daily.clock.forward(days=1)
    assert daily.publish() == 2
    assert {one.channel for one in daily.all()[-2:]} == {"C0DAILY", "C0NEW"}


def test_a_process_with_older_files_does_not_owe_a_day_twice(daily: Ledger) -> None:
    late, early = daily.publish, replace(daily.publish, timeline=replace(daily.timeline))
    early.timeline.change(replace(daily.timeline.files, schedule=(owed("07:00 daily"),)))
    entered = 0
    for _ in range(48):
        entered += late() + early()
        daily.clock.forward(minutes=30)
    assert entered == 2
    assert len(periods(daily)) == len(set(periods(daily)))


def test_a_stand_in_does_not_end_what_slack_is_owed(daily: Ledger) -> None:
    daily.publish()
    shown = replace(daily.publish, names={"slack": "playground"})
    shown()
    daily.clock.forward(days=2)
    restarted(daily)
    assert daily.publish() == 2
    shown()
    assert {one.surface for one in daily.all()} == {"slack", "playground"}


def test_discord_is_not_owed_anything_in_the_playground(daily: Ledger) -> None:
    say(daily, replace(owed("09:00 daily"), surface="discord", channel="123456"), owed("09:00 daily"))
    shown = replace(daily.publish, names={"slack": "playground"})
    assert [one.subject for one in shown.scheduled] == ["daily/playground:C0DAILY"]


def test_a_schedule_that_an_earlier_version_began_goes_on(ledger: Ledger) -> None:
    begun = datetime(2026, 11, 20, tzinfo=UTC)
    one = owed("09:00 daily")
    with ledger.sessions.begin() as session:
        audit.write(session, audit.Act(begun, "bot", SCHEDULED, one.subject))
    say(ledger, one)
    assert ledger.publish() == 5
    assert [one.state for one in ledger.all()] == [State.OWED] * 5
    restarted(ledger)
    assert ledger.publish() == 0


def test_the_trail_says_what_a_schedule_was_and_became(daily: Ledger) -> None:
    say(daily, owed("10:00 weekdays"))
    daily.publish()
    say(daily)
    daily.publish()
    with daily.sessions.read() as session:
        acts = audit.recent(session, action=SCHEDULED)[::-1]
    assert [(one.before, one.after, one.note) for one in acts] == [
        ("", "09:00 daily", ""),
        ("09:00 daily", "10:00 weekdays", ""),
        ("10:00 weekdays", "", "ended"),
    ]
