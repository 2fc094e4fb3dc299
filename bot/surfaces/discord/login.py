"""Logging in and staying connected, with every fault that stays named by the switch that mends it."""

from __future__ import annotations

import aiohttp
import discord

from bot.errors import UserError
from bot.surfaces.discord.config import DiscordConfig

_PORTAL = "Discord Developer Portal, Bot"
_REFUSED = 4004
FATAL = frozenset({_REFUSED, 4010, 4011, 4012, 4013, 4014})
"""Close codes after which the same connection would be refused again:
https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes"""


def fatal(fault: BaseException, config: DiscordConfig) -> UserError | None:
    """What to mend before another try makes sense; None where trying again does."""
    match fault:
        case discord.LoginFailure():
            return _bad_token()
        case discord.PrivilegedIntentsRequired():
            return _missing_intent(config)
        case discord.ConnectionClosed() if fault.code == _REFUSED:
            return _bad_token()
        case discord.ConnectionClosed() if fault.code in FATAL:
            words = f"Discord closed the connection for good (code {fault.code})."
            return UserError(words, "The bot and Discord no longer agree: update the bot.")
        case discord.Forbidden():
            return UserError(
                f"Discord refuses the bot's commands: {fault.text or fault}.",
                "Invite the bot with the scopes bot and applications.commands; check `discord: guild:`.",
            )
        case _:
            return None


def unreachable(fault: BaseException, config: DiscordConfig) -> UserError:
    """Discord gave no usable answer at the start."""
    match fault:
        case TimeoutError():
            reason = "no answer in time"
        case aiohttp.ClientError() | OSError() | discord.DiscordException():
            reason = str(fault) or type(fault).__name__
        case _:
            reason = type(fault).__name__
    hint = "Check the network, the proxy and DISCORD_API_URL."
    return UserError(f"Discord cannot be reached at {config.api_url}: {reason}.", hint)


def _bad_token() -> UserError:
    return UserError("Discord refuses DISCORD_TOKEN.", f"Reset it in the {_PORTAL}, and set the new one.")


def _missing_intent(config: DiscordConfig) -> UserError:
    asked = [
        (config.members, "Server Members Intent", "members"),
        (config.message_content, "Message Content Intent", "message_content"),
    ]
    named = [(switch, setting) for is_asked, switch, setting in asked if is_asked]
    switches = " and ".join(switch for switch, _ in named) or "the intents the bot asks for"
    off = " and ".join(f"`discord: {{{setting}: false}}`" for _, setting in named)
    hint = f"Turn it on in the {_PORTAL}, Privileged Gateway Intents"
    return UserError(
        f"Discord has not granted the bot: {switches}.", f"{hint}{f', or set {off}' if off else ''}."
    )
