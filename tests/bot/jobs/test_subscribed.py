"""Subscriptions are owed to their people: in their zone, for their eyes, and with why they came."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.cadence import ASKED
from bot.commands import COMMANDS
from bot.dispatch import Dispatcher
from bot.frozen import thaw
from bot.jobs.publish import Publish
from bot.reply import Actions, Reply, Visibility, spoken
from bot.settings_calendar import CalendarEntry
from bot.surfaces.base import Invocation
from bot.workspace import Person, Restriction
from storage import SessionFactory, audit, subscriptions
from storage.subscriptions import Subscription
from tests.bot.jobs.test_begun import owed, say
from tests.bot.jobs.world import NINE, Chat, Clock, Ledger, keep_stars, small_workspace

NEW_YORK_NINE = NINE + timedelta(hours=6)


@pytest.fixture
def ledger(sessions: SessionFactory, clock: Clock, chat: Chat) -> Ledger:
    """Nothing is scheduled; the bot answers questions."""
    found = Ledger(sessions, clock, small_workspace(), chat, ())
    keep_stars(sessions, NINE - timedelta(hours=1))
    found.publish = answering(found)
    return found


def answering(ledger: Ledger, **names: str) -> Publish:
    ask = Dispatcher(ledger.timeline, ledger.sessions, COMMANDS, ledger.clock)
    return Publish(ledger.timeline, ledger.sessions, ledger.clock, names=names, ask=ask)


def subscribe(ledger: Ledger, question: str = "", text: str = "09:00 weekdays", **other: str) -> int:
    """A subscription of Ana's in New York; its number."""
    own = {"surface": "slack", "user": "U0ANA", "zone": "America/New_York", **other}
    report = own.pop("report", ASKED if question else "daily")
    one = Subscription(0, report=report, question=question, cadence=text, created_at=ledger.clock(), **own)
    with ledger.sessions.begin() as session:
        number = subscriptions.add(session, one)
    assert number is not None
    return number


def replies(ledger: Ledger) -> list[Reply]:
    return [thaw(one.payload) for one in ledger.all()]


def test_a_report_comes_in_the_zone_of_its_reader(ledger: Ledger) -> None:
    number = subscribe(ledger)
    ledger.publish()
    ledger.clock.at = NEW_YORK_NINE - timedelta(seconds=1)
    assert ledger.publish() == 0
    ledger.clock.forward(seconds=1)
    assert ledger.publish() == 1
    assert ledger.publish() == 0
    (one,) = ledger.all()
    assert one.key == f"daily#{number}/slack:@U0ANA/2026-11-24"
    assert (one.channel, one.due) == ("@U0ANA", NEW_YORK_NINE)
    said = spoken(replies(ledger)[0])
    assert "Closed days to 23 Nov, Europe/Berlin" in said, "the company's day, whoever reads"
    until = f"until you say unsubscribe {number}"
    assert f"Your subscription: on weekdays at 09:00 America/New_York, {until}." in said


def test_a_question_is_answered_with_its_picture_its_buttons_and_why_it_came(ledger: Ledger) -> None:
    number = subscribe(ledger, "small/growth.stars 90d", "09:00 monday, tuesday")
    ledger.publish()
    ledger.clock.at = NEW_YORK_NINE
    assert ledger.publish() == 1
    (reply,) = replies(ledger)
    assert "100 stars so far" in reply.text
    assert len(reply.charts) == 1
    assert not reply.follow
    assert isinstance(reply.blocks[-1], Actions)
    assert reply.visibility is Visibility.CHANNEL
    why = "Your question “Stars 90d”, every Monday and Tuesday at 09:00 America/New_York"
    assert f"{why}, until you say unsubscribe {number}." in spoken(reply)


def test_a_question_that_is_no_longer_understood_says_so_and_how_to_stop_it(ledger: Ledger) -> None:
    number = subscribe(ledger, "churn of the moon")
    ledger.publish()
    ledger.clock.at = NEW_YORK_NINE
    assert ledger.publish() == 1
    (reply,) = replies(ledger)
    assert "error" in reply.data
    assert f"unsubscribe {number}" in spoken(reply)


@pytest.mark.parametrize(
    "question",
    [
        *("stars", "list", "gates", "chart stars", "compare stars", "history stars", "why stars", "zones"),
        *("sources", "help", "audit", "dashboard", "stars share", "frameworks", "schedule", "receipts"),
    ],
)
def test_every_answer_can_be_kept_until_it_is_sent(ledger: Ledger, question: str) -> None:
    subscribe(ledger, question)
    ledger.publish()
    ledger.clock.at = NEW_YORK_NINE
    assert ledger.publish() == 1
    assert "Your question" in spoken(replies(ledger)[0])


def test_the_question_is_asked_as_its_person(ledger: Ledger) -> None:
    heard: list[Invocation] = []

    def ask(invocation: Invocation) -> Reply:
        heard.append(invocation)
        return Reply("So it is.")

    shown = replace(ledger.publish, ask=ask, names={"slack": "playground"})
    subscribe(ledger, "stars", surface="playground")
    shown()
    ledger.clock.at = NEW_YORK_NINE
    assert shown() == 1
    expected = Invocation("stars", "slack", "U0ANA", zone="America/New_York", via="playground")
    assert heard == [expected]


