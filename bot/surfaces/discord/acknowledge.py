"""The first word to Discord about an interaction: within three seconds, or its answer is lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import discord

from bot.surfaces.discord.config import Timing
from bot.surfaces.discord.faults import ALREADY_ACKNOWLEDGED, POSTING, UNKNOWN_INTERACTION

log = logging.getLogger(__name__)

_TRIES = 3
Interaction = discord.Interaction[Any]


async def acknowledged(interaction: Interaction, timing: Timing, *, is_open: bool) -> bool:
    """Tell Discord that an answer comes, for all or for the one who asked; False where it is not ours."""

    async def defer() -> object:
        return await interaction.response.defer(ephemeral=not is_open, thinking=True)

    return await _told(interaction, defer, timing)


async def opened(interaction: Interaction, modal: discord.ui.Modal, timing: Timing) -> bool:
    """Open a form; False where it is not ours to open."""

    async def send() -> object:
        return await interaction.response.send_modal(modal)

    return await _told(interaction, send, timing)


async def _told(interaction: Interaction, tell: Callable[[], Awaitable[object]], timing: Timing) -> bool:
    """Tell it, again where no answer came. After such a try "already acknowledged" means: by us."""
    is_unsure = False
    for _ in range(_TRIES):
        try:
            async with asyncio.timeout(timing.acknowledge):
                await tell()
            return True
        except POSTING as fault:
            if is_ours(fault):
                if not is_unsure or _code(fault) == UNKNOWN_INTERACTION:
                    log.info("interaction %s is answered elsewhere or gone: %s", interaction.id, fault)
                    return False
                return True
            if isinstance(fault, discord.HTTPException) and fault.status < 500:
                log.error("acknowledgement refused interaction=%s fault=%s", interaction.id, fault)
                return False
            is_unsure = True
    log.error("acknowledgement unanswered interaction=%s", interaction.id)
    return is_unsure


def is_ours(fault: BaseException) -> bool:
    """Whether Discord says that the interaction was answered, or that it is gone: nothing to mend."""
    return _code(fault) in (ALREADY_ACKNOWLEDGED, UNKNOWN_INTERACTION)


def _code(fault: BaseException) -> int:
    return fault.code if isinstance(fault, discord.HTTPException) else 0
