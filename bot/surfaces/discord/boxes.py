"""The boxes of a message (Discord's embeds) as they fill up, each within Discord's limits.

Inside a box Discord shows words, then fields, then the picture, then the footer, in whatever order they are
given. What would jump ahead of its place begins a new box.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bot.surfaces.discord import limits
from bot.surfaces.discord.wording import pieces
from bot.surfaces.foreign import cut

Embed = dict[str, Any]
_ROOM = limits.EMBEDS_SIZE - limits.MARK_ROOM


@dataclass
class Box:
    """One embed being filled; `picture` is the number of the chart it shows."""

    words: str = ""
    fields: list[Embed] = field(default_factory=list)
    picture: int | None = None
    footer: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.words or self.fields or self.footer or self.picture is not None)

    @property
    def size(self) -> int:
        told = sum(len(one["name"]) + len(one["value"]) for one in self.fields)
        return len(self.words) + told + len(self.footer)

    def embed(self, attachment: str = "") -> Embed:
        """Discord's form of it."""
        return {
            **({"description": self.words} if self.words else {}),
            **({"fields": self.fields} if self.fields else {}),
            **({"image": {"url": f"attachment://{attachment}"}} if attachment else {}),
            **({"footer": {"text": self.footer}} if self.footer else {}),
        }


class Boxes:
    """Boxes in their order; the last one is being filled."""

    def __init__(self) -> None:
        self.all: list[Box] = [Box()]

    def say(self, text: str) -> None:
        """A line or a paragraph of Markdown."""
        for piece in pieces(text, limits.DESCRIPTION - 1):
            box = self._open(
                len(piece) + 1, when=lambda box: not box.fields and box.picture is None and not box.footer
            )
            if box.words and len(box.words) + 1 + len(piece) > limits.DESCRIPTION:
                box = self._next()
            box.words = f"{box.words}\n{piece}" if box.words else piece

    def tell(self, name: str, value: str) -> None:
        """A label and its value."""
        size = len(name) + len(value)
        box = self._open(
            size,
            when=lambda box: len(box.fields) < limits.FIELDS and box.picture is None and not box.footer,
        )
        box.fields.append({"name": name, "value": value, "inline": True})

    def show(self, picture: int) -> None:
        box = self._open(0, when=lambda box: box.picture is None and not box.footer)
        box.picture = picture

    def whisper(self, markdown: str, plain: str) -> None:
        """Small print: a line of its own, or the footer where fields or a picture stand before it."""
        box = self.all[-1]
        if not (box.fields or box.picture is not None or box.footer):
            self.say("\n".join(f"-# {line}" for line in markdown.splitlines() if line.strip()))
            return
        plain = cut(plain, limits.FOOTER // 2)
        box = self._open(
            len(plain) + 1,
            when=lambda box: len(box.footer) + 1 + len(plain) <= limits.FOOTER - limits.MARK_ROOM,
        )
        box.footer = f"{box.footer}\n{plain}" if box.footer else plain

    def part(self) -> None:
        """What follows stands in a box of its own."""
        if not self.all[-1].is_empty:
            self._next()

    def packed(self) -> list[list[Box]]:
        """The boxes by message: within the number of boxes and the size of them all."""
        parts: list[list[Box]] = [[]]
        size = 0
        for box in (box for box in self.all if not box.is_empty):
            if parts[-1] and (len(parts[-1]) == limits.EMBEDS or size + box.size > _ROOM):
                parts.append([])
                size = 0
            parts[-1].append(box)
            size += box.size
        return parts

    def _open(self, size: int, *, when: Any) -> Box:
        box = self.all[-1]
        if not when(box) or (not box.is_empty and box.size + size > _ROOM):
            return self._next()
        return box

    def _next(self) -> Box:
        self.all.append(Box())
        return self.all[-1]


def embeds_size(embeds: Iterable[Embed]) -> int:
    """The characters that Discord counts: titles, descriptions, fields, footers and authors."""
    return sum(_size(embed) for embed in embeds)


def _size(embed: Embed) -> int:
    told = sum(len(one["name"]) + len(one["value"]) for one in embed.get("fields", ()))
    author = embed.get("author", {}).get("name", "")
    footer = embed.get("footer", {}).get("text", "")
    return len(embed.get("title", "")) + len(embed.get("description", "")) + told + len(footer) + len(author)