@pytest.mark.parametrize(("user", "is_shown"), [("U0ANA", True), ("U0LEE", False)])
@pytest.mark.parametrize("question", ["", "list"])
def test_everybody_is_sent_what_they_may_see(
    ledger: Ledger, user: str, question: str, *, is_shown: bool
) -> None:
    files = ledger.timeline.files
    rule = Restriction(kpis=frozenset({files.kpis[0].path}), people=("ana",))
    ana = Person("ana", {"slack": "U0ANA"})
    ledger.timeline.change(replace(files, restrictions=(rule,), people=(ana,)))
    subscribe(ledger, question, user=user)
    ledger.publish()
    ledger.clock.at = NEW_YORK_NINE
    assert ledger.publish() == 1
    assert ("Stars 100" in str(replies(ledger)[0]) or "Stars up" in str(replies(ledger)[0])) == is_shown


def test_two_questions_of_one_person_are_two_promises(ledger: Ledger) -> None:
    first, second = subscribe(ledger, "stars"), subscribe(ledger, "list")
    ledger.publish()
    ledger.clock.at = NEW_YORK_NINE
    assert ledger.publish() == 2
    found = {one.key for one in ledger.all()}
    assert found == {f"ask#{one}/slack:@U0ANA/2026-11-24" for one in (first, second)}


def test_an_ended_subscription_owes_nothing_more(ledger: Ledger) -> None:
    number = subscribe(ledger)
    ledger.publish()
    with ledger.sessions.begin() as session:
        assert subscriptions.remove(session, "slack", "U0ANA", number)
    ledger.clock.at = NEW_YORK_NINE
    assert ledger.publish() == 0


def test_a_subscription_made_after_its_time_begins_the_next_day(ledger: Ledger) -> None:
    ledger.clock.at = NEW_YORK_NINE + timedelta(minutes=1)
    subscribe(ledger)
    assert ledger.publish() == 0
    ledger.clock.forward(days=1)
    assert ledger.publish() == 1


def test_what_was_due_while_nobody_ran_comes_late_or_is_missed(ledger: Ledger) -> None:
    subscribe(ledger, "stars")
    ledger.clock.at = NEW_YORK_NINE + timedelta(days=2, hours=3)
    assert ledger.publish() == 3
    assert [bool(one.payload) for one in ledger.all()] == [False, False, True]
    assert "not sent" not in spoken(thaw(ledger.all()[-1].payload)), "an answer covers no days"


def test_a_subscription_leaves_the_audit_trail_to_those_who_made_it(ledger: Ledger) -> None:
    subscribe(ledger)
    ledger.clock.at = NEW_YORK_NINE
    ledger.publish()
    with ledger.sessions.read() as session:
        assert audit.recent(session) == []


def test_one_that_cannot_be_read_is_told_once_and_the_others_come(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    subscribe(ledger, text="09:00 mondey")
    subscribe(ledger, zone="Europe/Atlantis")
    subscribe(ledger, report="hourly")
    subscribe(ledger)
    with caplog.at_level(logging.ERROR, "bot.jobs.subscribed"):
        ledger.publish()
        ledger.clock.at = NEW_YORK_NINE
        assert ledger.publish() == 1
        ledger.publish()
    said = [one.getMessage() for one in caplog.records]
    assert len(said) == 3
    assert "mondey" in said[0]
    assert "Europe/Atlantis" in said[1]
    assert "there is no report hourly" in said[2]


def test_one_whose_answer_breaks_does_not_keep_back_the_others(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    def ask(_invocation: Invocation) -> Reply:
        raise RuntimeError("it broke")

    broken = replace(ledger.publish, ask=ask)
    subscribe(ledger, "stars")
    subscribe(ledger)
    broken()
    ledger.clock.at = NEW_YORK_NINE
    with caplog.at_level(logging.ERROR, "bot.jobs.publish"):
        assert [broken(), broken()] == [1, 0]
    assert [one.report for one in ledger.all()] == ["daily"]
    assert len(caplog.records) == 1, "told once, tried again with every look"
    assert ledger.publish() == 1


def test_questions_are_left_to_processes_that_answer(ledger: Ledger) -> None:
    subscribe(ledger, "stars")
    ledger.publish()
    ledger.clock.at = NEW_YORK_NINE
    deaf = replace(ledger.publish, ask=None)
    assert deaf() == 0
    assert not deaf.is_due()
    assert ledger.publish() == 1


@pytest.mark.parametrize(
    ("surface", "names", "count"),
    [
        ("playground", {}, 0),
        ("discord", {}, 1),
        ("slack", {"slack": "playground"}, 0),
        ("discord", {"slack": "playground"}, 0),
        ("playground", {"slack": "playground"}, 1),
    ],
)
def test_each_bot_owes_what_it_can_send(
    ledger: Ledger, surface: str, names: dict[str, str], count: int
) -> None:
    publish = answering(ledger, **names)
    subscribe(ledger, surface=surface)
    publish()
    ledger.clock.at = NEW_YORK_NINE
    assert publish() == count


def test_business_days_are_those_of_the_company(ledger: Ledger) -> None:
    closed = CalendarEntry.model_validate({"closed": ["2026-11-24"]})
    say(ledger, owed("23:59 daily", calendar=closed))
    ledger.timeline.change(replace(ledger.timeline.files, calendar=closed))
    subscribe(ledger, text="09:00 business days")
    ledger.clock.at = datetime(2026, 11, 24, 9, tzinfo=UTC)
    ledger.publish()
    ledger.clock.at = NEW_YORK_NINE
    assert ledger.publish() == 0
    ledger.clock.forward(days=1)
    assert ledger.publish() == 2
