"""Sends what is owed, once: a claim before each send, a look into the channel before each resend."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from bot import languages
from bot.errors import UserError
from bot.frozen import thaw
from bot.jobs.fallback import UNREAD, Fallback, inserted
from bot.jobs.following import Rootless, thread_of
from bot.jobs.publish import LATE
from bot.jobs.routes import Place
from bot.languages import said
from bot.reply import Reply
from bot.reports import words
from bot.surfaces.base import ClaimLost, OutcomeUnknown, Post, Surface, Undelivered
from bot.timeline import Timeline
from storage import Session, SessionFactory, StorageFault, promises
from storage.promises import Promise, Receipt

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=45)
"""So long after a sender's last word its promise is taken over: it has died, or stands still.

With the ten seconds between two looks at the ledger, what a killed process held goes on within a minute.
"""

RENEWALS = 3
"""How often a sender gives word within its lease, for as long as it sends."""

LONGEST_SEND = timedelta(minutes=4)
"""A send with its uploads is given up after that: its channel waits for it."""

SENDERS = 8
"""So many posts are on their way at once, never two to one channel."""

LOOK_AGAIN_SECONDS = 2.0
"""While a post is on its way, what has become due in the meantime is begun this soon."""

MENDING = timedelta(hours=1)
"""So long somebody has to mend what the surface is set up with, a token say, before it is told elsewhere."""

FIRST_RETRY = timedelta(seconds=15)
LONGEST_RETRY = timedelta(minutes=15)

Clock = Callable[[Session], datetime]


@dataclass(frozen=True)
class Deliver:
    """Claims and sends until nothing is due. May be called again while a call is under way.

    `surfaces` are by their names in the ledger, `names` has those that kpi.yaml calls otherwise. `clock` is
    the database's, where several processes share it; without one, `now` is asked. With `keys` only these
    promises are sent, and what stands in for them. Without a `timeline` nothing is told elsewhere.
    """

    sessions: SessionFactory
    surfaces: Mapping[str, Surface]
    worker: str
    now: Callable[[], datetime]
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    clock: Clock | None = None
    timeline: Timeline | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    keys: Collection[str] | None = None
    senders: int = SENDERS
    _lanes: dict[tuple[str, str], asyncio.Lock] = field(default_factory=dict, init=False, repr=False)
    """One a channel: a claim that ran out while its sender was held up must not let a second one in."""

    async def __call__(self) -> int:
        """How many promises were delivered, once nothing is due any more.

        Raises a fault of the database after what was under way has ended.
        """
        delivered = await self._sent()
        while self.keys is None and await asyncio.to_thread(self._expire) > 0:
            delivered += await self._sent()
        return delivered

    async def _sent(self) -> int:
        under_way: set[asyncio.Task[bool]] = set()
        delivered = 0
        try:
            while await self._begin(under_way):
                done, _ = await asyncio.wait(
                    under_way, timeout=LOOK_AGAIN_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                delivered += sum(task.result() for task in done)
                under_way -= done
        except asyncio.CancelledError:
            for task in under_way:
                task.cancel()
            raise
        finally:
            await asyncio.gather(*under_way, return_exceptions=True)
        return delivered

    async def _begin(self, under_way: set[asyncio.Task[bool]]) -> bool:
        """Begin what is due, as far as there are senders for it; whether anything is under way."""
        while len(under_way) < self.senders and (taken := await self._next()) is not None:
            under_way.add(asyncio.create_task(self._send(*taken)))
        return bool(under_way)

    async def _next(self) -> tuple[Promise, datetime] | None:
        """A promise that is now ours, and since when. A stop meanwhile gives it back."""
        claiming = asyncio.create_task(asyncio.to_thread(self._claim))
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            await asyncio.wait([claiming])
            if claiming.exception() is None and (taken := claiming.result()) is not None:
                await asyncio.to_thread(self._given_back, taken[0])
            raise

    def _claim(self) -> tuple[Promise, datetime] | None:
        with self.sessions.begin() as session:
            now = self._time(session)
            found = promises.claim(
                session,
                worker=self.worker,
                now=now,
                lease=LEASE,
                surfaces=[*self.surfaces],
                keys=self.keys,
            )
        return None if found is None else (found, now)

    async def _send(self, promise: Promise, began: datetime) -> bool:
        """Whether it was delivered; every other outcome is in the ledger."""
        try:
            return await self._settled(promise, began)
        except asyncio.CancelledError:
            # The bot stops in the middle: whoever goes on looks first, and need not wait for the lease.
            error = "The bot was stopped while sending."
            await asyncio.shield(asyncio.to_thread(self._unknown, promise, error, timedelta()))
            raise

    async def _settled(self, promise: Promise, began: datetime) -> bool:
        try:
            receipt = await self._held(promise, self._in_turn(promise, began))
        except ClaimLost:
            log.warning("claim lost promise=%s: another sender goes on with it", promise.key)
        except Undelivered as fault:
            await self._refused(promise, fault)
        except Exception as fault:
            await self._unanswered(promise, began, fault)
        else:
            await asyncio.to_thread(self._delivered, promise, receipt)
            return True
        return False

    async def _held(self, promise: Promise, work: Coroutine[Any, Any, Receipt]) -> Receipt:
        """The receipt of `work`, which goes on for as long as the claim can be kept."""
        sending, holding = asyncio.create_task(work), asyncio.create_task(self._hold(promise))
        try:
            await asyncio.wait({sending, holding}, return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                raise ClaimLost(promise.key)
            return sending.result()
        finally:
            sending.cancel()
            holding.cancel()
            await asyncio.gather(sending, holding, return_exceptions=True)

    async def _hold(self, promise: Promise) -> None:
        """Renew the claim until it is lost. What the ledger does not answer is asked again."""
        while True:
            await asyncio.sleep(LEASE.total_seconds() / RENEWALS)
            try:
                if not await asyncio.to_thread(self._renewed, promise):
                    return
            except StorageFault as fault:
                log.warning("claim not renewed promise=%s fault=%s", promise.key, fault)

    async def _in_turn(self, promise: Promise, began: datetime) -> Receipt:
        """Send when the channel is free here."""
        lane = self._lanes.setdefault((promise.surface, promise.channel), asyncio.Lock())
        has_waited = lane.locked()
        async with lane, asyncio.timeout(LONGEST_SEND.total_seconds()):
            if has_waited:
                await self._confirm(promise)
            return _proved(await self._receipt(promise, began))

    async def _receipt(self, promise: Promise, began: datetime) -> Receipt:
        """Send, unless an earlier attempt whose answer was lost has left the post in the channel."""
        thread = await asyncio.to_thread(self._thread, promise) if promise.follows else ""
        confirm = partial(self._confirm, promise)
        post = Post(promise.key, promise.channel, self._reply(promise, began), confirm, thread)
        surface = self.surfaces[promise.surface]
        if promise.is_uncertain:
            found = await self._found(surface, post, promise.first_tried_at or promise.due)
            if found is not None:
                return found
            if _is_over(promise, began):
                # Owed again, it is closed as missed at once.
                raise Undelivered("It is not in the channel, and its time is over.", "")
        try:
            return await surface.send(post)
        except UserError as fault:
            has_waited = began - (promise.first_tried_at or began) >= MENDING
            is_told = has_waited and self._fallback is not None and self._fallback.has_route(promise)
            raise Undelivered(fault.message, fault.hint, is_permanent=is_told) from fault

    async def _found(self, surface: Surface, post: Post, since: datetime) -> Receipt | None:
        """What an earlier attempt left. As long as nobody can look, nothing is sent."""
        try:
            return await surface.find(post, since)
        except (Undelivered, UserError) as fault:
            raise OutcomeUnknown(words.told(fault.message, fault.hint)) from fault

    async def _confirm(self, promise: Promise) -> None:
        """Right before a message goes out: the promise is still ours, and for one lease more."""
        try:
            is_ours = await asyncio.to_thread(self._renewed, promise)
        except StorageFault as fault:
            said = f"The ledger could not be asked before sending: {fault.message}"
            if promise.is_uncertain:  # an earlier attempt may stand there, and perhaps nobody has looked yet
                raise OutcomeUnknown(words.told(said, fault.hint)) from fault
            raise Undelivered(said, fault.hint) from fault
        if not is_ours:
            raise ClaimLost(promise.key)

    def _renewed(self, promise: Promise) -> bool:
        with self.sessions.begin() as session:
            until = self._time(session) + LEASE
            return promises.renew(session, promise.key, worker=self.worker, until=until)

    def _thread(self, promise: Promise) -> str:
        with self.sessions.read() as session:
            return thread_of(session, promise)

    def _reply(self, promise: Promise, now: datetime) -> Reply:
        """The message as it was frozen; one that goes out late says so."""
        try:
            reply = thaw(promise.payload)
        except (ValueError, KeyError, TypeError) as fault:
            message = f"Its stored message cannot be read ({type(fault).__name__})."
            hint = "Send it anew with `kpi report NAME --post --again`."
            raise Undelivered(message, hint, is_permanent=True) from fault
        if now - promise.due <= LATE:
            return reply
        with languages.speaking(self.timeline.files.language if self.timeline else languages.ENGLISH):
            due = words.clock(promise.due, self.zone, now.astimezone(self.zone).date())
            return inserted(reply, said("Late: it was due {when}.", when=due))

    async def _refused(self, promise: Promise, fault: Undelivered) -> None:
        """Nothing stands in the channel: it is tried again, or told elsewhere."""
        log.warning("not delivered promise=%s fault=%s hint=%s", promise.key, fault.message, fault.hint)
        shared: Mapping[Place, bool] = {}
        if fault.is_permanent and (fallback := self._fallback) is not None:
            shared = await fallback.look(promise)
        await asyncio.to_thread(self._failed, promise, fault, shared)

    async def _unanswered(self, promise: Promise, began: datetime, fault: Exception) -> None:
        """Nobody knows whether it stands in the channel: it is looked for again, until its time is over."""
        is_expected = isinstance(fault, OutcomeUnknown | TimeoutError)
        log.warning("outcome unknown promise=%s fault=%r", promise.key, fault, exc_info=not is_expected)
        error = str(fault) or f"It was not sent within {words.age(LONGEST_SEND).removesuffix(' ago')}."
        if promise.is_uncertain and _is_over(promise, began):
            await self._refused(promise, Undelivered(f"{UNREAD} {error}", "", is_permanent=True))
            return
        await asyncio.to_thread(self._unknown, promise, error, backoff(promise.attempts))

    def _failed(self, promise: Promise, fault: Undelivered, shared: Mapping[Place, bool]) -> None:
        wait = timedelta(seconds=fault.retry_after) if fault.retry_after else backoff(promise.attempts)
        error = words.told(fault.message, fault.hint)
        with self.sessions.begin() as session:
            if isinstance(fault, Rootless):
                promises.dropped(session, promise.key, worker=self.worker, error=error)
                return
            now = self._time(session)
            retry_at = None if fault.is_permanent else now + wait
            is_noted = promises.failed(
                session, promise.key, worker=self.worker, error=error, retry_at=retry_at
            )
            if is_noted and fault.is_permanent and (fallback := self._fallback) is not None:
                fallback.owe(session, promise, shared, now)

    def _unknown(self, promise: Promise, error: str, wait: timedelta) -> None:
        with self.sessions.begin() as session:
            retry_at = self._time(session) + wait
            promises.unknown(session, promise.key, worker=self.worker, error=error, retry_at=retry_at)

    def _given_back(self, promise: Promise) -> None:
        """Nothing was tried since it was claimed."""
        if promise.is_uncertain:
            self._unknown(promise, promise.error, timedelta())
            return
        with self.sessions.begin() as session:
            at = self._time(session)
            promises.failed(session, promise.key, worker=self.worker, error=promise.error, retry_at=at)

    def _delivered(self, promise: Promise, receipt: Receipt) -> None:
        with self.sessions.begin() as session:
            promises.delivered(session, promise.key, receipt)
        log.info("delivered promise=%s channel=%s message=%s", promise.key, receipt.channel, receipt.message)
        if receipt.copies > 1:
            log.error("doubled promise=%s copies=%d channel=%s", promise.key, receipt.copies, receipt.channel)

    def _expire(self) -> int:
        """Close what can no longer be sent and tell of it elsewhere; how many there were."""
        with self.sessions.begin() as session:
            now = self._time(session)
            missed = promises.expire(session, now)
            for one in missed:
                log.error("missed promise=%s due=%s error=%s", one.key, one.due.isoformat(), one.error)
                if one.payload and (fallback := self._fallback) is not None:
                    fallback.owe(session, one, {}, now)
        return len(missed)

    def _time(self, session: Session) -> datetime:
        return self.now() if self.clock is None else self.clock(session)

    @property
    def _fallback(self) -> Fallback | None:
        if self.timeline is None:
            return None
        return Fallback(self.timeline, self.surfaces, self.zone, self.names)


def _proved(receipt: Receipt) -> Receipt:
    """The receipt, if it names the message: without that nobody has said that the post exists."""
    if not receipt.message:
        raise OutcomeUnknown("The answer named no message, so it may not have been posted.")
    return receipt


def _is_over(promise: Promise, now: datetime) -> bool:
    return promise.deadline is not None and promise.deadline <= now


def backoff(attempts: int) -> timedelta:
    """How long to wait after the `attempts`-th try: doubling, up to a quarter of an hour."""
    doublings = max(0, min(attempts, 20) - 1)
    return min(timedelta(seconds=FIRST_RETRY.total_seconds() * 2.0**doublings), LONGEST_RETRY)
