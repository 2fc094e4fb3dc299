"""A message pinned to its channel, where the bot may."""

from __future__ import annotations

import asyncio

import discord

from bot.surfaces.discord.faults import MISSING_PERMISSIONS, POSTING

PERMISSION = "pin_messages"
HINT = "Give the bot's role Pin Messages in that channel, or pin it by hand."
TOO_MANY = 30003


async def pin(client: discord.Client, channel: int, message: int, seconds: float) -> str:
    """Pin what was posted; why it could not be. Pinning it twice changes nothing."""
    found = client.get_partial_messageable(channel).get_partial_message(message)
    try:
        async with asyncio.timeout(seconds):
            await found.pin()
    except discord.HTTPException as fault:
        hints = {
            MISSING_PERMISSIONS: HINT,
            TOO_MANY: "The channel has as many pins as Discord allows: take one off.",
        }
        told = f"Discord refused to pin it: {fault.text or fault} (code {fault.code})."
        return f"{told} {hints.get(fault.code, '')}".strip()
    except POSTING as fault:
        return f"Discord gave no answer to pinning it: {str(fault) or type(fault).__name__}."
    return ""
