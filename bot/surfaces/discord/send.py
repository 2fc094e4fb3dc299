"""Posts to channels, threads and people: once, with a mark that finds them again, silent over no layout."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import discord

from bot.reply import Document, Reply, for_one
from bot.surfaces.base import Draw, OutcomeUnknown, Post, Undelivered
from bot.surfaces.discord.documents import attached, documents
from bot.surfaces.discord.faults import MISSING_PERMISSIONS, POSTING, undelivered
from bot.surfaces.discord.marks import Mark, marked, nonce, read, short
from bot.surfaces.discord.outgoing import arguments, compose, files, mendable, plainer
from bot.surfaces.discord.render import Message
from bot.surfaces.discord.threads import Place, opened
from storage.promises import Receipt

log = logging.getLogger(__name__)

LOOK_BACK = timedelta(seconds=60)
"""Our clock and Discord's may differ by this much."""
MOST_READ = 5_000
"""Messages of a channel that are read in search of a post."""


@dataclass(frozen=True, slots=True)
class Part:
    """One message of a post with the pictures it shows, or with its document; `note`: why it lacks that."""

    message: Message
    pictures: list[bytes | None]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Whole:
    """All of a post: its messages, then its documents, each of them a message once it is written."""

    parts: list[Part]
    documents: Sequence[Document]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.parts) + len(self.documents)


@dataclass(frozen=True, slots=True)
class Found:
    """What of a post stands: its first messages, and the numbers of all its parts."""

    roots: tuple[discord.Message, ...]
    present: frozenset[int]
    parts: int
    is_readable: bool = True  # without Read Message History, Discord shows an empty channel


