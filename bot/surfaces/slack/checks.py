"""The credentials tried out at start, so that a wrong one is named at once and not retried for ever."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from bot.errors import UserError
from bot.surfaces.slack import faults
from bot.surfaces.slack.api import Api, named
from bot.surfaces.slack.config import NEEDED_SCOPES, OPTIONAL_SCOPES
from bot.surfaces.slack.faults import RefusedError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is in its workspace."""

    bot: str  # B…, the author of its posts
    user: str  # U…, whom people mention
    team: str
    missing_optional: tuple[str, ...] = ()  # scopes of `OPTIONAL_SCOPES` that were not granted


async def identify(api: Api, seconds: float) -> Identity:
    """Who the bot token is, or what is wrong with it."""
    try:
        async with asyncio.timeout(seconds):
            answer, granted = await api.identity()
    except RefusedError as fault:
        raise UserError(f"Slack refuses SLACK_BOT_TOKEN: {fault.error}.", faults.hint(fault)) from fault
    except Exception as fault:
        raise _unreachable(api, seconds, fault) from fault
    if not answer.get("bot_id"):
        hint = "Copy the Bot User OAuth Token (xoxb-…) from OAuth & Permissions."
        raise UserError("SLACK_BOT_TOKEN is not a bot's token.", hint)
    missing = _check_scopes(granted)
    for scope in missing:
        log.warning("optional scope not granted scope=%s: %s", scope, OPTIONAL_SCOPES[scope])
    team = str(answer.get("team_id", ""))
    return Identity(str(answer["bot_id"]), str(answer["user_id"]), team, missing)


def _check_scopes(granted: str) -> tuple[str, ...]:
    """The optional scopes that are missing. Raises `UserError` where a needed one is."""
    if not granted:  # a proxy may drop the header: then nothing is known, and nothing is claimed
        return ()
    held = {scope.strip() for scope in granted.split(",")}
    missing = [scope for scope in NEEDED_SCOPES if scope not in held]
    if missing:
        plural = "s" if len(missing) > 1 else ""
        raise UserError(
            f"The Slack app lacks the scope{plural} {', '.join(missing)}.",
            "Add it under OAuth & Permissions (manifest.json lists all scopes), then reinstall the app.",
        )
    return tuple(scope for scope in OPTIONAL_SCOPES if scope not in held)


_APP_TOKEN_HINTS = {
    "invalid_auth": "Copy the app-level token (xapp-…) from the app's page, Basic Information.",
    "not_authed": "Copy the app-level token (xapp-…) from the app's page, Basic Information.",
    "not_allowed_token_type": "It must be the app-level token (xapp-…), not the bot token (xoxb-…).",
    "missing_scope": "Give the app-level token the scope connections:write on Basic Information.",
    "token_revoked": "Create a new app-level token with connections:write on Basic Information.",
    "account_inactive": "Create a new app-level token with connections:write on Basic Information.",
}


async def check_app_token(api: Api, app_token: str, seconds: float) -> None:
    """Whether Slack opens a socket for the app token; the SDK itself would retry a bad one for ever."""
    try:
        async with asyncio.timeout(seconds):
            await api.unsigned.apps_connections_open(app_token=app_token)
    except Exception as raw:
        fault = named(raw)
        if not isinstance(fault, RefusedError):
            raise _unreachable(api, seconds, raw) from raw
        hint = _APP_TOKEN_HINTS.get(fault.error, "Turn on Socket Mode on the app's page, Settings.")
        raise UserError(f"Slack refuses SLACK_APP_TOKEN: {fault.error}.", hint) from raw


def _unreachable(api: Api, seconds: float, fault: Exception) -> UserError:
    reason = f"no answer within {seconds:g} s" if isinstance(fault, TimeoutError) else str(fault)
    message = f"Slack cannot be reached at {api.client.base_url}: {reason}."
    return UserError(message, "Check the network, the proxy and SLACK_API_URL.")
