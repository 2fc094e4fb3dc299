"""What a hostile or broken source can do to the bot: nothing but leave a recorded fault of its own."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from bot.exposition import State, expose, read_ledger
from bot.jobs.collect import Answers, Collect, Connected
from bot.jobs.evaluate import Board
from bot.workspace import Source
from collectors.base import Batch, Collector, CollectorConfig, Span, UnexpectedResponse, part_fault
from collectors.http import Client
from collectors.sieve import LONGEST_LABEL, MOST_SERIES
from kpi.metric import EPOCH, Kind, Metric, Sample, labels
from storage import SessionFactory, runs, samples
from storage.runs import Run
from tests.factories import NOW, ZONE, asking, said, workspace

LEVEL = Metric("test.reading", "readings", Kind.LEVEL, "what it says", ("name",))
SIGNED = Metric("test.balance", "readings", Kind.LEVEL, "what it says, below zero too", is_signed=True)
CANARY = "s3cret-canary-0815"


class Config(CollectorConfig):
    """A source with a secret deep in its settings."""

    accounts: tuple[dict[str, SecretStr], ...] = ({"token": SecretStr(CANARY)},)


Reading = Callable[[], Batch]


@dataclass
class World:
    """Two sources on one database: what `hostile` gives, and one that is well."""

    sessions: SessionFactory
    hostile: Reading = Batch
    probe: Any = None
    now: datetime = NOW

    def collector(self) -> Collector[Config]:
        async def collect(_config: Config, _client: Client, _span: Span) -> Batch:
            return self.hostile()

        return Collector(
            "test", Config, (LEVEL, SIGNED), collect, settles_after=timedelta(0), backfills=False,
            probe=self.probe,
        )  # fmt: skip

    async def read(self, hostile: Reading) -> Run:
        """The hostile source's run; the other one is read after it, and is well."""
        self.hostile = hostile

        async def well(_config: CollectorConfig, _client: Client, span: Span) -> Batch:
            return Batch((Sample(LEVEL.name, span.now, 7.0, labels({"name": "well"})),))

        sound = Collector("test", Config, (LEVEL,), well, settles_after=timedelta(0), backfills=False)
        config = Config(collector="test")
        sources = {
            "hostile": Connected("hostile", self.collector(), config),
            "well": Connected("well", sound, config),
        }
        async with httpx.AsyncClient() as http:
            with self.sessions.read() as session:
                answers = Answers(session)
            client = Client(http, now=lambda: self.now, cache=answers)
            job = Collect(sources, self.sessions, client, answers, ZONE, lambda: self.now)
            await asyncio.gather(job("hostile"), job("well"))
        with self.sessions.read() as session:
            assert runs.recent(session, "well", limit=1)[0].faults == ()
            run = runs.recent(session, "hostile", limit=1)[0]
        assert run.finished_at is not None
        return run

    def names(self) -> set[str]:
        """The label of each series that was kept, without the sound source's."""
        with self.sessions.read() as session:
            found = samples.read(session, {LEVEL.name: EPOCH}, until=self.now + timedelta(days=9))
        return {dict(one.labels).get("name", "") for one in found} - {"well"}

    def told(self) -> str:
        """What people and Prometheus are told of it."""
        known = workspace(sources=(Source("hostile", "test", (LEVEL.name,), 3600.0),))
        reply = asking(known, self.sessions)("sources hostile")
        with self.sessions.read() as session:
            page = expose(Board(), read_ledger(session), State(is_ready=True)).decode()
        assert list(text_string_to_metric_families(page))
        return f"{said(reply)}\n{json.dumps(reply.data)}\n{page}"


@pytest.fixture
def world(sessions: SessionFactory) -> World:
    return World(sessions)


def readings(*named: str) -> Batch:
    return Batch(tuple(Sample(LEVEL.name, NOW, 1.0, labels({"name": one})) for one in named))


def endless(depth: int = 0) -> int:
    return endless(depth + 1) + 1


def raising(fault: Exception) -> Reading:
    def read() -> Batch:
        raise fault

    return read


