"""`/kpi help`: what can be asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from pydantic import Field

from bot.commands.base import Args, Command, Context, Group
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Block, Bold, Code, Heading, Note, Reply, line, marked, note
from bot.reports import words
from bot.workspace import Workspace, nearest, normal


class HelpArgs(Args):
    command: str = Field("", description="A command to explain.")

    usage: ClassVar[str] = "help gate"


def help_command(commands: tuple[Command, ...]) -> Command:
    """The command that explains the others and itself."""

    def run(args: HelpArgs, ctx: Context) -> Reply:
        is_asked = normal(args.command) not in {"", "me", "us"}
        return _explain(args.command, known, ctx) if is_asked else _overview(known, ctx)

    own = Command(
        "help", "What can be asked.", "help", HelpArgs, run, aliases=("?", "hilfe"), group=Group.OPERATE
    )
    known = (*commands, own)
    return own


def _overview(commands: tuple[Command, ...], ctx: Context) -> Reply:
    known = f"Ask for any of {words.count(len(ctx.workspace.kpis), 'KPI')} by name"
    said = f"{known}, for example `{_names(ctx.workspace)[0]}`."
    blocks: list[Block] = [line(Bold(f"{known}.")), *_grouped(commands, ctx)]
    blocks += [Note(marked(text)) for text in _hints(ctx.workspace)]
    asked = [command for command in commands if not command.writes and command.name != "help"]
    asks = tuple(Action(example, example) for command in asked if (example := _example(command, ctx)))
    blocks.append(Actions(asks[:5]))
    return Reply(said, tuple(blocks), data={"commands": [command.name for command in commands]})


def _grouped(commands: Sequence[Command], ctx: Context) -> Iterator[Block]:
    for group in Group:
        members = [command for command in commands if command.group is group and not command.beside]
        if members:
            yield Heading(group)
        for command in members:
            yield line(Code(_example(command, ctx)), f"  {command.summary}")


def _hints(workspace: Workspace) -> tuple[str, ...]:
    name = _names(workspace)[0]
    return (
        f"Say it your way: `how is {name}?`, `{name} last quarter`, `{name} since july`.",
        "Add `as-of 2026-05-01` to any question for how it stood that day. `help gate` explains one command.",
    )


def _example(command: Command, ctx: Context) -> str:
    """The command's example, with KPIs that this workspace has."""
    given = dict(zip(("stars", "forks"), _names(ctx.workspace), strict=True))
    return " ".join(given.get(word, word) for word in command.example.split(" "))


def _names(workspace: Workspace) -> tuple[str, str]:
    """Two names that mean one KPI each: stars and forks where these do."""
    own = [workspace.own_name(ref).lower() for ref in workspace.kpis[:3]]
    found = [name for name in ("stars", "forks") if len(workspace.find_kpi(name)) == 1]
    found += [name for name in own if name not in found]
    first, second = (*found, "stars", "forks")[:2]
    return first, second


def _explain(name: str, commands: tuple[Command, ...], ctx: Context) -> Reply:
    wanted = normal(name) or name
    for command in commands:
        if wanted in {command.name, *command.aliases}:
            beside = tuple(one.name for one in commands if one.beside == command.name)
            return _page(command, ctx, beside)
    if ctx.workspace.find_kpi(name):
        raise UserError(f"“{shortened(name)}” is a KPI, not a command.", f"Ask for it: `{shortened(name)}`.")
    close = nearest(wanted[:100], {command.name: command.name for command in commands})
    near = f"Nearest: {', '.join(f'`help {one}`' for one in close)}. " if close else ""
    raise UserError(
        f"No command “{shortened(name)}”.",
        f"{near}There are: {', '.join(command.name for command in commands)}.",
    )


def _page(command: Command, ctx: Context, beside: Sequence[str]) -> Reply:
    """What it does, what it is told, and how it is said."""
    said = f"{command.name}: {command.summary}"
    blocks: list[Block] = [line(Bold(said))]
    for field, info in command.args.model_fields.items():
        told = marked(f": {info.description or ''}{_needed(info.is_required())}")
        blocks.append(line(Bold(_label(field, command)), *told))
    if command.aliases:
        blocks.append(line("Also: ", *_codes(command.aliases)))
    if command.args.usage and command.args.usage != command.example:
        blocks.append(line("Say ", Code(command.args.usage)))
    if beside:
        blocks.append(line("Beside it: ", *_codes(tuple(f"help {name}" for name in beside))))
    if command.writes:
        blocks.append(line("It changes something, so it comes first and is written to the trail."))
    blocks.append(note("For example ", Code(_example(command, ctx))))
    return Reply(said, tuple(blocks), data={"command": command.name, "example": command.example})


def _label(field: str, command: Command) -> str:
    """A word for an argument that does not say the command's own name again."""
    if field == command.name:
        return "which"
    return " ".join(_SPELT.get(word, word) for word in field.split("_"))


_SPELT = {"kpi": "KPI", "kpis": "KPIs"}


def _needed(is_required: bool) -> str:
    return " (needed)" if is_required else ""


def _codes(names: Sequence[str]) -> Iterator[Code | str]:
    for at, name in enumerate(names):
        if at:
            yield ", "
        yield Code(name)
