"""Sends what is owed, once: a claim before each send, a look into the channel before each resend."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.errors import UserError
from bot.frozen import thaw
from bot.jobs.publish import LATE
from bot.reply import Reply, note
from bot.reports import words
from bot.surfaces.base import OutcomeUnknown, Post, Surface, Undelivered
from storage import SessionFactory, promises
from storage.promises import Promise, Receipt

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""After that a dead sender's promise is taken over."""

LONGEST_SEND = timedelta(minutes=4)
"""A send with its uploads is given up before its claim runs out, or another sender would begin it too."""

FIRST_RETRY = timedelta(seconds=15)
LONGEST_RETRY = timedelta(minutes=15)
UNCONNECTED_RETRY = timedelta(minutes=1)
"""A surface that this process lacks may be connected in another one, or after a restart."""


@dataclass(frozen=True)
class Deliver:
    """Claims and sends until nothing is due."""

    sessions: SessionFactory
    surfaces: Mapping[str, Surface]
    worker: str
    now: Callable[[], datetime]
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))

    async def __call__(self) -> int:
        """How many promises were delivered."""
        delivered = 0
        while (promise := await asyncio.to_thread(self._claim)) is not None:
            delivered += await self._send(promise)
        return delivered

    def _claim(self) -> Promise | None:
        with self.sessions.begin() as session:
            return promises.claim(session, worker=self.worker, now=self.now(), lease=LEASE)

    async def _send(self, promise: Promise) -> bool:
        try:
            async with asyncio.timeout(LONGEST_SEND.total_seconds()):
                receipt = await self._receipt(promise)
        except Undelivered as fault:
            log.warning("not delivered promise=%s fault=%s hint=%s", promise.key, fault.message, fault.hint)
            await asyncio.to_thread(self._failed, promise, fault)
            return False
        except asyncio.CancelledError:
            # The bot stops in the middle: whoever goes on looks first, and need not wait for the lease.
            error = "The bot was stopped while sending."
            await asyncio.shield(asyncio.to_thread(self._unknown, promise, error, self.now()))
            raise
        except Exception as fault:
            is_expected = isinstance(fault, OutcomeUnknown | TimeoutError)
            log.warning("outcome unknown promise=%s fault=%r", promise.key, fault, exc_info=not is_expected)
            error = str(fault) or f"It was not sent within {words.age(LONGEST_SEND).removesuffix(' ago')}."
            retry_at = self.now() + backoff(promise.attempts)
            await asyncio.to_thread(self._unknown, promise, error, retry_at)
            return False
        await asyncio.to_thread(self._delivered, promise, receipt)
        log.info("delivered promise=%s channel=%s message=%s", promise.key, receipt.channel, receipt.message)
        return True

    async def _receipt(self, promise: Promise) -> Receipt:
        """Send, unless an earlier attempt whose answer was lost has left the post in the channel."""
        post = Post(promise.key, promise.channel, self._reply(promise))
        if promise.is_uncertain and (found := await self._found(promise, post)) is not None:
            return found
        try:
            return await self._surface(promise).send(post)
        except UserError as fault:
            raise Undelivered(fault.message, fault.hint) from fault

    def _surface(self, promise: Promise) -> Surface:
        surface = self.surfaces.get(promise.surface)
        if surface is None:
            wait = UNCONNECTED_RETRY.total_seconds()
            raise Undelivered(
                f"{promise.surface} is not connected here.", "Set its tokens.", retry_after=wait
            )
        return surface

    async def _found(self, promise: Promise, post: Post) -> Receipt | None:
        """What an earlier attempt left. As long as nobody can look, nothing is sent."""
        is_over = promise.deadline is not None and promise.deadline <= self.now()
        try:
            found = await self._surface(promise).find(post, promise.first_tried_at or promise.due)
        except (Undelivered, UserError) as fault:
            told = words.told(fault.message, fault.hint)
            if is_over:
                message = f"Nobody knows whether it was posted, for the channel cannot be read: {told}"
                raise Undelivered(message, "", is_permanent=True) from fault
            raise OutcomeUnknown(told) from fault
        if found is None and is_over:
            # Owed again, it is closed as missed at once.
            raise Undelivered("It is not in the channel, and its time is over.", "")
        return found

    def _reply(self, promise: Promise) -> Reply:
        """The message as it was frozen; one that goes out late says so."""
        try:
            reply = thaw(promise.payload)
        except (ValueError, KeyError, TypeError) as fault:
            message = f"Its stored message cannot be read ({type(fault).__name__})."
            hint = "Send it anew with `kpi report NAME --post --again`."
            raise Undelivered(message, hint, is_permanent=True) from fault
        now = self.now()
        if now - promise.due <= LATE:
            return reply
        due = words.clock(promise.due, self.zone, now.astimezone(self.zone).date())
        return replace(reply, blocks=(*reply.blocks[:1], note(f"Late: it was due {due}."), *reply.blocks[1:]))

    def _failed(self, promise: Promise, fault: Undelivered) -> None:
        wait = timedelta(seconds=fault.retry_after) if fault.retry_after else backoff(promise.attempts)
        retry_at = None if fault.is_permanent else self.now() + wait
        with self.sessions.begin() as session:
            error = words.told(fault.message, fault.hint)
            promises.failed(session, promise.key, worker=self.worker, error=error, retry_at=retry_at)

    def _unknown(self, promise: Promise, error: str, retry_at: datetime) -> None:
        with self.sessions.begin() as session:
            promises.unknown(session, promise.key, worker=self.worker, error=error, retry_at=retry_at)

    def _delivered(self, promise: Promise, receipt: Receipt) -> None:
        with self.sessions.begin() as session:
            promises.delivered(session, promise.key, receipt)


def backoff(attempts: int) -> timedelta:
    """How long to wait after the `attempts`-th try: doubling, up to a quarter of an hour."""
    doublings = max(0, min(attempts, 20) - 1)
    return min(timedelta(seconds=FIRST_RETRY.total_seconds() * 2.0**doublings), LONGEST_RETRY)