@pytest.mark.parametrize(
    "fault",
    [
        KeyError(CANARY),
        MemoryError(),
        UnicodeEncodeError("ascii", CANARY, 0, 1, CANARY),
        ExceptionGroup(CANARY, [ValueError(CANARY), KeyError("b")]),
        TimeoutError(CANARY),
        StopIteration(CANARY),
        OSError(28, CANARY),
    ],
    ids=lambda one: type(one).__name__,
)
async def test_a_collector_that_breaks_is_a_fault_of_its_source_alone(
    world: World, fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    [kept] = (await world.read(raising(fault))).faults
    assert kept.message == f"The collector test broke ({kept.kind})."
    assert kept.metrics == (LEVEL.name, SIGNED.name)
    assert "collector broke source=hostile" in caplog.text
    assert "Traceback" in caplog.text
    assert CANARY not in caplog.text + world.told()


async def test_endless_recursion_breaks_its_source_alone_and_is_told_briefly(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    [kept] = (await world.read(lambda: readings(str(endless())))).faults
    assert kept.kind == "RecursionError"
    assert len(caplog.text) < 10_000


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("x" * 10_000, "has a name of 10,000 characters"),
        ("a\x00b", "control characters"),
        ("a\nkpi_value 7", "control characters"),
        ("a\r\nSet-Cookie: b", "control characters"),
        ("\x1b[31mred", "control characters"),
        ("half \ud83d", "control characters"),
    ],
)
async def test_a_label_that_is_none_is_left_out_and_told(world: World, name: str, says: str) -> None:
    run = await world.read(lambda: readings("fine", name, "fine too"))
    assert world.names() == {"fine", "fine too"}
    [fault] = run.faults
    assert says in fault.message
    assert fault.metrics == (LEVEL.name,)
    assert says in world.told()


async def test_names_of_all_the_world_are_kept(world: World) -> None:
    names = {
        "👨‍👩‍👧 family",
        "naïve café",
        "日本語",
        "שלום",
        '"} kpi_value{x="',
        "a\\b",
        "no\xa0break",
        "x" * LONGEST_LABEL,
    }
    assert (await world.read(lambda: readings(*names))).faults == ()
    assert world.names() == names
    world.told()


async def test_a_flood_of_series_is_cut_off_and_told(world: World) -> None:
    run = await world.read(lambda: readings(*map(str, range(MOST_SERIES * 2))))
    assert run.written.new == MOST_SERIES
    [fault] = run.faults
    assert "comes in more than 10,000 series" in fault.message


@pytest.mark.parametrize(
    ("value", "at", "says"),
    [
        (math.nan, NOW, "is nan"),
        (float("1e400"), NOW, "is inf"),
        (-1.0, NOW, "is below zero (-1)"),
        (1.0, datetime(1970, 1, 1, tzinfo=UTC), "is dated 1970-01-01"),
        (1.0, datetime(2099, 1, 1, tzinfo=UTC), "is dated 2099-01-01 00:00, in the future"),
        (1.0, datetime.max.replace(tzinfo=UTC), "in the future"),
        (1.0, datetime.min.replace(tzinfo=UTC), "is dated"),
        (1.0, NOW + timedelta(minutes=11), "in the future"),
    ],
)
async def test_what_nobody_can_mean_is_left_out_and_told(
    world: World, value: float, at: datetime, says: str
) -> None:
    good = Sample(LEVEL.name, NOW, 2.0, labels({"name": "good"}))
    bad = Sample(LEVEL.name, at, value, labels({"name": "bad"}))
    run = await world.read(lambda: Batch((bad, good, Sample(SIGNED.name, NOW, -5.0))))
    assert run.written.new == 2
    assert [says in one.message for one in run.faults] == [True]
    assert world.names() == {"good"}


async def test_a_time_without_a_zone_breaks_its_source_alone(world: World) -> None:
    naive = datetime(2026, 11, 20)  # noqa: DTZ001 - what a collector must not make
    [fault] = (await world.read(lambda: Batch((Sample(LEVEL.name, naive, 1.0),)))).faults
    assert fault.kind == "ValueError"


async def test_of_two_figures_for_one_series_and_time_one_is_kept(world: World) -> None:
    two = [Sample(LEVEL.name, NOW, value, labels({"name": "twice"})) for value in (1.0, 2.0)]
    assert (await world.read(lambda: Batch(tuple(two)))).written.new == 1


async def test_what_a_vendor_says_is_told_on_one_line_without_the_secret(world: World) -> None:
    words = f"first\r\nkpi_value 9\x00\x1b[2J {CANARY} \ud800 " + "x" * 100_000

    def read() -> Batch:
        fault = UnexpectedResponse(words, hint=words)
        return Batch((*readings("fine").samples,), (part_fault(words, fault, (LEVEL.name,)),), (words,))

    [kept] = (await world.read(read)).faults
    assert kept.message.startswith("first kpi_value 9 [2J *** x")
    for text in (kept.message, kept.hint, kept.part):
        assert len(text) <= 500
        assert text.isprintable()
    assert world.names() == {"fine"}
    told = world.told()
    assert CANARY not in told
    assert "\nkpi_value 9" not in told


async def test_a_probe_that_breaks_is_a_fault_too(world: World) -> None:
    async def probe(_config: Config, _client: Client) -> str:
        raise KeyError(CANARY)

    async with httpx.AsyncClient() as http:
        client = Client(http, now=lambda: NOW)
        world.probe = probe
        with pytest.raises(UnexpectedResponse, match=r"The collector test broke \(KeyError\)"):
            await world.collector().examine(Config(collector="test"), client, Span(NOW, None, ZONE))
