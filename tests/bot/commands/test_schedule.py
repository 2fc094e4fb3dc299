"""`/kpi schedule` and `/kpi health`: what comes next, and whether anything keeps it from coming."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.cadence import Cadence, Owed
from kpi.workdays import EVERY_DAY
from storage import SessionFactory, workers
from storage.runs import Fault
from storage.workers import Worker
from tests.bot.commands.posted import DAILY, place, used
from tests.bot.commands.test_receipts import failed, posted
from tests.factories import NOW, asks, fail, lines, said

LONDON = Owed("daily", "discord", "45612345", Cadence(time(9), EVERY_DAY, ZoneInfo("Europe/London")))


@pytest.fixture(autouse=True)
def database_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database's clock stands where the tests' does."""
    monkeypatch.setattr(workers, "database_now", lambda _session: NOW)


def test_the_next_five_have_their_time_offset_and_place(sessions: SessionFactory) -> None:
    reply = place(sessions, used(schedule=(DAILY, LONDON)))("schedule")
    assert lines(reply) == [
        "Next: daily update in 60 min, Mon 23 Nov 09:00 UTC+0.",
        "Mon 23 Nov 09:00 UTC+0 daily update → discord:45612345 · yours Mon 23 Nov 10:00",
        "Tue 24 Nov 08:30 UTC+1 daily update → slack:C0TEAM",
        "Tue 24 Nov 09:00 UTC+0 daily update → discord:45612345 · yours Tue 24 Nov 10:00",
        "Wed 25 Nov 08:30 UTC+1 daily update → slack:C0TEAM",
        "Wed 25 Nov 09:00 UTC+0 daily update → discord:45612345 · yours Wed 25 Nov 10:00",
        "Times in Europe/London and Europe/Berlin; yours is Europe/Berlin.",
    ]
    assert reply.data["next"][0]["local"] == "2026-11-23T09:00:00+00:00"
    assert asks(reply) == ["subscriptions", "receipts"]


def test_mine_are_among_them_and_nobody_elses(sessions: SessionFactory) -> None:
    ask = place(sessions)
    ask("subscribe stars 08:00 tuesday")
    assert "Tue 24 Nov 08:00 UTC+1 GitHub Stars, to you (1)" in lines(ask("schedule"))
    theirs = said(ask("what is scheduled", user="U0RAJ"))
    assert "GitHub Stars" not in theirs
    assert "Tue 24 Nov 08:30 UTC+1 daily update → slack:C0TEAM · yours Tue 24 Nov 13:00" in theirs
    assert "yours is Asia/Kolkata" in theirs


def test_the_offset_changes_with_the_clocks(sessions: SessionFactory) -> None:
    before = datetime(2026, 10, 24, 12, tzinfo=UTC)
    every_day = replace(DAILY, cadence=Cadence(time(2, 30), EVERY_DAY))
    told = lines(place(sessions, used(schedule=(every_day,)), now=before)("schedule"))
    assert told[1:3] == [
        "Sun 25 Oct 02:30 UTC+2 daily update → slack:C0TEAM",
        "Mon 26 Oct 02:30 UTC+1 daily update → slack:C0TEAM",
    ]


def test_one_post_to_several_channels_is_one_line(sessions: SessionFactory) -> None:
    reply = place(sessions, used(schedule=(DAILY, replace(DAILY, channel="C0OPS"))))("schedule")
    assert lines(reply)[1:3] == [
        "Tue 24 Nov 08:30 UTC+1 daily update → slack:C0TEAM, slack:C0OPS",
        "Wed 25 Nov 08:30 UTC+1 daily update → slack:C0TEAM, slack:C0OPS",
    ]
    assert [one["where"] for one in reply.data["next"][:2]] == ["slack:C0TEAM", "slack:C0OPS"]


def test_nothing_scheduled_says_what_to_do(sessions: SessionFactory) -> None:
    assert lines(place(sessions, used(schedule=()))("schedule")) == [
        "Nothing is scheduled.",
        "Add schedule: and channels: to kpi.yaml, or subscribe daily.",
    ]


def beat(sessions: SessionFactory, name: str, ago: timedelta, heard: timedelta | None = None) -> None:
    with sessions.begin() as session:
        last = None if heard is None else NOW - heard
        workers.beat(
            session, Worker(name, NOW - timedelta(hours=5), NOW - ago, ("jobs", "chat"), ("slack",), last)
        )


def test_all_is_well(sessions: SessionFactory) -> None:
    beat(sessions, "one:12", timedelta(seconds=20), timedelta(minutes=4))
    posted(sessions, 1)
    assert lines(place(sessions)("health")) == [
        "● All well: 1 process, every post arrived.",
        "Processes",
        "● one:12: jobs and chat on slack, heard 4 min ago",
        "Posts",
        "● slack:C0TEAM: 1 arrived; last 22 Nov 08:31",
        "Posts of the last 7 days. Running since 04:00 Europe/Berlin.",
    ]


def test_before_the_first_post_none_is_said_to_have_arrived(sessions: SessionFactory) -> None:
    beat(sessions, "one:12", timedelta(seconds=20))
    assert lines(place(sessions)("health"))[0] == "● All well: 1 process, no post was due yet."


def test_what_is_wrong_comes_first(sessions: SessionFactory) -> None:
    beat(sessions, "two:7", timedelta(hours=2))
    failed(sessions, 1, "The channel is archived.")
    posted(sessions, 0, minutes=None)
    fail(sessions, "github", Fault("AuthFailed", "GitHub refuses the token.", "Renew it."))
    reply = place(sessions)("health")
    told = lines(reply)
    assert told[0] == (
        "▲ No process gives a sign of life, 1 post did not arrive, 1 source fails. 1 post under way."
    )
    assert "○ two:7: stopped or dead, last sign of life 2 h ago" in told
    assert "▲ slack:C0GONE: 1 lost" in told
    assert "● slack:C0TEAM: 1 under way" in told
    assert "▲ github: GitHub refuses the token. Renew it." in told
    assert reply.data["failing_sources"] == ["github"]
    assert (reply.data["running"], len(reply.data["workers"])) == (0, 1)


def test_a_source_that_was_taken_out_fails_no_more(sessions: SessionFactory) -> None:
    fail(sessions, "gone", Fault("AuthFailed", "It refuses the token."))
    assert place(sessions)("health").data["failing_sources"] == []


def test_the_past_of_it_is_not_told(sessions: SessionFactory) -> None:
    for text in ("schedule", "health", "receipts", "home", "silences"):
        reply = place(sessions)(f"{text} as-of 2026-11-01")
        assert reply.data["hint"] == "Leave out `as-of`."


def test_health_goes_by_the_databases_clock(
    sessions: SessionFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine ten minutes ahead must not call every process dead."""
    ahead = NOW + timedelta(minutes=10)
    with sessions.begin() as session:
        workers.beat(session, Worker("one", ahead, ahead, ("jobs", "chat"), ("slack",)))
    monkeypatch.setattr(workers, "database_now", lambda _session: ahead)
    assert lines(place(sessions)("health"))[0].startswith("● All well: 1 process")
