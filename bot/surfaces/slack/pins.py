"""A message pinned to its channel, where the bot may: https://docs.slack.dev/reference/methods/pins.add"""

from __future__ import annotations

from bot.surfaces.slack import faults
from bot.surfaces.slack.api import Api
from bot.surfaces.slack.faults import RefusedError, UnansweredError, UnreachedError
from storage.promises import Receipt

SCOPE = "pins:write"
_HINTS = {
    "permission_denied": "An admin can let apps pin messages, or pin it by hand.",
    "not_pinnable": "Slack pins no message of this kind.",
}


async def pin(api: Api, receipt: Receipt) -> str:
    """Pin what was posted; why it could not be, where Slack says so. Pinning it twice changes nothing."""
    try:
        await api.call("pins.add", {"channel": receipt.channel, "timestamp": receipt.message})
    except RefusedError as fault:
        if fault.error == "already_pinned":
            return ""
        return f"Slack refused to pin it: {fault.error}. {_HINTS.get(fault.error) or faults.hint(fault)}"
    except (UnreachedError, UnansweredError) as fault:
        return f"Slack gave no answer to pinning it: {fault}."
    return ""
