"""What becomes of a question: the answer, one reminder, word to whoever has to know, or not this time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.forms import FORMS, begun
from bot.jobs.deliver import Deliver
from bot.reply import Actions, Reply
from bot.settings_asks import AskEntry
from bot.workspace import Restriction
from storage import SessionFactory
from storage.asking import State
from tests.bot.jobs.asked_office import CHURN_PATH, DANA, MONDAY, MRR_PATH, NPS_PATH, RAJ, Office, used
from tests.bot.jobs.world import BERLIN, Chat
from tests.factories import lines


@pytest.fixture
def office(sessions: SessionFactory) -> Office:
    """Dana and Raj were asked on Monday."""
    found = Office(sessions)
    found.ask()
    found.now = MONDAY + timedelta(hours=1)
    found.ask()
    found.now = datetime(2026, 11, 3, 5, 0, tzinfo=UTC)
    found.ask()
    found.now = MONDAY + timedelta(hours=2)
    return found


def filled(reply: Reply, name: str, **values: str) -> str:
    """What the form that the first such button of a message opens says, filled in."""
    action = next(
        one
        for block in reply.blocks
        if isinstance(block, Actions)
        for one in block.actions
        if one.form == name
    )
    form, known = begun(FORMS[name], action.ask)
    assert form.faults({**known, **values}) == {}
    return form.compose({**known, **values})


async def test_from_the_question_to_the_entry(office: Office) -> None:
    chat = Chat(lambda: office.now)
    deliver = Deliver(office.sessions, {"slack": chat}, "one", lambda: office.now, BERLIN)
    assert await deliver() == 2
    post = next(one for one in chat.posts if one.channel == "@U0DANA")
    told = office.say(filled(post.reply, "enter", value="52", source="October survey", note="41 answers"))
    assert lines(told)[0] == "Recorded Net Promoter Score: 52 NPS for 31 Oct."
    assert lines(told)[1].startswith("Note: October survey; 41 answers. ")
    assert "1 more number waits for you." in lines(told)
    request = office.request()
    assert (request.state, request.settled_by, request.settled_at) == (
        State.ENTERED,
        "slack:U0DANA",
        office.now,
    )


def test_one_reminder_lists_what_is_still_open(office: Office) -> None:
    office.say("record nps 52 for 31 Oct")
    office.now = MONDAY + timedelta(days=2)
    assert [office.ask(), office.ask()] == [2, 0]
    reply = office.told("U0DANA", 4)
    assert reply is not None
    assert lines(reply) == [
        "MRR for October is still open.",
        "No number so far · target ≥ $20,000",
        "You are not reminded again; after 4 days without an answer Lee will be told.",
    ]
    office.after(days=1)
    office.ask()
    assert office.told("U0DANA", 5) is None


def test_what_nobody_answers_is_told_to_whoever_answers_for_the_framework(office: Office) -> None:
    office.now = MONDAY + timedelta(days=2)
    office.ask()
    office.now = MONDAY + timedelta(days=4)
    office.ask()
    assert office.ask() == 0
    reply = office.told("U0LEE", 6)
    assert reply is not None
    assert lines(reply)[:3] == [
        "3 numbers for October did not come.",
        "Net Promoter Score",
        "Asked of Dana on 2 Nov, reminded on 4 Nov; no answer.",
    ]
    assert office.told("U0DANA", 6) is None
    assert office.request().escalated_to == "Lee"
    office.after(days=3)
    assert office.ask() == 0, "once"


def test_the_owner_of_the_section_comes_before_that_of_the_framework(sessions: SessionFactory) -> None:
    of = used()
    governed = of.uses[0].framework.governance.model_copy(update={"owners": {"Growth": "Raj"}})
    office = Office(sessions, replace(of, uses=(replace(of.uses[0], framework=replace(
        of.uses[0].framework, governance=governed)),)))  # fmt: skip
    office.ask()
    office.now = datetime(2026, 11, 6, 5, tzinfo=UTC)
    office.ask()
    assert office.request().escalated_to == "Raj"


def test_nobody_is_told_of_what_they_may_not_see(office: Office) -> None:
    only = Restriction(kpis=frozenset({NPS_PATH}), people=("Dana",))
    office.change(replace(office.timeline.files, restrictions=(only,)))
    office.now = MONDAY + timedelta(days=4)
    office.ask()
    assert office.request().escalated_at is None
    assert office.request(MRR_PATH).escalated_to == "Lee"


def test_not_this_time_spares_the_reminder_and_keeps_the_reason(office: Office) -> None:
    reply = office.told("U0DANA", 2)
    assert reply is not None
    said = office.say(filled(reply, "skip", reason="the survey runs in December"))
    assert lines(said) == [
        "No Net Promoter Score for October: noted.",
        "Why: the survey runs in December",
        "Nobody is reminded of it. Asked again on 1 Dec.",
    ]
    office.now = MONDAY + timedelta(days=2)
    office.ask()
    reminder = office.told("U0DANA", 4)
    assert reminder is not None
    assert reminder.text == "MRR for October is still open."
    office.now = datetime(2026, 12, 1, 9, tzinfo=UTC)
    office.ask()
    assert office.request().period == "monthly 2026-11-30"


def test_a_late_answer_counts_for_the_period_that_was_asked_for_alone(office: Office) -> None:
    office.now = MONDAY + timedelta(days=18)
    office.say("record nps 52")
    assert office.request().state is State.ENTERED
    office.now = datetime(2026, 12, 1, 9, tzinfo=UTC)
    office.ask()
    assert (office.request().period, office.request().state) == ("monthly 2026-11-30", State.OPEN)


def test_a_number_of_before_the_period_is_no_answer(office: Office) -> None:
    office.say("record nps 52 for 2026-09-30")
    assert office.request().is_open


def test_what_falls_on_a_weekend_waits_for_monday(sessions: SessionFactory) -> None:
    office = Office(sessions)
    office.now = MONDAY + timedelta(days=3)  # Thursday: the bot was down
    office.ask()
    office.now = MONDAY + timedelta(days=5)
    assert office.ask() == 0
    office.now = MONDAY + timedelta(days=7)
    office.ask()
    assert office.request().escalated_to == "Lee"


def test_new_and_open_ones_come_in_the_same_message(sessions: SessionFactory) -> None:
    office = Office(sessions, used(DANA, RAJ))
    office.settings(remind="3d", escalate="never")
    office.ask()
    office.settings(
        {"acme/growth.github_stars": AskEntry(every="weekly", who="Dana")}, remind="3d", escalate="never"
    )
    office.now = MONDAY + timedelta(days=7)
    office.ask()
    reply = office.told("U0DANA", 9)
    assert reply is not None
    said = lines(reply)
    assert said[0] == (
        "GitHub Stars for the week to 8 Nov is yours to enter. 2 numbers for October are still open."
    )
    assert "New" in said
    assert "Still open" in said


def test_never_reminds_nor_tells(sessions: SessionFactory) -> None:
    office = Office(sessions)
    office.settings(remind="never", escalate="never")
    office.ask()
    first = office.told("U0DANA", 2)
    assert first is not None
    assert not any("remind" in text for text in lines(first))
    office.now = MONDAY + timedelta(days=10)
    office.ask()
    assert office.request().reminded_at is None
    assert office.request(CHURN_PATH).reminded_at is None
