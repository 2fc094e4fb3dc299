"""The mark by which a post is found again in its channel, and the nonce that keeps Discord from doubling it.

Discord keeps nothing unseen with a message, so the mark is seen: `kpi·3f9a2c1b04 1/3` in the last footer, a
hash of the promise's key, which part this is, and of how many.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.surfaces.discord import limits
from bot.surfaces.discord.render import Message

_MARK = re.compile(r"kpi·(?P<key>[0-9a-f]{10}) (?P<part>\d{1,4})/(?P<parts>\d{1,4})\s*$")


@dataclass(frozen=True, slots=True)
class Mark:
    """Which post a message belongs to; parts count from 1."""

    key: str
    part: int
    parts: int

    def __str__(self) -> str:
        return f"kpi·{self.key} {self.part}/{self.parts}"


def short(key: str) -> str:
    """A promise's key in ten characters."""
    return hashlib.sha256(key.encode()).hexdigest()[:10]


def nonce(key: str, part: int) -> str:
    """What Discord tells two posts apart by, for some minutes: one for each part of a post."""
    return hashlib.sha256(f"{key}\n{part}".encode()).hexdigest()[: limits.NONCE]


def marked(message: Message, mark: Mark) -> Message:
    """The message with its mark: in the last footer, or as its last line where there is no box."""
    if not message.embeds:
        return replace(message, content=f"{message.content}\n-# {mark}")
    last = dict(message.embeds[-1])
    footer = last.get("footer", {}).get("text", "")
    last["footer"] = {"text": f"{footer}\n{mark}" if footer else str(mark)}
    return replace(message, embeds=(*message.embeds[:-1], last))


def read(texts: Iterable[str]) -> Mark | None:
    """The mark at the end of one of the texts of a message: its content and its footers."""
    for text in texts:
        if found := _MARK.search(text):
            return Mark(found["key"], int(found["part"]), int(found["parts"]))
    return None
