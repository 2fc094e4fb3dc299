"""A report waits for what it shows, not for ever and not in vain, and says what it had to do without."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.cadence import ASKED
from bot.frozen import thaw
from bot.jobs.freshness import needed
from bot.reply import Note, plain_text
from bot.workspace import Source, Workspace
from collectors.faults import AuthFailed, RateLimited, Unavailable, UnexpectedResponse
from storage import SessionFactory, runs
from tests.bot.jobs.world import DAILY, NINE, Chat, Clock, Ledger, keep_stars, small_workspace

GITHUB = Source("github", "github", ("github.stars",), 3600)
SITE = Source("site", "plausible", ("plausible.visitors",), 3600)
MIDNIGHT = NINE - timedelta(hours=9)
EVENING = MIDNIGHT - timedelta(hours=3)


def measured(*sources: Source) -> Workspace:
    return replace(small_workspace(), sources=sources or (GITHUB, SITE))


@pytest.fixture
def waiting(sessions: SessionFactory, clock: Clock, chat: Chat) -> Ledger:
    """It is nine, the daily update is due, and GitHub was last read in the evening."""
    ledger = Ledger(sessions, clock, measured(), chat, (replace(DAILY, wait=timedelta(minutes=30)),))
    keep_stars(sessions, EVENING)
    read(ledger, EVENING)
    ledger.known_since(hours=1)
    return ledger


def read(ledger: Ledger, at: datetime, *kinds: str, source: str = "github", part: str = "") -> None:
    """A run that began at `at`, with these faults."""
    with ledger.sessions.begin() as session:
        run = runs.start(session, source, now=at, lease=timedelta(minutes=5))
        assert run is not None
        faults = [runs.Fault(kind, "It said no.", part=part) for kind in kinds]
        runs.finish(session, run, now=at + timedelta(seconds=2), faults=faults)


def notes(ledger: Ledger) -> list[str]:
    (one,) = ledger.all()
    return [plain_text(one.spans) for one in thaw(one.payload).blocks if isinstance(one, Note)]


def test_a_report_waits_until_its_source_is_read(waiting: Ledger) -> None:
    assert waiting.publish() == 0
    assert waiting.publish.is_due()
    waiting.clock.forward(minutes=12)
    assert waiting.publish() == 0
    read(waiting, waiting.clock())
    assert waiting.publish() == 1
    assert not any("Without" in one for one in notes(waiting))
    assert waiting.publish() == 0


def test_at_its_deadline_it_is_posted_and_names_what_is_missing(waiting: Ledger) -> None:
    waiting.clock.forward(minutes=29, seconds=59)
    assert waiting.publish() == 0
    waiting.clock.forward(seconds=1)
    assert waiting.publish() == 1
    assert "Without github: last read 23 Nov 21:00." in notes(waiting)
    (one,) = waiting.all()
    assert list(thaw(one.payload).data["without"]) == ["github"]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (RateLimited.kind, "rate limited"),
        (Unavailable.kind, "out of order"),
        ("Stopped", "the last reading was cut off"),
        (runs.ABANDONED, "the last reading was cut off"),
    ],
)
def test_it_waits_out_what_passes(waiting: Ledger, kind: str, said: str) -> None:
    read(waiting, NINE - timedelta(minutes=5), kind)
    assert waiting.publish() == 0
    waiting.clock.forward(minutes=30)
    assert waiting.publish() == 1
    assert f"Without github: last read 23 Nov 21:00, {said}." in notes(waiting)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (AuthFailed.kind, "access refused"),
        (UnexpectedResponse.kind, "its answer cannot be read"),
        ("KeyError", "the last reading failed"),
    ],
)
def test_it_does_not_wait_for_what_somebody_has_to_mend(waiting: Ledger, kind: str, said: str) -> None:
    read(waiting, NINE - timedelta(minutes=5), kind)
    assert waiting.publish.missing() == frozenset()
    assert waiting.publish() == 1
    assert f"Without github: last read 23 Nov 21:00, {said}." in notes(waiting)


def test_a_source_that_was_never_read_holds_up_nothing_and_is_not_late(
    sessions: SessionFactory, clock: Clock, chat: Chat
) -> None:
    ledger = Ledger(sessions, clock, measured(), chat)
    ledger.known_since(hours=1)
    assert ledger.publish() == 1
    assert not any("Without" in one for one in notes(ledger))


def test_a_source_that_has_failed_for_long_holds_up_nothing(waiting: Ledger) -> None:
    for minutes in range(25, 0, -1):
        read(waiting, NINE - timedelta(minutes=minutes), Unavailable.kind)
    assert waiting.publish() == 1
    assert "Without github: out of order." in notes(waiting)


@pytest.mark.parametrize(
    ("ago", "is_read"),
    [(timedelta(hours=9), True), (timedelta(hours=9, seconds=1), False), (timedelta(minutes=1), True)],
)
def test_a_source_is_read_once_it_was_after_midnight(
    waiting: Ledger, ago: timedelta, *, is_read: bool
) -> None:
    read(waiting, NINE - ago)
    assert waiting.publish() == is_read


def test_a_good_reading_since_midnight_counts_though_a_later_one_failed(waiting: Ledger) -> None:
    read(waiting, NINE - timedelta(hours=2))
    read(waiting, NINE - timedelta(hours=1), RateLimited.kind)
    assert waiting.publish() == 1
    assert not any("Without" in one for one in notes(waiting))


def test_one_part_that_fails_holds_up_nothing(waiting: Ledger) -> None:
    read(waiting, NINE - timedelta(hours=1), RateLimited.kind, part="traffic")
    assert waiting.publish() == 1


def test_a_source_of_nothing_that_is_shown_holds_up_nothing(waiting: Ledger) -> None:
    read(waiting, NINE - timedelta(hours=1))
    read(waiting, EVENING, source="site")
    assert waiting.publish() == 1
    assert not any("Without" in one for one in notes(waiting))


def test_needs_name_what_is_waited_for(sessions: SessionFactory, clock: Clock, chat: Chat) -> None:
    owed = replace(DAILY, needs=frozenset({"site", "gone"}))
    ledger = Ledger(sessions, clock, measured(), chat, (owed,))
    read(ledger, EVENING)
    read(ledger, EVENING, source="site")
    ledger.known_since(hours=1)
    assert ledger.publish.missing() == {"site"}
    assert ledger.publish() == 0
    read(ledger, NINE, source="site")
    assert ledger.publish() == 1


def test_without_a_wait_nothing_is_waited_for(sessions: SessionFactory, clock: Clock, chat: Chat) -> None:
    ledger = Ledger(sessions, clock, measured(), chat, (replace(DAILY, wait=timedelta()),))
    read(ledger, EVENING)
    ledger.known_since(hours=1)
    assert ledger.publish() == 1


def test_a_source_read_once_a_week_is_expected_once_a_week(
    sessions: SessionFactory, clock: Clock, chat: Chat
) -> None:
    weekly = replace(GITHUB, every_seconds=timedelta(days=7).total_seconds())
    ledger = Ledger(sessions, clock, measured(weekly), chat)
    read(ledger, NINE - timedelta(days=6))
    ledger.known_since(hours=1)
    assert ledger.publish() == 1
    read(ledger, NINE - timedelta(days=6) + timedelta(minutes=1), Unavailable.kind)
    ledger.clock.forward(days=3)
    assert ledger.publish() == 2, "two are missed; the newest waits"
    assert ledger.publish.missing() == {"github"}


def test_one_that_waits_does_not_hold_up_another(sessions: SessionFactory, clock: Clock, chat: Chat) -> None:
    other = replace(DAILY, channel="C0OTHER", needs=frozenset())
    ledger = Ledger(sessions, clock, measured(), chat, (DAILY, other))
    read(ledger, EVENING)
    ledger.known_since(hours=1)
    assert ledger.publish() == 1
    assert [one.channel for one in ledger.all()] == ["C0OTHER"]


def test_any_number_of_processes_wait_for_the_same(waiting: Ledger) -> None:
    others = [replace(waiting.publish) for _ in range(3)]
    assert [one() for one in others] == [0, 0, 0]
    read(waiting, NINE)
    assert [one() for one in others] == [1, 0, 0]


def test_while_one_waits_what_is_older_is_entered_as_missed(waiting: Ledger) -> None:
    waiting.clock.forward(days=2)
    assert waiting.publish() == 2
    assert [bool(one.payload) for one in waiting.all()] == [False, False]
    waiting.expire()
    read(waiting, waiting.clock())
    assert waiting.publish() == 1
    newest = thaw(waiting.all()[-1].payload)
    assert list(newest.data["unsent"]) == ["2026-11-24", "2026-11-25"]


def test_a_missing_source_is_to_be_read_again_but_not_all_the_time(waiting: Ledger) -> None:
    assert waiting.publish.missing() == {"github"}
    assert waiting.publish.missing(only_pressing=True) == frozenset(), "it can wait for it"
    with waiting.sessions.begin() as session:
        assert runs.start(session, "github", now=NINE, lease=timedelta(minutes=5)) is not None
    waiting.clock.forward(seconds=90)
    assert waiting.publish.missing() == frozenset(), "it is being read"
    waiting.clock.forward(minutes=1)
    assert waiting.publish.missing() == {"github"}


def test_after_a_sleep_of_days_the_sources_are_still_named(waiting: Ledger) -> None:
    waiting.clock.forward(days=3, hours=2)
    assert waiting.publish.missing(only_pressing=True) == {"github"}
    assert waiting.publish() == 4


def test_nothing_is_missing_where_nothing_is_due(waiting: Ledger) -> None:
    waiting.clock.forward(minutes=-1)
    assert waiting.publish.missing() == frozenset()


def test_what_is_shown_for_today_waits_for_nothing(waiting: Ledger) -> None:
    waiting.clock.forward(minutes=-1)
    waiting.publish.show("1")
    assert len(waiting.all()) == 1


def test_a_report_that_waited_shows_what_it_waited_for(waiting: Ledger) -> None:
    assert waiting.publish() == 0
    waiting.clock.forward(minutes=20)
    keep_stars(waiting.sessions, waiting.clock())
    read(waiting, waiting.clock())
    assert waiting.publish() == 1
    assert any("github just now" in one for one in notes(waiting))


@pytest.mark.parametrize(
    ("question", "names"), [("stars", ["github"]), ("stars 90d", ["github"]), ("gates", ["github"])]
)
def test_a_question_needs_the_sources_of_what_it_asks_of(question: str, names: list[str]) -> None:
    owed = replace(DAILY, report=ASKED, question=question)
    assert [one.name for one in needed(owed, measured())] == names
