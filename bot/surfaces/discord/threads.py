"""Where a post goes on behind its first message: in a thread of it, or beside it where none can be."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import discord

from bot.surfaces.discord import limits
from bot.surfaces.discord.faults import HAS_THREAD, NO_THREADS

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """A channel, thread or direct message; `replies_to` keeps parts together where there is no thread."""

    id: int
    replies_to: int | None = None
    note: str = ""


async def opened(client: discord.Client, channel: int, root: int, name: str, *, is_direct: bool) -> Place:
    """The thread of a message, made where it is missing. A thread has its message's id."""
    if is_direct:
        return Place(channel, root)
    title = " ".join(name.split())[: limits.THREAD_NAME] or "KPI"
    try:
        await client.http.start_thread_with_message(channel, root, name=title, auto_archive_duration=1_440)
    except discord.HTTPException as fault:
        if fault.code == HAS_THREAD:
            return Place(root)
        if fault.code not in NO_THREADS:
            raise
        log.warning("no thread channel=%s code=%s", channel, fault.code)
        note = "no thread could be opened: the bot needs Create Public Threads and Send Messages in Threads"
        # In a thread there are no threads: nothing is amiss there.
        return Place(channel, root, "" if fault.code in (50024, 50068) else note)
    return Place(root)
