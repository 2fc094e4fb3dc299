"""Alerts say what is so now: their messages are changed in place, within seconds of what happens to them.

Every process looks every few seconds, which is one seek where nothing is to be done. What is due of an alert
is done under the lock on alerts; its message is then changed by one process at a time. One that somebody has
deleted is left alone: it is never posted anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.errors import UserError
from bot.jobs.alert_scene import Spot, Stage
from bot.jobs.alert_voice import GONE, Edit, attend, spots_of
from bot.jobs.live import LEASE, LONGEST_EDIT
from bot.surfaces.base import ClaimLost, OutcomeUnknown, Post, Surface, Undelivered
from storage import Session, SessionFactory, StorageFault, alert_keeping, live_posts
from storage.live_posts import LivePost

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=4)
REFUSED = timedelta(seconds=30)
"""A message that could not be changed is not tried again before that, unless its surface says when."""


@dataclass(frozen=True)
class KeepAlerts:
    """Does what is due about alerts and keeps their messages. Calling it twice changes nothing.

    `surfaces` are those served here, by their names in the ledger. `clock` is the time that all processes go
    by; without it, `now`.
    """

    stage: Stage
    sessions: SessionFactory
    now: Callable[[], datetime]
    surfaces: Mapping[str, Surface]
    worker: str
    clock: Callable[[Session], datetime] | None = None
    _refused: dict[str, datetime] = field(default_factory=dict, init=False, repr=False)  # until when, by key
    _told: set[str] = field(default_factory=set, init=False, repr=False)

    async def __call__(self) -> int:
        """How many messages were changed. One that fails does not keep back the others."""
        numbers = await asyncio.to_thread(self._due)
        if not numbers:
            return 0
        if self.stage.timeline.files.restrictions:
            await self._ask_who_reads(numbers)
        done = 0
        for number in numbers:
            try:
                done += await self._kept(number)
            except StorageFault:
                raise
            except Exception:
                log.exception("alert not kept number=%d", number)
        return done

    def _due(self) -> list[int]:
        with self.sessions.read() as session:
            return alert_keeping.due(session, self._time(session))

    async def _ask_who_reads(self, numbers: list[int]) -> None:
        """Whether outsiders read where these are told; if nobody can say, they do."""
        for spot in await asyncio.to_thread(self._spots, numbers):
            surface = self.surfaces.get(spot.surface)
            if surface is None:
                self.stage.outsiders.setdefault((spot.surface, spot.channel), True)
                continue
            try:
                is_shared = await surface.is_shared(spot.channel) is not False
            except Exception as fault:
                log.warning("nobody knows who reads channel=%s fault=%r", spot.channel, fault)
                is_shared = True
            self.stage.outsiders[spot.surface, spot.channel] = is_shared

    def _spots(self, numbers: list[int]) -> set[Spot]:
        with self.sessions.read() as session:
            return spots_of(self.stage, session, numbers, self._time(session))

    async def _kept(self, number: int) -> int:
        done = 0
        for edit in await asyncio.to_thread(self._attend, number):
            if edit.spot.surface in self.surfaces and not await asyncio.to_thread(self._is_refused, edit):
                done += await self._change(edit)
        return done

    def _attend(self, number: int) -> list[Edit]:
        with self.sessions.begin() as session:
            alert_keeping.lock(session)
            now = self._time(session)
            return attend(self.stage, session, number, now)

    def _is_refused(self, edit: Edit) -> bool:
        until = self._refused.get(edit.key)
        if until is None:
            return False
        with self.sessions.read() as session:
            is_over = until <= self._time(session)
        if is_over:
            del self._refused[edit.key]
        return not is_over

    async def _change(self, edit: Edit) -> bool:
        """Change the message, as the one process that does; whether it was."""
        claimed = await asyncio.to_thread(self._claimed, edit)
        if claimed is None:
            return False
        kept: LivePost | None = None
        try:
            async with asyncio.timeout(LONGEST_EDIT.total_seconds()):
                await self._edited(edit)
            kept = self._as_kept(edit, edit.digest, await asyncio.to_thread(self._clock))
            self._told.discard(edit.key)
        except Undelivered as fault:
            kept = await self._not_changed(edit, fault)
        except (ClaimLost, OutcomeUnknown, UserError, TimeoutError) as fault:
            self._tell(edit.key, f"not changed, it is tried again: {fault!r}")
        finally:
            await asyncio.shield(asyncio.to_thread(self._keep, edit.key, kept))
        return kept is not None and kept.digest == edit.digest

    async def _edited(self, edit: Edit) -> None:
        async def confirm() -> None:
            if await asyncio.to_thread(self._claimed, edit) is None:
                raise ClaimLost(edit.key)

        post = Post(edit.key, edit.spot.channel, edit.reply, confirm)
        await self.surfaces[edit.spot.surface].edit(edit.receipt, post)
        log.info("alert message changed key=%s message=%s", edit.key, edit.receipt.message)

    async def _not_changed(self, edit: Edit, fault: Undelivered) -> LivePost | None:
        """Try it again when the surface says; what cannot be changed at all is left as it is."""
        self._tell(edit.key, f"not changed: {fault.message} {fault.hint}")
        now = await asyncio.to_thread(self._clock)
        if fault.is_permanent:
            return self._as_kept(edit, GONE, now)
        self._refused[edit.key] = now + (
            timedelta(seconds=fault.retry_after) if fault.retry_after else REFUSED
        )
        return None

    def _as_kept(self, edit: Edit, digest: str, now: datetime) -> LivePost:
        return LivePost(edit.key, edit.receipt.channel, edit.receipt.message, digest, now)

    def _claimed(self, edit: Edit) -> LivePost | None:
        with self.sessions.begin() as session:
            now = self._time(session)
            return live_posts.claim(session, edit.key, worker=self.worker, now=now, lease=LEASE)

    def _keep(self, key: str, post: LivePost | None) -> None:
        with self.sessions.begin() as session:
            if post is None:
                live_posts.release(session, key, worker=self.worker)
            else:
                live_posts.keep(session, post, worker=self.worker)

    def _tell(self, key: str, what: str) -> None:
        """Say it once, until it goes well."""
        if key not in self._told:
            self._told.add(key)
            log.warning("alert message key=%s %s", key, what)

    def _clock(self) -> datetime:
        with self.sessions.read() as session:
            return self._time(session)

    def _time(self, session: Session) -> datetime:
        return self.now() if self.clock is None else self.clock(session)
