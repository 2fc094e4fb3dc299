"""What a running bot does beside reading, judging and sending: it says that it lives, and asks people."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from bot.chats import Chats, Manner, shown
from bot.core import Core
from bot.jobs import asking, community, heartbeat, live, presence, surveys
from bot.jobs.asking import AskForNumbers
from bot.jobs.community import CloseCommunity
from bot.jobs.heartbeat import Heartbeat
from bot.jobs.live import KeepLive
from bot.jobs.presence import Presence
from bot.jobs.scheduler import Chore, Jobs
from bot.jobs.surveys import RunSurveys
from bot.surfaces.base import Surface
from storage.clock import database_now


def chores(core: Core, jobs: Jobs, present: Presence, problems: Callable[[], Sequence[str]]) -> list[Chore]:
    """What every process does: it says that it lives, here and outside."""
    found = [Chore("presence", presence.EVERY, partial(asyncio.to_thread, present))]
    if (url := shown(core.settings.heartbeat_url)) is not None:
        beat = Heartbeat(url, jobs.collect.client, problems)
        found.append(Chore("heartbeat", heartbeat.EVERY, beat))
    return found


def listening(joined: Chats) -> list[Chore]:
    """What a process that hears a Discord community writes down."""
    if joined.community is None:
        return []
    from bot.surfaces.discord.community import FLUSH_EVERY

    return [Chore("community", FLUSH_EVERY, joined.community.flush)]


def working_chores(core: Core, jobs: Jobs, surfaces: Mapping[str, Surface], manner: Manner) -> list[Chore]:
    """What a process does that has the work: people are asked for numbers, surveys go through their rounds,
    live reports are kept current, and the days of a Discord community are closed."""
    names = jobs.publish.names
    numbers = AskForNumbers(core.timeline, core.sessions, core.now, surfaces, names, database_now)
    on = {"slack": core.settings.has_slack, "discord": core.settings.has_discord}
    rounds = RunSurveys(
        core.timeline,
        core.sessions,
        core.now,
        platforms=["slack"] if manner.slack else [name for name, has in on.items() if has],
        names=names,
        clock=database_now,
        outsiders=jobs.publish.outsiders,
    )
    boards = KeepLive(
        core.timeline,
        core.sessions,
        core.now,
        surfaces,
        jobs.deliver.worker,
        names=names,
        clock=database_now,
        mark=f"#{core.now():%H%M%S}" if manner.slack else "",  # the stand-in forgets what was posted
    )
    found = [Chore("asks", asking.EVERY, numbers.run), Chore("surveys", surveys.EVERY, rounds.run)]
    found.append(Chore("live reports", live.EVERY, boards))
    if any(one.collector.kind == "discord" for one in core.sources.values()):
        closing = CloseCommunity(core.sources, core.sessions, core.workspace.zone, core.now)
        found.append(Chore("community days", community.EVERY, closing.run))
    return found
