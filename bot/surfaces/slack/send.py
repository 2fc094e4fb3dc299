"""Posts to channels: once, with a key that finds them again, and never silent over a layout or a picture."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.reply import Reply
from bot.surfaces.base import OutcomeUnknown, Post, Undelivered
from bot.surfaces.slack import limits
from bot.surfaces.slack.api import Answer, Api
from bot.surfaces.slack.faults import LAYOUT, RefusedError, UnansweredError, UnreachedError, undelivered
from bot.surfaces.slack.files import PATIENCE_SECONDS, Pictures
from bot.surfaces.slack.plain import has_images, plain_message, without_images
from bot.surfaces.slack.render import Message, render
from storage.promises import Receipt

log = logging.getLogger(__name__)

EVENT_TYPE = "kpi_post"
LOOK_BACK = timedelta(seconds=60)
"""Our clock and Slack's may differ by this much."""
BURST = 5
PACE_SECONDS = 1.1
"""Slack takes one message a second and channel, and short bursts: docs.slack.dev/apis/web-api/rate-limits"""
_PAGES = 200


@dataclass(frozen=True, slots=True)
class Composed:
    """A reply as messages: the first is the post, the others go to its thread."""

    messages: list[Message]
    notes: tuple[str, ...]


async def compose(reply: Reply, pictures: Pictures, patience: float = PATIENCE_SECONDS) -> Composed:
    """The messages of a reply and its thread, with their charts uploaded."""
    messages: list[Message] = []
    notes: list[str] = []
    for part in (reply, *reply.thread):
        uploaded = await pictures.upload(part.charts, patience)
        messages += render(part, [picture.file for picture in uploaded])
        notes += [picture.reason for picture in uploaded if picture.reason]
    return Composed(messages, tuple(notes))


async def degrading(post: Callable[[Message], Awaitable[str]], message: Message) -> tuple[str, str]:
    """Post `message`; if Slack refuses its layout, without pictures, then in words: (id, note)."""
    note = ""
    for attempt in _plainer(message):
        try:
            return await post(attempt), note
        except RefusedError as fault:
            if fault.error not in LAYOUT:
                raise
            log.error("layout refused error=%s at=%s", fault.error, "; ".join(fault.details))
            note = f"sent without its layout: Slack refused it ({'; '.join((fault.error, *fault.details))})"
            refusal = fault
    raise refusal


def _plainer(message: Message) -> Iterator[Message]:
    yield message
    if has_images(message):
        yield without_images(message)
    yield plain_message(message)


class Sender:
    """Sends posts and finds them again, as one bot."""

    def __init__(self, api: Api, pictures: Pictures, bot: str) -> None:
        self._api, self._pictures, self._bot = api, pictures, bot

    async def send(self, post: Post) -> Receipt:
        """Post the reply, then its thread. Once the first message stands, no later fault says it does not."""
        composed = await compose(post.reply, self._pictures)
        try:
            ts, note = await self._part(post, composed, 0)
        except (RefusedError, UnreachedError, UnansweredError) as fault:
            raise undelivered(fault, post.channel) from fault
        return await self._finish(post, composed, Receipt(post.channel, ts, instant(ts), _filled(note)), {0})

    async def find(self, post: Post, since: datetime) -> Receipt | None:
        """The receipt of a post that stands in its channel; what its thread still lacks is posted first."""
        try:
            root = await self._root(post, since)
            if root is None:
                return None
            ts = str(root["ts"])
            receipt = Receipt(post.channel, ts, instant(ts))
            present = {0} | {_payload(reply).get("part") async for reply in self._thread(post, ts)}
        except (RefusedError, UnreachedError, UnansweredError) as fault:
            raise undelivered(fault, post.channel) from fault
        if len(present) >= _payload(root).get("parts", 1):
            return receipt
        composed = await compose(post.reply, self._pictures)
        return await self._finish(post, composed, receipt, present)

    async def _finish(self, post: Post, composed: Composed, receipt: Receipt, present: set[Any]) -> Receipt:
        """Post the parts of the thread that are not `present`."""
        notes = [*receipt.notes, *composed.notes]
        missing = [number for number in range(len(composed.messages)) if number not in present]
        for count, number in enumerate(missing, start=1):
            if count >= BURST:
                await self._api.sleep(PACE_SECONDS)
            try:
                _, note = await self._part(post, composed, number, receipt.message)
                notes += _filled(note)
            except (RefusedError, UnreachedError, UnansweredError) as fault:
                notes.append(_left_out(undelivered(fault, post.channel), number))
        return Receipt(receipt.channel, receipt.message, receipt.at, tuple(notes))

    async def _part(
        self, post: Post, composed: Composed, number: int, thread: str | None = None
    ) -> tuple[str, str]:
        payload = {"key": post.key, "part": number, "parts": len(composed.messages)}
        labels: Answer = {"metadata": {"event_type": EVENT_TYPE, "event_payload": payload}}

        async def posted(message: Message) -> str:
            return await self.post(post.channel, message, thread=thread, labels=labels)

        return await degrading(posted, composed.messages[number])

    async def post(
        self, channel: str, message: Message, *, thread: str | None = None, labels: Answer | None = None
    ) -> str:
        """One message into a channel or a thread; its ts is Slack's word that it exists."""
        answer = await self._api.call(
            "chat.postMessage",
            {
                "channel": channel,
                **message,
                **({"thread_ts": thread} if thread else {}),
                **(labels or {}),
                "unfurl_links": False,
                "unfurl_media": False,
                "parse": "none",
            },
        )
        if not answer.get("ts"):
            raise UnansweredError("chat.postMessage said ok without a ts")
        return str(answer["ts"])

    async def _root(self, post: Post, since: datetime) -> Answer | None:
        oldest = f"{(since - LOOK_BACK).timestamp():.6f}"
        async for message in self._pages("conversations.history", channel=post.channel, oldest=oldest):
            if self._is_ours(message, post) and _payload(message).get("part") == 0:
                return message
        return None

    async def _thread(self, post: Post, ts: str) -> AsyncIterator[Answer]:
        async for message in self._pages("conversations.replies", channel=post.channel, ts=ts):
            if self._is_ours(message, post):
                yield message

    async def _pages(self, method: str, **arguments: str) -> AsyncIterator[Answer]:
        for _ in range(_PAGES):
            answer = await self._api.read(
                method, include_all_metadata="true", limit=str(limits.HISTORY_PAGE), **arguments
            )
            for message in answer.get("messages", ()):
                yield message
            cursor = answer.get("response_metadata", {}).get("next_cursor")
            if not cursor:
                return
            arguments["cursor"] = str(cursor)

    def _is_ours(self, message: Answer, post: Post) -> bool:
        is_post = message.get("metadata", {}).get("event_type") == EVENT_TYPE
        return is_post and message.get("bot_id") == self._bot and _payload(message).get("key") == post.key


def _payload(message: Answer) -> Answer:
    payload: Answer = message.get("metadata", {}).get("event_payload", {})
    return payload


def _filled(note: str) -> tuple[str, ...]:
    return (note,) if note else ()


def _left_out(fault: Exception, number: int) -> str:
    """The note on a part that will never come; one that may still come is raised, to be finished later."""
    if isinstance(fault, Undelivered) and fault.is_permanent:
        return f"part {number + 1} was refused: {fault.message} {fault.hint}"
    raise OutcomeUnknown(f"The first message stands, part {number + 1} of it is missing: {fault}") from fault


def instant(ts: str) -> datetime:
    """When Slack says a message was posted."""
    return datetime.fromtimestamp(float(ts), UTC)