class Sender:
    """Sends posts and finds them again, as one bot."""

    def __init__(self, client: discord.Client, draw: Draw, seconds: float) -> None:
        self._client, self._draw, self._seconds = client, draw, seconds

    async def send(self, post: Post) -> Receipt:
        """Post the reply, then its thread. Once the first message stands, no later fault says it does not."""
        whole = await self._composed(post)
        place = await self._opened(post) if post.thread else Place(await self._place(post))
        await post.confirm()
        try:
            message, note = await self._part(post, whole.parts[0], self._mark(post, whole, 1), place)
        except POSTING as fault:
            raise undelivered(fault, post.channel) from fault
        told = (*whole.notes, *_filled(place.note), *_filled(note))
        receipt = Receipt(post.channel, str(message.id), message.created_at, told)
        return await self._finish(post, whole, receipt, frozenset({1}))

    async def find(self, post: Post, since: datetime) -> Receipt | None:
        """The receipt of a post that stands in its channel; what its thread still lacks is posted first."""
        channel = await self._place(post)
        try:
            async with asyncio.timeout(self._seconds):
                found = await self._standing(channel, post, since - LOOK_BACK)
        except POSTING as fault:
            raise undelivered(fault, post.channel) from fault
        if not found.roots:
            if not found.is_readable:
                hint = "Give the bot's role Read Message History there: without it a post may be doubled."
                raise Undelivered(f"Nobody can say whether the post stands in {post.channel}.", hint)
            return None
        root = found.roots[0]
        receipt = Receipt(post.channel, str(root.id), root.created_at, copies=len(found.roots))
        if len(found.present) >= found.parts:
            return receipt
        whole = await self._composed(post)
        return await self._finish(post, whole, replace(receipt, notes=whole.notes), found.present)

    async def edit(self, receipt: Receipt, post: Post) -> Receipt:
        """Change the first message of a post in place. What is in its thread stays: it is the history."""
        whole = await self._composed(post)
        first = whole.parts[0]
        part = replace(first, message=marked(first.message, self._mark(post, whole, 1)))
        channel = await self._place(post)
        message = self._client.get_partial_messageable(channel).get_partial_message(int(receipt.message))
        try:
            note = await self._changed(message, part)
        except POSTING as fault:
            raise undelivered(fault, post.channel) from fault
        return replace(receipt, notes=(*whole.notes, *_filled(note)))

    async def _changed(self, message: discord.PartialMessage, part: Part) -> str:
        refusal: discord.HTTPException | None = None
        for attempt in plainer(part.message):
            told = {"view": None, **arguments(attempt)}
            try:
                async with asyncio.timeout(self._seconds):
                    await message.edit(attachments=files(attempt, part.pictures), **told)
                return _refused(refusal)
            except discord.HTTPException as fault:
                refusal = mendable(fault, attempt)
        raise refusal or RuntimeError("a message has at least one form")

    def _mark(self, post: Post, whole: Whole, number: int) -> Mark:
        return Mark(short(post.key), number, len(whole))

    async def _composed(self, post: Post) -> Whole:
        """Every message of the post, and why a chart is missing; its documents are written when it stands."""
        parts: list[Part] = []
        notes: list[str] = []
        root = for_one(post.reply) if post.channel.startswith("@") else post.reply
        for reply in (root, *root.thread):
            composed = await compose(reply, self._draw)
            parts += [Part(message, composed.pictures) for message in composed.messages]
            notes += composed.reasons
        return Whole(parts, documents(root), tuple(notes))

    async def _made(self, whole: Whole, number: int) -> Part:
        if number <= len(whole.parts):
            return whole.parts[number - 1]
        one = await attached(whole.documents[number - len(whole.parts) - 1], self._draw)
        return Part(one.message, [one.content], one.note)

    async def _place(self, post: Post) -> int:
        """The id of the channel or thread, or of the direct messages with a person."""
        name = post.channel.removeprefix("@")
        if not name.isdecimal():
            hint = "Write discord: and the channel's id, as Copy Channel ID gives it."
            raise Undelivered(f"{post.channel} is no Discord id.", hint, is_permanent=True)
        if not post.channel.startswith("@"):
            return int(name)
        try:
            async with asyncio.timeout(self._seconds):
                return (await self._client.create_dm(discord.Object(int(name)))).id
        except POSTING as fault:
            raise _unsent(undelivered(fault, post.channel)) from fault

    async def _finish(self, post: Post, whole: Whole, receipt: Receipt, present: frozenset[int]) -> Receipt:
        """Post the parts that are not `present`."""
        missing = [number for number in range(1, len(whole) + 1) if number not in present]
        if not missing:
            return receipt
        channel, notes = await self._place(post), list(receipt.notes)
        root, is_direct = int(post.thread or receipt.message), post.channel.startswith("@")
        try:
            thread = await opened(self._client, channel, root, _title(post.reply), is_direct=is_direct)
            notes += _filled(thread.note)
            for number in missing:
                part = await self._made(whole, number)
                await post.confirm()
                _, note = await self._part(post, part, self._mark(post, whole, number), thread)
                notes += [*_filled(part.note), *_filled(note)]
        except Undelivered as fault:  # the claim could not be confirmed, but the first message stands
            notes.append(_left_out(fault))
        except POSTING as fault:
            notes.append(_left_out(undelivered(fault, post.channel)))
        return replace(receipt, notes=tuple(notes))

    async def _opened(self, post: Post) -> Place:
        """The thread of the message that a post belongs to."""
        channel, is_direct = await self._place(post), post.channel.startswith("@")
        title = _title(post.reply)
        try:
            async with asyncio.timeout(self._seconds):
                return await opened(self._client, channel, int(post.thread), title, is_direct=is_direct)
        except POSTING as fault:
            raise _unsent(undelivered(fault, post.channel)) from fault

    async def _part(self, post: Post, part: Part, mark: Mark, place: Place) -> tuple[discord.Message, str]:
        """One message into a place: Discord's word that it exists, and what it had to leave out."""
        message = marked(part.message, mark)
        channel = self._client.get_partial_messageable(place.id)
        told: dict[str, Any] = {"nonce": nonce(post.key, mark.part)}
        if place.replies_to is not None:
            told["reference"] = discord.MessageReference(
                message_id=place.replies_to, channel_id=place.id, fail_if_not_exists=False
            )
        refusal: discord.HTTPException | None = None
        for attempt in _kept_marks(message, plainer(message)):
            try:
                async with asyncio.timeout(self._seconds):
                    attached = files(attempt, part.pictures)
                    return await channel.send(files=attached, **told, **arguments(attempt)), _refused(refusal)
            except discord.HTTPException as fault:
                refusal = mendable(fault, attempt)
        raise refusal or RuntimeError("a message has at least one form")

    async def _standing(self, channel: int, post: Post, after: datetime) -> Found:
        """What stands of a post: in the thread it belongs to, or beside that where none could be opened."""
        if post.thread and not post.channel.startswith("@"):
            try:
                found = await self._found(int(post.thread), short(post.key), after)
            except discord.NotFound:
                log.info("no thread yet message=%s", post.thread)
            else:
                if found.roots or not found.is_readable:
                    return found
        return await self._found(channel, short(post.key), after)

    async def _found(self, channel: int, key: str, after: datetime) -> Found:
        """What stands of a post in its channel and in its thread."""
        roots: list[discord.Message] = []
        marks: list[Mark] = []
        async for message, mark in self._ours(channel, key, after):
            marks.append(mark)
            roots += [message] if mark.part == 1 else []
        if roots and marks[0].parts > 1:
            try:
                marks += [mark async for _, mark in self._ours(roots[0].id, key, after)]
            except discord.NotFound:
                log.info("no thread yet message=%s", roots[0].id)
        parts = max((mark.parts for mark in marks), default=0)
        if not roots and not await self._is_readable(channel, after):
            return Found((), frozenset(), 0, is_readable=False)
        return Found(tuple(roots), frozenset(mark.part for mark in marks), parts)

    async def _is_readable(self, channel: int, after: datetime) -> bool:
        """False where something was written since, and nothing of it is shown."""
        place: Any = await self._client.http.get_channel(channel)
        newest = place.get("last_message_id")
        if newest is None or discord.utils.snowflake_time(int(newest)) <= after:
            return True
        found = self._client.get_partial_messageable(channel).history(limit=1)
        return [message async for message in found] != []

    async def _ours(
        self, channel: int, key: str, after: datetime
    ) -> AsyncIterator[tuple[discord.Message, Mark]]:
        place = self._client.get_partial_messageable(channel)
        own = self._client.user
        async for message in place.history(limit=MOST_READ, after=after, oldest_first=True):
            if own is None or message.author.id != own.id:
                continue
            footers = [embed.footer.text or "" for embed in message.embeds]
            if (mark := read([message.content, *footers])) and mark.key == key:
                yield message, mark


