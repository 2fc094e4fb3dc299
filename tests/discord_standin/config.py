"""What the stand-in is made of: its server, its channels, its people and its limits."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

BOT, APPLICATION, GUILD = "9000000000000000001", "9000000000000000002", "7000000000000000001"
GENERAL, PRIVATE, READ_ONLY, HIDDEN, FORUM, MUTE, BLIND, BARE = (
    f"500000000000000000{one}" for one in range(1, 9)
)
DANA, LEE = "3000000000000000001", "3000000000000000002"


@dataclass(frozen=True)
class Place:
    """A channel as the stand-in starts with it. `lacks`: permissions that the bot has not got there."""

    id: str
    name: str
    kind: int = 0  # 0 text, 1 direct messages, 11 thread, 15 forum
    is_private: bool = False  # @everyone may not view it
    lacks: frozenset[str] = frozenset()  # "view", "send", "threads", "files", "history", "pins"
    parent: str | None = None


PLACES = (
    Place(GENERAL, "general"),
    Place(PRIVATE, "leads", is_private=True),
    Place(READ_ONLY, "news", lacks=frozenset({"send"})),
    Place(HIDDEN, "board", lacks=frozenset({"view"})),
    Place(FORUM, "ideas", kind=15),
    Place(MUTE, "plain", lacks=frozenset({"threads"})),
    Place(BLIND, "blind", lacks=frozenset({"history"})),
    Place(BARE, "bare", lacks=frozenset({"files", "pins"})),
)


@dataclass(frozen=True)
class StandinConfig:
    token: str = "discord-token"
    places: Sequence[Place] = PLACES
    people: Sequence[tuple[str, str]] = ((DANA, "dana"), (LEE, "lee"))
    closed_to_messages: frozenset[str] = frozenset()  # people who take no direct messages
    granted: frozenset[str] = frozenset()  # privileged intents: "members", "message_content"
    posts: int = 1_000  # messages a channel takes in `window` seconds
    window: float = 5.0
    answer_seconds: float = 3.0  # for the first response to an interaction
    token_seconds: float = 900.0  # for the further ones
    nonce_seconds: float = 300.0
    heartbeat_seconds: float = 41.25
    now: Callable[[], float] = field(default=time.time)
