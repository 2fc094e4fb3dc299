"""The composition root: the one place where settings become objects and the parts meet."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from bot.charts.studio import Studio
from bot.chats import Manner, chats, shown
from bot.chores import chores, listening, working_chores
from bot.connections import Connections
from bot.core import Core, open_core, open_database, utc_now
from bot.jobs import alert_roots
from bot.jobs.alert_roots import KeepAlerts
from bot.jobs.alert_scene import Stage
from bot.jobs.alerting import Alerting
from bot.jobs.collect import Collect
from bot.jobs.deliver import Deliver
from bot.jobs.evaluate import Board, Evaluate
from bot.jobs.landings import KeepLandings
from bot.jobs.presence import Presence, Role
from bot.jobs.publish import Publish
from bot.jobs.restate import correcting
from bot.jobs.scheduler import Chore, Jobs
from bot.serving import address, listen, serving
from bot.stand_in import SURFACE as PLAYGROUND
from bot.stand_in import stand_in
from bot.surfaces.base import Surface
from bot.surfaces.slack.app import SlackSurface
from bot.web import Web
from storage import StorageFault
from storage.clock import database_now

if TYPE_CHECKING:
    from bot.surfaces.discord.community import Community

__all__ = ["Core", "open_core", "open_database", "run", "utc_now"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Parts:
    """The parts of a running bot."""

    routes: Sequence[BaseRoute]
    connections: Connections
    jobs: Jobs
    present: Presence
    community: Community | None


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
    stop = _told_to_stop()
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
        if parts.community is not None:
            stack.push_async_callback(parts.community.stop)
        stack.push_async_callback(parts.connections.close)
        await parts.connections.open()
        announce(_greeting(core, manner, parts.connections))
        for silence in core.silences:
            log.warning("%s", silence)
        stack.push_async_callback(_gone, parts.present)
        beginning = asyncio.create_task(_begin(core, parts.jobs, manner))
        stack.push_async_callback(_ended, beginning, parts.jobs)
        await stop.wait()
        log.info("stopping")
        stopping()


def _told_to_stop() -> asyncio.Event:
    """Set once the process is told to end."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def _wire(core: Core, collect: Collect, studio: Studio, manner: Manner) -> _Parts:
    """Join surfaces, jobs and routes."""
    board = Board()
    surfaces: dict[str, Surface] = {}
    names = {"slack": PLAYGROUND} if manner.slack else {}
    # In containers every process has the same number: only chance tells two bots apart.
    worker = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
    publish = _publishing(core, names)
    stage = Stage(core.timeline, names=names, outsiders=publish.outsiders)
    evaluate = Evaluate(
        core.timeline,
        core.sessions,
        core.now,
        board,
        Alerting(stage, core.sessions),
        KeepLandings(core.sessions, database_now, core.now),
    )
    deliver = partial(Deliver, clock=database_now, timeline=core.timeline, names=names)
    jobs = Jobs(
        collect,
        evaluate,
        correcting(publish),
        deliver(core.sessions, surfaces, worker, core.now, core.workspace.zone),
        core.sessions,
        core.rereading(),
    )
    joined = chats(core, core.dispatcher(jobs.enqueue), studio, manner)
    surfaces |= joined.surfaces
    connections = Connections(surfaces)
    present = Presence(core.sessions, database_now, worker, manner.roles, surfaces)
    problems = partial(_problems, connections, present)
    jobs.chores = chores(core, jobs, present, problems)
    jobs.chores += listening(joined)
    if manner.works:
        jobs.chores += working_chores(core, jobs, surfaces, manner)
        alerts = KeepAlerts(stage, core.sessions, core.now, surfaces, worker, database_now)
        jobs.chores.append(Chore("alerts", alert_roots.EVERY, alerts))
    web = _web(core, board, connections, problems)
    routes = [route for one in surfaces.values() if isinstance(one, SlackSurface) for route in one.routes()]
    return _Parts([*web.routes(), *routes], connections, jobs, present, joined.community)


def _publishing(core: Core, names: Mapping[str, str]) -> Publish:
    ask = core.dispatcher()
    return Publish(core.timeline, core.sessions, core.now, names=names, ask=ask, clock=database_now)


def _web(core: Core, board: Board, connections: Connections, problems: Callable[[], list[str]]) -> Web:
    """What is asked over HTTP, beside the surfaces' own routes."""
    return Web(
        core.sessions,
        core.workspace.zone,
        core.now,
        board,
        shown(core.settings.samples_token),
        problems,
        connections.contacts,
        lambda: core.timeline.files.trouble,
        receivers=lambda: [one.config for one in core.sources.values() if one.collector.kind == "otlp"],
    )


def _problems(connections: Connections, present: Presence) -> list[str]:
    """Why this process is not well."""
    return [*connections.problems(), *present.problems()]


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


async def _gone(present: Presence) -> None:
    try:
        await asyncio.to_thread(present.leave)
    except StorageFault as fault:
        log.warning("still on the list of processes: %s", fault)


async def _ended(beginning: asyncio.Task[None], jobs: Jobs) -> None:
    beginning.cancel()
    await asyncio.gather(beginning, return_exceptions=True)
    await jobs.stop()
