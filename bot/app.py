"""The composition root: the one place where settings become objects and the parts meet."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount

from bot import loading, sample
from bot.charts.studio import Studio
from bot.commands import COMMANDS
from bot.commands.complete import complete
from bot.dispatch import Dispatcher
from bot.errors import UserError
from bot.jobs.collect import Answers, Collect, Connected
from bot.jobs.deliver import Deliver
from bot.jobs.evaluate import Board, Evaluate
from bot.jobs.publish import Publish
from bot.jobs.schedule import Owed
from bot.jobs.scheduler import Jobs
from bot.playground import config as playground
from bot.playground.standin import create_app
from bot.settings import Settings
from bot.surfaces.base import Surface
from bot.surfaces.slack.app import SlackSurface
from bot.surfaces.slack.config import SlackConfig, Timing
from bot.web import Web
from bot.workspace import Workspace
from collectors.http import open_client
from storage import Engine, SessionFactory, check, connect, migrate

log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The clock. Everything else is given the time."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Core:
    """Settings turned into a workspace with its database: enough to answer, collect and compose."""

    settings: Settings
    workspace: Workspace
    sources: Mapping[str, Connected]
    owed: Sequence[Owed]
    engine: Engine
    sessions: SessionFactory
    is_sample: bool = False
    now: Callable[[], datetime] = utc_now

    def dispatcher(self, enqueue: Callable[[str], bool] = lambda _source: False) -> Dispatcher:
        return Dispatcher(self.workspace, self.sessions, COMMANDS, self.now, enqueue)

    @contextlib.asynccontextmanager
    async def collecting(self) -> AsyncIterator[Collect]:
        """The sources with an open connection to the network."""
        with self.sessions.read() as session:
            answers = Answers(session)
        async with open_client(cache=answers, now=self.now) as client:
            yield Collect(self.sources, self.sessions, client, answers, self.workspace.zone, self.now)


def open_core(settings: Settings, *, repository: Path | None = None) -> Core:
    """The workspace of kpi.yaml, or the sample workspace where there is none."""
    if settings.config_path.exists() or "KPI_CONFIG" in settings.environment:
        file = loading.read_workspace_file(settings)
        workspace = loading.resolve(file, settings.config_path)
        engine = open_database(settings.database_url)
        return Core(
            settings, workspace, loading.connected(file), loading.owed(file), engine, SessionFactory(engine)
        )
    return _open_sample(settings, repository or sample.clone_at(Path.cwd()))


def _open_sample(settings: Settings, repository: Path | None) -> Core:
    url = settings.database_url if settings.is_database_set else sample.DATABASE
    engine = open_database(url)
    sessions = SessionFactory(engine)
    now = utc_now()
    weeks = sample.weeks_of(sessions, now.date())
    file = sample.workspace_file(repository, weeks=weeks, now=now, port=settings.port)
    sources = loading.connected(file)
    if "github" not in sources:
        sources[sample.NAME] = sample.source(weeks)
    workspace = loading.resolve(file, Path())
    notes = {sample.NAME: sample.note(weeks)}
    known = tuple(loading.source_of(one, notes.get(one.name, "")) for one in sources.values())
    return Core(
        settings=replace(settings, database_url=url),
        workspace=replace(workspace, sources=known, notice=sample.note(weeks)),
        sources=sources,
        owed=loading.owed(file),
        engine=engine,
        sessions=sessions,
        is_sample=True,
    )


def open_database(url: str) -> Engine:
    """The database at `url`, checked. An SQLite file that does not exist yet is made; nothing else is."""
    path = url.removeprefix("sqlite:///")
    if path != url and not Path(path).exists():
        migrate(url)
    engine = connect(url)
    check(engine)
    return engine


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the bot stops its parts in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True)
class _Parts:
    """The parts of a running bot."""

    routes: Sequence[BaseRoute]
    surfaces: Mapping[str, Surface]
    jobs: Jobs


async def run(
    core: Core, *, force_playground: bool = False, announce: Callable[[str], None] = log.info
) -> None:
    """Run the bot until it is told to stop. Raises `UserError` where it cannot start."""
    is_playground = force_playground or not core.settings.has_slack
    listener = _listen(core.settings.host, core.settings.port)
    url = f"http://{_reached_at(core.settings.host)}:{listener.getsockname()[1]}"
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(core.engine.dispose)
        studio = Studio()
        stack.push_async_callback(studio.close)
        collect = await stack.enter_async_context(core.collecting())
        stand_in = _stand_in(core, url) if is_playground else None
        parts = _wire(core, collect, studio, slack=_slack_config(core, stand_in, url))
        mounted = [Mount("/", stand_in.app)] if stand_in else []
        await stack.enter_async_context(_serving(Starlette(routes=[*parts.routes, *mounted]), listener))
        if stand_in is not None:
            stack.push_async_callback(stand_in.close)
        for surface in parts.surfaces.values():
            stack.push_async_callback(surface.stop)
            await surface.start()
        announce(_greeting(core, url, is_playground=is_playground))
        stack.push_async_callback(parts.jobs.stop)
        beginning = asyncio.create_task(_begin(core, parts.jobs, is_playground=is_playground))
        stack.push_async_callback(_ended, beginning)
        await stop.wait()
        log.info("stopping")


def _wire(core: Core, collect: Collect, studio: Studio, *, slack: SlackConfig) -> _Parts:
    """Join surfaces, jobs and routes."""
    board = Board()
    surfaces: dict[str, Surface] = {}
    jobs = Jobs(
        collect,
        Evaluate(core.workspace, core.sessions, core.now, board),
        Publish(core.workspace, core.sessions, core.owed, core.now),
        Deliver(core.sessions, surfaces, f"{socket.gethostname()}:{os.getpid()}", core.now),
        core.sessions,
    )
    surface = SlackSurface(slack, ask=core.dispatcher(jobs.enqueue), draw=studio.draw)
    surfaces[surface.name] = surface

    def problems() -> list[str]:
        return [f"{name} is not connected" for name, one in surfaces.items() if not one.is_ready()]

    token = core.settings.samples_token.get_secret_value() if core.settings.samples_token else None
    web = Web(core.sessions, core.workspace.zone, core.now, board, token, problems)
    return _Parts([*web.routes(), *surface.routes()], surfaces, jobs)


def _slack_config(core: Core, stand_in: StandIn | None, url: str) -> SlackConfig:
    """Slack's own credentials, or those that the stand-in was given."""
    timing = Timing(drain=2.0)
    if stand_in is not None:
        return SlackConfig(
            bot_token=stand_in.bot_token,
            signing_secret=stand_in.signing_secret,
            api_url=f"{url}/api/",
            now=core.now,
            timing=timing,
        )
    settings = core.settings
    return SlackConfig(
        bot_token=_shown(settings.slack_bot_token) or "",
        app_token=_shown(settings.slack_app_token),
        signing_secret=_shown(settings.slack_signing_secret),
        api_url=settings.slack_api_url,
        now=core.now,
        timing=timing,
    )


