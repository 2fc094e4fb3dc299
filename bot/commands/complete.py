"""What could be typed next: commands first, then KPIs by name and alias; behind a command, what it takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.commands.base import Command, Subject
from bot.workspace import Workspace, normal

MOST = 8
_WINDOWS = ("90d", "last month", "last quarter", "this year", "12w")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text to type, and what it brings."""

    text: str
    summary: str


def complete(text: str, workspace: Workspace, commands: Sequence[Command]) -> tuple[Suggestion, ...]:
    """Suggestions for the beginning `text`, the likeliest first."""
    begun = normal(text)
    known = [*_commands(commands), *_gates(workspace), *_kpis(workspace, begun)]
    known += _told(begun, workspace, commands)
    starts = [one for one in known if normal(one.text).startswith(begun)]
    holds = [one for one in known if begun in normal(one.text) and one not in starts]
    return tuple({one.text: one for one in [*starts, *holds]}.values())[:MOST]


def _commands(commands: Sequence[Command]) -> list[Suggestion]:
    return [Suggestion(one.name, one.summary) for one in commands if one.name != "kpi"]


def _gates(workspace: Workspace) -> list[Suggestion]:
    return [
        Suggestion(f"gate {ref.gate.from_}", ref.gate.title or ref.use.framework.title)
        for ref in workspace.gates
    ]


def _kpis(workspace: Workspace, begun: str) -> list[Suggestion]:
    """Each KPI under a name that means nothing else: the one that goes on as `begun`, where there is one."""
    found = []
    for ref in workspace.kpis:
        names = workspace.own_names(ref) or (workspace.own_name(ref),)
        own = next((name for name in names if normal(name).startswith(begun)), names[0])
        section = ref.kpi.section.rsplit(" > ", 1)[-1]
        found.append(
            Suggestion(own.lower(), f"{ref.kpi.name} · {section}" if own != ref.kpi.name else section)
        )
    return found


def _told(begun: str, workspace: Workspace, commands: Sequence[Command]) -> Iterator[Suggestion]:
    """What may stand behind a command word, and behind the name of a KPI: as the commands declare it."""
    word, _, rest = begun.partition(" ")
    for command in commands:
        if command.name != word:
            continue
        if command.args.about in (Subject.KPI, Subject.KPIS):
            for one in _kpis(workspace, rest):
                yield Suggestion(f"{command.name} {one.text}", one.summary)
            yield from _windows(rest, workspace, f"{command.name} ") if _takes_window(command) else ()
        elif command.args.about is Subject.FRAMEWORK:
            for use in workspace.uses:
                yield Suggestion(f"{command.name} {use.framework.key}", use.framework.title)
        elif command.name == "help":
            yield from (Suggestion(f"help {one.name}", one.summary) for one in commands)
    yield from _windows(begun, workspace, "")


def _takes_window(command: Command) -> bool:
    return "window" in command.args.model_fields


def _windows(begun: str, workspace: Workspace, lead: str) -> Iterator[Suggestion]:
    """Windows behind the name of one KPI, in full or begun: "stars", "stars la"."""
    words = begun.split()
    for end in range(len(words), max(0, len(words) - 3), -1):
        name = " ".join(words[:end])
        if len(found := workspace.find_kpi(name)) == 1:
            for window in _WINDOWS:
                yield Suggestion(f"{lead}{name} {window}", found[0].kpi.name)
            return
