"""What can go wrong between us and Discord, and what it means for a post: refused, or nobody knows.

Codes: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
"""

from __future__ import annotations

import aiohttp
import discord

from bot.surfaces.base import OutcomeUnknown, Undelivered


class ServerFault(aiohttp.ClientError):
    """Discord answered 5xx to a post: it may have been taken. discord.py itself would send it again."""


UNKNOWN_MESSAGE = 10008
UNKNOWN_INTERACTION = 10062
UNKNOWN_WEBHOOK = 10015
INVALID_TOKEN = 50027
ALREADY_ACKNOWLEDGED = 40060
MISSING_PERMISSIONS = 50013
HAS_THREAD = 160004
SPENT = frozenset({UNKNOWN_WEBHOOK, INVALID_TOKEN, UNKNOWN_INTERACTION})
"""The answer's address no longer takes anything."""
LAYOUT = frozenset({50035, 50006, 40005, 50046, 50109})
"""Refusals that concern how a message is laid out or how large it is, not whether it may be sent."""
NO_THREADS = frozenset({50001, 50013, 50024, 50068, 10003, 160006})

_SEE = "Let the bot's role see the channel: channel settings, Permissions, View Channel."
_SPEAK = (
    "Give the bot's role in that channel: View Channel, Send Messages, Embed Links, Attach Files, "
    "Read Message History, Create Public Threads, Send Messages in Threads."
)
_CHECK_CHANNEL = "Check the id under `channels` in kpi.yaml; the bot has to be a member of its server."
_RENEW = "Reset the token in the Discord Developer Portal, Bot, and put the new one into DISCORD_TOKEN."
_LOCKED = "Unlock or unarchive the thread, or name another channel under `channels` in kpi.yaml."
_SHORTEN = "Shorten the report, or split it over several."
HINTS = {
    10003: _CHECK_CHANNEL,
    10004: _CHECK_CHANNEL,
    10013: "Check the person's discord id under `people` in kpi.yaml.",
    20016: "The channel is in slow mode; give the bot's role Manage Messages to be free of it.",
    20028: "The channel takes no more messages for now; it is sent again later.",
    40001: _RENEW,
    40005: _SHORTEN,
    50001: _SEE,
    50007: "The person takes no direct messages from this server: they can allow it, or name a channel.",
    50008: "It is a forum or a voice channel: name a text channel, or a post of the forum by its id.",
    50013: _SPEAK,
    50035: _SHORTEN,
    50083: _LOCKED,
    50278: "The person shares no server with the bot: invite them, or name a channel.",
    160005: _LOCKED,
}
_PASSING = frozenset({20016, 20028, 20029, 130000})
CLOUDFLARE_SECONDS = 600.0
"""A 429 that is not Discord's own bans the address for a while and does not say for how long."""


def undelivered(fault: BaseException, place: str) -> Exception:
    """The fault of a post to `place` in the words of `bot.surfaces.base`."""
    match fault:
        case discord.RateLimited():
            return Undelivered(
                f"Discord asks for a pause of {fault.retry_after:.0f} s before {place}.",
                "It is sent again after it.",
                retry_after=fault.retry_after,
            )
        case discord.HTTPException() if fault.status < 500:
            return _refused(fault, place)
        case aiohttp.ClientConnectorError():
            hint = "Check the network, the proxy and DISCORD_API_URL."
            return Undelivered(f"Discord could not be reached for {place}: {fault}.", hint)
        case _:
            said = str(fault) or type(fault).__name__
            return OutcomeUnknown(f"Discord took the post to {place} and gave no answer: {said}.")


def _refused(fault: discord.HTTPException, place: str) -> Undelivered:
    if fault.status == 429:
        stated = fault.response.headers.get("Retry-After", "")
        pause = float(stated) if stated.isdigit() else CLOUDFLARE_SECONDS
        return Undelivered(
            f"Discord turned the post to {place} away: too many requests.",
            "It is sent again after a pause.",
            retry_after=pause,
        )
    hint = _RENEW if fault.status == 401 else HINTS.get(fault.code, "")
    return Undelivered(
        f"Discord refused the post to {place}: {fault.text or fault} (code {fault.code}).",
        hint or "See https://docs.discord.com/developers/topics/opcodes-and-status-codes for this code.",
        is_permanent=fault.code not in _PASSING,
    )


POSTING = (discord.DiscordException, aiohttp.ClientError, TimeoutError, OSError)
"""All that a call to Discord may end in."""
