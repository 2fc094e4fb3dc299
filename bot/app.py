"""The composition root: the one place where settings become objects and the parts meet."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from bot.charts.studio import Studio
from bot.core import Core, open_core, open_database, utc_now
from bot.errors import UserError
from bot.jobs.collect import Collect
from bot.jobs.deliver import Deliver
from bot.jobs.evaluate import Board, Evaluate
from bot.jobs.publish import Publish
from bot.jobs.scheduler import Jobs
from bot.serving import address, listen, serving
from bot.stand_in import SURFACE as PLAYGROUND
from bot.stand_in import StandIn, stand_in
from bot.surfaces.base import Surface
from bot.surfaces.slack.app import SlackSurface
from bot.surfaces.slack.config import SlackConfig, Timing
from bot.web import Web

__all__ = ["Core", "open_core", "open_database", "run", "surfaces_for_posting", "utc_now"]

log = logging.getLogger(__name__)

_TIMING = Timing(drain=2.0)
"""A stop is over within five seconds, and the web server and the jobs need some of them."""


@dataclass(frozen=True)
class _Parts:
    """The parts of a running bot."""

    routes: Sequence[BaseRoute]
    surfaces: Mapping[str, Surface]
    jobs: Jobs


async def run(
    core: Core,
    *,
    force_playground: bool = False,
    announce: Callable[[str], None] = log.info,
    stopping: Callable[[], None] = lambda: None,
) -> None:
    """Run the bot until it is told to stop; `stopping` hears of that first. Raises `UserError` where it
    cannot start."""
    is_playground = force_playground or not core.settings.has_slack
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(core.engine.dispose)
        listener = stack.enter_context(listen(core.settings.host, core.settings.port))
        url = address(listener, core.settings.host)
        core = core.served_at(url)
        if is_playground:
            core = _in_playground(core)
        studio = Studio()
        stack.push_async_callback(studio.close)
        collect = await stack.enter_async_context(core.collecting())
        slack = stand_in(core, url) if is_playground else None
        parts = _wire(core, collect, studio, slack=slack, url=url)
        routes = [*parts.routes, *(slack.app.routes if slack else ())]
        await stack.enter_async_context(serving(Starlette(routes=routes), listener))
        if slack is not None:
            stack.push_async_callback(slack.close)
        for surface in parts.surfaces.values():
            stack.push_async_callback(surface.stop)
            await surface.start()
        announce(_greeting(core, url, is_playground=is_playground))
        for silence in core.silences:
            log.warning("%s", silence)
        beginning = asyncio.create_task(_begin(core, parts.jobs, is_playground=is_playground))
        stack.push_async_callback(_ended, beginning, parts.jobs)
        await stop.wait()
        log.info("stopping")
        stopping()


def _in_playground(core: Core) -> Core:
    """What is owed to Slack, owed to the stand-in: the ledger keeps the two apart."""
    owed = [replace(one, surface=PLAYGROUND) for one in core.owed if one.surface == "slack"]
    return replace(core, owed=owed)


def _wire(core: Core, collect: Collect, studio: Studio, *, slack: StandIn | None, url: str) -> _Parts:
    """Join surfaces, jobs and routes."""
    board = Board()
    surfaces: dict[str, Surface] = {}
    jobs = Jobs(
        collect,
        Evaluate(core.timeline, core.sessions, core.now, board),
        Publish(core.timeline, core.sessions, core.owed, core.now),
        Deliver(
            core.sessions, surfaces, f"{socket.gethostname()}:{os.getpid()}", core.now, core.workspace.zone
        ),
        core.sessions,
        core.rereading(),
    )
    config = _slack_config(core, slack, url)
    surface = SlackSurface(config, ask=core.dispatcher(jobs.enqueue), draw=studio.draw)
    surfaces[PLAYGROUND if slack else surface.name] = surface

    def problems() -> list[str]:
        return [f"{name} is not connected" for name, one in surfaces.items() if not one.is_ready()]

    web = Web(
        core.sessions, core.workspace.zone, core.now, board, _shown(core.settings.samples_token), problems
    )
    return _Parts([*web.routes(), *surface.routes()], surfaces, jobs)


def _slack_config(core: Core, slack: StandIn | None, url: str = "") -> SlackConfig:
    """Slack's own credentials, or those that the stand-in was given."""
    if slack is not None:
        return SlackConfig(
            bot_token=slack.bot_token,
            signing_secret=slack.signing_secret,
            api_url=f"{url}/api/",
            now=core.now,
            timing=_TIMING,
        )
    settings = core.settings
    return SlackConfig(
        bot_token=_shown(settings.slack_bot_token) or "",
        app_token=_shown(settings.slack_app_token),
        signing_secret=_shown(settings.slack_signing_secret),
        api_url=settings.slack_api_url,
        now=core.now,
        timing=_TIMING,
    )


def _shown(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def _greeting(core: Core, url: str, *, is_playground: bool) -> str:
    """What the terminal says once the bot can be asked."""
    if not is_playground:
        return f"The bot is in Slack. Health: {url}/healthz"
    why = "nothing is sent to Slack" if core.settings.has_slack else "no Slack token is set"
    lines = [f"The playground is at {url}  ({why}; this page stands in for Slack)"]
    if core.is_sample:
        lines.append("It runs on the sample workspace. For your own numbers: kpi init")
    return "\n".join(lines)


async def _begin(core: Core, jobs: Jobs, *, is_playground: bool) -> None:
    """The first reading of all sources, then the rhythm; the playground shows today's update at once."""
    try:
        await jobs.start()
        if is_playground:
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
    if not core.settings.has_slack:
        raise UserError(
            "No Slack token is set, so there is nowhere to post.", "Set SLACK_BOT_TOKEN, or leave out --post."
        )
    studio = Studio()
    surface = SlackSurface(_slack_config(core, None), ask=core.dispatcher(), draw=studio.draw)
    try:
        yield {surface.name: surface}
    finally:
        await surface.stop()
        await studio.close()
