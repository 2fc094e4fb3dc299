"""What the gateway brings of a community, kept: who wrote where and when, who came and went. Never any words.

People are stored as hashes keyed with the bot's token, so that the database alone tells nobody's id. Several
processes hear the same and keep it once. What is heard is written every few seconds, and with it up to when
this connection has brought everything: what a crash takes along was never claimed. Of a connection that was
resumed nothing is missing; after one that began anew there is a gap.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

import discord

from bot.surfaces.discord.config import DiscordConfig
from bot.surfaces.discord.wire import Wire
from storage import SessionFactory, community
from storage.community import Message, Move, Span

log = logging.getLogger(__name__)

FLUSH_EVERY = timedelta(seconds=5)
QUIET_EVERY = timedelta(seconds=30)
"""How often it is noted that the bot listened while nothing happened."""

NAMES_EVERY = timedelta(hours=1)
MOST_WAITING = 50_000
"""Messages kept while the database cannot be written; beyond them the day counts as not listened to."""

PRIVATE = "private channels"
"""What all channels are called that not everybody in the server may see."""


@dataclass(frozen=True, slots=True)
class Hearing:
    """The connection through which events come now, and the servers whose events do."""

    session: str
    guilds: frozenset[str]


class Ears(Protocol):
    """What is known of the connection beside the events themselves."""

    def hearing(self) -> Hearing | None:
        """None while no events come."""

    def parent(self, channel: str) -> str | None:
        """The channel of a thread; None for what is no thread."""

    def names(self) -> Mapping[str, Mapping[str, str]]:
        """What channels are called, by server and id."""


@dataclass(frozen=True, slots=True)
class GatewayEars:
    """As discord.py knows it. `wire` gives its client, or None while there is none."""

    wire: Callable[[], Wire | None]

    def hearing(self) -> Hearing | None:
        wire = self.wire()
        if wire is None or wire.is_closed() or not wire.is_open():
            return None
        session = wire.ws.session_id
        guilds = frozenset(str(one.id) for one in wire.guilds if not one.unavailable)
        return Hearing(session, guilds) if session else None

    def parent(self, channel: str) -> str | None:
        wire = self.wire()
        found = None if wire is None else wire.get_channel(int(channel))
        return str(found.parent_id) if isinstance(found, discord.Thread) else None

    def names(self) -> Mapping[str, Mapping[str, str]]:
        wire = self.wire()
        guilds = () if wire is None else wire.guilds
        return {str(guild.id): _names(guild) for guild in guilds if not guild.unavailable}


def _names(guild: discord.Guild) -> dict[str, str]:
    everybody = guild.default_role
    return {
        str(one.id): one.name if one.permissions_for(everybody).view_channel else PRIVATE
        for one in guild.channels
        if not isinstance(one, discord.CategoryChannel)
    }


@dataclass(slots=True)
class _Heard:
    """What waits to be written."""

    messages: list[Message] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return len(self.messages) + len(self.moves)


class Community:
    """Counts along in `guilds`: the `listener` of a Discord surface. Call `flush` every few seconds.

    `ears` are to be set before the first flush; without them everything is kept, but no time counts as
    listened to.
    """

    def __init__(self, sessions: SessionFactory, config: DiscordConfig, guilds: Collection[str]) -> None:
        self._sessions, self._config, self._now = sessions, config, config.now
        self._guilds = frozenset(guilds)
        self._key = hashlib.sha256(b"community\0" + config.token.encode()).digest()
        self._waiting = _Heard()
        self._open: dict[str, Span] = {}  # by server; until: when it was last seen to be open
        self._turn = asyncio.Lock()
        self._noted_at: datetime | None = None
        self._named_at: datetime | None = None
        self._is_overrun = False
        self.ears: Ears | None = None

    async def on_message(  # noqa: PLR0913 - one argument a fact, all by name
        self,
        *,
        message_id: str,
        guild: str,
        channel: str,
        author: str,
        at: datetime,
        answers: str | None,
        is_question: bool | None,
        is_bot: bool,
    ) -> None:
        """Somebody wrote. Bots do not count."""
        if is_bot or not self._takes(guild):
            return
        parent = self.ears.parent(channel) if self.ears is not None else None
        is_post = channel == message_id  # the first message of a forum's post has the id of its thread
        self._waiting.messages.append(
            Message(
                message_id,
                guild,
                parent or channel,
                self._hash(guild, author),
                at,
                answers,
                True if is_post else is_question,
                channel if parent or is_post else None,
            )
        )

    async def on_join(self, *, guild: str, member: str, at: datetime) -> None:
        """Somebody joined."""
        self._move(guild, member, at, "join")

    async def on_leave(self, *, guild: str, member: str, at: datetime) -> None:
        """Somebody left."""
        self._move(guild, member, at, "leave")

    async def flush(self) -> None:
        """Write what has come. Raises `StorageFault`; what could not be written is the next time."""
        async with self._turn:
            now = self._now()
            heard, self._waiting = self._waiting, _Heard()
            heard.spans = self._listened(now)
            is_due = self._noted_at is None or now - self._noted_at >= QUIET_EVERY
            if not heard.count and not (heard.spans and is_due):
                return
            heard.names = self._new_names(now)
            try:
                await asyncio.shield(asyncio.to_thread(self._write, heard, now))
            except BaseException:  # also where the bot stops meanwhile: what is written twice is kept once
                self._waiting.messages[:0] = heard.messages
                self._waiting.moves[:0] = heard.moves
                raise
            self._noted_at = now
            if heard.names:
                self._named_at = now

    async def stop(self) -> None:
        """Write the last of it."""
        await self.flush()

    def _hash(self, guild: str, person: str) -> str:
        return hmac.digest(self._key, f"{guild}:{person}".encode(), "sha256").hex()[:32]

    def _move(self, guild: str, member: str, at: datetime, kind: str) -> None:
        if self._takes(guild):
            self._waiting.moves.append(Move(guild, self._hash(guild, member), at, kind))

    def _takes(self, guild: str) -> bool:
        """Whether this server is counted, and there is room for one thing more."""
        if guild not in self._guilds or self._waiting.count < MOST_WAITING:
            return guild in self._guilds
        if not self._is_overrun:
            log.error("community events dropped: %d wait to be written", MOST_WAITING)
        self._is_overrun = True
        return False

    def _listened(self, now: datetime) -> list[Span]:
        """The stretches that are whole by now.

        Each ends at the look before this one: a connection that looks open may be waiting to hear whether it
        is resumed. If it is, what was missed comes first and the stretch goes on over the gap; if not, the
        next look finds another connection.
        """
        hearing = self.ears.hearing() if self.ears is not None else None
        if self._is_overrun:
            self._open, self._is_overrun = {}, False
        if hearing is None:
            return []
        session = hashlib.sha256(hearing.session.encode()).hexdigest()[:16]
        whole, still = [], {}
        for guild in hearing.guilds & self._guilds:
            span = self._open.get(guild)
            if span is not None and span.session == session:
                whole.append(span)
                still[guild] = replace(span, until=now)
            else:
                members, content = self._config.members, self._config.message_content
                still[guild] = Span(guild, session, now, now, members, content)
        self._open = still
        return whole

    def _new_names(self, now: datetime) -> Mapping[str, Mapping[str, str]]:
        is_due = self._named_at is None or now - self._named_at >= NAMES_EVERY
        found = self.ears.names() if is_due and self.ears is not None else {}
        return {guild: names for guild, names in found.items() if guild in self._guilds}

    def _write(self, heard: _Heard, now: datetime) -> None:
        with self._sessions.begin() as session:
            community.add_messages(session, heard.messages)
            community.add_moves(session, heard.moves)
            community.listened(session, heard.spans)
            for guild, names in heard.names.items():
                community.name_channels(session, guild, names, now)
