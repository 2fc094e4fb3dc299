"""`/kpi help`: what can be asked."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bot.commands.base import Args, Command, Context
from bot.commands.kpi import KpiArgs
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Block, Bold, Code, Reply, line, note
from bot.reports import words
from bot.workspace import Workspace, normal


class HelpArgs(Args):
    command: str = Field("", description="A command to explain.")

    usage: ClassVar[str] = "help gate"


def help_command(commands: tuple[Command, ...]) -> Command:
    """The command that explains the others and itself."""

    def run(args: HelpArgs, ctx: Context) -> Reply:
        return _explain(args.command, known) if args.command else _overview(known, ctx)

    own = Command("help", "What can be asked.", "help", HelpArgs, run, aliases=("?", "hilfe"))
    known = (*commands, own)
    return own


def _overview(commands: tuple[Command, ...], ctx: Context) -> Reply:
    known = f"Ask for any of {words.count(len(ctx.workspace.kpis), 'KPI')} by name"
    said = f"{known}, for example `{_an_example(ctx.workspace)}`."
    blocks: list[Block] = [line(Bold(f"{known}."))]
    blocks += [line(Code(_example(command, ctx)), f"  {command.summary}") for command in commands]
    blocks.append(note("Add ", Code("as-of 2026-05-01"), " to any question for how it stood that day."))
    asked = [command for command in commands if not command.writes and command.name != "help"]
    asks = tuple(Action(example, example) for command in asked if (example := _example(command, ctx)))
    blocks.append(Actions(asks[:5]))
    return Reply(said, tuple(blocks), data={"commands": [command.name for command in commands]})


def _example(command: Command, ctx: Context) -> str:
    """The command's example, with a KPI that this workspace has."""
    if not issubclass(command.args, KpiArgs):
        return command.example
    return command.example.replace("stars", _an_example(ctx.workspace), 1)


def _an_example(workspace: Workspace) -> str:
    if workspace.find_kpi("stars") or not workspace.kpis:
        return "stars"
    return workspace.own_name(workspace.kpis[0]).lower()


def _explain(name: str, commands: tuple[Command, ...]) -> Reply:
    wanted = normal(name) or name
    for command in commands:
        if wanted in {command.name, *command.aliases}:
            fields = command.args.model_fields.items()
            lines = tuple(line(Bold(field), f": {info.description}") for field, info in fields)
            said = f"{command.name}: {command.summary}"
            return Reply(said, (line(Bold(said)), *lines, note("For example ", Code(command.example))))
    raise UserError(
        f"No command “{shortened(name)}”.", f"There are: {', '.join(command.name for command in commands)}."
    )
