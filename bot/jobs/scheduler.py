"""The clockwork: sources at their own rhythm, then what is due. Timers only wake; the ledger decides."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.jobs.collect import Collect
from bot.jobs.deliver import Deliver
from bot.jobs.evaluate import Evaluate
from bot.jobs.publish import Publish
from storage import SessionFactory, promises

log = logging.getLogger(__name__)

LEDGER_EVERY = timedelta(seconds=10)
EVALUATE_EVERY = timedelta(minutes=5)
MOST_JITTER_SECONDS = 30


@dataclass
class Jobs:
    """Everything that happens without being asked."""

    collect: Collect
    evaluate: Evaluate
    publish: Publish
    deliver: Deliver
    sessions: SessionFactory
    _scheduler: AsyncIOScheduler = field(default_factory=AsyncIOScheduler)
    _loop: asyncio.AbstractEventLoop | None = None
    _asked: set[asyncio.Task[None]] = field(default_factory=set)
    _ledger: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def start(self) -> None:
        """Read every source once, then keep the rhythm."""
        self._loop = asyncio.get_running_loop()
        await asyncio.gather(*(self._quietly(partial(self.collect, name)) for name in self.collect.sources))
        await self._quietly(partial(asyncio.to_thread, self.evaluate))
        for name, source in self.collect.sources.items():
            jitter = min(MOST_JITTER_SECONDS, int(source.every.total_seconds() / 10))
            self._every(source.every, self.refresh, name, jitter=jitter)
        self._every(EVALUATE_EVERY, self._evaluate)
        self._every(LEDGER_EVERY, self.settle)
        self._scheduler.start()

    async def stop(self) -> None:
        """Begin nothing new and end what was asked for."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        for task in tuple(self._asked):
            task.cancel()
        await asyncio.gather(*self._asked, return_exceptions=True)

    def enqueue(self, source: str) -> bool:
        """Have a source read soon; may be called from any thread."""
        if self._loop is None or source not in self.collect.sources:
            return False
        self._loop.call_soon_threadsafe(self._ask, source)
        return True

    async def refresh(self, source: str) -> None:
        """Read one source and judge the KPIs anew."""
        await self._quietly(partial(self.collect, source))
        await self._evaluate()

    async def settle(self) -> None:
        """Enter what is due, send what is owed, close what can no longer be sent."""
        async with self._ledger:
            await self._quietly(partial(asyncio.to_thread, self.publish))
            await self._quietly(self.deliver)
            await self._quietly(partial(asyncio.to_thread, self._expire))

    def _expire(self) -> None:
        with self.sessions.begin() as session:
            for promise in promises.expire(session, self.publish.now()):
                log.error(
                    "missed promise=%s due=%s error=%s", promise.key, promise.due.isoformat(), promise.error
                )

    async def _evaluate(self) -> None:
        await self._quietly(partial(asyncio.to_thread, self.evaluate))

    def _ask(self, source: str) -> None:
        task = asyncio.ensure_future(self.refresh(source))
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    def _every(
        self, every: timedelta, job: Callable[..., Awaitable[None]], *args: str, jitter: int = 0
    ) -> None:
        self._scheduler.add_job(
            job, "interval", args, seconds=every.total_seconds(), jitter=jitter or None,
            coalesce=True, max_instances=1, misfire_grace_time=None,
        )  # fmt: skip

    async def _quietly(self, work: Callable[[], Awaitable[object]]) -> None:
        """One job's fault must not stop the others; it is logged and the next turn tries again."""
        try:
            await work()
        except Exception:
            log.exception("job failed")
