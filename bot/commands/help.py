"""`/kpi help`: what can be asked."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from bot.commands.base import Args, Command, Context
from bot.errors import UserError
from bot.reply import Action, Actions, Block, Bold, Code, Reply, line, note
from bot.workspace import normal


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
    said = f"Ask for any of {len(ctx.workspace.kpis)} KPIs by name, for example `stars`."
    blocks: list[Block] = [line(Bold(f"Ask for any of {len(ctx.workspace.kpis)} KPIs by name."))]
    blocks += [line(Code(command.example), f"  {command.summary}") for command in commands]
    blocks.append(note("Add `as-of 2026-05-01` to any question for how it stood that day."))
    asks = tuple(Action(command.example, command.example) for command in commands if not command.writes)
    blocks.append(Actions(asks[:5]))
    return Reply(said, tuple(blocks), data={"commands": [command.name for command in commands]})


def _explain(name: str, commands: tuple[Command, ...]) -> Reply:
    wanted = normal(name)
    for command in commands:
        if wanted in {command.name, *command.aliases}:
            fields = command.args.model_fields.items()
            lines = tuple(line(Bold(field), f": {info.description}") for field, info in fields)
            said = f"{command.name}: {command.summary}"
            return Reply(said, (line(Bold(said)), *lines, note("For example ", Code(command.example))))
    raise UserError(
        f"No command “{name[:60]}”.", f"There are: {', '.join(command.name for command in commands)}."
    )
