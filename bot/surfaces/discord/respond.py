"""An answer into an interaction: the first message into the acknowledged place, the others behind it.

The place takes answers for 15 minutes. After that they go into the channel, or to the person where only they
may read them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import discord

from bot.reply import Reply
from bot.surfaces.discord.faults import SPENT
from bot.surfaces.discord.outgoing import Composed, arguments, files, mendable, plainer
from bot.surfaces.discord.render import Message, render

log = logging.getLogger(__name__)

Interaction = discord.Interaction[Any]
Post = Callable[[Message, list[discord.File]], Awaitable[object]]


class Responder:
    """Where the answer of one interaction goes. `is_open`: everybody there reads it."""

    def __init__(self, interaction: Interaction, *, is_open: bool, seconds: float) -> None:
        self._interaction, self._seconds = interaction, seconds
        self.is_open = is_open
        self._is_taken = False  # the acknowledged place holds something else, or is gone
        self._is_alone = False  # the whole answer is the message in the acknowledged place

    async def words(self, reply: Reply) -> None:
        """Say a short thing in the acknowledged place."""
        await self._each(render(reply)[0], [], self._original)

    async def withdraw(self) -> None:
        """Take back the acknowledgement for all: what follows is for the one who asked."""
        async with asyncio.timeout(self._seconds):
            await self._interaction.delete_original_response()
        self.is_open, self._is_taken = False, True

    def open_up(self) -> None:
        """What follows is for all; the acknowledged place, which is not, keeps what it holds."""
        self.is_open, self._is_taken = True, True

    async def post(self, composed: Composed) -> None:
        """Post every message of the answer."""
        self._is_alone = len(composed.messages) == 1 and not self._is_taken
        for message in composed.messages:
            await self._each(message, composed.pictures, self._further if self._is_taken else self._original)
            self._is_taken = True

    async def renew(self, composed: Composed) -> None:
        """The answer again, now with its picture: in place where it is one message, else behind it."""
        if self._is_alone and len(composed.messages) == 1:
            await self._each(composed.messages[0], composed.pictures, self._original)
            return
        for message in composed.messages:
            if message.pictures:
                await self._each(_only_pictures(message), composed.pictures, self._further)

    async def _each(self, message: Message, pictures: list[bytes | None] | list[bytes], post: Post) -> None:
        """Post one message; where Discord refuses its layout, without pictures, then in words."""
        refusal: discord.HTTPException | None = None
        for attempt in plainer(message):
            try:
                async with asyncio.timeout(self._seconds):
                    await post(attempt, files(attempt, pictures))
                return
            except discord.HTTPException as fault:
                refusal = mendable(fault, attempt)
        if refusal is not None:
            raise refusal

    async def _original(self, message: Message, attached: list[discord.File]) -> None:
        if self._interaction.is_expired():
            await self._elsewhere(message, attached)
            return
        try:
            await self._interaction.edit_original_response(attachments=attached, **_with_rows(message))
        except discord.HTTPException as fault:
            if fault.code not in SPENT:
                raise
            await self._elsewhere(message, files_again(attached))

    async def _further(self, message: Message, attached: list[discord.File]) -> None:
        if self._interaction.is_expired():
            await self._elsewhere(message, attached)
            return
        await self._interaction.followup.send(
            ephemeral=not self.is_open, files=attached, wait=True, **arguments(message)
        )

    async def _elsewhere(self, message: Message, attached: list[discord.File]) -> None:
        """The answer came too late for its place."""
        log.warning("interaction ran out channel=%s", self._interaction.channel_id)
        client, channel = self._interaction.client, self._interaction.channel_id
        place: discord.abc.Messageable
        if self.is_open and channel is not None:
            place = client.get_partial_messageable(channel)
        else:
            place = await client.create_dm(self._interaction.user)
        await place.send(files=attached, **arguments(message))


def _with_rows(message: Message) -> dict[str, Any]:
    """Told of a message that is changed: without rows it is to lose those it had."""
    return {"view": None, **arguments(message)}


def files_again(attached: list[discord.File]) -> list[discord.File]:
    """Files that were handed over once, ready for a second time."""
    for one in attached:
        one.reset()
    return attached


def _only_pictures(message: Message) -> Message:
    """The picture of a message alone: its words stand already."""
    embeds = tuple(
        {key: value for key, value in embed.items() if key in ("image", "color")}
        for embed in message.embeds
        if "image" in embed
    )
    return Message(message.content, embeds, (), message.pictures)
