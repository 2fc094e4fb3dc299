"""The connection to Discord: one client, logged in, with its commands told; what it hears goes to handlers.

discord.py sends a post again when Discord answers 5xx, which doubles a post that was taken. A trace on its
session stops that for every POST; what may be repeated without harm it still repeats.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.surfaces.discord.commands import Payload, shape
from bot.surfaces.discord.config import DiscordConfig
from bot.surfaces.discord.faults import ServerFault

log = logging.getLogger(__name__)
# Nobody is to be warned that the bot cannot speak.
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False

LONGEST_WAIT_SECONDS = 30.0
"""A longer pause goes back to whoever keeps the schedule, with its length. The least discord.py takes."""


class CommunityListener(Protocol):
    """Who counts what happens in the community."""

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
        """A message was written; `is_question` is None where its words may not be read."""

    async def on_join(self, *, guild: str, member: str, at: datetime) -> None:
        """Somebody joined."""

    async def on_leave(self, *, guild: str, member: str, at: datetime) -> None:
        """Somebody left."""


OnInteraction = Callable[[discord.Interaction[Any]], Awaitable[None]]


class Wire(discord.Client):
    """discord.py's client, with nothing cached that the bot does not need."""

    def __init__(
        self,
        config: DiscordConfig,
        *,
        commands: Sequence[Payload] = (),
        on_interaction: OnInteraction | None = None,
        listener: CommunityListener | None = None,
    ) -> None:
        trace = aiohttp.TraceConfig()
        trace.on_request_end.append(_stop_at_server_fault)
        super().__init__(
            intents=intents(config, listens=listener is not None),
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=LONGEST_WAIT_SECONDS,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            guild_ready_timeout=config.timing.settle,
            http_trace=trace,
        )
        self._config, self._listener = config, listener
        self._commands, self._heard = list(commands), on_interaction

    async def enter(self) -> None:
        """Log in; raises what discord.py raises. Its addresses are of the whole process."""
        Route.BASE = self._config.api_url.rstrip("/")
        await self.login(self._config.token)
        if not self._config.is_official:
            found: dict[str, Any] = await self.http.request(Route("GET", "/gateway"))
            DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(found["url"])

    def is_open(self) -> bool:
        """Whether Discord's events reach us right now, from the socket's own state."""
        socket: DiscordWebSocket | None = self.ws
        return self.is_ready() and socket is not None and socket.open and self.latency != float("inf")

    async def setup_hook(self) -> None:
        """Tell Discord the commands where they have changed: it counts how often they are told."""
        if not self._commands or self.application_id is None:
            return
        app, http, guild = self.application_id, self.http, self._config.guild
        if guild is None:
            if shape(await http.get_global_commands(app)) != shape(self._commands):
                await http.bulk_upsert_global_commands(app, self._commands)
                log.info("commands told count=%d where=everywhere", len(self._commands))
            return
        if shape(await http.get_guild_commands(app, int(guild))) != shape(self._commands):
            await http.bulk_upsert_guild_commands(app, int(guild), self._commands)
            log.info("commands told count=%d where=%s", len(self._commands), guild)
        if await http.get_global_commands(app):  # each would stand there twice
            await http.bulk_upsert_global_commands(app, [])

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Somebody typed a command, pressed a button or filled in a form."""
        if self._heard is not None:
            await self._heard(interaction)

    async def on_message(self, message: discord.Message) -> None:
        """Somebody wrote something."""
        if self._listener is None or message.guild is None or not _is_written(message):
            return
        reference = message.reference.message_id if message.reference else None
        await self._listener.on_message(
            message_id=str(message.id),
            guild=str(message.guild.id),
            channel=str(message.channel.id),
            author=str(message.author.id),
            at=message.created_at,
            answers=None if reference is None else str(reference),
            is_question="?" in message.content if self._config.message_content else None,
            is_bot=message.author.bot,
        )

    async def on_member_join(self, member: discord.Member) -> None:
        """Somebody joined."""
        if self._listener is not None:
            at = member.joined_at or self._config.now()
            await self._listener.on_join(guild=str(member.guild.id), member=str(member.id), at=at)

    async def on_raw_member_remove(self, left: discord.RawMemberRemoveEvent) -> None:
        """Somebody left."""
        if self._listener is not None:
            guild, member = str(left.guild_id), str(left.user.id)
            await self._listener.on_leave(guild=guild, member=member, at=self._config.now())


def _is_written(message: discord.Message) -> bool:
    """By somebody: joins, pins and boosts are messages too."""
    return message.type in (discord.MessageType.default, discord.MessageType.reply)


def intents(config: DiscordConfig, *, listens: bool) -> discord.Intents:
    """What is listened to. Servers alone for commands; the privileged ones only where kpi.yaml says so."""
    wanted = discord.Intents.none()
    wanted.guilds = True
    if listens:
        wanted.guild_messages = True
        wanted.members = config.members
        wanted.message_content = config.message_content
    return wanted


async def _stop_at_server_fault(
    _session: aiohttp.ClientSession, _context: object, ended: aiohttp.TraceRequestEndParams
) -> None:
    if ended.method == "POST" and ended.response.status >= 500:
        ended.response.close()
        raise ServerFault(f"HTTP {ended.response.status}")
