"""A past read piece by piece: every day once, whatever stops it in between."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
import pytest

from bot.errors import UserError
from bot.jobs.backfill import FillBack, Progress
from bot.jobs.collect import Answers, Collect, Connected
from collectors.base import (
    AuthFailed,
    Batch,
    Collector,
    CollectorConfig,
    CollectorFault,
    RateLimited,
    Span,
    Unavailable,
    part_fault,
)
from collectors.http import Client
from kpi.metric import EPOCH, Kind, Metric, Sample
from storage import SessionFactory, samples
from tests.bot.jobs.world import BERLIN, NINE, Clock

METRIC = Metric("test.visits", "visits", Kind.FLOW, "visits of a day")
NOW_ONLY = Metric("test.stars", "stars", Kind.LEVEL, "stars", is_snapshot=True)
SINCE = datetime(2026, 9, 1, tzinfo=BERLIN)


@dataclass
class Vendor:
    """Tells a visit for each day asked; `faults` are what it answers, by the number of the call."""

    sessions: SessionFactory
    clock: Clock
    client: Client
    chunk: timedelta | None = timedelta(days=10)
    faults: dict[int, CollectorFault] = field(default_factory=dict)
    asked: list[tuple[datetime, datetime]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    backfills: bool = True

    async def collect(self, _config: CollectorConfig, _client: Client, span: Span) -> Batch:
        assert span.since is not None
        assert span.until is not None
        self.asked.append((span.since, span.until))
        if fault := self.faults.get(len(self.asked)):
            raise fault
        days = span.days(timedelta(days=1))
        return Batch(tuple(Sample(METRIC.name, span.start_of(day), 1.0) for day in days))

    def job(self) -> FillBack:
        collector = Collector(
            "test", CollectorConfig, (METRIC, NOW_ONLY), self.collect, settles_after=timedelta(0),
            backfills=self.backfills, chunk=self.chunk,
        )  # fmt: skip
        source = Connected("site", collector, CollectorConfig(collector="test"))
        with self.sessions.read() as session:
            answers = Answers(session)
        collect = Collect({"site": source}, self.sessions, self.client, answers, BERLIN, self.clock)

        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)

        return FillBack(collect, sleep)

    def days(self) -> int:
        with self.sessions.read() as session:
            found = samples.read(session, {METRIC.name: EPOCH}, until=NINE + timedelta(days=9))
        return sum(len(one) for one in found)

    async def fill(self, stop: Callable[[Progress], bool] = lambda _: False) -> list[Progress]:
        came = []
        async for one in self.job()("site", SINCE):
            came.append(one)
            if stop(one):
                break
        return came


@pytest.fixture
async def vendor(sessions: SessionFactory, clock: Clock) -> AsyncIterator[Vendor]:
    async with httpx.AsyncClient() as http:
        yield Vendor(sessions, clock, Client(http, now=clock))


def whole() -> int:
    """The days from the first to today, both whole."""
    return (NINE.astimezone(BERLIN).date() - SINCE.date()).days + 1


async def test_every_day_is_read_once_and_the_share_rises_to_one(vendor: Vendor) -> None:
    came = await vendor.fill()
    assert vendor.days() == whole()
    shares = [one.share for one in came]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert [last for _, last in vendor.asked[:-1]] == [first for first, _ in vendor.asked[1:]]


async def test_an_interrupted_one_goes_on_where_it_stopped(vendor: Vendor) -> None:
    first = await vendor.fill(stop=lambda one: one.share > 0.4)
    reached, asked = first[-1].state.reached, len(vendor.asked)
    await vendor.fill()
    assert vendor.asked[asked][0] == reached
    assert vendor.days() == whole()


async def test_a_short_wait_is_waited_for_and_the_piece_read_again(vendor: Vendor) -> None:
    vendor.faults = {2: RateLimited("too often", hint="Wait.", retry_after=timedelta(seconds=90))}
    came = await vendor.fill()
    assert vendor.slept == [90]
    assert vendor.asked[1] == vendor.asked[2]
    assert came[-1].share == 1.0
    assert vendor.days() == whole()


async def test_a_long_wait_stops_it_and_says_how_long(vendor: Vendor) -> None:
    vendor.faults = {2: RateLimited("too often", hint="Wait.", retry_after=timedelta(hours=3))}
    came = await vendor.fill()
    assert (len(came), came[-1].waits, vendor.slept) == (2, timedelta(hours=3), [])
    assert came[-1].state.reached == came[0].state.reached
    assert (await vendor.fill())[-1].share == 1.0
    assert vendor.days() == whole()


async def test_a_source_that_fails_stops_it(vendor: Vendor) -> None:
    vendor.faults = {3: Unavailable("down", hint="Wait.")}
    came = await vendor.fill()
    assert len(came) == 3
    assert came[-1].share < 1


async def test_a_part_that_is_closed_to_this_token_does_not(vendor: Vendor) -> None:
    read = vendor.collect

    async def with_closed_part(config: CollectorConfig, client: Client, span: Span) -> Batch:
        batch = await read(config, client, span)
        fault = part_fault("alerts", AuthFailed("no permission", hint="Grant it."), ("test.stars",))
        return Batch(batch.samples, (fault,))

    vendor.collect = with_closed_part  # type: ignore[method-assign]
    came = await vendor.fill()
    assert came[-1].share == 1.0
    assert [one.part for one in came[-1].faults] == ["alerts"]


async def test_where_the_vendor_gives_all_at_once_there_is_one_piece(vendor: Vendor) -> None:
    vendor.chunk = None
    came = await vendor.fill()
    assert [one.share for one in came] == [1.0]
    assert vendor.days() == whole()


async def test_a_source_without_a_past_is_refused(vendor: Vendor) -> None:
    vendor.backfills = False
    with pytest.raises(UserError, match="only the present"):
        await vendor.fill()


async def test_a_day_to_come_is_refused(vendor: Vendor) -> None:
    with pytest.raises(UserError, match="still to come"):
        async for _ in vendor.job()("site", NINE + timedelta(days=2)):
            pass
