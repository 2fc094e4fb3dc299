"""`/kpi note incident stars: down`, `notes incidents`, and what sources told of in lists and charts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from bot.charts.trend import TrendChart
from bot.reply import Link, Text
from bot.workspace import Restriction
from storage import SessionFactory
from storage import annotations as noted
from storage.annotations import Annotation, told_by
from tests.bot.commands.talking import DANA, LEE, SAM, Talk, talk
from tests.factories import GITHUB, NPS, STARS, ZONE, asks, each_day, framework, lines, said, store, workspace

INCIDENTS = {"name": "Incident Resolution Time", "unit": "hours", "better": "lower", "measure": None}
RESOLUTION = {key: value for key, value in INCIDENTS.items() if value}
STARS_PATH = "acme/growth.github_stars"
WORKSPACE = workspace(
    framework(STARS, NPS, RESOLUTION), sources=(replace(GITHUB, title="GitHub"),), people=(DANA, LEE, SAM)
)
URL = "https://github.com/acme/engine/releases/v2"


@pytest.fixture
def ask(sessions: SessionFactory) -> Talk:
    return talk(WORKSPACE, sessions)


def keep(sessions: SessionFactory, kind: str, text: str, day: int, hour: int = 12, *, url: str = "") -> None:
    at = datetime(2026, 11, day, hour, tzinfo=ZONE)
    subject, reference = told_by("github"), f"{kind}:{day}:{hour}"
    with sessions.begin() as session:
        noted.keep(session, [Annotation(subject, at, text, subject, at, kind, "github", reference, url)])


@pytest.mark.parametrize(
    ("text", "kind", "subject", "kept"),
    [
        ("note incident stars: checkout was down", "incident", STARS_PATH, "checkout was down"),
        ("note campaign: autumn mail", "campaign", "", "autumn mail"),
        ("note campaign:autumn mail", "campaign", "", "autumn mail"),
        ("note Release acme: v2 is out", "release", "acme", "v2 is out"),
        ("note release 12 Nov: v2", "release", "", "v2"),
        ("note deployment stars yesterday a1b2c3d", "deployment", STARS_PATH, "a1b2c3d"),
        ("note incident: stars fell everywhere", "incident", "", "stars fell everywhere"),
        ("note incident: stars: nobody could star", "incident", STARS_PATH, "nobody could star"),
        ("note incident: at 14:10 all was down", "incident", "", "at 14:10 all was down"),
        ("note incident resolution time: counted anew", "note", "acme/growth.incident_resolution_time", ""),
        ("note incidents: three today", "note", "", "incidents: three today"),
        ("note incident", "note", "", "incident"),
        ("note release://x", "note", "", "release://x"),
    ],
)
def test_a_kind_may_come_first(text: str, kind: str, subject: str, kept: str, ask: Talk) -> None:
    data = ask(text).data
    assert (data.get("kind"), data.get("subject")) == (kind, subject)
    assert kept in data["text"]


def test_the_answer_says_the_kind_and_the_trail_keeps_it(ask: Talk) -> None:
    reply = ask("note incident stars 12 Nov: checkout was down")
    assert reply.text == "Noted for 12 Nov on GitHub Stars: incident “checkout was down”."
    assert "12 Nov: incident: checkout was down" in said(ask("audit"))
    assert ask("note campaign: ...").data["error"]


def test_notes_of_a_kind_are_listed_alone(ask: Talk, sessions: SessionFactory) -> None:
    ask("note incident stars 12 Nov: checkout was down")
    ask("note nps: survey sent")
    keep(sessions, "release", "v2.0", 20, url=URL)
    every = [
        "3 notes.",
        "23 Nov · Net Promoter Score: survey sent (Dana)",
        "20 Nov · release “v2.0” (GitHub)",
        "12 Nov · GitHub Stars: incident “checkout was down” (Dana)",
    ]
    assert lines(ask("notes")) == every
    assert lines(ask("notes incidents")) == ["1 incident.", every[3]]
    assert lines(ask("notes stars incident")) == ["1 incident on GitHub Stars.", every[3]]
    assert lines(ask("note incident stars")) == lines(ask("notes incidents stars"))
    assert lines(ask("notes releases acme")) == ["1 release on Acme.", every[2]]
    assert lines(ask("notes nps")) == ["1 note on Net Promoter Score.", every[1]]
    assert lines(ask("notes campaigns nps")) == [
        "No campaign on Net Promoter Score yet.",
        "Write one: note campaign nps: what happened.",
    ]
    assert ask("notes incident resolution time").text == "No note on Incident Resolution Time yet."


def test_many_of_a_day_are_one_line_and_all_are_counted(ask: Talk, sessions: SessionFactory) -> None:
    for hour in range(7):
        keep(sessions, "deployment", f"a1b2c3{hour}", 18, hour)
    ask("note stars 19 Nov: Show HN")
    assert lines(ask("notes deployments stars")) == [
        "7 deployments on GitHub Stars.",
        "18 Nov · 7 deployments (GitHub)",
    ]
    assert lines(ask("notes"))[0] == "8 notes."


def test_what_a_source_told_of_leads_to_where_more_is_said(ask: Talk, sessions: SessionFactory) -> None:
    keep(sessions, "release", "v2.0", 20, url=URL)
    reply = ask("notes")
    (told,) = [block for block in reply.blocks[1:] if isinstance(block, Text)]
    assert Link(URL, "release “v2.0”") in told.spans
    (data,) = reply.data["notes"]
    assert (data["kind"], data["source"], data["url"]) == ("release", "github", URL)


def test_an_ambiguous_name_keeps_the_kind(sessions: SessionFactory) -> None:
    ask = talk(workspace(framework(), framework(key="other")), sessions)
    for again in asks(ask("note incident stars 2026-11-12: down")):
        assert ask(again).data["kind"] == "incident"
    for again in asks(ask("note incident stars")):
        assert ask(again).text == "1 incident on GitHub Stars."


def test_a_reader_hears_of_no_release_where_no_number_of_its_source_is_shown(
    sessions: SessionFactory,
) -> None:
    hidden = Restriction(kpis=frozenset({STARS_PATH}), people=("Dana",), ask="Dana")
    ask = talk(replace(WORKSPACE, restrictions=(hidden,)), sessions)
    keep(sessions, "release", "v2.0: the secret deal", 20)
    assert "secret" in said(ask("notes"))
    assert "secret" not in said(ask("notes", user="U0LEE"))
    assert "secret" not in said(ask("notes releases", user="U0LEE"))


def test_charts_mark_what_matters_to_them_with_its_kind(ask: Talk, sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [1000 + 10 * day for day in range(60)]))
    ask("note incident stars 12 Nov: checkout was down")
    ask("note 14 Nov Show HN")
    keep(sessions, "release", "v2.0: The fast one", 16)
    for hour in range(7):
        keep(sessions, "deployment", f"a1b2c3{hour}", 18, hour)
    (chart,) = ask("chart stars 30d").charts
    assert isinstance(chart.drawing, TrendChart)
    assert [(one.kind, one.label) for one in chart.drawing.marks] == [
        ("incident", "checkout was down"),
        ("note", "Show HN"),
        ("release", "v2.0: The fast one"),
        ("deployment", "7 deployments"),
    ]
    assert chart.alt.endswith(
        "; 12 Nov: incident “checkout was down”; 14 Nov: Show HN; 16 Nov: release “v2.0: The fast one”; "
        "18 Nov: 7 deployments"
    )
    assert "incident" not in ask("chart stars 30d as-of 2026-11-15").charts[0].alt
