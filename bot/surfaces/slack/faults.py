"""What can go wrong between us and Slack, and what it means for a post: refused, or nobody knows.

Codes: https://docs.slack.dev/reference/methods/chat.postMessage#errors
"""

from __future__ import annotations

import logging

from bot.surfaces.base import OutcomeUnknown, Undelivered

log = logging.getLogger(__name__)


class RefusedError(Exception):
    """Slack answered no: the call had no effect."""

    def __init__(
        self, error: str, *, details: tuple[str, ...] = (), needed: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(error)
        self.error, self.details, self.needed, self.retry_after = error, details, needed, retry_after


class UnreachedError(Exception):
    """No connection came about: the call was never handed over."""


class UnansweredError(Exception):
    """The call was handed over and no usable answer came: it may or may not have had its effect."""


LAYOUT = frozenset({"invalid_blocks", "invalid_blocks_format", "invalid_attachments", "msg_blocks_too_long"})
"""Refusals that concern how a message is laid out, not whether it may be sent."""

# Slack says of these two that part of the operation may have succeeded.
AMBIGUOUS = frozenset({"internal_error", "fatal_error"})
RATE = frozenset({"ratelimited", "rate_limited"})
_PASSING = RATE | {"service_unavailable", "request_timeout", "accesslimited", "team_added_to_org"}

_INVITE = "Type '/invite @KPI' in the channel."
_CHECK_CHANNEL = "Check the id under `channels` in kpi.yaml; for a private channel type '/invite @KPI' in it."
_CHECK_PERSON = "Check the person's Slack id under `people` in kpi.yaml."
_GONE = "The message was deleted in Slack; send the report anew with `kpi report NAME --post --again`."
_COPY_AGAIN = "Copy the bot token (xoxb-…) from the app's page, OAuth & Permissions, into SLACK_BOT_TOKEN."
_REINSTALL = "Reinstall the app to the workspace and copy its new bot token into SLACK_BOT_TOKEN."
_SHORTEN = "Shorten the report, or split it over several."
HINTS = {
    "not_in_channel": _INVITE,
    "channel_not_found": _CHECK_CHANNEL,
    "channel_not_in_workspace": _CHECK_CHANNEL,
    "is_archived": "Unarchive the channel, or name another one under `channels` in kpi.yaml.",
    "user_not_found": _CHECK_PERSON,
    "user_not_visible": _CHECK_PERSON,
    "user_disabled": "This person's account is deactivated: name somebody else in kpi.yaml.",
    "cannot_dm_bot": "The id is a bot's, and bots take no direct messages: name a person's id in kpi.yaml.",
    "message_not_found": _GONE,
    "cant_update_message": "Slack lets the bot change only its own messages.",
    "edit_window_closed": "The workspace forbids changing messages this old: the report is left as it was.",
    "messages_tab_disabled": "Turn on the Messages tab under App Home on the app's page.",
    "token_revoked": _REINSTALL,
    "token_expired": _REINSTALL,
    "account_inactive": _REINSTALL,
    "invalid_auth": _COPY_AGAIN,
    "not_authed": _COPY_AGAIN,
    "not_allowed_token_type": _COPY_AGAIN,
    "restricted_action": "The workspace keeps apps from posting here: ask an admin, or name another channel.",
    "msg_too_long": _SHORTEN,
    "msg_blocks_too_long": _SHORTEN,
    "metadata_too_large": "Shorten the report's name.",
    "thread_not_found": "The first message of the thread is gone; the rest of the report was not posted.",
}


_SAID = {
    "not_in_channel": "the bot is not in the channel",
    "channel_not_found": "there is no such channel, or the bot may not see it",
    "is_archived": "the channel is archived",
    "user_not_found": "there is no such person",
    "user_disabled": "the person's account is deactivated",
    "token_revoked": "the bot's token is revoked",
    "token_expired": "the bot's token has expired",
    "account_inactive": "the bot's account is gone",
    "invalid_auth": "the bot's token is wrong",
    "msg_too_long": "it is too long",
}
"""What the codes mean that people meet; of others the code is told alone."""


def _words(fault: RefusedError) -> str:
    said = _SAID.get(fault.error, "")
    return "; ".join((f"{said} ({fault.error})" if said else fault.error, *fault.details))


def hint(fault: RefusedError) -> str:
    """What to do about a refusal."""
    if fault.error == "missing_scope":
        scope = fault.needed or "the scope that Slack names"
        return f"Add the scope {scope} on the app's page, OAuth & Permissions, then reinstall the app."
    if fault.error in RATE:
        return "Slack asks for a pause; it is sent again after it."
    if fault.error.startswith("restricted_action"):
        return HINTS["restricted_action"]
    return HINTS.get(
        fault.error, "See https://docs.slack.dev/reference/methods/chat.postMessage for this code."
    )


def undelivered(fault: Exception, channel: str) -> Exception:
    """The fault of a post to `channel` in the words of `bot.surfaces.base`."""
    match fault:
        case RefusedError():
            return Undelivered(
                f"Slack refused the post to {channel}: {_words(fault)}.",
                hint(fault),
                retry_after=fault.retry_after,
                is_permanent=fault.error not in _PASSING,
            )
        case UnreachedError():
            return Undelivered(
                f"Slack could not be reached for {channel}: {fault}.",
                "Check the network, the proxy and SLACK_API_URL.",
            )
        case _:
            return OutcomeUnknown(f"Slack took the post to {channel} and gave no answer: {fault}.")
