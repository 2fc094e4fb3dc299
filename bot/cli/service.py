"""`kpi run`, `playground`, `migrate`, `init`: the bot as a service, and what comes before it."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace
from logging import INFO, basicConfig, getLogger
from pathlib import Path
from typing import Annotated

import typer

from bot import loading
from bot.app import open_core, utc_now
from bot.app import run as run_bot
from bot.cli.opening import say, warn
from bot.cli.starting import Answers, ask_answers, write
from bot.errors import UserError
from bot.sample import local_zone
from bot.settings import read_environment
from storage import migrate as migrate_database

RepositoryOption = Annotated[
    Path | None, typer.Option("--repository", help="The git clone that the sample workspace reads.")
]
PortOption = Annotated[int | None, typer.Option("--port", help="The port to listen on; PORT by default.")]


def register(app: typer.Typer) -> None:
    app.command("run")(run)
    app.command("playground")(playground)
    app.command("migrate")(migrate)
    app.command("init")(init)


def run(repository: RepositoryOption = None) -> None:
    """Run the bot: Slack by the tokens present; with none, the playground."""
    _serve(repository, port=None, force_playground=False)


def playground(port: PortOption = None, repository: RepositoryOption = None) -> None:
    """Run the bot on the local stand-in for Slack, whatever tokens are set."""
    _serve(repository, port=port, force_playground=True)


def _serve(repository: Path | None, *, port: int | None, force_playground: bool) -> None:
    _log_to_stderr()
    settings = read_environment(os.environ)
    if port is not None:
        settings = replace(settings, port=port)
    is_without_file = not settings.config_path.exists() and "KPI_CONFIG" not in settings.environment
    if settings.has_slack and not force_playground and is_without_file:
        raise UserError("Slack's tokens are set, but there is no kpi.yaml.", "Write one with `kpi init`.")
    core = open_core(settings, repository=repository)
    asyncio.run(run_bot(core, force_playground=force_playground, announce=say_now))


def say_now(text: str) -> None:
    """Said at once, also into a pipe."""
    say(text)
    sys.stdout.flush()


def _log_to_stderr() -> None:
    basicConfig(level=INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    for noisy in ("apscheduler", "alembic", "slack_bolt", "slack_sdk", "matplotlib", "uvicorn"):
        getLogger(noisy).setLevel("WARNING")


def migrate() -> None:
    """Create or upgrade the tables of the database."""
    settings = read_environment(os.environ)
    applied = migrate_database(settings.database_url)
    say(f"Applied {', '.join(applied)}." if applied else "The database is up to date.")


def init(
    path: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("kpi.yaml"),
    yes: Annotated[bool, typer.Option("--yes", help="Take every default without asking.")] = False,
) -> None:
    """Write a commented kpi.yaml by asking five questions."""
    if path.exists():
        raise UserError(f"{path} exists already; nothing was changed.", "Name another file, or move it away.")
    today = utc_now().astimezone(local_zone()).date()
    defaults = Answers(
        name=Path.cwd().name,
        timezone=local_zone().key,
        frameworks=("hektor",),
        start=today,
        repository="",
        channel="",
    )
    answers = defaults if yes else ask_answers(defaults, loading.built_in())
    write(path, answers)
    say(f"Wrote {path}. Next: `kpi doctor` checks it, `kpi run` starts the bot.")
    if answers.repository and "GITHUB_TOKEN" not in os.environ:
        warn("GITHUB_TOKEN is not set: without it GitHub gives fewer numbers, and 60 requests an hour.")
