"""`kpi run`, `playground`, `migrate`, `init`: the bot as a service, and what comes before it."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from dataclasses import replace
from logging import getLogger
from pathlib import Path
from typing import Annotated

import typer

from bot import loading
from bot.cli.opening import say, warn
from bot.cli.starting import Answers, ask_answers, write
from bot.core import has_workspace_file, open_core, utc_now
from bot.errors import UserError
from bot.jobs.presence import Role
from bot.logs import secrets_in, write_logs
from bot.sample import local_zone
from bot.settings import read_environment
from storage import migrate as migrate_database

RepositoryOption = Annotated[
    Path | None, typer.Option("--repository", help="The git clone that the sample workspace reads.")
]
PortOption = Annotated[
    int | None,
    typer.Option(
        "--port", min=0, max=65535, help="The port to listen on; PORT by default, 0 for a free one."
    ),
]

STOP_SECONDS = 3.5
"""How long a stop may take. What still runs then, a slow question or a job, is left behind: its transaction
ends with it, and what it was sending is looked for in the channel before it is sent again."""


def register(app: typer.Typer) -> None:
    app.command("run")(run)
    app.command("playground")(playground)
    app.command("migrate")(migrate)
    app.command("init")(init)


OnlyOption = Annotated[
    Role | None,
    typer.Option("--only", help="One half: jobs (reads and posts) or chat (answers); both by default."),
]


def run(repository: RepositoryOption = None, only: OnlyOption = None) -> None:
    """Run the bot: Slack and Discord by the tokens present; with none, the playground."""
    _serve(repository, port=None, force_playground=False, only=only)


def playground(port: PortOption = None, repository: RepositoryOption = None) -> None:
    """Run the bot on the local stand-in for Slack, whatever tokens are set."""
    _serve(repository, port=port, force_playground=True)


def _serve(
    repository: Path | None, *, port: int | None, force_playground: bool, only: Role | None = None
) -> None:
    settings = read_environment(os.environ)
    if port is not None:
        settings = replace(settings, port=port)
    has_chat = settings.has_slack or settings.has_discord
    if has_chat and not force_playground and not has_workspace_file(settings):
        raise UserError("A chat's tokens are set, but there is no kpi.yaml.", "Write one with `kpi init`.")
    if only is not None and not has_chat:
        message = "The playground is one process: it cannot be split in halves."
        raise UserError(message, "Set Slack's or Discord's tokens, or leave out --only.")
    from bot.app import run as run_bot

    core = open_core(settings, repository=repository)
    sources = (one.config for one in core.sources.values())
    write_logs(secrets_in(os.environ, sources), as_json=settings.logs_json)
    bot = run_bot(core, force_playground=force_playground, only=only, announce=say_now, stopping=_limit_stop)
    asyncio.run(bot)


def _limit_stop() -> None:
    """End the process in time even where a thread is busy, for neither Python nor asyncio would."""
    timer = threading.Timer(STOP_SECONDS, _leave)
    timer.daemon = True
    timer.start()


def _leave() -> None:
    getLogger(__name__).warning("stopped with work left behind after %g s", STOP_SECONDS)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(0)


def say_now(text: str) -> None:
    """Said at once, also into a pipe."""
    say(text)
    sys.stdout.flush()


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
        name=Path.cwd().name[:80],
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
