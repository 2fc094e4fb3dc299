"""`/kpi skip nps`: not this time, by whoever was asked, with the reason kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage import SessionFactory, audit
from storage.asking import State
from tests.bot.jobs.asked_office import DANA, LEE, MONDAY, NPS_PATH, RAJ, Office, used
from tests.factories import lines, said


@pytest.fixture
def office(sessions: SessionFactory) -> Office:
    found = Office(sessions)
    found.ask()
    return found


def test_it_closes_the_request_with_its_reason(office: Office) -> None:
    reply = office.say("skip nps the survey runs in December")
    assert reply.text == "No Net Promoter Score for October: noted."
    request = office.request()
    assert (request.state, request.reason, request.settled_by) == (
        State.DECLINED,
        "the survey runs in December",
        "slack:U0DANA",
    )
    with office.sessions.read() as session:
        (act,) = audit.recent(session, action="skip")
    assert (act.subject, act.after, act.note) == (NPS_PATH, "monthly 2026-10-31", request.reason)


def test_a_number_can_still_come(office: Office) -> None:
    office.say("skip nps")
    assert "error" not in office.say("record nps 52 for 31 Oct").data
    assert office.request().state is State.DECLINED


def test_what_is_not_asked_for_cannot_be_declined(office: Office) -> None:
    assert lines(office.say("skip stars")) == ["Nobody is asked for GitHub Stars now."]
    office.say("skip nps")
    office.now = MONDAY + timedelta(days=1)
    assert lines(office.say("skip nps")) == [
        "Nobody is asked for Net Promoter Score now.",
        "For October it was declined on 2 Nov.",
    ]


@pytest.mark.parametrize(
    ("user", "may"), [("U0DANA", True), ("U0LEE", True), ("U0RAJ", True), ("U0NOBODY", False)]
)
def test_who_was_asked_or_may_enter_it_may_decline(office: Office, user: str, *, may: bool) -> None:
    assert ("error" not in office.say("skip nps", user=user).data) == may
    assert office.request().is_open != may


@pytest.mark.parametrize("text", ["skip", "skip nqs", f"skip nps {'x' * 201}", "skip nps as-of 2026-10-01"])
def test_what_is_wrong_is_refused(office: Office, text: str) -> None:
    assert office.say(text).data["error"]
    assert office.request().is_open


def test_the_reason_shows_among_what_is_asked(office: Office) -> None:
    office.say("skip nps because the survey runs in December")
    assert (
        "Net Promoter Score, October: Dana said not this time, 2 Nov “the survey runs in December”"
        in said(office.say("asks"))
    )
    assert used().people == (DANA, RAJ, LEE)