def _kept_marks(message: Message, forms: list[Message]) -> list[Message]:
    """Each form with its mark at its end: words that were cut end elsewhere."""
    mark = read([message.content, *(embed.get("footer", {}).get("text", "") for embed in message.embeds)])
    if mark is None:
        return forms
    return [one if one.embeds or read([one.content]) else marked(one, mark) for one in forms]


def _refused(fault: discord.HTTPException | None) -> str:
    """The note on a plainer form, after why the fuller one was refused."""
    if fault is None:
        return ""
    if fault.code == MISSING_PERMISSIONS:
        return "sent plainer: the bot needs Embed Links and Attach Files there"
    return f"sent without its layout: Discord refused it ({fault.text or fault.code})"


def _unsent(fault: Exception) -> Exception:
    """A fault before anything was handed over: whatever it was, nothing stands there."""
    return Undelivered(str(fault), "It is tried again.") if isinstance(fault, OutcomeUnknown) else fault


def _filled(note: str) -> tuple[str, ...]:
    return (note,) if note else ()


def _title(reply: Reply) -> str:
    return reply.text


def _left_out(fault: Exception) -> str:
    """The note on parts that will never come; those that may still come are raised, to be finished later."""
    if isinstance(fault, Undelivered) and fault.is_permanent:
        return f"the rest was refused: {fault.message} {fault.hint}"
    raise OutcomeUnknown(f"The first message stands, the rest of it is missing: {fault}") from fault
