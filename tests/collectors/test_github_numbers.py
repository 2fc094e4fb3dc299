"""Every number of a busy repository, read over real HTTP and held against plain counting of its events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collectors.base import Batch, Client, Span
from collectors.github import COLLECTOR
from tests.collectors.fake_github import TOKEN, FakeGitHub
from tests.collectors.github_events import (
    NOW,
    Pull,
    World,
    busy_world,
    counted_runs,
    expected_a_day,
    expected_duration,
    expected_resolution,
    expected_reviews,
)
from tests.collectors.loopback import Server, serve

UTC_ZONE, BERLIN, LA = ZoneInfo("UTC"), ZoneInfo("Europe/Berlin"), ZoneInfo("America/Los_Angeles")
SINCE = datetime(2026, 10, 10, 15, 30, tzinfo=UTC)


@pytest.fixture
def fake() -> FakeGitHub:
    return FakeGitHub(busy_world())


@pytest.fixture
async def server(fake: FakeGitHub) -> AsyncIterator[Server]:
    async with serve(fake) as running:
        yield running


async def run(
    client: Client, server: Server, *, since: datetime | None = SINCE, zone: ZoneInfo = UTC_ZONE, **more: Any
) -> Batch:
    settings = {"repository": "acme/engine", "token": TOKEN, "base_url": server.url} | more
    return await COLLECTOR.run(COLLECTOR.configure(settings), client, Span(NOW, since, zone))


def values(batch: Batch, metric: str) -> list[float]:
    return sorted(one.value for one in batch.samples if one.metric == metric)


def days(batch: Batch, metric: str, zone: ZoneInfo) -> dict[date, float]:
    return {one.at.astimezone(zone).date(): one.value for one in batch.samples if one.metric == metric}


async def test_counters_are_of_the_moment(client: Client, server: Server) -> None:
    batch = await run(client, server, parts=["counters", "open"])
    assert batch.faults == ()
    found = {one.metric: one.value for one in batch.samples if one.at == NOW and not one.labels}
    assert found == {
        "github.stars": 320,
        "github.forks": 12,
        "github.watchers": 7,
        "github.open_issues": sum(one.closed is None for one in busy_world().issues),
        "github.open_pull_requests": sum(one.merged is None for one in busy_world().pulls),
    }


async def test_open_issues_are_the_same_with_and_without_a_token(client: Client, server: Server) -> None:
    both = [await run(client, server, token=token, parts=["open"]) for token in (TOKEN, None)]
    assert both[0].samples == both[1].samples
    assert len(both[0].samples) == 2


@pytest.mark.parametrize("count", [0, 1, 2])
async def test_few_open_pull_requests_are_counted_without_a_last_page(count: int, client: Client) -> None:
    world = World(pulls=[Pull(number, NOW - timedelta(days=1)) for number in range(count)])
    async with serve(FakeGitHub(world)) as server:
        batch = await run(client, server, token=None, parts=["open"])
    assert values(batch, "github.open_pull_requests") == [count]
    assert values(batch, "github.open_issues") == [0]


async def test_downloads_are_told_apart_by_release_and_file(client: Client, server: Server) -> None:
    batch = await run(client, server, parts=["releases"])
    found = {tuple(dict(one.labels).values()): one.value for one in batch.samples}
    assert found == {("a.whl", "v1"): 120, ("b.zip", "v1"): 3, ("a.whl", "v2"): 40}


@pytest.mark.parametrize("zone", [UTC_ZONE, BERLIN, LA])
async def test_stars_and_merges_are_counted_by_local_day(
    zone: ZoneInfo, client: Client, server: Server
) -> None:
    batch, world = await run(client, server, zone=zone), busy_world()
    first = SINCE.astimezone(zone).date()
    assert days(batch, "github.stars_gained", zone) == expected_a_day(world.stars, zone, first)
    merged = [one.merged for one in world.pulls if one.merged]
    assert days(batch, "github.merged_pull_requests", zone) == expected_a_day(merged, zone, first)


async def test_only_closed_days_are_settled(client: Client, server: Server) -> None:
    batch = await run(client, server, parts=["stars"])
    assert [one.settled for one in batch.samples] == [True] * 41 + [False]


async def test_yesterday_settles_an_hour_after_its_end(client: Client, server: Server) -> None:
    config = COLLECTOR.configure({"repository": "acme/engine", "token": TOKEN, "base_url": server.url})
    edge = datetime(2026, 11, 20, 0, 59, 59, tzinfo=UTC)
    for now, settled in ((edge, False), (edge + timedelta(seconds=1), True)):
        batch = await COLLECTOR.run(config, client, Span(now, edge - timedelta(days=1), UTC_ZONE))
        yesterday = next(one for one in batch.samples if one.metric == "github.stars_gained")
        assert yesterday.settled is settled


async def test_nothing_is_counted_before_the_repository_existed(client: Client, server: Server) -> None:
    batch = await run(client, server, since=datetime(2020, 1, 1, tzinfo=UTC), parts=["stars", "merged"])
    assert min(one.at for one in batch.samples) == datetime(2026, 9, 1, tzinfo=UTC)
    assert sum(values(batch, "github.stars_gained")) == 320
    assert sum(values(batch, "github.merged_pull_requests")) == sum(
        one.merged is not None for one in busy_world().pulls
    )


async def test_without_a_since_the_usual_month_is_read(client: Client, server: Server) -> None:
    batch = await run(client, server, since=None, parts=["stars"])
    assert len(batch.samples) == 31


async def test_a_short_span_costs_few_pages_of_stars(
    client: Client, server: Server, fake: FakeGitHub
) -> None:
    await run(client, server, since=NOW - timedelta(hours=1), parts=["stars"])
    assert fake.questions == 1


async def test_review_turnaround_is_one_sample_a_pull_request(client: Client, server: Server) -> None:
    batch = await run(client, server, parts=["reviews"])
    start = SINCE.replace(hour=0, minute=0)
    assert values(batch, "github.review_turnaround") == expected_reviews(busy_world(), start)
    assert len({one.at for one in batch.samples}) == len(batch.samples) > 20


async def test_only_completed_issues_have_a_resolution_time(client: Client, server: Server) -> None:
    batch = await run(client, server, parts=["issues"])
    start = SINCE.replace(hour=0, minute=0)
    assert values(batch, "github.issue_resolution_time") == expected_resolution(busy_world(), start)


@pytest.mark.parametrize("file", ["ci.yml", "docs.yml"])
async def test_builds_are_one_sample_a_run(file: str, client: Client, server: Server) -> None:
    batch = await run(client, server, parts=["workflows"])
    runs = counted_runs(busy_world(), SINCE.replace(hour=0, minute=0), file)
    mine = replace(batch, samples=tuple(one for one in batch.samples if one.labels == (("workflow", file),)))
    assert values(mine, "github.workflow_success_rate") == sorted(
        float(one.conclusion == "success") for one in runs
    )
    assert values(mine, "github.workflow_duration") == sorted(expected_duration(one) for one in runs)


async def test_one_workflow_can_be_chosen(client: Client, server: Server) -> None:
    batch = await run(client, server, parts=["workflows"], workflow="docs.yml")
    assert {one.labels for one in batch.samples} == {(("workflow", "docs.yml"),)}


async def test_builds_of_the_last_days_are_read_again(client: Client, server: Server) -> None:
    batch = await run(client, server, since=NOW - timedelta(minutes=5), parts=["workflows"])
    assert min(one.at for one in batch.samples) < datetime(2026, 11, 19, tzinfo=UTC)


async def test_more_builds_than_a_list_holds_are_read_in_slices(client: Client) -> None:
    world, first = World(), busy_world().runs[0]
    start = NOW - timedelta(days=2)
    for number in range(2300):
        at = start + timedelta(seconds=60 * number)
        world.runs.append(
            replace(first, number=number, created=at, conclusion="success", branch="main", event="push")
        )
    async with serve(FakeGitHub(world)) as server:
        batch = await run(client, server, since=start, parts=["workflows"])
    assert len(values(batch, "github.workflow_success_rate")) == 2300
    (fault,) = batch.faults
    assert fault.metrics == ("github.workflow_duration",)


async def test_an_unchanged_repository_costs_nothing(
    client: Client, server: Server, fake: FakeGitHub
) -> None:
    first = await run(client, server)
    spent, count = fake.spent, len(fake.conditional)
    second = await run(client, server)
    assert fake.spent == spent > 10
    assert len(fake.conditional) == 2 * count
    assert all(fake.conditional[count:])
    assert set(fake.statuses[count:]) == {304}
    assert second == first


async def test_a_restated_day_is_told_anew(client: Client, server: Server, fake: FakeGitHub) -> None:
    yesterday = date(2026, 11, 19)
    before = days(await run(client, server), "github.stars_gained", UTC_ZONE)
    gone = [at for at in fake.world.stars if at.date() == yesterday]
    fake.world.stars = [at for at in fake.world.stars if at.date() != yesterday]
    after = days(await run(client, server), "github.stars_gained", UTC_ZONE)
    assert before[yesterday] == len(gone) > 0
    assert after[yesterday] == 0
    assert {day: value for day, value in before.items() if day != yesterday} == {
        day: value for day, value in after.items() if day != yesterday
    }


async def test_an_empty_repository_gives_real_zeros(client: Client) -> None:
    async with serve(FakeGitHub(World(forks=0, watchers=0))) as server:
        batch = await run(client, server, since=NOW - timedelta(days=2))
    assert batch.faults == ()
    assert values(batch, "github.stars") == [0]
    assert values(batch, "github.stars_gained") == [0, 0, 0]
    assert values(batch, "github.workflow_success_rate") == []


async def test_an_enterprise_server_is_asked_under_its_own_paths(client: Client) -> None:
    async with serve(FakeGitHub(busy_world(), prefix="/api/v3")) as server:
        batch = await run(client, server, base_url=f"{server.url}/api/v3/")
    assert batch.faults == ()
    assert values(batch, "github.stars") == [320]
    assert "/api/graphql" in {asked.path for asked in server.asked}
