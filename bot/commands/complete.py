"""What could be typed next: commands first, then KPIs by name and alias."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.commands.base import Command
from bot.workspace import Workspace, normal

MOST = 8


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text to type, and what it brings."""

    text: str
    summary: str


def complete(text: str, workspace: Workspace, commands: Sequence[Command]) -> tuple[Suggestion, ...]:
    """Suggestions for the beginning `text`, the likeliest first."""
    begun = normal(text)
    known = [*_commands(commands), *_gates(workspace), *_kpis(workspace, begun)]
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
        names = workspace.own_names(ref) or (ref.path,)
        own = next((name for name in names if normal(name).startswith(begun)), names[0])
        section = ref.kpi.section.rsplit(" > ", 1)[-1]
        found.append(
            Suggestion(own.lower(), f"{ref.kpi.name} · {section}" if own != ref.kpi.name else section)
        )
    return found
