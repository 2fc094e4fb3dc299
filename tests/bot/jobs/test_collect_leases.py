"""A source belongs to the process that reads it as long as that lives, by the database's clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import httpx
import pytest

from bot.jobs.collect import LEASE, Answers, Collect, Connected
from collectors.base import Batch, Collector, CollectorConfig, Span
from collectors.http import Client
from kpi.metric import EPOCH, Kind, Metric, Sample
from storage import Session, SessionFactory, StorageFault, runs, samples
from storage.clock import database_now
from tests.bot.jobs.world import BERLIN, NINE, Clock

METRIC = Metric("test.reading", "readings", Kind.LEVEL, "What the vendor says.")
SHORT = timedelta(seconds=0.09)


@dataclass
class Vendor:
    """A source that answers when the test lets it."""

    sessions: SessionFactory
    client: Client
    clock: Clock = field(default_factory=Clock)
    answer: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0

    async def read(self, _config: CollectorConfig, _client: Client, span: Span) -> Batch:
        self.asked += 1
        await self.answer.wait()
        return Batch((Sample(METRIC.name, span.now, 7.0),))

    def job(
        self, clock: Callable[[Session], datetime] | None = database_now, lease: timedelta = SHORT
    ) -> Collect:
        """A process of its own that reads it."""
        collector = Collector(
            "test", CollectorConfig, (METRIC,), self.read, settles_after=timedelta(0), backfills=False
        )
        source = Connected("vendor", collector, CollectorConfig(collector="test", every=timedelta(hours=1)))
        with self.sessions.read() as session:
            answers = Answers(session)
        return Collect(
            {"vendor": source}, self.sessions, self.client, answers, BERLIN, self.clock, clock, lease
        )

    def latest(self) -> list[runs.Run]:
        with self.sessions.read() as session:
            return runs.recent(session, "vendor")

    def kept(self) -> list[float]:
        with self.sessions.read() as session:
            found = samples.read(session, {METRIC.name: EPOCH}, until=NINE + timedelta(days=1))
        return [float(value) for series in found for value in series.value]


@pytest.fixture
async def vendor(sessions: SessionFactory) -> AsyncIterator[Vendor]:
    async with httpx.AsyncClient() as http:
        yield Vendor(sessions, Client(http, now=Clock()))


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - the renewals show only there
            await asyncio.sleep(0.005)


async def begun(vendor: Vendor, job: Collect) -> asyncio.Task[object]:
    asked = vendor.asked
    task: asyncio.Task[object] = asyncio.create_task(_call(job))
    await until(lambda: vendor.asked > asked)
    return task


async def _call(job: Collect) -> object:
    return await job("vendor")


@pytest.fixture
def renewed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The runs that were renewed, one by one."""
    found: list[int] = []
    renew = runs.renew

    def noting(session: Session, run: int, *, until: datetime) -> bool:
        is_held = renew(session, run, until=until)
        found.append(run)
        return is_held

    monkeypatch.setattr(runs, "renew", noting)
    return found


async def test_a_slow_source_stays_with_the_process_that_reads_it(vendor: Vendor, renewed: list[int]) -> None:
    def time(_session: Session) -> datetime:
        return vendor.clock()

    slow = await begun(vendor, vendor.job(time))
    other = vendor.job(time)
    for _ in range(4):
        count = len(renewed)
        await until(lambda count=count: len(renewed) > count + 1)  # the one before is committed
        vendor.clock.at += SHORT * 0.9
        assert await other("vendor") is None
    vendor.answer.set()
    assert await slow is not None
    assert [one.faults for one in vendor.latest()] == [()]
    assert vendor.kept() == [7.0]


async def test_a_killed_processs_source_is_taken_over_inside_its_lease(vendor: Vendor) -> None:
    killed = vendor.job()
    with vendor.sessions.begin() as session:
        runs.start(session, "vendor", now=database_now(session), lease=killed.lease)
    vendor.answer.set()
    found: list[object] = []
    other = vendor.job()
    assert await other("vendor") is None
    async with asyncio.timeout(5):
        while not found:
            await asyncio.sleep(SHORT.total_seconds() / 4)
            found += [one for one in [await other("vendor")] if one is not None]
    newest, dead = vendor.latest()
    assert [one.kind for one in dead.faults] == [runs.ABANDONED]
    assert newest.started_at - dead.started_at >= SHORT
    assert vendor.kept() == [7.0]


async def test_a_run_that_lost_its_lease_says_so_and_its_samples_are_kept_once(
    vendor: Vendor, caplog: pytest.LogCaptureFixture
) -> None:
    slow = await begun(vendor, vendor.job())
    with vendor.sessions.begin() as session:  # the machine slept; another process took it for dead
        (run,) = runs.recent(session, "vendor")
        runs.renew(session, run.id, until=database_now(session))
        assert runs.start(session, "vendor", now=database_now(session), lease=LEASE) is not None
    vendor.answer.set()
    assert await slow is not None
    assert vendor.kept() == [7.0]
    assert "outcome=overtaken" in caplog.text
    assert [one.finished_at is None for one in vendor.latest()] == [True, False]


async def test_a_run_stops_renewing_when_it_ends(vendor: Vendor, renewed: list[int]) -> None:
    slow = await begun(vendor, vendor.job())
    await until(lambda: len(renewed) >= 2)
    vendor.answer.set()
    await slow
    count = len(renewed)
    await asyncio.sleep(SHORT.total_seconds())
    assert len(renewed) <= count + 1  # one could have been on its way


@pytest.mark.parametrize(
    "fault", [StorageFault("The disk is full.", "Free some space."), RuntimeError("odd")]
)
async def test_a_renewal_that_failed_is_tried_again(
    vendor: Vendor, fault: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    renew, faults, renewed = runs.renew, [fault], []

    def failing_once(session: Session, run: int, *, until: datetime) -> bool:
        if faults:
            raise faults.pop()
        renewed.append(run)
        return renew(session, run, until=until)

    monkeypatch.setattr(runs, "renew", failing_once)
    slow = await begun(vendor, vendor.job())
    await until(lambda: bool(renewed))
    vendor.answer.set()
    assert await slow is not None
    assert "lease not renewed source=vendor" in caplog.text


async def test_a_stop_ends_the_run_and_its_renewal(vendor: Vendor) -> None:
    slow = await begun(vendor, vendor.job())
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    (run,) = vendor.latest()
    assert [one.kind for one in run.faults] == ["Stopped"]
    assert run.finished_at is not None


async def test_a_wrong_clock_of_one_process_takes_nothing_over(vendor: Vendor) -> None:
    slow = await begun(vendor, vendor.job(lease=LEASE))
    ahead = replace(vendor.job(), now=lambda: NINE + timedelta(days=365))
    assert await ahead("vendor") is None
    assert ahead.was_read("vendor")
    assert not ahead.is_overdue("vendor")
    vendor.answer.set()
    await slow
    with vendor.sessions.read() as session:
        now = database_now(session)
    (run,) = vendor.latest()
    assert run.finished_at is not None
    assert now - timedelta(minutes=1) < run.started_at <= run.finished_at <= now
