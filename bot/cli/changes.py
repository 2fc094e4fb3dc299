"""`kpi target`, `judge`, `note`, `audit`: what people decide, as in chat."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from typing import Annotated

import typer

from bot.cli.opening import console, opened
from bot.surfaces.base import Invocation
from bot.surfaces.terminal.render import print_reply

Reason = Annotated[str, typer.Option("--reason", help="Why: it is kept beside what was there before.")]
Name = Annotated[str, typer.Argument(help="A KPI by name, alias or key.")]


def register(app: typer.Typer) -> None:
    app.command("target")(target)
    app.command("judge")(judge)
    app.command("note")(note)
    app.command("audit")(audit)


def target(
    kpi: Name,
    horizon: Annotated[str, typer.Argument(help="Which of its targets: day90, q2, phase1.")] = "",
    value: Annotated[str, typer.Argument(help="As its author would write it: 6,000, <4 hours, 90%+.")] = "",
    reason: Reason = "",
) -> int:
    """Change a target; the one before is kept. Without a value: how the targets changed so far."""
    return _said("target", (kpi, horizon, value), reason)


def judge(
    kpi: Name,
    verdict: Annotated[str, typer.Argument(help="met or not-met.")] = "",
    horizon: Annotated[str, typer.Argument(help="Which target, where several are in words.")] = "",
    reason: Reason = "",
) -> int:
    """Say whether a target in words is met, such as “Market leader”."""
    return _said("judge", (kpi, verdict, horizon), reason)


def note(
    text: Annotated[list[str], typer.Argument(help="What happened; “stars: Show HN” for one KPI.")],
) -> int:
    """Write down what happened; charts show it."""
    return _said("note", text)


def audit(
    about: Annotated[
        list[str] | None, typer.Argument(help="A KPI, a person or an act; none: everything.")
    ] = None,
) -> int:
    """Who did what, when and from where."""
    return _said("audit", about or ())


def _said(command: str, words: Sequence[str], reason: str = "") -> int:
    """Ask as in chat: words stay together where they were given together."""
    said = [command, *(_held(word) for word in words if word), *(("--reason", reason) if reason else ())]
    with opened() as core:
        reply = core.dispatcher()(Invocation(" ".join(said), "terminal", getpass.getuser()))
    print_reply(reply, console())
    return 2 if "error" in reply.data or "ambiguous" in reply.data else 0


def _held(word: str) -> str:
    return f'"{word}"' if " " in word and '"' not in word else word
