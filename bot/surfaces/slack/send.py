"""Posts to channels and people: once, with a key that finds them again, and changed in place.

Never silent over a layout or a picture, and never faster than Slack takes messages.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from bot.reply import Reply, for_one, line, note
from bot.surfaces.base import OutcomeUnknown, Post, Undelivered
from bot.surfaces.slack.api import LONGEST_WAIT_SECONDS, Answer, Api
from bot.surfaces.slack.compose import Composed, compose, degrading
from bot.surfaces.slack.direct import Places
from bot.surfaces.slack.documents import Papers
from bot.surfaces.slack.faults import RATE, RefusedError, UnansweredError, UnreachedError, undelivered
from bot.surfaces.slack.files import Pictures
from bot.surfaces.slack.readback import Standing, labelled, payload, told_missing
from bot.surfaces.slack.render import Message, render
from storage.promises import Receipt

__all__ = ["Composed", "Sender", "compose", "degrading", "instant"]

THREAD_PATIENCE_SECONDS = 60.0
"""How long the rest of a thread waits for Slack where it asks for a pause; the first message stands."""
DROPPED = "This part belongs to the post no longer: it was changed."

Hand = Callable[[Message], Awaitable[str]]
"""Hands one message to Slack and gives its id."""


async def _unasked() -> None:
    """Nothing is asked before a message is handed over."""


@dataclass
class _Errand:
    """One post on its way: where it goes, what it is made of, and how long it may still wait."""

    post: Post
    place: str
    composed: Composed
    patience: float = field(default=THREAD_PATIENCE_SECONDS)

    @property
    def numbers(self) -> range:
        return range(len(self.composed.messages))

    def labels(self, number: int) -> Answer:
        return labelled(self.post.key, number, len(self.composed.messages), self.post.thread)


class Sender:
    """Sends posts, finds them again and changes them, as one bot."""

    def __init__(self, api: Api, pictures: Pictures, bot: str) -> None:
        self._api, self._pictures = api, pictures
        self._places, self._standing = Places(api), Standing(api, bot)
        self._papers = Papers(api, pictures.draw, self._standing)

    async def place(self, channel: str) -> str:
        """Slack's id of where a post to `channel` goes: for @ and a person's id, their direct messages."""
        return await self._places.place(channel)

    async def send(self, post: Post) -> Receipt:
        """Post the reply, its thread and its documents.

        Once the first message stands, no later fault says it does not.
        """
        place = await self.place(post.channel)
        errand = _Errand(post, place, await self._composed(post))
        hand = self._poster(place, thread=post.thread, labels=errand.labels(0), before=post.confirm)
        ts, told = await self._first(errand, hand)
        receipt = await self._finish(errand, Receipt(place, ts, instant(ts), told), {0})
        return await self._attach(post, receipt)

    async def find(self, post: Post, since: datetime) -> Receipt | None:
        """The receipt of a post that stands in its channel; what its thread still lacks is posted first.

        Of several copies the earliest is the post.
        """
        place = await self.place(post.channel)
        try:
            roots = await self._standing.roots(place, post.key, since, post.thread)
            if not roots:
                return None
            ts = str(roots[0]["ts"])
            parts = await self._standing.parts(place, post.thread or ts, post.key if post.thread else "")
            present = {0} | {number for number, _ in parts}
        except (RefusedError, UnreachedError, UnansweredError) as fault:
            raise undelivered(fault, post.channel) from fault
        receipt = Receipt(place, ts, instant(ts), copies=len(roots))
        if not present.issuperset(range(int(payload(roots[0]).get("parts", 1)))):
            errand = _Errand(post, place, await self._composed(post))
            receipt = await self._finish(errand, receipt, present)
        return await self._attach(post, receipt)

    async def edit(self, receipt: Receipt, post: Post) -> Receipt:
        """Change a post that stands: its message and the parts of its thread, in place.

        Missing parts and documents are posted, a document that stands is left alone; parts that the new reply
        has no use for say so. May be repeated.
        """
        place = receipt.channel
        errand = _Errand(post, place, await self._composed(post))
        hand = self._changer(place, receipt.message, labels=errand.labels(0), before=post.confirm)
        _, told = await self._first(errand, hand)
        changed = replace(receipt, notes=told)
        try:
            parts = await self._standing.parts(place, receipt.message)
        except (RefusedError, UnreachedError, UnansweredError) as fault:
            raise OutcomeUnknown(
                f"The first message is changed, its thread cannot be read: {fault}"
            ) from fault
        kept = dict(reversed([part for part in parts if part[0] in errand.numbers]))
        changed = await self._change(errand, changed, kept)
        await self._drop(errand, [part for part in parts if part not in kept.items()])
        return await self._attach(post, await self._finish(errand, changed, {0, *kept}))

    async def _composed(self, post: Post) -> Composed:
        reply = for_one(post.reply) if post.channel.startswith("@") else post.reply
        return await compose(reply, self._pictures)

    async def post(
        self, channel: str, message: Message, *, thread: str | None = None, labels: Answer | None = None
    ) -> str:
        """One message into a channel or a thread; its ts is Slack's word that it exists."""
        return await self._poster(channel, thread=thread, labels=labels)(message)

    def _poster(
        self,
        place: str,
        *,
        thread: str | None = None,
        labels: Answer | None = None,
        before: Callable[[], Awaitable[None]] = _unasked,
    ) -> Hand:
        where: Answer = {"channel": place, **({"thread_ts": thread} if thread else {}), **(labels or {})}
        is_owed = before is not _unasked  # after a pause, another sender may have taken it over
        quiet = {"unfurl_links": False, "unfurl_media": False, "parse": "none"}

        async def hand(message: Message) -> str:
            await self._api.pacing.turn(place)
            await before()
            answer = await self._api.call(
                "chat.postMessage", {**message, **where, **quiet}, waits=not is_owed
            )
            if not answer.get("ts"):
                raise UnansweredError("chat.postMessage said ok without a ts")
            return str(answer["ts"])

        return hand

    def _changer(
        self, place: str, ts: str, *, labels: Answer, before: Callable[[], Awaitable[None]] = _unasked
    ) -> Hand:
        # Text and blocks together: text alone would drop the blocks. What is not sent anew is reset.
        where: Answer = {"channel": place, "ts": ts, **labels, "parse": "none"}

        async def hand(message: Message) -> str:
            await self._api.pacing.turn(place)
            await before()
            await self._api.call("chat.update", {**message, **where})
            return ts

        return hand

    async def _first(self, errand: _Errand, hand: Hand) -> tuple[str, tuple[str, ...]]:
        """Hand over the message that the post is: its id and notes."""
        try:
            ts, told = await self._patiently(
                errand, hand, errand.composed.messages[0], longest=LONGEST_WAIT_SECONDS
            )
        except (RefusedError, UnreachedError, UnansweredError) as fault:
            raise undelivered(fault, errand.post.channel) from fault
        return ts, (*((told,) if told else ()), *errand.composed.notes)

    async def _finish(self, errand: _Errand, receipt: Receipt, present: Container[int]) -> Receipt:
        """Post the parts of the thread that are not `present`."""
        missing = (number for number in errand.numbers if number not in present)
        return await self._hand_over(
            errand,
            receipt,
            (
                (
                    number,
                    self._poster(
                        errand.place,
                        thread=errand.post.thread or receipt.message,
                        labels=errand.labels(number),
                        before=errand.post.confirm,
                    ),
                )
                for number in missing
            ),
        )

    async def _attach(self, post: Post, receipt: Receipt) -> Receipt:
        """Share the documents that the thread lacks; it says which cannot be, as the receipt does."""
        thread = post.thread or receipt.message
        for missing in await self._papers.attach(post, receipt.channel, thread):
            [message] = render(Reply(missing.words, (line(missing.words),)))
            labels = told_missing(post.key, missing.name, post.thread)
            hand = self._poster(receipt.channel, thread=thread, labels=labels, before=post.confirm)
            errand = _Errand(post, receipt.channel, Composed([message], ()))
            receipt = await self._hand_over(errand, receipt, [(0, hand)])
            receipt = replace(receipt, notes=(*receipt.notes, missing.words))
        return receipt

    async def _change(self, errand: _Errand, receipt: Receipt, kept: dict[int, str]) -> Receipt:
        """Change the parts of the thread that stand, by their number."""
        return await self._hand_over(
            errand,
            receipt,
            (
                (number, self._changer(errand.place, ts, labels=errand.labels(number)))
                for number, ts in sorted(kept.items())
            ),
        )

    async def _hand_over(
        self, errand: _Errand, receipt: Receipt, parts: Iterable[tuple[int, Hand]]
    ) -> Receipt:
        """Hand over parts of the thread; one that is refused for good is a note on the receipt."""
        notes = [*receipt.notes]
        for number, hand in parts:
            message = errand.composed.messages[number]
            try:
                _, told = await self._patiently(errand, hand, message)
            except Undelivered as fault:  # the claim could not be confirmed, but the first message stands
                told = _left_out(fault, number)
            except (RefusedError, UnreachedError, UnansweredError) as fault:
                told = _left_out(undelivered(fault, errand.post.channel), number)
            notes += [told] if told else []
        return replace(receipt, notes=tuple(notes))

    async def _patiently(
        self, errand: _Errand, hand: Hand, message: Message, *, longest: float = THREAD_PATIENCE_SECONDS
    ) -> tuple[str, str]:
        """Hand over one part, where Slack asks for a pause that is not too long after it: its id and note."""
        while True:
            try:
                return await degrading(hand, message, self._pictures)
            except RefusedError as fault:
                pause = fault.retry_after
                if fault.error not in RATE or pause is None or pause > min(errand.patience, longest):
                    raise
                errand.patience -= max(pause, 1.0)
                await self._api.sleep(pause)

    async def _drop(self, errand: _Errand, parts: Iterable[tuple[int, str]]) -> None:
        """Say of parts in the thread that the post has no use for them any more."""
        [message] = render(Reply(DROPPED, (note(DROPPED),)))
        for number, ts in parts:
            hand = self._changer(errand.place, ts, labels=errand.labels(number))
            try:
                await self._patiently(errand, hand, message)
            except (RefusedError, UnreachedError, UnansweredError) as fault:
                _left_out(undelivered(fault, errand.post.channel), number)


def _left_out(fault: Exception, number: int) -> str:
    """The note on a part that will never come; one that may still come is raised, to be finished later."""
    if isinstance(fault, Undelivered) and fault.is_permanent:
        return f"part {number + 1} was refused: {fault.message} {fault.hint}"
    raise OutcomeUnknown(f"The first message stands, part {number + 1} of it is missing: {fault}") from fault


def instant(ts: str) -> datetime:
    """When Slack says a message was posted."""
    return datetime.fromtimestamp(float(ts), UTC)
