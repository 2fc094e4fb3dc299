"""One interaction, exactly one answer: acknowledged at once, asked off the loop, plain when it fails.

Every process that listens hears every interaction. Whoever acknowledges first answers; the others are told so
by Discord (40060, or 10062) and stand down. The words go out as soon as they are known; the picture that
belongs to them follows into the same message.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import discord

from bot.commands.base import Command
from bot.commands.complete import Suggestion
from bot.errors import UserError
from bot.reply import Reply, Visibility, for_one, line, note
from bot.surfaces.base import Ask, Draw, Invocation
from bot.surfaces.discord import modals
from bot.surfaces.discord.acknowledge import acknowledged, is_ours, opened
from bot.surfaces.discord.commands import choices
from bot.surfaces.discord.config import DiscordConfig
from bot.surfaces.discord.faults import POSTING
from bot.surfaces.discord.inbound import Question, from_button, from_command, from_modal
from bot.surfaces.discord.outgoing import Composed, Sheet, compose
from bot.surfaces.discord.places import Places
from bot.surfaces.discord.respond import Responder
from bot.surfaces.discord.spans import SURFACE

log = logging.getLogger(__name__)

Suggest = Callable[[Invocation], Sequence[Suggestion]]
"""What could be typed for the beginning that the invocation holds, as this person may see it; sync."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What Discord offers people to type: commands with their options, and what could come next."""

    commands: Sequence[Command] = ()
    suggest: Suggest | None = None


AT_ONCE = 16
"""Questions asked at the same time; further ones wait their turn."""
SHARED = "The answer stands in the channel."

Interaction = discord.Interaction[Any]


