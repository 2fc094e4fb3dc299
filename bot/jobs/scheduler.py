"""The clockwork: sources at their own rhythm, then what is due. Timers only wake; the ledger decides."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.jobs import leftovers
from bot.jobs.collect import Collect
from bot.jobs.community import KEPT
from bot.jobs.deliver import Deliver
from bot.jobs.evaluate import Evaluate
from bot.jobs.publish import Publish
from bot.jobs.reread import Reread
from storage import SessionFactory, StorageFault, community, heard, promises, responses, runs, workers

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 20.0
"""What is due waits this long for its sources; a slower one is shown with its age."""

STOP_SECONDS = 1.5
LEDGER_EVERY = timedelta(seconds=10)
REREAD_EVERY = timedelta(seconds=5)
EVALUATE_EVERY = timedelta(minutes=5)
TIDY_EVERY = timedelta(days=1)
KEPT_ANSWERS = timedelta(days=60)
KEPT_RUNS = timedelta(days=90)
KEPT_HEARD = timedelta(days=2)
"""Slack repeats an event for up to a day."""
KEPT_WORKERS = timedelta(days=1)
KEPT_MESSAGES = timedelta(days=90)
"""The words of a delivered post; that it was delivered stays for good."""
MOST_JITTER_SECONDS = 30

Job = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Chore:
    """Something that every process does for itself, whatever its roles."""

    name: str
    every: timedelta
    work: Callable[[], Awaitable[object]]


@dataclass
class Jobs:
    """Everything that happens without being asked."""

    collect: Collect
    evaluate: Evaluate
    publish: Publish
    deliver: Deliver
    sessions: SessionFactory
    reread: Reread | None = None
    chores: Sequence[Chore] = ()
    _scheduler: AsyncIOScheduler = field(default_factory=AsyncIOScheduler)
    _loop: asyncio.AbstractEventLoop | None = None
    _turns: dict[str, asyncio.Task[None]] = field(default_factory=dict)  # under way, by name
    _ledger: asyncio.Lock = field(default_factory=asyncio.Lock)
    _evaluation: asyncio.Lock = field(default_factory=asyncio.Lock)
    _is_evaluation_waiting: bool = False
    _is_working: bool = False

    async def start(self) -> None:
        """Read every source once, as far as that is quickly done, then keep the rhythm."""
        self._is_working = True
        await self._quietly(partial(asyncio.to_thread, leftovers.tell, self.sessions))
        self.keep()
        first = [self._begin(f"source {name}", partial(self.refresh, name)) for name in self.collect.sources]
        if first:
            await asyncio.wait(first, timeout=PATIENCE_SECONDS)
        await self._judge()
        for name, source in self.collect.sources.items():
            jitter = min(MOST_JITTER_SECONDS, int(source.every.total_seconds() / 10))
            self._every(source.every, f"source {name}", partial(self._in_turn, name), jitter=jitter)
        self._every(EVALUATE_EVERY, "evaluate", self._judge)
        self._every(LEDGER_EVERY, "ledger", self._advance)
        self._every(TIDY_EVERY, "tidy", self._tidy)

    def keep(self) -> None:
        """Begin what a process does that leaves the work to others: take up changed files, and its chores."""
        self._loop = asyncio.get_running_loop()
        if self.reread is not None:
            self._every(REREAD_EVERY, "files", self._take_up)
        for chore in self.chores:
            self._every(chore.every, chore.name, partial(self._quietly, chore.work))
            self._begin(chore.name, partial(self._quietly, chore.work))
        self._scheduler.start()

    async def stop(self) -> None:
        """Begin nothing new and end what is under way."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        turns = tuple(self._turns.values())
        for task in turns:
            task.cancel()
        if turns:
            await asyncio.wait(turns, timeout=STOP_SECONDS)

    def enqueue(self, source: str) -> bool:
        """Have a source read soon; may be called from any thread."""
        if self._loop is None or source not in self.collect.sources:
            return False
        self._loop.call_soon_threadsafe(self._begin, f"source {source}", partial(self.refresh, source))
        return True

    async def refresh(self, source: str) -> None:
        """Read one source and judge the KPIs anew."""
        await self._quietly(partial(self.collect, source))
        await self._judge()

    async def settle(self) -> None:
        """Enter what is due, and send until nothing is owed any more."""
        await self._enter()
        await self._begin("delivery", partial(self._quietly, self.deliver))

    async def _advance(self) -> None:
        """Enter what is due and begin to send it. A slow channel keeps nothing from being entered."""
        await self._enter()
        self._begin("delivery", partial(self._quietly, self.deliver))

    async def _enter(self) -> None:
        async with self._ledger:
            await self._quietly(partial(self.publish.look, self.deliver.surfaces))
            await self._quietly(self._freshen)
            await self._quietly(partial(asyncio.to_thread, self.publish))

    async def _freshen(self) -> None:
        """Read what due reports lack: the machine may have slept for days.

        A report waits for its sources by itself; only where its wait is over, a quick reading still helps it.
        """
        lacking = await asyncio.to_thread(self.publish.missing)
        if not lacking:
            return
        for name in lacking & self.collect.sources.keys():
            self._begin(f"source {name}", partial(self.refresh, name))
        pressing = await asyncio.to_thread(partial(self.publish.missing, only_pressing=True))
        turns = [turn for name in pressing if (turn := self._turns.get(f"source {name}")) is not None]
        if turns:
            await asyncio.wait(turns, timeout=PATIENCE_SECONDS)

    async def _in_turn(self, source: str) -> None:
        """Read a source, unless another process that shares the database has just done so."""
        try:
            was_read = await asyncio.to_thread(self.collect.was_read, source)
        except StorageFault as fault:
            log.error("source=%s fault=%s", source, fault)
            return
        if not was_read:
            await self.refresh(source)

    async def _judge(self) -> None:
        """Evaluate all KPIs, and correct the posts that say otherwise.

        Whoever asks while an evaluation waits to begin is served by that one.
        """
        if self._is_evaluation_waiting:
            return
        self._is_evaluation_waiting = True
        async with self._evaluation:
            self._is_evaluation_waiting = False
            await self._quietly(partial(asyncio.to_thread, self.evaluate))
            if self.publish.restate is not None:
                await self._quietly(partial(asyncio.to_thread, self.publish.restate))

    async def _take_up(self) -> None:
        """Read changed files, and judge the KPIs by them."""
        if self.reread is not None:
            before = self.reread.timeline.files
            await self._quietly(partial(asyncio.to_thread, self.reread))
            if self._is_working and self.reread.timeline.files is not before:
                await self._judge()

    async def _tidy(self) -> None:
        await self._quietly(partial(asyncio.to_thread, self._forget))

    def _forget(self) -> None:
        now = self.publish.now()
        with self.sessions.begin() as session:
            responses.forget(session, now - KEPT_ANSWERS)
            runs.prune(session, now - KEPT_RUNS)
            heard.forget(session, now - KEPT_HEARD)
            workers.forget(session, now - KEPT_WORKERS)
            promises.prune(session, now - KEPT_MESSAGES)
            community.forget(session, now - KEPT)

    def _begin(self, name: str, job: Job) -> asyncio.Task[None]:
        """The turn of that name: the one under way, or a new one."""
        if name not in self._turns:
            task = asyncio.ensure_future(job())
            self._turns[name] = task
            task.add_done_callback(lambda _task: self._turns.pop(name, None))
        return self._turns[name]

    async def _turn(self, name: str, job: Job) -> None:
        # The timer's own task ends at once: what lasts longer is ours, so that `stop` can end it.
        self._begin(name, job)

    def _every(self, every: timedelta, name: str, job: Job, *, jitter: int = 0) -> None:
        self._scheduler.add_job(
            self._turn, "interval", (name, job), seconds=every.total_seconds(), jitter=jitter or None,
            coalesce=True, max_instances=1, misfire_grace_time=None,
        )  # fmt: skip

    async def _quietly(self, work: Callable[[], Awaitable[object]]) -> None:
        """One job's fault must not stop the others; it is logged and the next turn tries again."""
        try:
            await work()
        except StorageFault as fault:
            log.error("job failed job=%s fault=%s", _name(work), fault)
        except Exception:
            log.exception("job failed job=%s", _name(work))


def _name(work: Any) -> str:
    """What the log calls a job: publish, deliver, presence."""
    while isinstance(work, partial):
        work = work.args[0] if work.func is asyncio.to_thread else work.func
    return str(getattr(work, "__name__", type(work).__name__)).strip("_").lower()
