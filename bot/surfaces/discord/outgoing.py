"""Rendered messages as discord.py's objects: its views carry our rows as they are, and are never remembered.

A view that discord.py remembers would stay in memory for ever, and only in the process that sent it; ours are
answered by their ids alone (`buttons.py`), so each is stopped before it is handed over.
"""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord
from typing_extensions import override

from bot.reply import Chart, Reply
from bot.surfaces.base import Draw
from bot.surfaces.discord import limits
from bot.surfaces.discord.buttons import Component
from bot.surfaces.discord.faults import LAYOUT, MISSING_PERMISSIONS
from bot.surfaces.discord.render import Message, in_words, render, without_pictures

log = logging.getLogger(__name__)


class Rows(discord.ui.View):
    """Rows of buttons, as rendered. Make it on the loop."""

    def __init__(self, rows: Sequence[Component]) -> None:
        super().__init__(timeout=None)
        self._rows = list(rows)
        self.stop()

    @override
    def to_components(self) -> list[dict[str, Any]]:
        return self._rows


class Sheet(discord.ui.Modal):
    """A modal, as rendered. Make it on the loop."""

    def __init__(self, payload: Component) -> None:
        super().__init__(title=payload["title"], custom_id=payload["custom_id"])
        self._payload = payload
        self.stop()

    @override
    def to_dict(self) -> dict[str, Any]:
        return self._payload


@dataclass(frozen=True, slots=True)
class Composed:
    """A reply as messages with the pictures in them; `reasons` say which chart is missing and why."""

    messages: list[Message]
    pictures: list[bytes | None]
    reasons: tuple[str, ...] = ()


async def compose(reply: Reply, draw: Draw) -> Composed:
    """The messages of a reply, without its thread; a chart that fails never takes the others along."""
    found = await asyncio.gather(*(_picture(chart, draw) for chart in reply.charts))
    pictures = [content for content, _ in found]
    messages = render(reply, [content is not None for content in pictures])
    return Composed(messages, pictures, tuple(reason for _, reason in found if reason))


async def _picture(chart: Chart, draw: Draw) -> tuple[bytes | None, str]:
    try:
        content = await draw(chart.drawing)
    except Exception as fault:
        # Drawing runs foreign code over foreign data: whatever it raises, the words still go out.
        log.exception("drawing failed chart=%r", chart.title)
        return None, f"chart could not be drawn: {type(fault).__name__}"
    if len(content) > limits.ATTACHMENT_BYTES:
        return None, f"chart is too large for Discord: {len(content):,} bytes"
    return content, ""


def files(message: Message, pictures: Sequence[bytes | None]) -> list[discord.File]:
    """The pictures that a message shows, under the names it shows them by. Made anew for every try."""
    return [
        discord.File(io.BytesIO(content), one.name, description=one.alt)
        for one in message.pictures
        if (content := pictures[one.number]) is not None
    ]


def arguments(message: Message) -> dict[str, Any]:
    """What discord.py is told of a message, but for its files."""
    found: dict[str, Any] = {
        "content": message.content,
        "embeds": [discord.Embed.from_dict(embed) for embed in message.embeds],
    }
    if message.rows:
        found["view"] = Rows(message.rows)
    return found


def mendable(fault: discord.HTTPException, message: Message) -> discord.HTTPException:
    """The fault, where a plainer form of the message may mend it; any other is raised."""
    may_not = fault.code == MISSING_PERMISSIONS and bool(message.pictures or message.embeds)
    if fault.code not in LAYOUT and fault.status != 413 and not may_not:
        raise fault
    log.error("layout refused code=%s text=%s", fault.code, fault.text)
    return fault


def plainer(message: Message) -> list[Message]:
    """The message, and what is tried where Discord refuses it: without pictures, then in words."""
    bare = [without_pictures(message)] if message.pictures else []
    return [message, *bare, in_words(message)]
