"""`/kpi target` with nothing behind it, and with a name that several KPIs have: which target is meant."""

from __future__ import annotations

import pytest

from bot.commands.target_list import example, likely_target
from kpi.quantity import parse_goal
from kpi.retarget import written_text
from storage import SessionFactory
from tests.bot.commands.talking import DANA, SAM, talk
from tests.factories import NPS, STARS, asks, built_in, framework, lines, said, workspace

PHASES = {"phase1": {"title": "Phase 1"}, "phase2": {"title": "Phase 2"}}
PHASED = {**NPS, "targets": {"phase1": "30"}}
MORE = {**NPS, "targets": {"day90": "40", "month6": "60"}}
SEVERAL = workspace(
    framework(NPS),
    framework(PHASED, key="beta", horizons=PHASES),
    framework(MORE, key="gamma"),
    people=(DANA, SAM),
)


@pytest.mark.parametrize(
    ("text", "framework", "horizon"),
    [
        ("target nps phase1 35 because x", "beta", "phase1"),
        ("target nps phase2 35 because x", "beta", "phase2"),  # new there, and nowhere else possible
        ("target nps month6 65 because x", "gamma", "month6"),  # Acme has the horizon, but no target there
    ],
)
def test_the_only_one_that_can_be_meant_is_changed(
    text: str, framework: str, horizon: str, sessions: SessionFactory
) -> None:
    reply = talk(SEVERAL, sessions)(text)
    assert (reply.data["framework"], reply.data["horizon"]) == (framework, horizon)
    title = {"phase1": "Phase 1", "phase2": "Phase 2", "month6": "Month 6"}[horizon]
    assert lines(reply)[-1] == f"{framework.capitalize()}: Growth, the only “nps” with {title}."


def test_several_ask_which_one_and_every_button_changes_it(sessions: SessionFactory) -> None:
    ask = talk(SEVERAL, sessions)
    reply = ask("target nps day90 55 because {launch} moved")
    assert reply.text == "2 KPIs are called “nps”: which one?"
    changed = [ask(one).data for one in asks(reply)]
    assert [(one["framework"], one["after"], one["reason"]) for one in changed] == [
        ("acme", "55", "{launch} moved"),
        ("gamma", "55", "{launch} moved"),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("target nps day90 55", "Say why. The trail keeps the reason: `target nps day90 55 because …`."),
        (
            "target nps day90 because x",
            "The new target is missing. Say `target acme nps day90 50 because",
        ),
        (
            "target nps q1 55 because x",
            "No KPI called “nps” has that horizon. Acme has no horizon “q1”. It has: `day90`",
        ),
    ],
)
def test_what_no_button_could_mend_is_refused_at_once(
    text: str, words: str, sessions: SessionFactory
) -> None:
    reply = talk(SEVERAL, sessions)(text)
    assert words in reply.text
    assert reply.data["error"]


def test_a_reader_is_not_asked_what_they_may_not_change(sessions: SessionFactory) -> None:
    ask = talk(SEVERAL, sessions)
    assert "You may read" in ask("target nps day90 55 because x", user="U0SAM").text
    assert asks(ask("target nps", user="U0SAM")) == [
        f"target {key}/growth.net_promoter_score" for key in ("acme", "beta", "gamma")
    ]


def test_alone_it_lists_what_was_changed_by_hand(sessions: SessionFactory) -> None:
    ask = talk(workspace(framework({**STARS, "targets": {"day90": "5,000"}}, NPS), people=(DANA,)), sessions)
    assert lines(ask("target")) == [
        "No target was changed by hand: the frameworks' files hold.",
        "One KPI's targets: target stars.",
        "Change one: target stars day90 5,000 because ….",
    ]
    ask("target stars day90 6,000 because launch moved")
    ask.later(hours=1)
    ask("target nps month6 60 because asked for")
    reply = ask("target")
    assert lines(reply)[:3] == [
        "2 targets were changed by hand.",
        "Net Promoter Score, Month 6: no target → 60, Dana 10:00: asked for",
        "GitHub Stars, Day 90: 5,000 → 6,000, Dana 09:00: launch moved",
    ]
    assert [(one["kpi"], one["file"], one["text"]) for one in reply.data["changed"]] == [
        ("acme/growth.net_promoter_score", "", "60"),
        ("acme/growth.github_stars", "5,000", "6,000"),
    ]
    ask("target stars day90 5,000 because back again")
    assert lines(ask("target"))[0] == "1 target was changed by hand."


def test_alone_it_says_so_where_no_kpi_is_in_use(sessions: SessionFactory) -> None:
    assert "0 KPIs" not in said(
        talk(workspace(framework({"name": "Fame", "better": "none"})), sessions)("target")
    )


@pytest.mark.parametrize("name", ["hektor", "bakhmach", "inferno"])
def test_the_example_of_every_built_in_kpi_is_short_and_means_its_target(name: str) -> None:
    used = built_in(name)
    for ref in used.kpis:
        assert "/" not in example(ref, used).split()[1] or used.own_name(ref) == ref.path
        for key, target in ref.kpi.targets.items():
            text = likely_target(ref.kpi, key)
            if target.is_numeric:
                read = parse_goal(text, unit=ref.kpi.unit, better=ref.kpi.better)
                assert (read.op, read.value, read.high) == (
                    target.goal.op,
                    target.goal.value,
                    target.goal.high,
                )
            assert len(text) <= max(30, len(written_text(ref.kpi, key)))
