"""What the supervisor does to the workers and their database while promises are entered."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random

import aiohttp

from benchmarks.chaos.databases import Database, fill
from benchmarks.chaos.fleet import Fleet, Worker
from benchmarks.chaos.ledger import Ledger
from benchmarks.chaos.plan import Places, Size
from benchmarks.chaos.worker import LEASE

FREEZE_SECONDS = LEASE.total_seconds() + 2.5
_LOOK_SECONDS = 0.25
_LONGEST_LOOK_SECONDS = 60.0

KILLS, FREEZES, BUSY = "workers killed (SIGKILL)", "workers frozen beyond their lease", "database held"
CUTS, FULL, FILES, CLOSED = "database connections cut", "disk full", "files never ready", "channels closed"
FALLEN = "workers that ended by themselves"


@dataclass
class Troubles:
    """Runs until it is cancelled; counts what it did, and how long it took others to take over."""

    fleet: Fleet
    database: Database
    ledger: Ledger
    chats: str  # the address of the stand-ins
    places: Places
    size: Size
    seed: int
    counts: Counter[str] = field(default_factory=Counter)
    takeovers: list[float] = field(default_factory=list)
    _watches: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """All kinds at once, each at its own pace."""
        kinds: list[tuple[str, float, Callable[[Random], Awaitable[None]]]] = [
            ("kill", 8.0, self._kill),
            ("freeze", 16.0, self._freeze),
            ("busy", 20.0, self._hold),
            ("cut", 17.0, self._cut),
            ("disk", 40.0, self._fill),
            ("files", 35.0, self._hold_files),
        ]
        async with asyncio.TaskGroup() as group:
            for name, seconds, trouble in kinds:
                group.create_task(self._often(name, seconds * self.size.pause, trouble))
            group.create_task(self._close())

    async def _often(self, name: str, seconds: float, trouble: Callable[[Random], Awaitable[None]]) -> None:
        chance = Random(f"{self.seed} {name}")
        await asyncio.sleep(2.0)  # the workers have only begun
        while True:
            await asyncio.sleep(seconds * chance.uniform(0.5, 1.5))
            await trouble(chance)

    async def _kill(self, chance: Random) -> None:
        if awake := self.fleet.awake():
            worker = chance.choice(awake)
            self.counts[KILLS] += 1
            self.fleet.kill(worker)
            self._watch(worker, time.monotonic())
            self.fleet.start()

    async def _freeze(self, chance: Random) -> None:
        awake = self.fleet.awake()
        if len(awake) < 2:
            return
        worker = chance.choice(awake)
        self.counts[FREEZES] += 1
        self.fleet.freeze(worker)
        self._watch(worker, time.monotonic())
        await asyncio.sleep(FREEZE_SECONDS * chance.uniform(1.0, 1.3))
        self.fleet.thaw(worker)

    async def _hold(self, chance: Random) -> None:
        self.counts[BUSY] += 1
        await asyncio.to_thread(self.database.hold, chance.uniform(1.0, 7.0))

    async def _cut(self, _chance: Random) -> None:
        self.counts[CUTS] += await asyncio.to_thread(self.database.cut)

    async def _fill(self, chance: Random) -> None:
        if self.database.disk is not None:
            self.counts[FULL] += 1
            await asyncio.to_thread(fill, self.database.disk, chance.uniform(2.0, 5.0))

    async def _hold_files(self, chance: Random) -> None:
        self.counts[FILES] += 1
        await order(self.chats, {"do": "hold", "holds": True})
        await asyncio.sleep(chance.uniform(3.0, 8.0))
        await order(self.chats, {"do": "hold", "holds": False})

    async def _close(self) -> None:
        for surface, channel in self.places.closing:
            await asyncio.sleep(self.size.seconds / (len(self.places.closing) + 1))
            self.counts[CLOSED] += 1
            await order(self.chats, {"do": "close", "surface": surface, "channel": channel})

    async def replace(self) -> None:
        """Start anew what has ended, as whatever runs a service does."""
        while True:
            for _ in self.fleet.fallen():
                self.counts[FALLEN] += 1
                self.fleet.start()
            await asyncio.sleep(0.5)

    def _watch(self, worker: Worker, since: float) -> None:
        task = asyncio.create_task(self._taken_over(worker.name, since))
        self._watches.add(task)
        task.add_done_callback(self._watches.discard)

    async def _taken_over(self, worker: str, since: float) -> None:
        """How long each promise that the worker held waited for another one."""
        left = set(await asyncio.to_thread(self.ledger.held, worker))
        until = since + _LONGEST_LOOK_SECONDS
        while left and time.monotonic() < until:
            await asyncio.sleep(_LOOK_SECONDS)
            still = left & set(await asyncio.to_thread(self.ledger.held, worker))
            self.takeovers += [time.monotonic() - since] * len(left - still)
            left = still
        self.takeovers += [time.monotonic() - since] * len(left)


async def order(chats: str, told: dict[str, object]) -> None:
    async with aiohttp.ClientSession() as session, session.post(f"{chats}/chaos/order", json=told) as answer:
        answer.raise_for_status()
