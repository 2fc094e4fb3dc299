"""What is looked up about places and people, and believed for a while: nobody's answer waits long for it."""

from __future__ import annotations

import asyncio
import logging
import time
from zoneinfo import ZoneInfo

from bot.surfaces.slack.api import Api

log = logging.getLogger(__name__)

SHARED_SECONDS = 600.0
"""How long a channel's being shared is believed."""
ZONE_SECONDS = 6 * 3600.0
UNKNOWN_SECONDS = 600.0
"""How long nothing is asked again about somebody whose zone could not be had."""
UNSEEN_SECONDS = 60.0
"""How long a channel that the bot may not look into is left alone."""
LOOK_UP_SECONDS = 2.0


class Channels:
    """Which channels people outside the company can read."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: dict[str, tuple[float, bool | None]] = {}

    async def is_shared(self, channel: str) -> bool | None:
        """Whether `channel` is shared; None where the bot may not look."""
        until, is_shared = self._known.get(channel, (0.0, False))
        if time.monotonic() < until:
            return is_shared
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS):
                info = (await self._api.read("conversations.info", channel=channel))["channel"]
        except Exception as fault:  # whatever fails here, nothing is known, and unknown is safe
            log.info("channel look-up failed channel=%s fault=%r", channel, fault)
            self._known[channel] = (time.monotonic() + UNSEEN_SECONDS, None)
            return None
        is_shared = bool(info.get("is_ext_shared") or info.get("is_pending_ext_shared"))
        self._known[channel] = (time.monotonic() + SHARED_SECONDS, is_shared)
        return is_shared


class Zones:
    """The time zones that people have set in Slack, as IANA names; empty where nobody knows.

    Slack's own `tz_offset` changes with every clock change, so the name is what counts.
    """

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: dict[str, tuple[float, str]] = {}
        self._asking: dict[str, asyncio.Task[str]] = {}

    def at_once(self, user: str) -> str:
        """What is known by now; what is not is looked up meanwhile, for the next time."""
        until, zone = self._known.get(user, (0.0, ""))
        if user and time.monotonic() >= until:
            self._begin(user)
        return zone

    async def soon(self, user: str) -> str:
        """The zone, waited for where it decides what an answer means, but never for long."""
        zone = self.at_once(user)
        if zone or user not in self._asking:
            return zone
        asking = self._asking[user]
        await asyncio.wait({asking}, timeout=LOOK_UP_SECONDS)
        return self._known.get(user, (0.0, ""))[1]

    async def close(self) -> None:
        """Give up every look-up under way."""
        under_way = list(self._asking.values())
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    def _begin(self, user: str) -> None:
        if user not in self._asking:
            self._asking[user] = asyncio.create_task(self._look_up(user))
            self._asking[user].add_done_callback(lambda _: self._asking.pop(user, None))

    async def _look_up(self, user: str) -> str:
        zone, seconds = self._known.get(user, (0.0, ""))[1], UNKNOWN_SECONDS
        try:
            told = str((await self._api.read("users.info", user=user))["user"].get("tz") or "")
            zone, seconds = ZoneInfo(told).key, ZONE_SECONDS
        except Exception as fault:  # a zone is a courtesy: whatever fails here fails no answer
            log.info("zone look-up failed user=%s fault=%r", user, fault)
        self._known[user] = (time.monotonic() + seconds, zone)
        return zone
