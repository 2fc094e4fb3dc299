"""A chat platform in memory: it knows its channels, and is as slow or as broken as a test says."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.reply import Reply
from bot.surfaces.base import Post, Undelivered
from storage.promises import Receipt


def archived(channel: str) -> Undelivered:
    """As Slack says it of a channel that nobody may write to any more."""
    said = f"Slack refused the post to {channel}: is_archived."
    return Undelivered(said, "Unarchive the channel.", is_permanent=True)


@dataclass
class ScriptedChat:
    """`refused` channels take nothing, `slow` ones wait for their event, in others a post stands at once."""

    now: Callable[[], datetime]
    name: str = "slack"
    last_heard: datetime | None = None
    posts: list[Post] = field(default_factory=list)
    edits: list[Post] = field(default_factory=list)
    looked: list[tuple[str, datetime]] = field(default_factory=list)
    refused: dict[str, Undelivered] = field(default_factory=dict)
    slow: dict[str, asyncio.Event] = field(default_factory=dict)
    lost: list[BaseException] = field(default_factory=list)  # raised after the next posts were taken
    blind: Exception | None = None  # nobody can look into channels
    unchangeable: list[Exception] = field(default_factory=list)  # the next edits meet these faults
    pinned: list[str] = field(default_factory=list)  # messages, each time it was asked for
    unpinnable: str = ""  # why nothing can be pinned
    internal: set[str] = field(default_factory=set)  # known to be read by the company alone
    ids: Callable[[int], str] = "ts{}".format
    sending: Counter[str] = field(default_factory=Counter)  # by channel, at this moment
    most_at_once: dict[str, int] = field(default_factory=dict)

    async def start(self) -> None:
        """It is always there."""

    async def stop(self) -> None:
        """Nothing is open."""

    def is_ready(self) -> bool:
        return True

    async def is_shared(self, channel: str) -> bool | None:
        return False if channel in self.internal else None

    async def send(self, post: Post) -> Receipt:
        self.sending[post.channel] += 1
        most = max(self.most_at_once.get(post.channel, 0), self.sending[post.channel])
        self.most_at_once[post.channel] = most
        try:
            if (event := self.slow.get(post.channel)) is not None:
                await event.wait()
            return await self._take(post)
        finally:
            self.sending[post.channel] -= 1

    async def _take(self, post: Post) -> Receipt:
        if (fault := self.refused.get(post.channel)) is not None:
            raise fault
        await post.confirm()
        self.posts.append(post)
        if self.lost:
            raise self.lost.pop(0)
        return Receipt(post.channel, self.ids(len(self.posts) - 1), self.now())

    async def find(self, post: Post, since: datetime) -> Receipt | None:
        self.looked.append((post.key, since))
        if self.blind is not None:
            raise self.blind
        at = [number for number, one in enumerate(self.posts) if one.key == post.key]
        return Receipt(post.channel, self.ids(at[0]), self.now(), copies=len(at)) if at else None

    async def edit(self, receipt: Receipt, post: Post) -> Receipt:
        if self.unchangeable:
            raise self.unchangeable.pop(0)
        await post.confirm()
        self.edits.append(post)
        return receipt

    async def pin(self, receipt: Receipt) -> str:
        self.pinned.append(receipt.message)
        return self.unpinnable

    def keys(self) -> list[str]:
        return [one.key for one in self.posts]

    def reply(self, key: str) -> Reply:
        """What the one post with this key says."""
        [found] = [one.reply for one in self.posts if one.key == key]
        return found