def _shown(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


@dataclass(frozen=True)
class StandIn:
    """The playground with the secrets it shares with the bot."""

    app: Starlette
    bot_token: str
    signing_secret: str

    async def close(self) -> None:
        await self.app.state.standin.close()


def _stand_in(core: Core, url: str) -> StandIn:
    token, secret = f"xoxb-{secrets.token_hex(12)}", secrets.token_hex(16)
    ids = dict.fromkeys([one.channel for one in core.owed if one.surface == "slack"])
    posts = [
        playground.Channel(one, f"daily-{index}" if index else "daily", "What the schedule posts")
        for index, one in enumerate(ids)
    ]
    people = [
        playground.Person(one.ids["slack"], one.name) for one in core.workspace.people if "slack" in one.ids
    ]

    def offer(text: str) -> list[playground.Completion]:
        return [
            playground.Completion(one.text, one.summary) for one in complete(text, core.workspace, COMMANDS)
        ]

    config = playground.PlaygroundConfig(
        events_url=f"{url}/slack/events",
        signing_secret=secret,
        bot_token=token,
        base_url=url,
        channels=[*posts, playground.Channel("C0GENERAL", "general", "Company-wide")],
        people=people or [playground.Person("U0YOU", "you")],
        notice=_notice(core),
        complete=offer,
    )
    return StandIn(create_app(config), token, secret)


def _notice(core: Core) -> str:
    """What the page says above everything."""
    stand_in = "A stand-in for Slack on this machine: nothing here leaves it."
    if not core.is_sample:
        return stand_in
    said = f" Stars and forks are {core.workspace.notice}." if core.workspace.notice else ""
    return f"{stand_in} This is the sample workspace.{said} Commits come from the clone the bot runs in."


def _greeting(core: Core, url: str, *, is_playground: bool) -> str:
    """What the terminal says once the bot can be asked."""
    if not is_playground:
        return f"The bot is in Slack. Health: {url}/healthz"
    lines = [f"The playground is at {url}  (no Slack token is set; this page stands in for Slack)"]
    if core.is_sample:
        lines.append("It runs on the sample workspace. For your own numbers: kpi init")
    return "\n".join(lines)


async def _begin(core: Core, jobs: Jobs, *, is_playground: bool) -> None:
    """The first reading of all sources, then the rhythm; the playground shows today's update at once."""
    await jobs.start()
    if is_playground:
        started = core.now()
        await asyncio.to_thread(jobs.publish.show, f"{started:%H%M%S}")
    await jobs.settle()


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises `UserError` where the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as fault:
        listener.close()
        hint = f"Another program, perhaps another bot, has it: set PORT, for example PORT={port + 1}."
        raise UserError(f"Cannot listen on {host}:{port}: {fault.strerror}.", hint) from None
    listener.listen(128)
    return listener


def _reached_at(host: str) -> str:
    if host in {"0.0.0.0", "::", ""}:  # noqa: S104  # compared, never bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


@contextlib.asynccontextmanager
async def _serving(application: Starlette, listener: socket.socket) -> AsyncIterator[None]:
    """The web server, from when it answers until its last answer is given."""
    config = uvicorn.Config(
        application, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        if task.done():
            task.result()
            raise UserError("The web server did not start.", "The log says why.")
        await asyncio.sleep(0.005)
    try:
        yield
    finally:
        server.should_exit = True
        await task


@contextlib.asynccontextmanager
async def surfaces_for_posting(core: Core) -> AsyncIterator[Mapping[str, Surface]]:
    """The surfaces to send with; they listen to nothing. Raises `UserError` on refused credentials."""
    if not core.settings.has_slack:
        raise UserError(
            "No Slack token is set, so there is nowhere to post.", "Set SLACK_BOT_TOKEN, or leave out --post."
        )
    studio = Studio()
    surface = SlackSurface(_slack_config(core, None, ""), ask=core.dispatcher(), draw=studio.draw)
    try:
        yield {surface.name: surface}
    finally:
        await surface.stop()
        await studio.close()
