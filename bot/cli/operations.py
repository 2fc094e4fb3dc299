"""`kpi sources`: what is connected, when it was read, and what fails."""

from __future__ import annotations

import getpass

import typer

from bot.cli.doctor import doctor
from bot.cli.opening import console, opened
from bot.surfaces.base import Invocation
from bot.surfaces.terminal.render import print_reply


def register(app: typer.Typer) -> None:
    app.command("sources")(sources)
    app.command("doctor")(doctor)


def sources() -> None:
    """What is connected, when it was read, and what fails."""
    with opened() as core:
        print_reply(core.dispatcher()(Invocation("sources", "terminal", getpass.getuser())), console())
