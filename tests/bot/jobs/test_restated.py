"""A vendor that changes its mind about days that are over: the new figure counts, and the old one stays
known as what was held true then."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl

import httpx
import pytest

from bot.jobs.collect import Answers, Collect, Collected, Connected
from collectors import prometheus
from collectors.base import Client
from kpi.calendar import day_of, day_start
from kpi.metric import EPOCH, Series, from_micros, labels
from storage import SessionFactory, samples
from storage.samples import Revision, Written
from tests.bot.jobs.world import BERLIN, NINE, Clock
from tests.collectors.loopback import Asked, Said, said_json, serve

METRIC, PAIRS = "prometheus.flow", labels({"query": "signups"})
QUERY = {"kind": "flow", "query": "sum(increase(signups_total[$day]))"}
TODAY = day_of(NINE, BERLIN)
YESTERDAY = TODAY - timedelta(days=1)


@dataclass
class Vendor:
    """Prometheus with a figure for each day, which the test changes."""

    figures: dict[date, int]
    asked: list[date] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Said:
        form = dict(parse_qsl(asked.body.decode()))
        is_range = asked.path.endswith("query_range")
        at = datetime.fromisoformat(form["start" if is_range else "time"])
        last = datetime.fromisoformat(form["end"]) if is_range else at
        found: list[list[object]] = []
        while at <= last:
            day = day_of(at - timedelta(seconds=1), BERLIN)
            self.asked.append(day)
            if day in self.figures:
                found.append([at.timestamp(), str(self.figures[day])])
            at += timedelta(days=1)
        kind, values = (
            ("matrix", {"values": found}) if is_range else ("vector", {"value": (found or [[]])[0]})
        )
        series = [{"metric": {}, **values}] if found else []
        return said_json({"status": "success", "data": {"resultType": kind, "result": series}})


@dataclass
class Source:
    """The vendor as a source of one process on one database."""

    vendor: Vendor
    collect: Collect
    sessions: SessionFactory
    clock: Clock

    async def read(self, since: datetime | None = None) -> Written:
        found = await self.collect("servers", since)
        assert isinstance(found, Collected)
        assert found.batch.faults == ()
        return found.written

    def series(self, as_of: datetime | None = None) -> Series | None:
        with self.sessions.read() as session:
            found = samples.read(session, {METRIC: EPOCH}, until=self.clock(), as_of=as_of)
        [one] = found.of(METRIC) or (None,)
        return one

    def days(self, as_of: datetime | None = None) -> dict[date, float]:
        one = self.series(as_of)
        if one is None:
            return {}
        assert len(set(one.at.tolist())) == len(one)
        pairs = zip(one.at.tolist(), one.value.tolist(), strict=True)
        return {day_of(from_micros(at), BERLIN): value for at, value in pairs}

    def settled(self) -> dict[date, bool]:
        one = self.series()
        assert one is not None
        return {
            day_of(from_micros(at), BERLIN): bool(is_final)
            for at, is_final in zip(one.at.tolist(), one.settled.tolist(), strict=True)
        }

    def revisions(self, day: date) -> list[Revision]:
        with self.sessions.read() as session:
            return samples.revisions(session, METRIC, PAIRS, day_start(day, BERLIN).astimezone(UTC))


@pytest.fixture
async def source(sessions: SessionFactory, clock: Clock) -> AsyncIterator[Source]:
    vendor = Vendor({TODAY - timedelta(days=ago): 100 + ago for ago in range(10)})
    async with serve(vendor) as server, httpx.AsyncClient(trust_env=False) as http:
        with sessions.read() as session:
            answers = Answers(session)
        client = Client(http, now=clock, cache=answers)
        config = prometheus.COLLECTOR.configure({"base_url": server.url, "queries": {"signups": QUERY}})
        connected = {"servers": Connected("servers", prometheus.COLLECTOR, config)}
        yield Source(vendor, Collect(connected, sessions, client, answers, BERLIN, clock), sessions, clock)


async def test_a_changed_day_counts_once_and_its_earlier_figure_stays_known(source: Source) -> None:
    assert await source.read() == Written(new=3)
    first_read = source.clock()
    source.clock.forward(hours=1)
    source.vendor.figures[YESTERDAY] = 90
    assert await source.read() == Written(restated=1, unchanged=2)

    assert source.days()[YESTERDAY] == 90
    assert sum(source.days().values()) == 100 + 90 + 102  # not 101 and 90
    assert source.days(as_of=first_read)[YESTERDAY] == 101
    assert [(one.value, one.recorded_at) for one in source.revisions(YESTERDAY)] == [
        (101, first_read),
        (90, source.clock()),
    ]


async def test_a_figure_that_comes_back_is_a_third_revision(source: Source) -> None:
    for value in (101, 90, 101, 101):
        source.vendor.figures[YESTERDAY] = value
        await source.read()
        source.clock.forward(hours=1)
    assert [one.value for one in source.revisions(YESTERDAY)] == [101, 90, 101]
    assert source.days()[YESTERDAY] == 101


async def test_a_day_beyond_the_window_is_not_asked_for_and_keeps_its_figure(source: Source) -> None:
    await source.read(NINE - timedelta(days=9))
    source.clock.forward(hours=1)
    old, recent = TODAY - timedelta(days=5), TODAY - prometheus.COLLECTOR.rereads
    source.vendor.figures[old] = source.vendor.figures[recent] = 7
    source.vendor.asked.clear()
    await source.read()
    assert min(source.vendor.asked) == recent
    assert (source.days()[recent], source.days()[old]) == (7, 105)


async def test_a_back_fill_takes_up_what_was_restated_later_than_that(source: Source) -> None:
    await source.read(NINE - timedelta(days=9))
    old = TODAY - timedelta(days=5)
    source.clock.forward(hours=1)
    source.vendor.figures[old] = 7
    assert (await source.read(NINE - timedelta(days=9))).restated == 1
    assert [one.value for one in source.revisions(old)] == [105, 7]


async def test_a_day_is_provisional_until_it_settles_and_then_final(source: Source) -> None:
    await source.read()
    assert source.settled() == {TODAY: False, YESTERDAY: True, YESTERDAY - timedelta(days=1): True}

    midnight = day_start(TODAY + timedelta(days=1), BERLIN)
    source.clock.at = midnight + prometheus.COLLECTOR.settles_after - timedelta(seconds=1)
    await source.read()
    assert source.settled()[TODAY] is False  # it is over, but the vendor may still add to it
    source.clock.forward(seconds=1)
    assert (await source.read()).restated == 1
    assert source.settled()[TODAY] is True
    assert [(one.value, one.settled) for one in source.revisions(TODAY)] == [(100, False), (100, True)]


async def test_a_settled_day_that_changes_all_the_same_is_taken_up(source: Source) -> None:
    await source.read()
    source.clock.forward(hours=1)
    source.vendor.figures[YESTERDAY] = 350
    await source.read()
    assert source.days()[YESTERDAY] == 350
    assert source.settled()[YESTERDAY] is True


async def test_a_day_that_the_vendor_no_longer_tells_keeps_its_figure(source: Source) -> None:
    """Silence takes nothing back: a vendor that has lost a day has not counted none."""
    await source.read()
    del source.vendor.figures[YESTERDAY]
    source.clock.forward(hours=1)
    await source.read()
    assert source.days()[YESTERDAY] == 101


async def test_a_clock_that_was_put_back_loses_no_revision(source: Source) -> None:
    await source.read()
    source.clock.forward(minutes=-5)
    source.vendor.figures[YESTERDAY] = 90
    await source.read()
    assert source.days()[YESTERDAY] == 90
    assert [one.value for one in source.revisions(YESTERDAY)] == [101, 90]
