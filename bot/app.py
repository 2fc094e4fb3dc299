"""The composition root: the one place where settings become objects and the parts meet."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from bot.charts.studio import Studio
from bot.commands import COMMANDS
from bot.connections import Connections
from bot.core import Core, open_core, open_database, utc_now
from bot.dispatch import Dispatcher
from bot.errors import UserError
from bot.jobs import heartbeat, presence
from bot.jobs.collect import Collect
from bot.jobs.deliver import Deliver
from bot.jobs.evaluate import Board, Evaluate
from bot.jobs.heartbeat import Heartbeat
from bot.jobs.presence import Presence, Role
from bot.jobs.publish import Publish
from bot.jobs.scheduler import Chore, Jobs
from bot.serving import address, listen, serving
from bot.settings import Settings
from bot.settings_channels import DiscordEntry, SlackEntry
from bot.stand_in import SURFACE as PLAYGROUND
from bot.stand_in import StandIn, stand_in
from bot.suggesting import Suggesting
from bot.surfaces.base import Surface
from bot.surfaces.slack.app import Backing, SlackSurface
from bot.surfaces.slack.config import SlackConfig, Timing
from bot.web import Web
from storage import SessionFactory, heard
from storage.clock import database_now

if TYPE_CHECKING:
    from bot.surfaces.discord.config import DiscordConfig

__all__ = [
    "Core",
    "discord_config",
    "open_core",
    "open_database",
    "run",
    "slack_config",
    "surfaces_for_posting",
    "utc_now",
]

log = logging.getLogger(__name__)

_TIMING = Timing(drain=2.0)
"""A stop is over within five seconds, and the web server and the jobs need some of them."""


@dataclass(frozen=True)
class _Parts:
    """The parts of a running bot."""

    routes: Sequence[BaseRoute]
    connections: Connections
    jobs: Jobs


@dataclass(frozen=True)
class Manner:
    """How this process runs: on the stand-in or not, and which half of the work is its own."""

    slack: StandIn | None = None
    url: str = ""
    only: Role | None = None

    @property
    def works(self) -> bool:
        return self.only in (None, Role.JOBS)

    @property
    def talks(self) -> bool:
        return self.only in (None, Role.CHAT)

    @property
    def roles(self) -> tuple[Role, ...]:
        return (self.only,) if self.only else tuple(Role)


async def run(
    core: Core,
    *,
    force_playground: bool = False,
    only: Role | None = None,
    announce: Callable[[str], None] = log.info,
    stopping: Callable[[], None] = lambda: None,
) -> None:
    """Run the bot until it is told to stop; `stopping` hears of that first. Raises `UserError` where it
    cannot start."""
    is_playground = force_playground or not (core.settings.has_slack or core.settings.has_discord)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(core.engine.dispose)
        listener = stack.enter_context(listen(core.settings.host, core.settings.port))
        url = address(listener, core.settings.host)
        core = core.served_at(url)
        studio = Studio()
        stack.push_async_callback(studio.close)
        collect = await stack.enter_async_context(core.collecting())
        manner = Manner(stand_in(core, url) if is_playground else None, url, only)
        parts = _wire(core, collect, studio, manner)
        routes = [*parts.routes, *(manner.slack.app.routes if manner.slack else ())]
        await stack.enter_async_context(serving(Starlette(routes=routes), listener))
        if manner.slack is not None:
            stack.push_async_callback(manner.slack.close)
        stack.push_async_callback(parts.connections.close)
        await parts.connections.open()
        announce(_greeting(core, manner, parts.connections))
        for silence in core.silences:
            log.warning("%s", silence)
        beginning = asyncio.create_task(_begin(core, parts.jobs, manner))
        stack.push_async_callback(_ended, beginning, parts.jobs)
        await stop.wait()
        log.info("stopping")
        stopping()


def _wire(core: Core, collect: Collect, studio: Studio, manner: Manner) -> _Parts:
    """Join surfaces, jobs and routes."""
    board = Board()
    surfaces: dict[str, Surface] = {}
    names = {"slack": PLAYGROUND} if manner.slack else {}
    # In containers every process has the same number: only chance tells two bots apart.
    worker = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
    ask = core.dispatcher()
    jobs = Jobs(
        collect,
        Evaluate(core.timeline, core.sessions, core.now, board),
        Publish(core.timeline, core.sessions, core.now, names=names, ask=ask, clock=database_now),
        Deliver(
            core.sessions,
            surfaces,
            worker,
            core.now,
            core.workspace.zone,
            clock=database_now,
            timeline=core.timeline,
            names=names,
        ),
        core.sessions,
        core.rereading(),
    )
    ask = core.dispatcher(jobs.enqueue)
    surfaces |= _surfaces(core, ask, studio, manner)
    connections = Connections(surfaces)
    present = Presence(core.sessions, database_now, worker, core.now(), manner.roles, surfaces)
    jobs.chores = _chores(core, jobs, present, connections)
    web = Web(
        core.sessions,
        core.workspace.zone,
        core.now,
        board,
        _shown(core.settings.samples_token),
        connections.problems,
    )
    routes = [route for one in surfaces.values() if isinstance(one, SlackSurface) for route in one.routes()]
    return _Parts([*web.routes(), *routes], connections, jobs)


def _chores(core: Core, jobs: Jobs, present: Presence, connections: Connections) -> list[Chore]:
    """What every process does beside its work: it says that it lives, here and outside."""
    found = [Chore("presence", presence.EVERY, partial(asyncio.to_thread, present))]
    if (url := _shown(core.settings.heartbeat_url)) is not None:
        beat = Heartbeat(url, jobs.collect.client, connections.problems)
        found.append(Chore("heartbeat", heartbeat.EVERY, beat))
    return found


def _surfaces(core: Core, ask: Dispatcher, studio: Studio, manner: Manner) -> dict[str, Surface]:
    """The chats that tokens are set for, by their names in the ledger; or the stand-in."""
    suggesting = Suggesting(core.timeline, core.sessions, COMMANDS)
    first = _FirstTime(core.sessions, core.now)
    backing = Backing(first, suggesting.kpis, ask.writing, listens=manner.talks)
    if manner.slack is not None:
        config = _stand_in_config(core, manner.slack, manner.url)
        return {PLAYGROUND: SlackSurface(config, ask=ask, draw=studio.draw, backing=backing)}
    found: dict[str, Surface] = {}
    if core.settings.has_slack:
        slack = replace(slack_config(core.settings, core.slack), now=core.now)
        found["slack"] = SlackSurface(slack, ask=ask, draw=studio.draw, backing=backing)
    if core.settings.has_discord:
        from bot.surfaces.discord.app import DiscordSurface, Offer  # 20 MB that Slack alone never needs

        discord = discord_config(core.settings, core.discord)
        discord = replace(discord, listens=manner.talks, now=core.now)
        offer = Offer(COMMANDS, suggesting.questions)
        found["discord"] = DiscordSurface(discord, ask=ask, draw=studio.draw, offer=offer)
    return found


@dataclass(frozen=True)
class _FirstTime:
    """Whether an event is new to every process that shares the database. Blocks: call it in a thread."""

    sessions: SessionFactory
    now: Callable[[], datetime]

    def __call__(self, key: str) -> bool:
        with self.sessions.begin() as session:
            return heard.first(session, key, self.now())


def _stand_in_config(core: Core, slack: StandIn, url: str) -> SlackConfig:
    """The credentials that the stand-in was given."""
    return SlackConfig(
        bot_token=slack.bot_token,
        signing_secret=slack.signing_secret,
        api_url=f"{url}/api/",
        now=core.now,
        timing=_TIMING,
        charts=core.slack.charts,
        ledger=PLAYGROUND,
    )


def slack_config(settings: Settings, entry: SlackEntry) -> SlackConfig:
    """Slack's own credentials."""
    return SlackConfig(
        bot_token=_shown(settings.slack_bot_token) or "",
        app_token=_shown(settings.slack_app_token),
        signing_secret=_shown(settings.slack_signing_secret),
        api_url=settings.slack_api_url,
        timing=_TIMING,
        charts=entry.charts,
    )


