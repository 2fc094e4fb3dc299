"""The list of surveys: what is open and until when, what came of the others, and never a score too early."""

from __future__ import annotations

from datetime import timedelta

from storage import SessionFactory
from tests.bot.surveying import CLOSES, OPENS, Office, entry, surveyed
from tests.factories import asks, lines, said


def test_without_any_it_says_how_to_add_one(sessions: SessionFactory) -> None:
    office = Office(sessions)
    office.timeline.change(office.workspace.__class__("", office.workspace.zone, (), {}))
    for text in ("surveys", "survey", "survey developers"):
        reply = office.say(text)
        assert reply.text == "No survey is set up."
        assert "error" not in reply.data
    assert "surveys:" in said(reply)


def test_each_says_where_it_is_in_its_round(sessions: SessionFactory) -> None:
    others = {
        "docs": entry(kind="csat", to=["slack:C0ALL", "p1"], every="monthly", open="2d", question="Happy?"),
        "core-team": entry(kind="satisfaction", every="yearly 3 december"),
    }
    office = Office(sessions, surveyed(developers=entry(), **others))
    office.go(OPENS)
    office.answer(9, 9, 9, 9, 0)
    reply = office.say("surveys")
    assert reply.text == "3 surveys, 2 open."
    assert lines(reply)[1:] == [
        "Developers: open until Thu 8 Oct 10:00, 5 of 8 answers so far",
        "“Would you recommend Acme?”",
        "Asks 8 people on the 1st business day of the quarter. The next one opens Fri 1 Jan 2027 10:00.",
        "Docs: open until Sat 3 Oct 10:00, fewer than 5 answers so far",
        "“Happy?”",
        "Asks 1 person and 1 channel on the 1st business day of the month. "
        "The next one opens Mon 2 Nov 10:00.",
        "Core team: not asked yet",
        "“Would you recommend Acme?”",
        "Asks 8 people every year on 3 December. The next one opens Thu 3 Dec 10:00.",
    ]
    assert asks(reply) == ["survey developers", "survey docs", "survey core-team"]
    assert "figure" not in str(reply.data)


def test_a_closed_one_says_its_figure(sessions: SessionFactory) -> None:
    office = Office(sessions, surveyed(developers=entry(), mood=entry(kind="satisfaction")))
    office.go(OPENS)
    office.answer(9, 9, 9, 9, 0)
    office.answer(7, 8, 8, 8, 8, name="mood")
    office.at = CLOSES + timedelta(seconds=1)
    assert "Developers: being closed" in lines(office.say("surveys"))
    office.go(office.at)
    shown = lines(office.say("surveys"))
    assert "Developers: NPS 60 (Q4, 5 answers of 8, 63%)" in shown
    assert "Mood: satisfaction 7.8/10 (Q4, 5 answers of 8, 63%)" in shown
    assert shown[0] == "2 surveys, none open."
