"""Which call meets which fault: drawn from the seed, by the call's name, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Generic, TypeVar

from bot.playground import faults as slack
from tests.discord_standin import faults as discord

F = TypeVar("F")

HANG_SECONDS = 6.0
"""Longer than a worker of this benchmark waits for any answer."""

LONGEST_WAY_SECONDS = 0.2
"""To a chat, for a call that meets no fault."""


@dataclass(frozen=True, slots=True)
class Bad(Generic[F]):
    """A fault, what the table calls it, and how many of a thousand calls meet it."""

    name: str
    fault: F
    often: float


RATE, BEFORE, AFTER = "429 with Retry-After", "500", "500 after the post was taken"
SILENT, SILENT_AFTER = "no answer, not taken", "no answer in time, taken"
DROPPED, LOST = "connection dropped before", "answer lost after the post was taken"
LAYOUT, UPLOAD, READING = "layout refused", "upload failed", "history cannot be read"

_SLACK_READING = (
    Bad(READING, slack.server_error(), 15),
    Bad(READING, slack.dropped(is_taken=False), 15),
    Bad(READING, slack.rate_limited(1), 10),
)
_SLACK_UPLOAD = (Bad(UPLOAD, slack.server_error(), 30), Bad(UPLOAD, slack.dropped(is_taken=False), 30))
SLACK: Mapping[str, Sequence[Bad[slack.Fault]]] = {
    "chat.postMessage": (
        Bad(RATE, slack.rate_limited(1), 20),
        Bad(BEFORE, slack.server_error(), 10),
        Bad(AFTER, slack.server_error(is_taken=True), 15),
        Bad(SILENT, slack.Fault(delay_seconds=HANG_SECONDS, drops=True), 5),
        Bad(SILENT_AFTER, slack.slow(HANG_SECONDS), 10),
        Bad(DROPPED, slack.dropped(is_taken=False), 10),
        Bad(LOST, slack.dropped(), 20),
        Bad(LAYOUT, slack.refused("invalid_blocks"), 10),
    ),
    "conversations.history": _SLACK_READING,
    "conversations.replies": _SLACK_READING,
    "conversations.open": (Bad(DROPPED, slack.dropped(is_taken=False), 20),),
    "auth.test": (Bad(DROPPED, slack.dropped(is_taken=False), 50),),
    "files.getUploadURLExternal": _SLACK_UPLOAD,
    "files.completeUploadExternal": _SLACK_UPLOAD,
    "upload": _SLACK_UPLOAD,
}

_DISCORD_READING = (Bad(READING, discord.server_error(), 15), Bad(READING, discord.dropped(), 15))
_DISCORD_BEFORE = (Bad(BEFORE, discord.server_error(), 20), Bad(DROPPED, discord.dropped(), 20))
DISCORD: Mapping[str, Sequence[Bad[discord.Fault]]] = {
    "create_message": (
        Bad(RATE, discord.rate_limited(1.0), 20),
        Bad(BEFORE, discord.server_error(), 10),
        Bad(AFTER, discord.server_error(after=True), 15),
        Bad(SILENT, discord.silent(), 5),
        Bad(SILENT_AFTER, discord.silent(after=True), 10),
        Bad(DROPPED, discord.dropped(), 10),
        Bad(LOST, discord.dropped(after=True), 20),
        Bad(LAYOUT, discord.refused(400, 50035), 10),
    ),
    "history": _DISCORD_READING,
    "thread": (*_DISCORD_BEFORE, Bad(LOST, discord.dropped(after=True), 20)),
    "direct": _DISCORD_BEFORE,
    "me": _DISCORD_BEFORE,
}


class Weather(Generic[F]):
    """Says of each call what it meets, until it is told to be calm."""

    def __init__(self, faults: Mapping[str, Sequence[Bad[F]]], chance: Random, counts: Counter[str]) -> None:
        self._faults, self._chance, self._counts = faults, chance, counts
        self.is_calm = False

    def delay(self) -> float:
        """Seconds before the call is acted on: nothing is as near as loopback."""
        return self._chance.uniform(0.0, LONGEST_WAY_SECONDS)

    def meets(self, call: str) -> F | None:
        drawn = self._chance.random() * 1_000
        for bad in () if self.is_calm else self._faults.get(call, ()):
            if drawn < bad.often:
                self._counts[bad.name] += 1
                return bad.fault
            drawn -= bad.often
        return None
