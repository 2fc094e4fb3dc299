"""The Discord surface: listens on the gateway, acknowledges at once, answers and posts."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime
from typing import Any

import discord

from bot.surfaces.base import Ask, Draw, Post
from bot.surfaces.discord.answer import Answers, Offer
from bot.surfaces.discord.commands import payload
from bot.surfaces.discord.config import DiscordConfig
from bot.surfaces.discord.faults import POSTING
from bot.surfaces.discord.login import fatal, unreachable
from bot.surfaces.discord.pins import pin
from bot.surfaces.discord.places import Places
from bot.surfaces.discord.send import Sender
from bot.surfaces.discord.spans import SURFACE
from bot.surfaces.discord.wire import CommunityListener, Wire
from storage.promises import Receipt

__all__ = ["DiscordConfig", "DiscordSurface", "Offer"]

log = logging.getLogger(__name__)
logging.getLogger("discord").setLevel(logging.WARNING)

LONGEST_REBUILD_SECONDS = 60.0


class DiscordSurface:
    """Discord as a `bot.surfaces.base.Surface`.

    Where the config says that it does not listen it only posts: it logs in with the first post and opens no
    gateway. `offer` is what becomes application commands.
    """

    name = SURFACE

    def __init__(
        self,
        config: DiscordConfig,
        *,
        ask: Ask,
        draw: Draw,
        offer: Offer | None = None,
        listener: CommunityListener | None = None,
    ) -> None:
        self._config, self._draw, self._listener = config, draw, listener
        self._listens, self._offer = config.listens, offer or Offer()
        self._answers = Answers(config, ask=ask, draw=draw, offer=self._offer)
        self._wire: Wire | None = None
        self._places: Places | None = None
        self._opening = asyncio.Lock()
        self._watch: asyncio.Task[None] | None = None
        self._under_way: set[asyncio.Task[Any]] = set()
        self.trouble = ""
        """Why the bot is not connected, where it has given up; it says what to mend."""
        self.last_heard: datetime | None = None
        """When Discord last brought a question."""

    async def start(self) -> None:
        """Check the token, then listen."""
        self._config.check()
        try:
            wire = await self._open()
            if self._listens:
                await self._listen(wire)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop listening, let answers under way finish for a few seconds, close every connection."""
        if self._watch is not None:
            self._watch.cancel()
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=self._config.timing.drain)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        wire, self._wire = self._wire, None
        if wire is not None:
            await self._close(wire)
        if self._watch is not None:
            await asyncio.gather(self._watch, return_exceptions=True)
            self._watch = None

    @property
    def wire(self) -> Wire | None:
        """The connection, while there is one."""
        return self._wire

    def is_ready(self) -> bool:
        """Whether questions reach us, from the state of the socket; where it only posts, whether it may."""
        wire = self._wire
        if wire is None or wire.is_closed():
            return False
        return wire.is_open() if self._listens else True

    async def send(self, post: Post) -> Receipt:
        """Post once. Needs no listening: a process that only reports opens no gateway."""
        return await self._sender(await self._open()).send(post)

    async def find(self, post: Post, since: datetime) -> Receipt | None:
        """The receipt of a post that already stands; a thread that broke off is finished first."""
        return await self._sender(await self._open()).find(post, since)

    async def edit(self, receipt: Receipt, post: Post) -> Receipt:
        """Change a post that stands, in place; its thread stays as it is."""
        return await self._sender(await self._open()).edit(receipt, post)

    async def pin(self, receipt: Receipt) -> str:
        """Pin a post that stands to its channel: "", or why it could not be."""
        seconds = self._config.timing.request
        return await pin(await self._open(), int(receipt.channel), int(receipt.message), seconds)

    async def is_shared(self, channel: str) -> bool | None:
        """Whether everybody in the channel's server can read it; None where nobody can say."""
        wire = await self._open()
        if self._places is None or self._places.client is not wire:
            self._places = Places(wire)
        return await self._places.is_shared(channel)

    def wired(self) -> Wire:
        """A client that is not logged in yet, with this surface behind it."""
        wire: Wire

        async def heard(interaction: discord.Interaction[Any]) -> None:
            self.last_heard = self._config.now()
            task = asyncio.current_task()
            if task is not None:  # discord.py gives each event a task of its own
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)
            await self._answers.take(interaction, places)

        wire = Wire(
            self._config,
            commands=payload(self._offer.commands) if self._listens and self._offer.commands else (),
            on_interaction=heard,
            listener=self._listener if self._listens else None,
        )
        places = Places(wire)
        return wire

    def _sender(self, wire: Wire) -> Sender:
        return Sender(wire, self._draw, self._config.timing.request)

    async def _open(self) -> Wire:
        """The client, logged in when it is first needed and again after it was closed."""
        async with self._opening:
            if self._wire is None or self._wire.is_closed():
                self._config.check()
                wire = self.wired()
                try:
                    async with asyncio.timeout(self._config.timing.check):
                        await wire.enter()
                except POSTING as fault:
                    await self._close(wire)
                    raise fatal(fault, self._config) or unreachable(fault, self._config) from fault
                except BaseException:
                    await self._close(wire)
                    raise
                self._wire = wire
            return self._wire

    async def _listen(self, wire: Wire) -> None:
        """Connect, and return once Discord calls the bot ready; then the watch keeps it so."""
        connection = asyncio.create_task(wire.connect(), name="discord-gateway")
        ready = asyncio.create_task(wire.wait_until_ready())
        done, _ = await asyncio.wait(
            {connection, ready}, timeout=self._config.timing.connect, return_when=asyncio.FIRST_COMPLETED
        )
        if ready not in done:
            ready.cancel()
            connection.cancel()
            results = await asyncio.gather(connection, ready, return_exceptions=True)
            fault = results[0] if connection in done and results[0] is not None else TimeoutError()
            raise fatal(fault, self._config) or unreachable(fault, self._config)
        self._watch = asyncio.create_task(self._keep(connection), name="discord-watch")

    async def _keep(self, connection: asyncio.Task[None]) -> None:
        """Outlive the connection: discord.py reconnects by itself, and what ends for good is judged here."""
        pause = self._config.timing.rebuild
        try:
            while True:
                try:
                    await connection
                    ended: BaseException = TimeoutError("the connection ended")
                except Exception as fault:
                    ended = fault
                if (said := fatal(ended, self._config)) is not None:
                    self.trouble = str(said)
                    log.error("gateway closed for good: %s", said)
                    return
                log.error("gateway lost fault=%r pause=%.0f", ended, pause)
                connection, pause = await self._rebuilt(pause)
        finally:
            connection.cancel()
            await asyncio.gather(connection, return_exceptions=True)

    async def _rebuilt(self, pause: float) -> tuple[asyncio.Task[None], float]:
        """A new client after a pause, and the pause before the one after it."""
        await asyncio.sleep(pause)
        if self._wire is not None:
            await self._close(self._wire)

        async def connect() -> None:
            await (await self._open()).connect()

        return asyncio.create_task(connect()), min(pause * 2, LONGEST_REBUILD_SECONDS)

    async def _close(self, wire: Wire) -> None:
        try:
            async with asyncio.timeout(self._config.timing.close):
                await wire.close()
        except TimeoutError:
            log.info("the gateway did not say goodbye")
            await wire.http.close()
        except Exception:
            log.warning("closing the connection failed", exc_info=True)
