"""What the Slack surface is told: credentials, addresses, the clock, and how long to wait for what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from bot.errors import UserError

NEEDED_SCOPES = (
    "app_mentions:read",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
)
"""Bot scopes, as in manifest.json: listen, post, find our posts, show charts, know shared channels."""

OPTIONAL_SCOPES = {
    "im:history": "No question is heard in direct messages, and a post there cannot be found again.",
    "im:write": "Nobody gets direct messages: no subscription and no fallback to a person arrives.",
    "pins:write": "A live report is kept up to date, but not pinned to its channel.",
    "users:read": "Times are told in the workspace's zone, for nobody's own zone can be read.",
}
"""Bot scopes that may be missing, as in the manifest's `bot_optional`, each with what is then not done."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds to wait before giving up, or between two looks."""

    check: float = 10.0  # for Slack's answer to one check at start
    connect: float = 15.0  # for the first WebSocket connection
    ping: float = 10.0  # between two pings on a connection
    watch: float = 5.0  # between two looks at the connections
    deaf: float = 60.0  # a connection is down before it is rebuilt
    ask: float = 120.0  # for an answer, before saying that there is none
    pictures: float = 12.0  # for the charts of an answer that somebody waits for
    drain: float = 5.0  # for answers under way when the bot stops


@dataclass(frozen=True, slots=True)
class SlackConfig:
    bot_token: str
    app_token: str | None = None  # present: Socket Mode
    signing_secret: str | None = None  # present: HTTP
    api_url: str = "https://slack.com/api/"
    command: str = "/kpi"
    charts: Literal["image", "native"] = "image"  # native: Slack's own charts where they say enough
    ledger: str = "slack"  # the name of this surface in the ledger, which a stand-in changes
    now: Callable[[], datetime] = _utc_now
    timing: Timing = field(default_factory=Timing)

    def check(self, *, listens: bool) -> None:
        """Refuse settings that cannot work, before anything is sent."""
        if not self.bot_token.strip():
            raise UserError(
                "SLACK_BOT_TOKEN is empty.", "Copy the bot token (xoxb-…) from OAuth & Permissions."
            )
        if self.signing_secret is not None and not self.signing_secret.strip():
            hint = "Copy it from the app's page, Basic Information, or remove the setting."
            raise UserError("SLACK_SIGNING_SECRET is empty: anybody could send commands.", hint)
        if self.app_token is not None and not self.app_token.strip():
            hint = "Copy the app-level token (xapp-…) from Basic Information, or remove the setting."
            raise UserError("SLACK_APP_TOKEN is empty.", hint)
        if listens and self.app_token is None and self.signing_secret is None:
            raise UserError(
                "Slack has no way to reach the bot.",
                "Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP.",
            )
