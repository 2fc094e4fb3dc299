"""`/kpi asks`: what is open first, whose it is, and what nobody can be asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.commands import asks
from bot.reports.asks import View, asked_line
from bot.settings_asks import AskEntry
from bot.workspace import Person, Restriction
from kpi.calendar import Moment
from storage import Engine, SessionFactory
from tests.bot.commands.answering import statements
from tests.bot.jobs.asked_office import DANA, LEE, MONDAY, NPS_PATH, Office, used
from tests.factories import NPS, each_day, framework, lines, said, store, workspace
from tests.factories import asks as buttons


def test_what_is_open_comes_first_with_what_was_done_about_it(sessions: SessionFactory) -> None:
    office = Office(sessions)
    office.ask()
    office.say("record mrr $12,400 for 31 Oct")
    for days in (2, 4):
        office.now = MONDAY + timedelta(days=days)
        office.ask()
    assert lines(office.say("asks"))[:4] == [
        "2 of 3 numbers open.",
        "○ Net Promoter Score, October: Dana, asked 2 Nov, reminded 4 Nov, Lee told 6 Nov",
        "○ Churn Rate, October: Raj, asked 2 Nov, reminded 4 Nov, Lee told 6 Nov",
        "● MRR, October: $12,400, Dana, 2 Nov",
    ]


def test_mine_and_what_is_open(sessions: SessionFactory) -> None:
    office = Office(sessions)
    office.ask()
    mine = office.say("asks me")
    assert lines(mine)[0] == "2 of 2 numbers open."
    assert "Churn" not in said(mine)
    assert buttons(mine)[0].startswith(f"{NPS_PATH} 2026-10-31")
    assert lines(office.say("asks open"))[0] == "3 numbers open."
    assert lines(office.say("asks me", user="U0LEE"))[0] == "You are asked for nothing."
    assert "no part of it" in office.say("asks whatever").data["error"]


def test_what_was_not_asked_for_yet_says_when_it_will_be(sessions: SessionFactory) -> None:
    office = Office(sessions)
    office.now = MONDAY - timedelta(days=10)
    assert "· MRR, monthly of Dana, next 2 Nov" in lines(office.say("asks"))
    assert lines(office.say("asks"))[0] == "Nothing is open; 3 numbers are asked for."


def test_what_measures_itself_is_not_asked_for(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.forks", [3.0, 4.0], until=MONDAY.date() - timedelta(days=1)))
    office = Office(sessions, used(measure="last(github.forks)", unit="forks"))
    assert "● Churn Rate, measured by itself; else Raj is asked monthly" in lines(office.say("asks"))


def test_what_nobody_can_be_asked_for_is_listed_with_the_reason(sessions: SessionFactory) -> None:
    office = Office(sessions, used(Person("Ghost"), DANA, LEE))
    told = lines(office.say("asks"))
    assert told[told.index("Nobody to ask") + 1] == "Churn Rate: the owner “Raj” is nobody under people"


def test_what_nobody_is_asked_for_is_not_counted_among_what_is_cut(
    sessions: SessionFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asks, "MOST_ROWS", 2)
    office = Office(sessions, used(Person("Ghost"), DANA, LEE))
    assert not [one for one in lines(office.say("asks")) if " more: " in one]
    monkeypatch.setattr(asks, "MOST_ROWS", 1)
    assert "and 1 more: asks open, asks me" in lines(office.say("asks"))


def test_nothing_is_asked_where_nothing_says_so(sessions: SessionFactory) -> None:
    office = Office(sessions, workspace(framework(NPS), people=(DANA,)))
    assert lines(office.say("asks"))[0] == "Nobody is asked for numbers."
    office.settings({NPS_PATH: AskEntry(every="monthly", who="Dana")})
    assert lines(office.say("asks"))[0] == "Nothing is open; 1 number is asked for."


def test_what_a_reader_may_not_see_is_not_there(sessions: SessionFactory) -> None:
    office = Office(sessions)
    office.ask()
    only = Restriction(kpis=frozenset({NPS_PATH}), people=("Dana",))
    office.change(replace(office.workspace, restrictions=(only,)))
    assert "Net Promoter" not in said(office.say("asks", user="U0LEE"))
    assert "Net Promoter" in said(office.say("asks"))


def test_the_line_that_why_shows(sessions: SessionFactory) -> None:
    office = Office(sessions)
    ref = office.workspace.find_kpi("nps")[0]

    def told() -> str:
        with sessions.read() as session:
            return asked_line(session, ref, View(office.workspace, Moment(office.now, office.workspace.zone)))

    assert told() == ""
    office.ask()
    assert told() == "Dana for October, on 2 Nov; no answer yet"
    office.say("skip nps no survey")
    assert told() == "Dana for October, on 2 Nov; Dana said not this time on 2 Nov: “no survey”"


def test_home_shows_what_waits_for_its_reader(sessions: SessionFactory) -> None:
    office = Office(sessions)
    office.ask()
    told = lines(office.say("home"))
    at = told.index("Waiting for you")
    assert set(told[at + 1 : at + 3]) == {
        "○ Net Promoter Score for October · No number so far",
        "○ MRR for October · No number so far",
    }
    assert "Waiting for you" not in lines(office.say("home", user="U0LEE"))


def test_the_statements_do_not_grow(engine: Engine, sessions: SessionFactory) -> None:
    office = Office(sessions)
    office.ask()
    few = statements(asks.COMMAND, "", office.workspace, engine=engine, sessions=sessions)
    asked = {**NPS, "aliases": [], "asked": "monthly", "owner": "Dana"}
    many = [{**asked, "name": f"N {at}"} for at in range(40)]
    of = workspace(framework(*many), people=(DANA, LEE))
    assert statements(asks.COMMAND, "", of, engine=engine, sessions=sessions) <= few
