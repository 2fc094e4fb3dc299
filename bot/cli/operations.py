"""`kpi doctor`: whether what was set up can work."""

from __future__ import annotations

import typer

from bot.cli.doctor import doctor


def register(app: typer.Typer) -> None:
    app.command("doctor")(doctor)
