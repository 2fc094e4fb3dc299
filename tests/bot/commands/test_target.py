"""`/kpi target stars day90 6,000 because launch moved`: the target changes, its past and its trail stay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.reply import Reply
from bot.timeline import Timeline
from bot.workspace import Use
from storage import SessionFactory, audit, revisions
from storage.revisions import Kind
from tests.bot.commands.talking import DANA, LEE, SAM, Talk, talk
from tests.factories import (
    NOW,
    NPS,
    STARS,
    YESTERDAY,
    asks,
    each_day,
    framework,
    lines,
    said,
    store,
    workspace,
)

STARS2 = {**STARS, "targets": {"day90": "5,000", "month6": "9,000"}}
POSITION = {
    "name": "Market Position",
    "better": "none",
    "targets": {"day90": "Top 10", "month6": "Market leader"},
}
COST = {"name": "Cost", "unit": "$", "better": "lower", "targets": {"day90": "<$100"}}
FREE = {"name": "Mentions", "better": "higher", "unit": "mentions"}
ZONES = [
    {"zone": "green", "at_least": "90%"},
    {"zone": "yellow", "at_least": "70%", "below": "90%"},
    {"zone": "red", "below": "70%"},
]
ACME = framework(STARS2, NPS, POSITION, COST, FREE, zones=ZONES)
SUBJECT = "acme/growth.github_stars@day90"


@pytest.fixture
def ask(sessions: SessionFactory) -> Talk:
    store(sessions, each_day("github.stars", [1000 + 10 * day for day in range(50)]))
    return talk(workspace(ACME, people=(DANA, LEE, SAM)), sessions)


def targets_of(reply: Reply) -> dict[str, str]:
    return {key: one["text"] for key, one in reply.data["targets"].items()}


@pytest.mark.parametrize(
    ("text", "kpi", "horizon", "after"),
    [
        ("target stars day90 6,000 because launch moved", "github_stars", "day90", "6,000"),
        ("target stars day 90 6,000 reason: launch moved", "github_stars", "day90", "6,000"),
        ("target stars Day 90 to 6k --reason launch moved", "github_stars", "day90", "6k"),
        ("target stars to 6000 by day90 because launch moved", "github_stars", "day90", "6000"),
        ("target GitHub Stars m6 = 10,000 because launch moved", "github_stars", "month6", "10,000"),
        ("target acme/growth.github_stars month 6 1M —reason launch moved", "github_stars", "month6", "1M"),
        ("target nps 60 because launch moved", "net_promoter_score", "day90", "60"),
        ("target nps day90 N/A because launch moved", "net_promoter_score", "day90", "N/A"),
        ("target cost $90 because launch moved", "cost", "day90", "$90"),
        ("target market position day90 Top 5 because launch moved", "market_position", "day90", "Top 5"),
        ("target mentions steady 5/day because launch moved", "mentions", "steady", "5/day"),
        ("target nps > 60 because launch moved", "net_promoter_score", "day90", "> 60"),
        ("retarget stars day90 >= 6,000 because launch moved", "github_stars", "day90", ">= 6,000"),
    ],
)
def test_people_say_it_as_they_like(text: str, kpi: str, horizon: str, after: str, ask: Talk) -> None:
    reply = ask(text)
    assert reply.data.get("after") == after, reply.text
    assert (reply.data["kpi"], reply.data["horizon"]) == (f"growth.{kpi}", horizon)
    assert reply.data["reason"] == "launch moved"
    assert targets_of(ask(f"target {kpi.replace('_', ' ')}"))[horizon] == after


def test_the_reply_says_what_becomes_of_the_standing(ask: Talk) -> None:
    assert lines(ask("target stars day90 1,600 because launch moved"))[:5] == [
        "GitHub Stars, Day 90: 5,000 → 1,600.",
        "It asks for ≥ 1,600 stars by Day 90 (30 Nov, 7 days left).",
        "Now 1,490: ● on track, 93% of target (was ▲ off track, 29.8% of target).",
        "Reports and days before now keep the old target.",
        "The framework's file still says 5,000; an edit of it there replaces this.",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("target stars month6 9,500 because x", "In force today is Day 90, so the standing stays."),
        ("target nps day90 N/A because x", "Nothing is asked by Day 90 (30 Nov, 7 days left) any more."),
        ("target nps day90 60 because x", "It has no number yet."),
        ("target stars day90 <5,000 because x", "Mind the sign: higher is better for GitHub Stars."),
        ("target stars day90 1,000 because x", "Now 1,490: ● on track, met, 149% of target (was"),
        (
            "target market position day90 Top 5 because x",
            "is met: judge market position day90 met because ….",
        ),
    ],
)
def test_what_follows_is_said(text: str, words: str, ask: Talk) -> None:
    assert words in said(ask(text))


def test_the_change_is_kept_with_who_when_why_and_what_it_was(ask: Talk) -> None:
    ask("target stars day90 6,000 because launch moved")
    ask.later(hours=1)
    ask("target stars day90 7,000 because of the fair")
    with ask.sessions.read() as session:
        first, second = revisions.of_target(session, SUBJECT)
        newest, oldest = audit.recent(session)
    assert (first.kind, first.text, first.replaced, first.reason) == (
        Kind.TARGET,
        "6,000",
        "5,000",
        "launch moved",
    )
    assert (first.author, first.recorded_at) == ("slack:U0DANA", NOW)
    assert (second.text, second.replaced) == ("7,000", "5,000")  # what the file says, not the change before
    assert (oldest.action, oldest.subject, oldest.before, oldest.after) == (
        "target",
        SUBJECT,
        "5,000",
        "6,000",
    )
    assert (newest.before, newest.after, newest.note, newest.place) == (
        "6,000",
        "7,000",
        "of the fair",
        "slack:C0TEAM",
    )
    told = lines(ask("target stars"))
    assert told[1:5] == [
        "7,000 by Day 90 (30 Nov, 7 days left) · in force",
        "– 10:00 Dana set 7,000: of the fair",
        "– 09:00 Dana set 6,000: launch moved",
        "– The framework's file: 5,000",
    ]


def test_the_past_keeps_its_target(ask: Talk) -> None:
    ask.timeline.keep(ask.sessions, NOW)
    ask.later(hours=1)
    ask("target stars day90 1,500 because launch moved")
    ask.later(hours=1)
    assert ask("stars").data["target"]["value"] == 1500
    then = ask(f"stars as-of {NOW.isoformat()}").data
    assert (then["target"]["value"], then["zone"], then["percent_of_target"]) == (5000, "red", 29.8)
    assert ask(f"stars as-of {YESTERDAY}").data["target"]["value"] == 5000


def test_an_edit_of_the_file_wins(ask: Talk) -> None:
    ask("target stars day90 6,000 because launch moved")
    edited = framework({**STARS2, "targets": {"day90": "5,500", "month6": "9,000"}}, NPS)
    use = ask.timeline.files.uses[0]
    new = Use(edited, use.plan, edited)
    ask.timeline = Timeline(replace(ask.timeline.files, uses=(new,)))
    reply = ask("target stars")
    assert targets_of(reply)["day90"] == "5,500"
    assert "– 09:00 Dana set 6,000: launch moved" in lines(reply)


def test_a_kpi_with_several_targets_asks_for_when(ask: Talk) -> None:
    reply = ask("target stars 6,000 because launch moved")
    assert reply.text == "GitHub Stars has 2 targets: for when is 6,000?"
    assert reply.data["ambiguous"] == ["day90", "month6"]
    assert ask(asks(reply)[1]).data["after"] == "6,000"
    assert ask("target mentions 5 because x").data["ambiguous"] == ["day90", "month6", "steady"]


def test_a_target_that_names_its_deadline_is_not_told_it_again(ask: Talk) -> None:
    told = lines(ask("target market position day90 Top 5 by Day 90 because x"))
    assert told[1] == "It asks for Top 5 by Day 90 (30 Nov, 7 days left)."
    told = lines(ask("target market position"))
    assert told[1] == "Top 5 by Day 90 (30 Nov, 7 days left) · in force"
    assert told[-1] == "Change one: target market position day90 Top 5 by Day 90 because …."
