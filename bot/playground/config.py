"""What the stand-in is made of: its places, its people, its secrets and its limits."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

SCOPES = (
    "app_mentions:read channels:history channels:read chat:write commands files:read files:write "
    "groups:history groups:read im:history im:write pins:read pins:write users:read"
)
EVENTS = "app_home_opened app_mention message.im tokens_revoked"


class Channel(NamedTuple):
    """A place to post in, as the stand-in starts with it."""

    id: str
    name: str
    topic: str = ""
    is_private: bool = False
    is_archived: bool = False
    has_bot: bool = True  # whether the bot was invited


class Person(NamedTuple):
    """Somebody of the workspace; the first one is who sits at the page."""

    id: str
    name: str
    zone: str = "Europe/Berlin"
    locale: str = "en-US"


class Shortcut(NamedTuple):
    """An entry of the manifest's `shortcuts`: in the menu of a message, or in that of the message box."""

    callback_id: str
    name: str
    type: str = "message"  # or "global"


class Completion(NamedTuple):
    """One thing that may be typed after the command's name."""

    text: str
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """Slack's own limits where it names them, and how strict the stand-in is where it does not."""

    posts_per_second: float = 1.0  # a channel, docs.slack.dev/apis/web-api/rate-limits
    burst: int = 20  # "short bursts are tolerated", without a number
    file_ready_seconds: float = 0.0  # completed files have no mimetype before that
    metadata_bytes: int = 8_000
    ack_seconds: float = 3.0
    response_url_posts: int = 5
    response_url_seconds: float = 30 * 60.0
    trigger_seconds: float = 3.0  # a trigger id opens one view within that time
    event_retry_seconds: tuple[float, ...] = (0.0, 60.0, 300.0)


def no_completions(_text: str) -> Sequence[Completion]:
    """What the page offers when nobody says what can be typed."""
    return ()


@dataclass(frozen=True, slots=True)
class PlaygroundConfig:
    """`base_url` is where the stand-in itself is reached; `events_url` is where the bot listens."""

    events_url: str
    signing_secret: str
    bot_token: str
    base_url: str = "http://127.0.0.1:8765"
    channels: Sequence[Channel | tuple[str, str, str]] = (Channel("C0GENERAL", "general", "Company-wide"),)
    people: Sequence[Person | tuple[str, str]] = (Person("U0DANA", "dana"),)
    notice: str = "A local stand-in for Slack. Nothing here leaves this machine."
    complete: Callable[[str], Sequence[Completion]] = no_completions
    command: str = "/kpi"
    should_escape: bool = True  # the manifest's setting: names and links typed after a command become ids
    shortcuts: Sequence[Shortcut] = ()
    events: str = EVENTS  # the manifest's bot events: Slack tells an app nothing else
    bot_name: str = "KPI"
    scopes: str = SCOPES
    limits: Limits = field(default_factory=Limits)
    now: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        for name in ("signing_secret", "bot_token"):
            if not getattr(self, name).strip():
                raise ValueError(f"PlaygroundConfig.{name} is empty: give the value that the bot uses too")
        if not self.channels or not self.people:
            raise ValueError("PlaygroundConfig needs at least one channel and one person")


TEAM_ID = "T0STANDIN"
TEAM_NAME = "Playground"
TEAM_DOMAIN = "playground"
APP_ID = "A0KPI"
BOT_ID = "B0KPI"
BOT_USER = "U0KPIBOT"
