"""Sends what is owed, once: a claim before each send, a look into the channel before each resend."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.frozen import thaw
from bot.surfaces.base import OutcomeUnknown, Post, Receipt, Surface, Undelivered
from storage import SessionFactory, promises
from storage.promises import Promise

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""Longer than a send with its uploads takes; after that a dead sender's promise is taken over."""

FIRST_RETRY = timedelta(seconds=15)
LONGEST_RETRY = timedelta(minutes=15)


@dataclass(frozen=True)
class Deliver:
    """Claims and sends until nothing is due."""

    sessions: SessionFactory
    surfaces: Mapping[str, Surface]
    worker: str
    now: Callable[[], datetime]

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
        surface = self.surfaces.get(promise.surface)
        if surface is None:
            hint = f"{promise.surface} is not connected: set its tokens."
            return await self._keep(promise, Undelivered(hint, "", is_permanent=False))
        post = Post(promise.key, promise.channel, thaw(promise.payload))
        try:
            receipt = await self._receipt(surface, post, promise)
        except Undelivered as fault:
            return await self._keep(promise, fault)
        except OutcomeUnknown as fault:
            log.warning("outcome unknown promise=%s fault=%s", promise.key, fault)
            await asyncio.to_thread(self._unknown, promise, str(fault))
            return False
        await asyncio.to_thread(self._delivered, promise, receipt)
        log.info("delivered promise=%s channel=%s message=%s", promise.key, receipt.channel, receipt.message)
        return True

    async def _receipt(self, surface: Surface, post: Post, promise: Promise) -> Receipt:
        """Send, unless an earlier attempt whose answer was lost has left the post in the channel."""
        if promise.is_uncertain:
            found = await surface.find(post, promise.first_tried_at or promise.due)
            if found is not None:
                return found
        return await surface.send(post)

    async def _keep(self, promise: Promise, fault: Undelivered) -> bool:
        log.warning("not delivered promise=%s fault=%s hint=%s", promise.key, fault.message, fault.hint)
        await asyncio.to_thread(self._failed, promise, fault)
        return False

    def _failed(self, promise: Promise, fault: Undelivered) -> None:
        wait = timedelta(seconds=fault.retry_after) if fault.retry_after else backoff(promise.attempts)
        retry_at = None if fault.is_permanent else self.now() + wait
        with self.sessions.begin() as session:
            error = f"{fault.message} {fault.hint}".strip()
            promises.failed(session, promise.key, worker=self.worker, error=error, retry_at=retry_at)

    def _unknown(self, promise: Promise, error: str) -> None:
        with self.sessions.begin() as session:
            retry_at = self.now() + backoff(promise.attempts)
            promises.unknown(session, promise.key, worker=self.worker, error=error, retry_at=retry_at)

    def _delivered(self, promise: Promise, receipt: Receipt) -> None:
        with self.sessions.begin() as session:
            kept = promises.Receipt(receipt.channel, receipt.message, receipt.at, receipt.notes)
            promises.delivered(session, promise.key, kept)


def backoff(attempts: int) -> timedelta:
    """How long to wait after the `attempts`-th try: doubling, up to a quarter of an hour."""
    doublings = max(0, min(attempts, 20) - 1)
    return min(timedelta(seconds=FIRST_RETRY.total_seconds() * 2.0**doublings), LONGEST_RETRY)
