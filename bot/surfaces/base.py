"""What every surface offers and is given: invocations in, replies out, posts with a receipt."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.reply import Drawing, Reply, Writing
from storage.promises import Receipt


@dataclass(frozen=True, slots=True)
class Invocation:
    """One question as it reached a surface. `text` is what the person typed after the command's name."""

    text: str
    surface: str  # "slack", "discord", "terminal"
    user: str  # the surface's id of the person
    channel: str | None = None  # the surface's id of the place
    is_shared: bool = False  # people outside the company can read it
    in_channel: bool = False  # everyone in the channel will read the answer, not only the one who asked
    zone: str = ""  # the IANA zone of the person, where the surface knows it
    via: str = ""  # the surface's name in the ledger, where it stands in for another: "playground"

    @property
    def ledger(self) -> str:
        """Under which name the ledger knows the surface."""
        return self.via or self.surface


async def _unasked() -> None:
    """Nobody else could be sending the same post."""


@dataclass(frozen=True, slots=True)
class Post:
    """A message the schedule owes. `key` is the promise's unique key and travels with the message.

    `confirm` is awaited right before each message is handed over, after uploads and pauses that may be long:
    it raises `ClaimLost` where another sender has taken the promise over in the meantime.
    """

    key: str
    channel: str  # the surface's id, without the surface's name; @ and a person's id: their direct messages
    reply: Reply
    confirm: Callable[[], Awaitable[None]] = _unasked
    thread: str = ""  # the surface's id of the message in whose thread it belongs


class ClaimLost(Exception):
    """Another sender has taken the promise over: this one sends nothing and notes nothing."""


class Undelivered(Exception):
    """A post was refused; nothing was sent."""

    def __init__(
        self, message: str, hint: str, *, retry_after: float | None = None, is_permanent: bool = False
    ) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint
        self.retry_after, self.is_permanent = retry_after, is_permanent


class OutcomeUnknown(Exception):
    """The connection ended after the post was handed over: it may exist. Read back before resending."""


Ask = Callable[[Invocation], Reply]
"""Dispatch: answers every invocation with exactly one reply, never raises; sync, so call it in a thread."""

Draw = Callable[[Drawing | Writing], Awaitable[bytes]]
"""Draws a picture, or writes a document, off the event loop."""


class Surface(Protocol):
    """A chat platform the bot listens and posts to."""

    name: str
    last_heard: datetime | None
    """When the platform last brought a question or an event."""

    async def start(self) -> None:
        """Check the credentials, then listen. Raises `bot.errors.UserError` with the setting to mend."""

    async def stop(self) -> None:
        """Stop listening and close every connection."""

    def is_ready(self) -> bool:
        """Whether messages can reach us right now, from the state of the connection itself."""

    async def send(self, post: Post) -> Receipt:
        """Send once. Raises `Undelivered` or `OutcomeUnknown`."""

    async def is_shared(self, channel: str) -> bool | None:
        """Whether people outside the company can read `channel`; None where nobody can say."""

    async def find(self, post: Post, since: datetime) -> Receipt | None:
        """The receipt of a post that already exists in its channel, or its thread, since `since`, by its key.

        `Receipt.copies` counts how often it stands there.
        """

    async def edit(self, receipt: Receipt, post: Post) -> Receipt:
        """Change a post that stands, in place. Raises `Undelivered` or `OutcomeUnknown`; may be repeated."""

    async def pin(self, receipt: Receipt) -> str:
        """Pin a post that stands to its channel: "", or why it could not be. May be repeated."""
