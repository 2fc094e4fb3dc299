"""`/kpi report`: any report as its reader may see it, whole or one part, as on a past day; and the list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks import year
from bot.commands import COMMANDS
from bot.dispatch import Dispatcher
from bot.reply import Reply
from bot.settings_reports import ReportEntry
from bot.surfaces.base import Invocation
from bot.timeline import Timeline
from bot.workspace import Workspace
from storage import SessionFactory, connect, migrate
from tests.factories import Asking, asking, asks, said

WORKSPACE = year.workspace("hektor", "inferno")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SessionFactory]:
    """The made-up year, read and never written."""
    path = tmp_path_factory.mktemp("year") / "kpi.db"
    migrate(f"sqlite:///{path}")
    engine = connect(f"sqlite:///{path}")
    sessions = SessionFactory(engine)
    year.fill(sessions, days=190)
    yield sessions
    engine.dispose()


@pytest.fixture
def ask(filled: SessionFactory) -> Asking:
    return asking(WORKSPACE, filled, now=year.NOW)


def test_a_report_is_shown_with_a_button_for_each_of_its_parts(ask: Asking) -> None:
    reply = ask("report weekly")
    assert "Week 16 to 22 Nov" in reply.text
    assert not reply.thread
    assert "report weekly community growth" in asks(reply)
    assert reply.data["parts"][:2] == ["All daily metrics (7-day trends)", "Community growth"]


def test_every_button_of_it_leads_to_its_part(ask: Asking) -> None:
    whole = ask("report hektor/weekly")
    for question in asks(whole):
        found = ask(question)
        assert "error" not in found.data, question
    assert said(ask("report hektor/weekly lead generation")).startswith("Lead generation")


def test_a_past_day_shows_what_was_closed_then(ask: Asking) -> None:
    reply = ask("report monthly for 2026-11-16")
    assert "October 2026" in reply.text
    assert all(one.endswith(" for 2026-11-16") for one in asks(reply) if "share" not in one)


def test_documents_are_named_and_not_carried(ask: Asking) -> None:
    reply = ask("report hektor/monthly")
    assert not reply.documents
    assert reply.data["documents"]
    assert reply.data["documents"][0] in said(reply)


def test_the_daily_update_is_one_of_them(ask: Asking) -> None:
    reply = ask("report daily")
    assert "Monday 23 Nov" in reply.text
    assert not reply.thread


@pytest.mark.parametrize(
    ("question", "message", "hint"),
    [
        ("report wekly", "There is no report “wekly”.", "`weekly`"),
        ("report weekly nonsense", "has no part “nonsense”", "Community growth"),
        ("report weekly for 2026-13-01", "is not a day", "2026-05-01"),
        ("report weekly for 2027-01-01", "is still to come", "days that are over"),
    ],
)
def test_what_cannot_be_shown_is_said(ask: Asking, question: str, message: str, hint: str) -> None:
    reply = ask(question)
    assert message in reply.data["error"]
    assert hint in reply.data["hint"]


def test_all_reports_are_listed_with_when_they_come_next(ask: Asking) -> None:
    reply = ask("reports")
    listed = {one["report"]: one for one in reply.data["reports"]}
    assert listed["weekly"]["next"] == "Mon 23 Nov 09:30 UTC+1"
    assert listed["executive_dashboard"]["cadence"] == "real-time"
    assert not listed["sprint"]["next"]
    assert "sprint: Sprint Reports · every two weeks · for Product teams · not scheduled" in said(reply)
    assert "report weekly" in asks(reply)


ENTRY = ReportEntry.model_validate(
    {
        "cadence": "weekly",
        "parts": [
            {"title": "For all", "kpis": ["GitHub Stars"]},
            {"title": "For the board", "kpis": ["Pipeline Value"], "audience": ["dana", "slack:C0BOARD"]},
        ],
    }
)


def told(workspace: Workspace, sessions: SessionFactory, text: str, by: Invocation) -> Reply:
    dispatcher = Dispatcher(Timeline(workspace), sessions, COMMANDS, lambda: year.NOW, lambda _one: False)
    return dispatcher(replace(by, text=text))


@pytest.mark.parametrize(
    ("by", "is_shown"),
    [
        (Invocation("", "slack", "U0DANA"), True),
        (Invocation("", "slack", "U0KIM"), False),
        (Invocation("", "slack", "U0NOBODY"), False),
        (Invocation("", "slack", "U0NOBODY", "C0BOARD"), False),
        (Invocation("", "slack", "U0DANA", "C0OTHER", in_channel=True), False),
        (Invocation("", "slack", "U0KIM", "C0BOARD", in_channel=True), True),
        (Invocation("", "terminal", ""), True),
    ],
)
def test_a_part_for_some_is_shown_to_nobody_else(
    filled: SessionFactory, by: Invocation, is_shown: bool
) -> None:
    workspace = replace(WORKSPACE, reports={"notes": ENTRY})
    reply = told(workspace, filled, "report notes", by)
    assert "For all" in reply.data["parts"]
    assert ("For the board" in reply.data["parts"]) is is_shown
    one = told(workspace, filled, "report notes for the board", by)
    assert ("error" in one.data) is not is_shown


def test_nothing_measured_is_said_in_words(sessions: SessionFactory, tmp_path: Path) -> None:
    reply = asking(WORKSPACE, sessions, now=datetime(2026, 11, 23, 8, tzinfo=UTC))("report monthly")
    assert "error" not in reply.data
    assert "measured" in reply.text
