"""Where outsiders read, no answer holds a name, a key or a value of what is restricted, whatever is asked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.commands import COMMANDS
from bot.commands.base import Command
from bot.dispatch import Dispatcher
from bot.reply import Reply
from bot.surfaces.base import Invocation
from bot.timeline import Timeline
from bot.workspace import Person, Restriction
from storage import SessionFactory
from tests.factories import NOW, STARS, asks, each_day, framework, said, store, workspace

SECRET = {
    "name": "Zebra Runway",
    "aliases": ["zebra"],
    "unit": "forks",
    "better": "higher",
    "targets": {"day90": "77", "month6": "88"},
    "measure": "last(github.forks)",
    "owner": "@quagga",
    "note": "quokka",
}
ALSO = {**SECRET, "name": "Zebra Burn", "aliases": []}
KEY = "zebras.zebra_runway"
ACME = framework(
    sections=[
        {"title": "Growth", "kpis": [{**STARS, "line": 2}]},
        {"title": "Growth > Zebras", "kpis": [{**SECRET, "line": 3}]},
    ],
    gates={"day90": {"to": "month6", "require": "80%", "title": "Day 90 → Month 6", "line": 4}},
    dashboards=[
        {
            "key": "board",
            "title": "Board",
            "line": 5,
            "items": [
                {"text": "Stars", "line": 6, "kpis": ["growth.github_stars"]},
                {"text": "Zebra Runway", "line": 7, "kpis": [KEY]},
            ],
        }
    ],
    funnels=[
        {
            "key": "way",
            "title": "Way",
            "line": 8,
            "steps": [
                {"name": "Stars", "count": "growth.github_stars"},
                {"name": "Zebra Runway", "count": KEY},
            ],
        }
    ],
    success=[{"group": "Success", "text": "77 forks of zebra", "line": 9, "kpi": KEY, "horizon": "day90"}],
)
ZEBRAS = framework(ALSO, key="zebras")
BOSS = Person("boss", {"slack": "U0BOSS"}, "admin")
USED = replace(
    workspace(ACME, ZEBRAS, people=(BOSS,)),
    restrictions=(
        Restriction(sections=(("zebras",),), channels=("slack:C0FIN",), roles=("admin",), ask="@quagga"),
        Restriction(frameworks=frozenset({"zebras"}), roles=("admin",)),
    ),
)
TELLING = ("zebra", "4343", "4,343", "77 forks", "88 forks", "quagga", "quokka", "github.forks")
"""What only the restricted KPIs say."""


@pytest.fixture
def stored(sessions: SessionFactory) -> SessionFactory:
    store(sessions, each_day("github.stars", [1200, 1300]), each_day("github.forks", [4343, 4343]))
    return sessions


def answer(text: str, sessions: SessionFactory, *, channel: str = "C0FIN", is_shared: bool = True) -> Reply:
    dispatcher = Dispatcher(Timeline(USED), sessions, COMMANDS, lambda: NOW)
    return dispatcher(Invocation(text, "slack", "U0BOSS", channel, is_shared, in_channel=True))


def everything(reply: Reply) -> str:
    return "\n".join(
        (reply.text, said(reply), *asks(reply), reply.follow, json.dumps(reply.data, default=str))
    )


def leaked(reply: Reply, asked: str = "") -> Sequence[str]:
    """What the answer tells that the question did not say itself."""
    told = everything(reply).casefold()
    return [word for word in TELLING if word in told and word not in asked.casefold()]


ASKED = (
    "list",
    "list all",
    "list unmeasured",
    "list growth",
    "list acme",
    "list zzz",
    "help",
    "stars",
    "strs",
)


@pytest.mark.parametrize(
    "text", [*ASKED, "zbra", "runway", "sources", "stars as-of 2026-11-22", "kpi", "list z"]
)
def test_no_answer_names_what_is_restricted(text: str, stored: SessionFactory) -> None:
    assert leaked(answer(text, stored), text) == []


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.name)
def test_no_command_names_what_is_restricted(command: Command, stored: SessionFactory) -> None:
    for text in (command.name, command.example, f"{command.name} acme", f"{command.name} all"):
        assert leaked(answer(text, stored), text) == []
        assert leaked(answer(f"{text} as-of 2026-11-22", stored), text) == []


@pytest.mark.parametrize(
    "text",
    ["zebra", "Zebra Runway", "zebras/growth.zebra_burn", "list zebras", "chart zebra", "record zebra 5"],
)
def test_a_name_that_was_guessed_is_as_unknown_as_any_other(text: str, stored: SessionFactory) -> None:
    other = text.replace("zebras", "xxxyyy").replace("zebra", "xxxyy").replace("Zebra", "Xxxyy")
    told = answer(text, stored), answer(other, stored)
    assert told[0].data.get("error")
    assert everything(told[0]).casefold() == (
        everything(told[1]).casefold().replace("xxxyyy", "zebras").replace("xxxyy", "zebra")
    )


def test_counts_are_of_what_is_shown(stored: SessionFactory) -> None:
    reply = answer("list all", stored)
    assert reply.text == "1 KPI in 1 framework, 1 measured."
    assert "left out" not in said(reply)


def test_the_same_question_in_its_own_channel_is_answered(stored: SessionFactory) -> None:
    reply = answer("zebra runway", stored, is_shared=False)
    assert "4,343" in reply.text
    told = said(answer("list all", stored, is_shared=False))
    assert "Zebra Runway" in told
    assert "1 KPI left out" in told  # the other framework is not for this channel


COMMAND = st.sampled_from(["", *(name for one in COMMANDS for name in (one.name, *one.aliases))])
WORD = st.sampled_from(
    ["growth", "stars", "acme", "zbra", "runwy", "burn", "all", "90d", "5", "day90"]
) | st.text(max_size=6)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(COMMAND, st.lists(WORD, max_size=3))
def test_whatever_is_asked_nothing_is_told(stored: SessionFactory, command: str, words: list[str]) -> None:
    text = " ".join((command, *words))
    assert leaked(answer(text, stored), text) == []
