"""Who can read a place. On Discord everybody in a server may be an outsider: communities are open.

So a channel that @everyone can view counts as shared, and nothing restricted goes there; a channel that only
roles can view counts as the company's, a direct message as its reader's. A thread counts as its channel.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any

import discord

from bot.surfaces.discord.faults import POSTING

log = logging.getLogger(__name__)

KNOWN_SECONDS = 600.0
"""How long a channel's being shared is believed."""
LOOK_UP_SECONDS = 2.0
_VIEW = discord.Permissions(view_channel=True).value
_ADMINISTRATOR = discord.Permissions(administrator=True).value
_THREADS = frozenset({10, 11, 12})


class Places:
    """Which channels everybody in their server can read."""

    def __init__(self, client: discord.Client) -> None:
        self.client = client
        self._known: dict[str, tuple[float, bool]] = {}

    async def is_shared(self, channel: str) -> bool | None:
        """Whether `channel` is shared; None where the bot may not look."""
        if channel.startswith("@"):
            return False
        until, is_shared = self._known.get(channel, (0.0, False))
        if time.monotonic() < until:
            return is_shared
        found = self._cached(channel)
        if found is None:
            try:
                async with asyncio.timeout(LOOK_UP_SECONDS):
                    found = await self._asked(channel)
            except (*POSTING, KeyError, ValueError) as fault:
                log.info("channel look-up failed channel=%s fault=%r", channel, fault)
                return None
        self._known[channel] = (time.monotonic() + KNOWN_SECONDS, found)
        return found

    def _cached(self, channel: str) -> bool | None:
        """From what the gateway told; None where it told nothing of the channel."""
        found = self.client.get_channel(int(channel)) if channel.isdecimal() else None
        if isinstance(found, discord.abc.PrivateChannel):
            return False
        if not isinstance(found, discord.abc.GuildChannel | discord.Thread):
            return None
        everyone = found.guild.get_role(found.guild.id)
        if everyone is None or (isinstance(found, discord.Thread) and found.parent is None):
            return None
        return found.permissions_for(everyone).view_channel

    async def _asked(self, channel: str) -> bool:
        http = self.client.http
        place: Any = await http.get_channel(int(channel))
        if "guild_id" not in place:
            return False
        if place["type"] in _THREADS:
            place = await http.get_channel(int(place["parent_id"]))
        guild = str(place["guild_id"])
        roles: list[Mapping[str, Any]] = list(await http.get_roles(int(guild)))
        base = next(int(role["permissions"]) for role in roles if role["id"] == guild)
        own = [one for one in place.get("permission_overwrites") or () if one["id"] == guild]
        return may_view(base, own)


def may_view(base: int, overwrites: list[Mapping[str, Any]]) -> bool:
    """Whether a role with the permissions `base` views a channel with these overwrites for it."""
    if base & _ADMINISTRATOR:
        return True
    for one in overwrites:
        base = base & ~int(one["deny"]) | int(one["allow"])
    return bool(base & _VIEW)
