"""A reply as the messages that Slack takes, and plainer ones where it does not take them.

From a chart of Slack's own to a picture, from a picture to its words, from a layout to plain text: what is
refused is said in a note and in the log, and is never silence.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass

from bot.reply import Reply
from bot.surfaces.slack.faults import LAYOUT, RefusedError
from bot.surfaces.slack.files import PATIENCE_SECONDS, Pictures, is_native
from bot.surfaces.slack.plain import has_images, plain_message, without_images
from bot.surfaces.slack.render import Message, render

log = logging.getLogger(__name__)

Attempt = tuple[Message, tuple[str, ...]]
"""A message to try, and the notes on what it lacks."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A reply as messages: the first is the post, the others go to its thread."""

    messages: list[Message]
    notes: tuple[str, ...]


async def compose(reply: Reply, pictures: Pictures, patience: float = PATIENCE_SECONDS) -> Composed:
    """The messages of a reply and its thread, with their charts drawn or uploaded."""
    messages: list[Message] = []
    notes: list[str] = []
    for part in (reply, *reply.thread):
        found = await pictures.show(part.charts, patience)
        messages += render(part, [picture.shown for picture in found])
        notes += [picture.reason for picture in found if picture.reason]
    return Composed(messages, tuple(notes))


async def degrading(
    post: Callable[[Message], Awaitable[str]],
    message: Message,
    pictures: Pictures | None = None,
    patience: float = PATIENCE_SECONDS,
) -> tuple[str, str]:
    """Post `message`; where Slack refuses its layout, ever plainer ones: (id, note).

    `pictures` stand in for Slack's own charts; without them their words do.
    """
    told = ""
    async with aclosing(_plainer(message, pictures, patience)) as attempts:
        async for attempt, missing in attempts:
            try:
                return await post(attempt), "; ".join(filter(None, (told, *missing)))
            except RefusedError as fault:
                if fault.error not in LAYOUT:
                    raise
                refusal = fault
                reason = "; ".join((fault.error, *fault.details))
                log.error("layout refused error=%s at=%s", fault.error, "; ".join(fault.details))
                told = f"sent without its layout: Slack refused it ({reason})"
                if pictures is not None and _names_a_chart(fault, attempt):
                    pictures.refuse_native()
    raise refusal


async def _plainer(
    message: Message, pictures: Pictures | None, patience: float
) -> AsyncGenerator[Attempt, None]:
    yield message, ()
    missing: tuple[str, ...] = ()
    if pictures is not None and any(map(is_native, message["blocks"])):
        message, missing = await pictures.redrawn(message, patience)
        yield message, missing
    if has_images(message):
        yield without_images(message), missing
    yield plain_message(message), missing


def _names_a_chart(fault: RefusedError, message: Message) -> bool:
    """Whether Slack refuses its own chart blocks as such: it names the type, or points at such a block."""
    natives = [f"/blocks/{at}" for at, block in enumerate(message["blocks"]) if is_native(block)]
    return bool(natives) and any(
        "data_visualization" in detail
        or any(f"{spot}/" in detail or f"{spot}]" in detail for spot in natives)
        for detail in fault.details
    )