def discord_config(settings: Settings, entry: DiscordEntry) -> DiscordConfig:
    """Discord's credentials, and what the bot may listen to there."""
    from bot.surfaces.discord.config import DiscordConfig, Timing

    return DiscordConfig(
        token=_shown(settings.discord_token) or "",
        api_url=settings.discord_api_url,
        guild=entry.guild,
        members=entry.members,
        message_content=entry.message_content,
        timing=Timing(drain=_TIMING.drain),
    )


def _shown(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def _greeting(core: Core, manner: Manner, connections: Connections) -> str:
    """What the terminal says once the bot can be asked."""
    if manner.slack is None:
        names = [name.capitalize() for name in connections.surfaces]
        missing = "".join(f"\n{one}" for one in connections.problems())
        does = {Role.JOBS: "posts to", Role.CHAT: "answers in", None: "is in"}[manner.only]
        return f"The bot {does} {' and '.join(names)}. Health: {manner.url}/healthz{missing}"
    has_chat = core.settings.has_slack or core.settings.has_discord
    why = "nothing is sent to any chat" if has_chat else "no Slack token is set"
    lines = [f"The playground is at {manner.url}  ({why}; this page stands in for Slack)"]
    if core.is_sample:
        lines.append("It runs on the sample workspace. For your own numbers: kpi init")
    return "\n".join(lines)


async def _begin(core: Core, jobs: Jobs, manner: Manner) -> None:
    """The first reading of all sources, then the rhythm; the playground shows today's update at once."""
    try:
        if not manner.works:
            jobs.keep()
            return
        await jobs.start()
        if manner.slack is not None:
            await jobs.publish.look(jobs.deliver.surfaces)
            await asyncio.to_thread(jobs.publish.show, f"{core.now():%H%M%S}")
        await jobs.settle()
    except Exception:
        log.exception("the beginning failed; the rhythm goes on")


async def _ended(beginning: asyncio.Task[None], jobs: Jobs) -> None:
    beginning.cancel()
    await asyncio.gather(beginning, return_exceptions=True)
    await jobs.stop()


@contextlib.asynccontextmanager
async def surfaces_for_posting(core: Core) -> AsyncIterator[Mapping[str, Surface]]:
    """The surfaces to send with; they listen to nothing. The credentials are tried with the first post."""
    if not (core.settings.has_slack or core.settings.has_discord):
        raise UserError(
            "No token is set, so there is nowhere to post.",
            "Set SLACK_BOT_TOKEN or DISCORD_TOKEN, or leave out --post.",
        )
    studio = Studio()
    surfaces = _surfaces(core, core.dispatcher(), studio, Manner(only=Role.JOBS))
    try:
        yield surfaces
    finally:
        await asyncio.gather(*(one.stop() for one in surfaces.values()))
        await studio.close()
