"""A thousand sources due at once: against the slowest of them alone, and against one after the other.

Beside them: what one vendor that never answers costs the others, and whether reading over and over grows
the process. Each source has a token of its own, so that only the machine limits how many are asked at once;
how requests of one token wait for each other is a matter of tests.

The sources are read by the bot's own `Jobs.start`: claimed in the database, asked over real HTTP with the
collectors' client, stored with their runs and their cached answers. The vendor is a loopback server in a
process of its own that answers each source after a delay of its own. Two vendors are tried: a brisk one,
which shows what the bot itself costs, and one with the long tail that vendors have.
"""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Set
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from aiohttp import web
from pydantic import SecretStr

from benchmarks.outcome import Outcome
from benchmarks.processes import running
from benchmarks.workspaces import ZONE as _ZONE
from bot.jobs.collect import Answers, Collect, Connected
from bot.jobs.deliver import Deliver
from bot.jobs.evaluate import Board, Evaluate
from bot.jobs.publish import Publish
from bot.jobs.scheduler import Jobs
from bot.timeline import Timeline
from bot.workspace import Workspace
from collectors.base import Batch, Collector, CollectorConfig, Span
from collectors.http import Access, Client, open_client
from kpi.metric import Kind, Metric, Sample
from storage import SessionFactory, connect, migrate, runs

MOST = 1.2
PATIENCE_SECONDS = 60.0
_ROUNDS_OVER = 10
BRISK, TAILED = (50, 200), (50, 10_000)
"""The least and the greatest delay of a source in milliseconds."""
METRIC = Metric("bench.reading", "readings", Kind.LEVEL, "What the stand-in vendor says.", ("source",))


class Config(CollectorConfig):
    """A source of the stand-in vendor: where it is, and how long it takes to answer."""

    collector: Literal["bench"] = "bench"
    base_url: str
    token: SecretStr
    delay_ms: int


async def collect(config: Config, client: Client, span: Span) -> Batch:
    api = client.at(config.base_url, Access(token=config.token))
    found = await api.get_json("reading", {"delay_ms": config.delay_ms})
    return Batch((Sample(METRIC.name, span.now, float(found["value"])),))


COLLECTOR = Collector(
    "bench", Config, (METRIC,), collect, settles_after=timedelta(0), backfills=False, every=timedelta(hours=1)
)


def run(*, quick: bool = False) -> list[Outcome]:
    """All at once against the slowest alone, at each vendor."""
    if quick:
        return asyncio.run(_run(20, {(5, 20): 1}))
    return asyncio.run(_run(1_000, {BRISK: 2, TAILED: 1}))


async def _run(count: int, rounds: dict[tuple[int, int], int]) -> list[Outcome]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kpi-bench-")))
        vendor = await stack.enter_async_context(
            running("benchmarks.sources", environment={}, folder=folder, ready="/reading?delay_ms=0")
        )
        found = [
            await _measured(folder, vendor.url, count, delays=delays, rounds=times)
            for delays, times in rounds.items()
        ]
        brisk = next(iter(rounds))
        found.append(await _in_sequence(folder, vendor.url, count, delays=brisk))
        found.append(await _beside_a_hanging_one(folder, vendor.url, count, delays=brisk))
        found.append(await _over_and_over(folder, vendor.url, count, delays=brisk))
        return found


