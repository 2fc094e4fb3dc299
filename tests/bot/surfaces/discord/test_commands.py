from __future__ import annotations

from typing import Any

import pytest

from bot.commands import COMMANDS
from bot.commands.complete import Suggestion
from bot.surfaces.discord.commands import choices, payload, shape, typed
from tests.discord_standin.rules import check_commands


def options(*pairs: tuple[str, Any], focused: str = "") -> list[dict[str, Any]]:
    return [{"name": name, "value": value, "focused": name == focused} for name, value in pairs]


def test_every_command_of_the_registry_is_there_within_the_limits() -> None:
    told = payload(COMMANDS)
    check_commands(told)
    names = {one["name"] for one in told}
    assert names == {"kpi"} | {f"kpi-{one.name}" for one in COMMANDS if one.name != "kpi"}


@pytest.mark.parametrize(
    ("name", "said", "text"),
    [
        ("kpi", (("question", "stars 90d"),), "stars 90d"),
        ("kpi", (), ""),
        ("kpi-list", (), "list"),
        ("kpi-gate", (("gate", "phase1"), ("view", "all")), "gate phase1 all"),
        (
            "kpi-chart",
            (("name", "GitHub Stars"), ("window", "last month")),
            'chart "GitHub Stars" last month',
        ),
        ("kpi-chart", (("window", "90d"), ("name", "stars")), "chart stars 90d"),
        (
            "kpi-record",
            (("subject", "nps"), ("value", "52"), ("note", "October survey")),
            "record nps 52 October survey",
        ),
        (
            "kpi-target",
            (("change", "stars day90 6000"), ("reason", "launch moved")),
            "target stars day90 6000 because launch moved",
        ),
        (
            "kpi-target",
            (("change", "stars day90 6000"), ("reason", "because it moved")),
            "target stars day90 6000 because it moved",
        ),
        ("kpi-audit", (("of", "stars"), ("count", 5)), "audit stars 5"),
        ("kpi-show", (("name", " sta\u0000rs \n"),), "show stars"),
    ],
)
def test_options_become_what_somebody_would_have_typed(
    name: str, said: tuple[tuple[str, Any], ...], text: str
) -> None:
    assert typed({"name": name, "options": options(*said)}, COMMANDS) == text


KNOWN = (
    Suggestion("show stars", "GitHub"),
    Suggestion("chart stars", "GitHub"),
    Suggestion("chart stars last month", "GitHub Stars"),
    Suggestion("gate phase1", "Inferno"),
)


def begun(text: str) -> list[Suggestion]:
    return [one for one in KNOWN if one.text.startswith(text)]


@pytest.mark.parametrize(
    ("name", "told", "values"),
    [
        (
            "kpi",
            options(("question", "chart s"), focused="question"),
            ["chart stars", "chart stars last month"],
        ),
        ("kpi-chart", options(("name", "st"), focused="name"), ["stars", "stars last month"]),
        ("kpi-chart", options(("name", "stars"), ("window", "la"), focused="window"), ["last month"]),
        ("kpi-gate", options(("gate", "ph"), focused="gate"), ["phase1"]),
        ("kpi-record", options(("subject", "st"), focused="subject"), ["stars"]),
        ("kpi-record", options(("subject", "stars"), ("value", "5"), focused="value"), []),
        ("kpi-owners", options(("name", "da"), focused="name"), []),
        ("kpi-list", [], []),
    ],
)
def test_suggestions_fit_the_option_that_is_typed(
    name: str, told: list[dict[str, Any]], values: list[str]
) -> None:
    found = choices({"name": name, "options": told}, COMMANDS, begun)
    assert [one["value"] for one in found] == values


def test_suggestions_stay_within_the_limits() -> None:
    many = [Suggestion(f"kpi {number} " + "x" * (80 + number), "y" * 90) for number in range(40)]
    found = choices(
        {"name": "kpi", "options": options(("question", "k"), focused="question")}, (), lambda _: many
    )
    assert len(found) <= 25
    assert all(len(one["name"]) <= 100 and len(one["value"]) <= 100 for one in found)


def test_what_discord_adds_to_commands_is_no_change() -> None:
    told = payload(COMMANDS)
    known = [{**one, "id": "1", "version": "2", "name_localizations": None, "nsfw": False} for one in told]
    assert shape(known) == shape(told)
    known[0] = {**known[0], "description": "another"}
    assert shape(known) != shape(told)
