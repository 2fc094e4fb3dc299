"""One run of one source: samples and faults in one transaction, and nothing by halves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import pytest

from bot.jobs.collect import LEASE, Answers, Collect, Connected
from collectors.base import Batch, Collector, CollectorConfig, Span, Unavailable
from collectors.http import CachedResponse, Client
from kpi.metric import EPOCH, Kind, Metric, Sample
from storage import SessionFactory, StorageFault, responses, runs, samples
from storage.runs import Run
from tests.bot.jobs.world import BERLIN, NINE, Clock

METRIC = Metric("test.reading", "readings", Kind.LEVEL, "What the vendor says.")


@dataclass
class Vendor:
    """A source whose readings the test decides."""

    sessions: SessionFactory
    clock: Clock
    read: Callable[[Client, Span], Awaitable[Batch]] = field(init=False)

    async def collect(self, _config: CollectorConfig, client: Client, span: Span) -> Batch:
        return await self.read(client, span)

    def job(self, client: Client) -> Collect:
        collector = Collector(
            "test", CollectorConfig, (METRIC,), self.collect, settles_after=timedelta(0), backfills=False
        )
        source = Connected("vendor", collector, CollectorConfig(collector="test", every=timedelta(hours=1)))
        with self.sessions.read() as session:
            client.cache = answers = Answers(session)
        return Collect({"vendor": source}, self.sessions, client, answers, BERLIN, self.clock)

    def last_run(self) -> Run:
        with self.sessions.read() as session:
            return runs.recent(session, "vendor", limit=1)[0]

    def values(self) -> list[float]:
        with self.sessions.read() as session:
            found = samples.read(session, {METRIC.name: EPOCH}, until=NINE + timedelta(days=9))
        return [float(value) for series in found for value in series.value]


def giving(*values: float) -> Callable[[Client, Span], Awaitable[Batch]]:
    async def read(_client: Client, span: Span) -> Batch:
        found = (
            Sample(METRIC.name, span.now - timedelta(hours=one), value) for one, value in enumerate(values)
        )
        return Batch(tuple(found))

    return read


@pytest.fixture
def vendor(sessions: SessionFactory, clock: Clock) -> Vendor:
    return Vendor(sessions, clock)


@pytest.fixture
async def client(clock: Clock) -> AsyncIterator[Client]:
    async with httpx.AsyncClient() as http:
        yield Client(http, now=clock)


async def test_a_run_keeps_its_samples_and_says_how_many(vendor: Vendor, client: Client) -> None:
    vendor.read = giving(3.0, 2.0)
    found = await vendor.job(client)("vendor")
    assert found is not None
    assert found.written == samples.Written(2, 0, 0)
    assert sorted(vendor.values()) == [2.0, 3.0]
    assert vendor.last_run().written == found.written


async def test_a_fault_of_the_source_is_recorded_and_no_number(vendor: Vendor, client: Client) -> None:
    async def fail(_client: Client, _span: Span) -> Batch:
        raise Unavailable("The vendor is down.", hint="Wait.")

    vendor.read = fail
    found = await vendor.job(client)("vendor")
    assert found is not None
    [fault] = vendor.last_run().faults
    assert (fault.kind, fault.message, fault.since) == ("Unavailable", "The vendor is down.", NINE)
    assert vendor.values() == []


async def test_a_collector_that_breaks_is_a_fault_without_its_words(
    vendor: Vendor, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    async def crash(_client: Client, _span: Span) -> Batch:
        raise KeyError("token=s3cret")

    vendor.read = crash
    await vendor.job(client)("vendor")
    [fault] = vendor.last_run().faults
    assert fault.kind == "KeyError"
    assert "s3cret" not in fault.message
    assert "collector broke source=vendor" in caplog.text


async def test_a_source_that_is_being_read_is_left_alone(vendor: Vendor, client: Client) -> None:
    go_on = asyncio.Event()

    async def wait(_client: Client, _span: Span) -> Batch:
        await go_on.wait()
        return Batch()

    vendor.read = wait
    first = asyncio.create_task(vendor.job(client)("vendor"))
    other = vendor.job(client)
    async with asyncio.timeout(5):
        while not vendor_is_open(vendor):  # noqa: ASYNC110 - the run shows in the database
            await asyncio.sleep(0.005)
    assert await other("vendor") is None
    go_on.set()
    assert await first is not None


def vendor_is_open(vendor: Vendor) -> bool:
    with vendor.sessions.read() as session:
        return bool(runs.recent(session, "vendor"))


async def test_a_run_cut_off_keeps_nothing_and_frees_its_source(vendor: Vendor, client: Client) -> None:
    begun = asyncio.Event()

    async def hang(_client: Client, _span: Span) -> Batch:
        begun.set()
        await asyncio.Event().wait()
        return Batch()

    vendor.read = hang
    job = vendor.job(client)
    run = asyncio.create_task(job("vendor"))
    await begun.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert [fault.kind for fault in vendor.last_run().faults] == ["Stopped"]
    assert vendor.values() == []
    vendor.read = giving(1.0)
    assert await job("vendor") is not None


async def test_a_dead_processs_run_is_taken_over_after_its_lease(vendor: Vendor, client: Client) -> None:
    vendor.read = giving(1.0)
    job = vendor.job(client)
    with vendor.sessions.begin() as session:
        runs.start(session, "vendor", now=vendor.clock(), lease=LEASE)
    assert await job("vendor") is None
    vendor.clock.forward(seconds=LEASE.total_seconds())
    assert await job("vendor") is not None


async def test_what_storage_refuses_is_not_kept_in_part(
    vendor: Vendor, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor.read = giving(1.0)
    job = vendor.job(client)
    finish = runs.finish
    faults = [StorageFault("The disk is full.", "Free some space.")]

    def fail_once(*args: object, **kwargs: object) -> bool:
        if faults:
            raise faults.pop()
        return finish(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(runs, "finish", fail_once)
    with pytest.raises(StorageFault):
        await job("vendor")
    assert vendor.values() == []
    assert [fault.kind for fault in vendor.last_run().faults] == ["StorageFault"]


async def test_answers_are_kept_over_restarts(vendor: Vendor, client: Client) -> None:
    kept = CachedResponse(b"{}", '"etag"', "", {"content-type": "application/json"})

    async def read(client: Client, _span: Span) -> Batch:
        client.cache["GET https://vendor"] = kept
        return Batch()

    vendor.read = read
    await vendor.job(client)("vendor")
    restarted = vendor.job(client)
    assert dict(restarted.answers) == {"GET https://vendor": kept}


async def test_answers_that_could_not_be_kept_are_kept_next_time(
    vendor: Vendor, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read(client: Client, _span: Span) -> Batch:
        client.cache["key"] = CachedResponse(b"1", '"1"', "", {})
        return Batch()

    vendor.read = read
    job = vendor.job(client)
    with monkeypatch.context() as patch:
        patch.setattr(responses, "save", failing)
        with pytest.raises(StorageFault):
            await job("vendor")
    vendor.read = giving()
    await job("vendor")
    assert set(vendor.job(client).answers) == {"key"}


def failing(*_args: object) -> None:
    raise StorageFault("The disk is full.", "Free some space.")


async def test_reading_alone_keeps_nothing(vendor: Vendor, client: Client) -> None:
    vendor.read = giving(1.0)
    assert len((await vendor.job(client).read("vendor")).samples) == 1
    assert vendor.values() == []


async def test_a_source_read_in_the_last_half_interval_counts_as_read(vendor: Vendor, client: Client) -> None:
    vendor.read = giving(1.0)
    job = vendor.job(client)
    assert not job.was_read("vendor")
    assert job.is_overdue("vendor")
    await job("vendor")
    assert job.was_read("vendor")
    vendor.clock.forward(minutes=30)
    assert not job.was_read("vendor")
    assert not job.is_overdue("vendor")
    vendor.clock.forward(minutes=61)
    assert job.is_overdue("vendor")
