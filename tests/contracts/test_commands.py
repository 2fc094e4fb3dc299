"""What every command keeps to: an example that works, a reply on an empty database, no network, its help."""

from __future__ import annotations

import ast
import inspect
import re

import pytest

from bot.commands import COMMANDS
from bot.commands.base import Args, Command
from bot.reply import Visibility
from bot.surfaces.slack.render import render
from bot.surfaces.terminal.json import as_json
from bot.surfaces.terminal.render import plain_text
from bot.workspace import normal
from storage import SessionFactory
from tests.factories import asking, built_in, lines, workspace

EVERY = pytest.mark.parametrize("command", COMMANDS, ids=lambda one: one.name)


@EVERY
def test_it_says_what_it_is(command: Command) -> None:
    assert command.summary.endswith(".")
    assert len(command.summary) <= 80
    assert issubclass(command.args, Args)
    assert all(info.description for info in command.args.model_fields.values())
    assert command.args.usage
    assert inspect.getmodule(command.run) is not None


@EVERY
def test_its_example_parses_and_is_its_own(command: Command) -> None:
    words = command.example.split()
    assert command.name == "kpi" or words[0] == command.name
    command.args.read(tuple(words if command.name == "kpi" else words[1:]))
    command.args.read(tuple(command.args.usage.split()[1:]))


def test_names_and_aliases_mean_one_command_each() -> None:
    names = [name for command in COMMANDS for name in (command.name, *command.aliases)]
    assert len(names) == len(set(names))
    assert all(name == name.casefold() for name in names)


def test_no_kpi_of_the_built_in_frameworks_hides_a_command() -> None:
    used = built_in("hektor", "inferno")
    for command in COMMANDS:
        for name in (command.name, *command.aliases):
            assert not used.find_kpi(name), normal(name)


@EVERY
def test_its_example_is_answered_on_an_empty_database(command: Command, sessions: SessionFactory) -> None:
    reply = asking(built_in("hektor", "inferno"), sessions)(command.example)
    assert "error" not in reply.data
    assert reply.visibility is Visibility.PRIVATE
    assert reply.text == " ".join(reply.text.split())
    assert lines(reply)
    assert not re.search(r"\bNone\b|\bnan\b|\{|\}", " ".join(lines(reply)))


@EVERY
def test_its_reply_goes_to_every_surface(command: Command, sessions: SessionFactory) -> None:
    reply = asking(built_in("hektor", "inferno"), sessions)(command.example)
    assert render(reply)
    assert plain_text(reply).strip()
    assert set(as_json(reply)) >= {"text", "blocks", "data"}


@EVERY
def test_a_workspace_with_nothing_in_it_is_answered_too(command: Command, sessions: SessionFactory) -> None:
    empty = workspace(sources=())
    reply = asking(empty, sessions)(command.example)
    assert reply.text.strip()
    assert "did not work" not in reply.text


@EVERY
def test_it_reaches_no_network_and_no_clock(command: Command) -> None:
    module = inspect.getmodule(command.run)
    assert module is not None
    tree = ast.parse(inspect.getsource(module))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert not imported & {"httpx", "aiohttp", "socket", "requests", "collectors", "time", "os"}
    assert "now(" not in inspect.getsource(module)
