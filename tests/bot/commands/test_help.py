"""`/kpi help`: every command with an example that works here, and each one's own page."""

from __future__ import annotations

import pytest

from bot.commands import COMMANDS
from bot.commands.base import Command
from bot.reply import Bold, Code, Text
from storage import SessionFactory
from tests.factories import NPS, asking, asks, built_in, framework, lines, said, workspace


def test_every_command_is_shown_with_its_example(sessions: SessionFactory) -> None:
    told = said(asking(built_in("hektor", "inferno"), sessions)("help"))
    for command in [one for one in COMMANDS if not one.beside]:
        assert f"{command.example}  {command.summary}" in told
    assert "as-of 2026-05-01" in told


def test_its_buttons_answer(sessions: SessionFactory) -> None:
    ask = asking(built_in("inferno"), sessions)
    for again in asks(ask("help")):
        assert "did not work" not in ask(again).text


def test_the_example_is_a_kpi_that_exists(sessions: SessionFactory) -> None:
    ask = asking(workspace(framework(NPS)), sessions)
    reply = ask("help")
    assert reply.text == "Ask for any of 1 KPI by name, for example `nps`."
    assert asks(reply)[0] == "nps 90d"
    assert ask("nps 90d").data["name"] == "Net Promoter Score"


@pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.name)
def test_each_command_is_explained(command: object, sessions: SessionFactory) -> None:
    (known,) = [one for one in COMMANDS if one is command]
    told = lines(asking(built_in("hektor"), sessions)(f"help {known.name}"))
    assert told[0] == f"{known.name}: {known.summary}"
    assert told[-1] == f"For example {known.example}"
    args = [one for one in told if any(one.startswith(f"{label}: ") for label in labels(known))]
    assert len(args) >= len(known.args.model_fields)


def labels(command: Command) -> list[str]:
    named = ("which" if field == command.name else field for field in command.args.model_fields)
    return [name.replace("_", " ").replace("kpi", "KPI") for name in named]


def test_what_can_be_typed_is_marked_as_such_on_a_page(sessions: SessionFactory) -> None:
    reply = asking(built_in("inferno"), sessions)("help gate")
    assert "`" not in said(reply)
    (view,) = [block for block in reply.blocks if isinstance(block, Text) and Bold("view") in block.spans]
    assert {Code("all"), Code("evidence")} <= set(view.spans)
    assert lines(reply)[1].startswith("which: The phase to leave")


def test_the_commands_stand_in_groups(sessions: SessionFactory) -> None:
    told = lines(asking(built_in("hektor", "inferno"), sessions)("help"))
    groups = [told.index(one) for one in ("Ask", "Gates and frameworks", "Change", "Operate")]
    assert groups == sorted(groups)
    changing = told[groups[2] + 1 : groups[3]]
    assert changing == [f"{one.example}  {one.summary}" for one in COMMANDS if one.writes and not one.beside]
    assert len(told) < 48  # a message of Slack has room for 50 blocks


def test_a_counterpart_is_named_on_the_page_of_its_command(sessions: SessionFactory) -> None:
    for one in COMMANDS:
        if one.beside:
            told = lines(asking(workspace(), sessions)(f"help {one.beside}"))
            beside = next(text for text in told if text.startswith("Beside it: "))
            assert f"help {one.name}" in beside.removeprefix("Beside it: ").split(", ")
            assert lines(asking(workspace(), sessions)(f"help {one.name}"))


def test_a_page_says_what_a_command_is_told_and_its_other_names(sessions: SessionFactory) -> None:
    told = lines(asking(workspace(), sessions)("help record"))
    assert "subject: The KPI, or a metric such as github.stars. (needed)" in told
    assert "Also: mute" in lines(asking(workspace(), sessions)("help silence"))
    assert any(line.startswith("It changes something") for line in told)


def test_the_name_of_a_kpi_is_no_command(sessions: SessionFactory) -> None:
    assert "“stars” is a KPI, not a command." in asking(workspace(), sessions)("help stars").text


def test_an_unknown_command_names_those_there_are(sessions: SessionFactory) -> None:
    told = asking(workspace(), sessions)("help gaet").text
    assert "Nearest: `help gate`" in told
    assert f"There are: {', '.join(one.name for one in COMMANDS)}." in told
