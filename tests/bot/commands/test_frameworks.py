"""`/kpi frameworks`: what is in use, its next deadline, and what to know of its file."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.commands.frameworks import COMMAND, MOST_FINDINGS
from bot.reply import Reply
from bot.workspace import Workspace
from storage import SessionFactory, revisions
from storage.revisions import Kind, Revision
from tests.bot.commands.answering import answer, withheld
from tests.factories import NOW, asks, built_in, framework, lines, said, workspace


def shown(text: str, used: Workspace, sessions: SessionFactory) -> Reply:
    return answer(COMMAND, text, used, sessions)


def keep(sessions: SessionFactory, *, kind: Kind, subject: str, text: str, days_ago: int) -> None:
    at = NOW - timedelta(days=days_ago)
    with sessions.begin() as session:
        revisions.add(session, Revision(kind, subject, text, "slack:U0DANA", at))


def test_each_has_what_it_holds_and_its_next_deadline(sessions: SessionFactory) -> None:
    reply = shown("", built_in("hektor", "inferno"), sessions)
    assert lines(reply) == [
        "2 frameworks in use, 204 KPIs.",
        "Hektor: 94 KPIs, 84 targets",
        "Day 83 since 1 Sep. Next: Day 90 on 30 Nov, 7 days left.",
        "Inferno: 110 KPIs, 272 targets, 3 gates",
        "Day 83 since 1 Sep. No deadline is set: date phase1 under horizons: in kpi.yaml.",
    ]
    assert asks(reply) == ["frameworks hektor", "frameworks inferno"]


def test_one_alone_is_told_once_with_the_first_remarks_on_its_file(sessions: SessionFactory) -> None:
    reply = shown("hektor", built_in("hektor", "inferno"), sessions)
    told = lines(reply)
    assert told[0] == "HEKTOR marketing KPIs: 94 KPIs, 84 targets."
    assert told[2].endswith(" remarks on its file:")
    assert told[3].startswith("1. ")
    assert len(told) == 3 + MOST_FINDINGS + 1
    assert told[-1].endswith(" more: kpi framework check hektor.")
    assert len(reply.data["frameworks"][0]["findings"]) > MOST_FINDINGS


def test_no_remark_names_what_the_reader_may_not_see(sessions: SessionFactory) -> None:
    used = withheld(built_in("hektor"), "hektor/primary_metrics_north_star.pipeline_value")
    assert "Pipeline Value" not in said(shown("hektor", used, sessions))


def test_without_a_start_it_says_what_to_add(sessions: SessionFactory) -> None:
    told = lines(shown("", workspace(start=None), sessions))
    assert told[1] == "No start is set: add start: in kpi.yaml."


def test_past_deadlines_and_a_start_ahead_are_said(sessions: SessionFactory) -> None:
    over = workspace(start=NOW.date() - timedelta(days=900))
    assert lines(shown("", over, sessions))[1].endswith(". Every deadline is past.")
    ahead = workspace(start=NOW.date() + timedelta(days=7))
    assert lines(shown("", ahead, sessions))[1].startswith("Starts 30 Nov. Next: Day 90 on ")


def test_a_file_that_changed_says_since_when_and_how_often(sessions: SessionFactory) -> None:
    keep(sessions, kind=Kind.FRAMEWORK, subject="acme", text="one", days_ago=20)
    assert "File unchanged since 3 Nov" in lines(shown("", workspace(), sessions))
    keep(sessions, kind=Kind.FRAMEWORK, subject="acme", text="two", days_ago=2)
    keep(sessions, kind=Kind.TARGET, subject="acme/growth.github_stars@day90", text="9", days_ago=1)
    assert (
        "File unchanged since 21 Nov (1 change since the first) · 1 target set in chat instead of the file"
        in lines(shown("", workspace(), sessions))
    )


@pytest.mark.parametrize(("text", "hint"), [("hektr", "In use: `hektor`"), ("zzz", "In use: `hektor`")])
def test_an_unknown_one_is_refused_with_those_in_use(text: str, hint: str, sessions: SessionFactory) -> None:
    reply = shown(text, built_in("hektor"), sessions)
    assert reply.data["error"] == f"No framework “{text}” is in use."
    assert reply.data["hint"].startswith(hint)


def test_trouble_with_the_files_is_told_here_too(sessions: SessionFactory) -> None:
    used = replace(workspace(framework()), trouble="kpi.yaml cannot be read.")
    assert "kpi.yaml cannot be read." in lines(shown("", used, sessions))