async def _in_sequence(folder: Path, url: str, count: int, *, delays: tuple[int, int]) -> Outcome:
    """All at once against a plain loop that reads one after the other; the loop reads every 25th of them."""
    sources = _sources(url, count, *delays)
    together = await _read(folder / "beside-loop.db", sources)
    sample = dict(list(sources.items())[:: max(1, count // (count // 25 or 1))])
    async with open_client(now=_now, trust_env=False) as client:
        began = time.perf_counter()
        for one in sample.values():
            await one.collector.run(one.config, client, Span(_now(), None, _ZONE))
        loop = (time.perf_counter() - began) * count / len(sample)
    return Outcome(
        f"{count:,} sources due at once, against a plain loop",
        "ms",
        1000 * together.seconds,
        1000 * loop,
        None,
        f"the baseline awaits one source after the other, storing nothing: {len(sample)} of them, scaled up.",
        {"loop_read": len(sample)},
    )


async def _beside_a_hanging_one(folder: Path, url: str, count: int, *, delays: tuple[int, int]) -> Outcome:
    """The others beside a vendor that accepts the connection and never answers."""
    sources = _sources(url, count, *delays)
    without = await _read(folder / "no-hanging.db", sources)
    hanging = Connected(
        "hanging",
        COLLECTOR,
        Config(base_url=url, token=SecretStr("token-x"), delay_ms=3_600_000, labels={"source": "x"}),
    )
    beside = await _read(folder / "hanging.db", {"hanging": hanging, **sources}, awaited=set(sources))
    return Outcome(
        f"{count:,} sources beside a vendor that hangs",
        "ms",
        1000 * beside.seconds,
        1000 * without.seconds,
        MOST,
        "until the last of the others is stored; the baseline is the same without the hanging one.",
    )


async def _over_and_over(folder: Path, url: str, count: int, *, delays: tuple[int, int]) -> Outcome:
    """The process's size after ten readings of all sources, against its size after the first two."""
    path = folder / "over.db"
    migrate(f"sqlite:///{path}")
    sources = _sources(url, count, delays[0], delays[0])
    sizes = []
    async with _jobs(path, sources) as (jobs, _sessions):
        for _ in range(_ROUNDS_OVER):
            await asyncio.gather(*(jobs.collect(name) for name in sources))
            gc.collect()
            sizes.append(_resident_megabytes())
    return Outcome(
        f"memory after {_ROUNDS_OVER * count:,} readings",
        "MB",
        sizes[-1],
        sizes[1],
        1.1,
        f"resident, by the benchmark's own process; the baseline is the size after {2 * count:,} readings.",
        {"megabytes": [round(one, 1) for one in sizes]},
    )


def _resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000


async def _measured(folder: Path, url: str, count: int, *, delays: tuple[int, int], rounds: int) -> Outcome:
    sources = _sources(url, count, *delays)
    slowest = next(reversed(sources))
    alone: list[Read] = []
    together: list[Read] = []
    for number in range(rounds):
        for found, chosen in ((alone, {slowest: sources[slowest]}), (together, sources)):
            path = folder / f"{delays[1]}-{number}-{len(chosen)}.db"
            found.append(await _read(path, chosen))
    least, most = (delay / 1000 for delay in delays)
    failed = max(len(one.failed) for one in together)
    return Outcome(
        f"{count:,} sources due at once, {least:g} to {most:g} s each",
        "ms",
        1000 * statistics.median(one.seconds for one in together),
        1000 * statistics.median(one.seconds for one in alone),
        MOST,
        "from the first start to the last stored sample; the baseline is the slowest source alone."
        + (f" {failed} sources were not read." if failed else ""),
        {
            "together_seconds": [round(one.seconds, 3) for one in together],
            "alone_seconds": [round(one.seconds, 3) for one in alone],
            "not_read": failed,
            "faults": sorted({fault for one in together for fault in one.failed.values()}),
        },
    )


def _sources(url: str, count: int, least_ms: int, most_ms: int) -> dict[str, Connected]:
    """Delays from the least to the most, each a little longer by the same factor."""
    factor = most_ms / least_ms
    return {
        f"source{index}": Connected(
            f"source{index}",
            COLLECTOR,
            Config(
                base_url=url,
                token=SecretStr(f"token-{index}"),
                delay_ms=round(least_ms * factor ** (index / max(1, count - 1))),
                labels={"source": str(index)},
                every="1h",
            ),
        )
        for index in range(count)
    }


@dataclass(frozen=True, slots=True)
class Read:
    """How long one reading of all sources took, and which of them brought nothing."""

    seconds: float
    failed: dict[str, str]


async def _read(path: Path, sources: dict[str, Connected], *, awaited: Set[str] | None = None) -> Read:
    """The first reading of all sources, or until the `awaited` are stored, on a fresh database and fresh
    connections."""
    awaited = set(sources) if awaited is None else awaited
    migrate(f"sqlite:///{path}")
    async with _jobs(path, sources) as (jobs, sessions):
        began = time.perf_counter()
        starting = asyncio.create_task(jobs.start())
        # The start waits for slow sources only so long; the reading ends when the last one is stored.
        until = began + PATIENCE_SECONDS
        while not awaited <= (found := _runs(sessions)).keys() and time.perf_counter() < until:
            await asyncio.sleep(0.02)
        took = time.perf_counter() - began
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
    failed = {name: "no run was finished" for name in awaited if name not in found}
    failed |= {name: f"{fault.kind}: {fault.message}" for name, run in found.items() for fault in run.faults}
    return Read(took, failed)


def _runs(sessions: SessionFactory) -> dict[str, runs.Run]:
    with sessions.read() as session:
        return runs.last_by_source(session)


@asynccontextmanager
async def _jobs(path: Path, sources: dict[str, Connected]) -> AsyncIterator[tuple[Jobs, SessionFactory]]:
    engine = connect(f"sqlite:///{path}")
    sessions = SessionFactory(engine)
    workspace = Workspace("Benchmark", _ZONE, (), {METRIC.name: METRIC})
    with sessions.read() as session:
        answers = Answers(session)
    async with open_client(cache=answers, now=_now, trust_env=False) as client:
        jobs = Jobs(
            Collect(sources, sessions, client, answers, _ZONE, _now),
            Evaluate(Timeline(workspace), sessions, _now, Board()),
            Publish(Timeline(workspace), sessions, _now),
            Deliver(sessions, {}, "benchmark", _now),
            sessions,
        )
        try:
            yield jobs, sessions
        finally:
            await jobs.stop()
            engine.dispose()


def _now() -> datetime:
    return datetime.now(UTC)


async def _reading(request: web.Request) -> web.Response:
    """The vendor: a number after the delay that was asked for, with an ETag as vendors send it."""
    delay = int(request.query["delay_ms"])
    await asyncio.sleep(delay / 1000)
    return web.json_response({"value": delay}, headers={"ETag": f'"{delay}"'})


def serve() -> None:
    """The vendor's own process."""
    application = web.Application()
    application.add_routes([web.get("/reading", _reading)])
    web.run_app(
        application,
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        print=None,
        access_log=None,
        backlog=2048,
    )


if __name__ == "__main__":
    serve()
