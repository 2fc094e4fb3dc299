"""Targets in words: people are asked to judge them, and a judgement is the answer."""

from __future__ import annotations

from datetime import date

from bot.forms import FORMS
from bot.reply import Actions
from bot.workspace import Workspace
from storage import SessionFactory
from storage.asking import State
from tests.bot.jobs.asked_office import DANA, LEE, Office
from tests.factories import framework, lines, workspace

SOC = {"name": "SOC 2", "unit": "", "better": "none", "targets": {"day90": "certified"}}
PATH = "acme/growth.soc_2"


def company() -> Workspace:
    of = framework({**SOC, "asked": "monthly", "owner": "Dana"}, governance={"owner": "Lee"})
    return workspace(of, people=(DANA, LEE), start=date(2026, 9, 1))


def test_a_target_in_words_is_asked_for_a_judgement(sessions: SessionFactory) -> None:
    office = Office(sessions, company())
    assert office.ask() == 1
    reply = office.told("U0DANA", 2)
    assert reply is not None
    assert lines(reply)[:2] == [
        "SOC 2 for October is yours to give.",
        "Nobody has judged it so far · target certified",
    ]
    (buttons,) = (block.actions for block in reply.blocks if isinstance(block, Actions))
    assert [(one.label, one.form, one.ask) for one in buttons] == [
        ("Judge SOC 2", "judge", PATH),
        ("Not this time: SOC 2", "skip", PATH),
    ]


def test_a_judgement_is_the_answer_and_is_told_the_next_time(sessions: SessionFactory) -> None:
    office = Office(sessions, company())
    office.ask()
    office.after(hours=2)
    said = FORMS["judge"].compose({"kpi": PATH, "verdict": "not met", "reason": "the auditor comes in May"})
    assert said == f"judge {PATH} not met because the auditor comes in May"
    assert "did not work" not in office.say(said).text
    office.ask()
    assert office.request(PATH).state is State.ENTERED
    office.after(days=29)
    assert office.ask() == 1
    reply = office.told("U0DANA", 1, 12)
    assert reply is not None
    assert lines(reply)[1].startswith("Last “certified” is not met, as judged on 2 Nov")
