"""`/kpi show stars`: what a KPI is, in the words of its document; never its value."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.reply import Actions, Visibility
from bot.workspace import Restriction
from storage import SessionFactory
from tests.bot.commands.talking import DANA, LEE, talk
from tests.factories import STARS, asks, built_in, each_day, framework, lines, said, store, workspace

RICH = {
    **STARS,
    "targets": {"day90": "5,000+ stars", "month6": "9,000"},
    "baseline": "1,200",
    "pace": "55-60 stars/day",
    "source": "GitHub API",
    "owner": "@dana",
    "note": "total, not gain",
    "matures": "7d",
    "history": "90d",
    "rhythm": "weekdays",
    "scored": False,
}
PLAIN = {"name": "Fame", "better": "none"}
ACME = framework(RICH, PLAIN)


def test_it_says_what_the_document_says(sessions: SessionFactory) -> None:
    told = lines(talk(workspace(ACME), sessions)("show stars"))
    assert told == [
        "GitHub Stars: higher is better, in stars.",
        "Acme · Growth",
        "→ 5,000+ stars by Day 90 (30 Nov, 7 days left) · in force",
        "· 9,000 by Month 6 (28 Feb 2027, 97 days left)",
        "Baseline: 1,200",
        "Its own pace: 55-60 stars/day",
        "Also called: stars",
        "Measured as: last(github.stars)",
        "The document says: “GitHub API”",
        "Owner: @dana",
        "Note: total, not gain",
        "Counts: only what is at least 7 days old",
        "History: no number before 90 days of data",
        "Rhythm: its pace counts weekdays only",
        "Scores: it is left out of every score",
        "acme/growth.github_stars · line 2 of made for a test",
    ]


def test_what_nobody_wrote_is_left_out(sessions: SessionFactory) -> None:
    assert lines(talk(workspace(ACME), sessions)("show fame")) == [
        "Fame: neither way is better.",
        "Acme · Growth",
        "It has no target.",
        "Measured as: entered by hand",
        "acme/growth.fame · line 3 of made for a test",
    ]


def test_its_value_is_one_button_away(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [4321]))
    ask = talk(workspace(ACME), sessions)
    reply = ask("define stars")
    assert "4,321" not in said(reply)
    assert "value" not in reply.data
    assert asks(reply) == [f"{verb}acme/growth.github_stars" for verb in ("", "why ", "target ", "show ")]
    assert all("error" not in ask(one).data for one in asks(reply))


def test_a_deadline_that_its_author_names_is_not_named_again(sessions: SessionFactory) -> None:
    texts = {"day90": "5,000 by Day 90 (from the start)", "month6": "9,000 by month 6", "steady": "Weekly"}
    told = lines(talk(workspace(framework({**STARS, "targets": texts})), sessions)("show stars"))
    assert told[2:5] == [
        "→ 5,000 by Day 90 (from the start), 30 Nov, 7 days left · in force",
        "· 9,000 by month 6 (28 Feb 2027, 97 days left)",
        "· Weekly",
    ]


def test_the_past_leads_on_to_the_past_and_knows_no_today(sessions: SessionFactory) -> None:
    ask = talk(workspace(ACME), sessions, now=datetime(2026, 12, 5, 8, tzinfo=UTC))
    reply = ask("show stars as-of 2026-11-30")
    assert "→ 5,000+ stars by Day 90 (30 Nov, that day) · in force" in lines(reply)
    assert "today" not in said(reply)
    then = " as-of 2026-11-30"
    path = "acme/growth.github_stars"
    assert asks(reply) == [f"{path}{then}", f"why {path}{then}", f"target {path}", f"show {path}{then}"]


@pytest.mark.parametrize(
    "question", ["show stars", "why stars", "target stars", "judge", "why stars as-of 2026-11-20"]
)
def test_it_can_be_shared(question: str, sessions: SessionFactory) -> None:
    ask = talk(workspace(ACME, people=(DANA,)), sessions)
    reply = ask(question)
    (share,) = [
        one for block in reply.blocks if isinstance(block, Actions) for one in block.actions if one.share
    ]
    shared = ask(f"{share.ask} share")
    assert (shared.text, shared.visibility) == (reply.text, Visibility.CHANNEL)


def test_its_data_is_the_definition(sessions: SessionFactory) -> None:
    data = talk(workspace(ACME), sessions)("show stars").data
    assert (data["path"], data["unit"], data["better"]) == ("acme/growth.github_stars", "stars", "higher")
    assert [(one["horizon"], one["value"], one["text"]) for one in data["targets"]] == [
        ("day90", 5000, "5,000+ stars"),
        ("month6", 9000, "9,000"),
    ]
    assert (data["in_force"], data["baseline"], data["line"]) == ("day90", 1200, 2)
    assert (data["matures_days"], data["history_days"], data["rhythm"]) == (7, 90, [1, 1, 1, 1, 1, 0, 0])


def test_a_changed_target_shows_as_it_reads_now(sessions: SessionFactory) -> None:
    ask = talk(workspace(ACME), sessions)
    ask("target stars day90 6,000 because launch moved")
    assert "→ 6,000 by Day 90 (30 Nov, 7 days left) · in force" in lines(ask("show stars"))


def test_who_may_see_it_is_said_and_held(sessions: SessionFactory) -> None:
    hidden = Restriction(
        kpis=frozenset({"acme/growth.github_stars"}),
        people=("Dana",),
        groups=("finance",),
        roles=("admin",),
        channels=("slack:C0FIN",),
        ask="Dana",
    )
    ask = talk(replace(workspace(ACME, people=(DANA, LEE)), restrictions=(hidden,)), sessions)
    assert "Seen by: Dana, finance, admins, 1 channel of its own (ask Dana)" in lines(ask("show stars"))
    assert "GitHub Stars is for" in ask("show stars", user="U0LEE").text
    assert "GitHub Stars is for" in ask("why stars", user="U0LEE").text
    assert "GitHub Stars is for" in ask("target stars", user="U0LEE").text


@pytest.mark.parametrize("command", ["show", "why"])
def test_a_name_must_mean_one_kpi(command: str, sessions: SessionFactory) -> None:
    ask = talk(built_in("hektor", "inferno"), sessions)
    assert ask(command).text.startswith("The KPI is missing. Say")
    assert "Nearest: `stars`" in ask(f"{command} strs").text
    reply = ask(f"{command} nps")
    assert reply.text == "2 KPIs are called “nps”: which one?"
    assert all("error" not in ask(one).data for one in asks(reply))


@pytest.mark.parametrize("name", ["hektor", "inferno"])
def test_every_built_in_kpi_can_be_shown(name: str, sessions: SessionFactory) -> None:
    built = built_in(name)
    ask = talk(built, sessions)
    for ref in built.kpis[::9]:
        reply = ask(f"show {ref.path}")
        assert reply.data["path"] == ref.path
        assert len(said(reply)) < 2000
