"""`kpi ask`: what `/kpi` answers, in the terminal."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.opening import console, draw_all, made, opened, say
from bot.reply import Reply
from bot.surfaces.base import Invocation
from bot.surfaces.terminal.json import as_json
from bot.surfaces.terminal.render import print_reply


def register(app: typer.Typer) -> None:
    app.command("ask")(ask)


def ask(
    text: Annotated[list[str] | None, typer.Argument(help="What you would type after /kpi.")] = None,
    as_json_: Annotated[
        bool, typer.Option("--json", help="Print text, blocks and the numbers behind them.")
    ] = False,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="How it stood: 2026-05-01 or an ISO time.")
    ] = None,
    charts: Annotated[
        Path | None, typer.Option("--charts", help="A folder to write the charts to, as PNG.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Exit 1 where a gate is shut or a KPI misses.")
    ] = False,
) -> int:
    """Ask for a KPI, a gate or a list."""
    question = " ".join(text or []) + (f" as-of {as_of}" if as_of else "")
    with opened() as core:
        ask_for, user = core.dispatcher(), getpass.getuser()
        reply = ask_for(Invocation(question, "terminal", user))
        if reply.follow:  # nobody waits for a first line here: words and picture are one answer
            reply = reply.joined(ask_for(Invocation(reply.follow, "terminal", user)))
    folder = made(charts) if charts is not None else None
    if as_json_:
        if folder is not None:
            draw_all(reply, folder)
        say(json.dumps(as_json(reply), ensure_ascii=False))
    else:
        print_reply(reply, console(), charts=folder)
    return _exit_code(reply, check=check)


def _exit_code(reply: Reply, *, check: bool) -> int:
    """2 for a question that could not be answered; with `--check`, 1 for an answer that is not good."""
    if "error" in reply.data:
        return 2
    if check:
        return 0 if reply.data.get("passed", reply.data.get("met")) is True else 1
    return 0
