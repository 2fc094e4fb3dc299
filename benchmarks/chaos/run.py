"""One run on one database: promises entered while there is trouble, then calm, then the verdict."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import aiohttp

from benchmarks.chaos import plan
from benchmarks.chaos.chats import DISCORD_TOKEN, SECRET, TOKEN
from benchmarks.chaos.databases import Database, opened
from benchmarks.chaos.fleet import ROOT, Fleet
from benchmarks.chaos.judge import Message, Verdict, judge
from benchmarks.chaos.ledger import FINAL, Ledger
from benchmarks.chaos.plan import EPOCH, Places, Promised, Size
from benchmarks.chaos.troubles import Troubles, order
from bot.app import open_core
from bot.jobs.publish import Publish
from bot.settings import read_environment
from storage import subscriptions
from storage.promises import Promise

_ENTER_EVERY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Result:
    """What one run found."""

    title: str
    seed: int
    verdict: Verdict
    faults: Mapping[str, int]  # what was injected, and what the workers said of it
    takeovers: tuple[float, ...]  # seconds
    seconds: float
    posts: int
    folder: Path
    skipped: tuple[str, ...] = ()


@dataclass
class _Run:
    size: Size
    seed: int
    database: Database
    folder: Path
    chats: Mapping[str, str]
    began: datetime
    promised: list[Promised] = field(default_factory=list)

    @property
    def places(self) -> Places:
        return Places.of(self.size)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "DATABASE_URL": self.database.url,
            "KPI_CONFIG": str(self.folder / "kpi.yaml"),
            "PORT": "0",
            "SLACK_BOT_TOKEN": TOKEN,
            "SLACK_SIGNING_SECRET": SECRET,
            "SLACK_API_URL": f"{self.chats['slack']}/api/",
            "DISCORD_TOKEN": DISCORD_TOKEN,
            "DISCORD_API_URL": self.chats["discord"],
        }


def run(kind: str, size: Size, seed: int, *, keep: Path | None = None) -> Result:
    """On a database of `kind`; `keep` is an empty folder for the logs, which are thrown away otherwise."""
    with ExitStack() as stack:
        folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kpi-chaos-")))
        database = stack.enter_context(opened(kind, folder))
        chats = stack.enter_context(_chats(seed, size))
        return asyncio.run(_run(_Run(size, seed, database, folder, chats, datetime.now(UTC))))


@contextmanager
def _chats(seed: int, size: Size) -> Iterator[Mapping[str, str]]:
    command = [sys.executable, "-m", "benchmarks.chaos.chats", str(seed), size.name]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(timeout=20)
        process.stdout.close()


async def _run(one: _Run) -> Result:
    _begin(one)
    ledger = Ledger.at(one.database.url)
    try:
        return await _judged(one, ledger)
    finally:
        ledger.close()


async def _judged(one: _Run, ledger: Ledger) -> Result:
    await asyncio.to_thread(_subscribe, one, ledger)
    fleet = Fleet(one.folder, one.environment, one.seed)
    troubles = Troubles(fleet, one.database, ledger, one.chats["slack"], one.places, one.size, one.seed)
    began = time.monotonic()
    try:
        for _ in range(one.size.workers):
            fleet.start()
        async with _beside(troubles.replace()):
            async with _beside(troubles.run()):
                await _enter(one, ledger)
            fleet.wake()
            await order(one.chats["slack"], {"do": "calm"})
            await _settled(one, ledger, until=time.monotonic() + one.size.patience)
        seconds = time.monotonic() - began
    finally:
        await asyncio.to_thread(fleet.stop)
    standing, faults = await _seen(one)
    rows = await asyncio.to_thread(ledger.all)
    verdict = judge(one.promised, rows, standing, datetime.now(UTC))
    skipped = () if one.database.disk is not None else ("disk full: this user may not mount a small disk",)
    return Result(
        one.database.title,
        one.seed,
        verdict,
        faults + troubles.counts + fleet.said(),
        tuple(troubles.takeovers),
        seconds,
        len(standing),
        one.folder,
        skipped,
    )


def _begin(one: _Run) -> None:
    """The schedule of kpi.yaml begins half a day before the run: what was due since is owed."""
    plan.write_workspace(one.folder, one.places, one.began)
    core = open_core(read_environment(one.environment))
    try:
        earlier = one.began - plan.EARLIER
        Publish(core.timeline, core.sessions, lambda: earlier)()
    finally:
        core.engine.dispose()
    one.promised += plan.reported(one.places, one.began)


def _subscribe(one: _Run, ledger: Ledger) -> None:
    for wish in plan.subscribed(one.size, one.places, one.began):
        number = ledger.write(partial(subscriptions.add, subscription=wish))
        assert number is not None
        one.promised.append(plan.counted_on(number, wish, one.began))


@asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Something that goes on for as long as the block lasts."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        [ended] = await asyncio.gather(task, return_exceptions=True)
        if isinstance(ended, Exception):
            raise ended


async def _enter(one: _Run, ledger: Ledger) -> None:
    """Owe the promises at their seconds, or later where the database is in trouble, until few are open."""
    began = time.monotonic()
    batch: list[Promise] = []
    for at, promise in plan.promises(one.size, one.places, Random(one.seed)):
        if at > time.monotonic() - began:
            await _owe(one, ledger, batch)
            batch = []
            await asyncio.sleep(_ENTER_EVERY_SECONDS)
        batch.append(promise)
    await _owe(one, ledger, batch)
    await _settled(one, ledger, left=len(one.promised) // 20, until=began + 1.5 * one.size.seconds)


async def _owe(one: _Run, ledger: Ledger, batch: list[Promise]) -> None:
    since = datetime.now(UTC) - EPOCH
    dated = [
        replace(each, due=each.due + since, deadline=each.deadline + since if each.deadline else None)
        for each in batch
    ]
    await asyncio.to_thread(ledger.owe, dated)
    one.promised += [Promised(each.key, each.surface, each.channel, each.due) for each in dated]


async def _settled(one: _Run, ledger: Ledger, *, until: float, left: int = 0) -> None:
    """Until no more than `left` promises are open, or the time is up: what is open at the end is lost."""
    while time.monotonic() < until:
        counts = await asyncio.to_thread(ledger.counts)
        is_whole = sum(counts.values()) >= len(one.promised)
        if is_whole and sum(count for state, count in counts.items() if state not in FINAL) <= left:
            return
        await asyncio.sleep(0.5)


async def _seen(one: _Run) -> tuple[list[Message], Counter[str]]:
    address = f"{one.chats['slack']}/chaos/standing"
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        told: dict[str, Any] = await answer.json()
    return [Message(**each) for each in told["standing"]], Counter(told["faults"])