class Answers:
    """Asks and answers for the surface."""

    def __init__(
        self,
        config: DiscordConfig,
        *,
        ask: Ask,
        draw: Draw,
        offer: Offer,
    ) -> None:
        self._config, self._ask, self._draw, self._offer = config, ask, draw, offer
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def take(self, interaction: Interaction, places: Places) -> None:
        """Answer one interaction; never raises, whatever goes wrong is told or logged."""
        try:
            match interaction.type:
                case discord.InteractionType.application_command:
                    data: Any = interaction.data
                    await self._answer(interaction, from_command(data, self._offer.commands), places)
                case discord.InteractionType.autocomplete:
                    await self._complete(interaction)
                case discord.InteractionType.component:
                    await self._pressed(interaction, places)
                case discord.InteractionType.modal_submit:
                    await self._filled_in(interaction, places)
                case _:
                    log.info("interaction ignored type=%s", interaction.type)
        except Exception:
            log.exception("answer lost channel=%s user=%s", interaction.channel_id, interaction.user.id)

    async def _pressed(self, interaction: Interaction, places: Places) -> None:
        data: Any = interaction.data
        pressed = from_button(data)
        if pressed is None:
            return
        if pressed.form and (sheet := modals.modal(pressed.form, pressed.ask)) is not None:
            await opened(interaction, Sheet(sheet), self._config.timing)
            return
        await self._answer(interaction, Question(pressed.ask, in_channel=pressed.share), places)

    async def _filled_in(self, interaction: Interaction, places: Places) -> None:
        data: Any = interaction.data
        try:
            question = from_modal(data)
        except UserError as fault:
            if await acknowledged(interaction, self._config.timing, is_open=False):
                await self._responder(interaction, is_open=False).words(_refusal(fault))
            return
        if question is not None:
            await self._answer(interaction, question, places)

    async def _answer(self, interaction: Interaction, question: Question, places: Places) -> None:
        if not await acknowledged(interaction, self._config.timing, is_open=question.is_open):
            return
        invocation = await self._invocation(interaction, question, places)
        reply = await self._reply(invocation)
        if not interaction.guild_id:
            reply = for_one(reply)
        is_open = question.in_channel or reply.visibility is Visibility.CHANNEL
        responder = self._responder(interaction, is_open=question.is_open)
        composed = await compose(reply, self._draw)
        try:
            await self._respond(responder, composed, is_open=is_open)
            if reply.follow:
                await self._follow(responder, reply, invocation)
        except POSTING as fault:
            # It may stand already: saying it again could say it twice.
            log.warning("answer unconfirmed channel=%s fault=%r", interaction.channel_id, fault)

    def _responder(self, interaction: Interaction, *, is_open: bool) -> Responder:
        return Responder(interaction, is_open=is_open, seconds=self._config.timing.request)

    @staticmethod
    async def _respond(responder: Responder, composed: Composed, *, is_open: bool) -> None:
        """Post the words. What Discord was told at first, for all or for one, it cannot be told otherwise."""
        if responder.is_open and not is_open:
            await responder.withdraw()
        elif is_open and not responder.is_open:
            await responder.words(Reply(SHARED, (line(SHARED),)))
            responder.open_up()
        await responder.post(composed)

    async def _follow(self, responder: Responder, reply: Reply, invocation: Invocation) -> None:
        more = await self._reply(replace(invocation, text=reply.follow))
        joined = await compose(reply.joined(more), self._draw)
        if joined.reasons:
            log.warning("picture lost text=%r reasons=%s", reply.follow, "; ".join(joined.reasons))
        if more.charts or "error" in more.data:
            await responder.renew(joined)

    async def _invocation(self, interaction: Interaction, question: Question, places: Places) -> Invocation:
        channel = str(interaction.channel_id or "")
        is_shared = await places.is_shared(channel) if interaction.guild_id else False
        return Invocation(
            text=question.text,
            surface=SURFACE,
            user=str(interaction.user.id),
            channel=channel,
            # Unknown counts as shared where everybody would read the answer, or may be asked to.
            is_shared=question.is_open if is_shared is None else is_shared,
            in_channel=question.in_channel and interaction.guild_id is not None,
        )

    async def _reply(self, invocation: Invocation) -> Reply:
        try:
            async with self._turns, asyncio.timeout(self._config.timing.ask):
                return await asyncio.to_thread(self._ask, invocation)
        except TimeoutError:
            log.error("no answer in time text=%r", invocation.text)
            words = f"No answer within {self._config.timing.ask:g} s, so it was given up."
            return _refusal(UserError(words, "Ask for a shorter time, or for one KPI."))
        except Exception:
            reference = secrets.token_hex(3)
            log.exception("ask failed ref=%s text=%r", reference, invocation.text)
            hint = f"The fault is the bot's. Ask again; if it stays, the log has it under {reference}."
            return _refusal(UserError(f"That did not work (ref {reference}).", hint))

    async def _complete(self, interaction: Interaction) -> None:
        """Suggest what could be typed; late or failing, suggest nothing."""
        data: Any = interaction.data
        found: list[dict[str, Any]] = []
        try:
            async with asyncio.timeout(self._config.timing.suggest):
                found = await asyncio.to_thread(self._suggested, interaction, data)
        except Exception:
            log.warning("no suggestions", exc_info=True)
        shown = [discord.app_commands.Choice(name=one["name"], value=one["value"]) for one in found]
        try:
            await interaction.response.autocomplete(shown)
        except POSTING as fault:
            if not is_ours(fault):
                log.info("suggestions not taken fault=%r", fault)

    def _suggested(self, interaction: Interaction, data: Any) -> list[dict[str, Any]]:
        suggest = self._offer.suggest
        if suggest is None:
            return []
        channel = str(interaction.channel_id or "")
        asked = Invocation("", SURFACE, str(interaction.user.id), channel)
        return choices(data, self._offer.commands, lambda begun: suggest(replace(asked, text=begun)))


def _refusal(fault: UserError) -> Reply:
    blocks = (line(fault.message), *((note(fault.hint),) if fault.hint else ()))
    return Reply(str(fault), blocks, data={"error": fault.message})
