"""What the Discord surface is told: the token, what it may listen to, the clock, and how long to wait."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from bot.errors import UserError

OFFICIAL_URL = "https://discord.com/api/v10"


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds to wait before giving up, or between two tries."""

    check: float = 10.0  # for the login
    connect: float = 20.0  # for the gateway to call the bot ready
    settle: float = 0.2  # for a further server to turn up at the start
    acknowledge: float = 2.5  # for one try to acknowledge: Discord gives three seconds in all
    request: float = 60.0  # for one post, short pauses that Discord asks for included
    ask: float = 120.0  # for an answer, before saying that there is none
    suggest: float = 2.0  # for what could be typed next
    drain: float = 5.0  # for answers under way when the bot stops
    close: float = 0.7  # for the gateway to say goodbye
    rebuild: float = 5.0  # before a connection that ended for good is built anew; doubles up to a minute


@dataclass(frozen=True, slots=True)
class DiscordConfig:
    token: str
    api_url: str = OFFICIAL_URL
    guild: str | None = None  # the server whose commands appear at once; None: in all of them
    members: bool = False  # joins and leaves: a privileged intent
    message_content: bool = False  # which messages ask: a privileged intent
    listens: bool = True  # False: it only posts, and opens no gateway
    now: Callable[[], datetime] = _utc_now
    timing: Timing = field(default_factory=Timing)

    def check(self) -> None:
        """Refuse settings that cannot work, before anything is sent."""
        if not self.token.strip():
            hint = "Copy it from the Discord Developer Portal, Bot, Reset Token, or remove the setting."
            raise UserError("DISCORD_TOKEN is empty.", hint)
        parts = urlsplit(self.api_url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise UserError(
                f"DISCORD_API_URL is no address: {self.api_url}.", f"Remove it, or write {OFFICIAL_URL}."
            )

    @property
    def is_official(self) -> bool:
        """Whether the address is Discord's own."""
        return self.api_url.rstrip("/") == OFFICIAL_URL
