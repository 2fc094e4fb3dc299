"""Deployments by releases, and the traps of comparing, failing and mending."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.base import Batch, Client, Span
from collectors.github import COLLECTOR
from collectors.github.deployments import FAILURE, RESTORE, Deployment, parse_outcomes
from tests.collectors.fake_github import TOKEN, FakeGitHub
from tests.collectors.github_events import NOW, Commit, Deployed, World
from tests.collectors.github_small_world import at, small_world
from tests.collectors.loopback import Answerer, Asked, Said, said_json, serve

SPAN = Span(NOW, None, ZoneInfo("UTC"))


async def run(client: Client, answer: Answerer, **more: Any) -> Batch:
    async with serve(answer) as server:
        told = {"repository": "acme/engine", "token": TOKEN, "base_url": server.url, "parts": ["deployments"]}
        return await COLLECTOR.run(COLLECTOR.configure(told | more), client, SPAN)


def values(batch: Batch, metric: str) -> list[float]:
    return sorted(one.value for one in batch.samples if one.metric == f"github.{metric}")


async def test_published_releases_can_be_the_deployments(client: Client) -> None:
    world = replace(
        small_world(),
        releases={"v1": at(11, 2), "v2": at(11, 6), "v3rc1": at(11, 7)},
        tags={"v1": f"{1:040x}", "v2": f"{4:040x}"},
    )
    batch = await run(client, FakeGitHub(world), deployed_by="releases")
    assert batch.faults == ()
    assert sum(values(batch, "deployments")) == 2
    written = [one.written for one in world.commits[2:4]]
    assert values(batch, "lead_time") == sorted((at(11, 6) - one).total_seconds() for one in written)
    assert values(batch, "change_failure") == values(batch, "restore_time") == []


async def test_an_environment_that_is_never_deployed_to_is_no_zero(client: Client) -> None:
    batch = await run(client, FakeGitHub(small_world()), environment="prod")
    assert batch.samples == ()
    assert "never deployed to prod" in batch.faults[0].message


async def test_a_commit_that_is_gone_costs_the_lead_time_alone(client: Client) -> None:
    """A branch that was rewritten: GitHub compares with nothing."""
    world = replace(small_world(), commits=[Commit("f" * 40, at(11, 1))])
    batch = await run(client, FakeGitHub(world))
    assert [(one.part, one.metrics) for one in batch.faults] == [("lead_time", ("github.lead_time",))]
    assert values(batch, "change_failure") == [0, 0, 1, 1]


async def test_a_cut_comparison_is_no_lead_time(client: Client) -> None:
    fake = FakeGitHub(small_world())

    def answer(asked: Asked) -> Said:
        said = fake(asked)
        if "/compare/" not in asked.path:
            return said
        body = Asked("", "", {}, said.body).json()
        return said_json(body | {"commits": body["commits"][:-1]})

    batch = await run(client, answer)
    assert values(batch, "lead_time") == []
    assert "commits of a deployment" in batch.faults[0].message


async def test_a_commit_without_a_date_and_one_from_tomorrow_are_left_out(client: Client) -> None:
    fake = FakeGitHub(small_world())

    def answer(asked: Asked) -> Said:
        said = fake(asked)
        if "/compare/" not in asked.path:
            return said
        body = Asked("", "", {}, said.body).json()
        body["commits"][0]["commit"]["author"] = None
        for one in body["commits"][1:]:
            one["commit"]["author"]["date"] = "2026-12-24T00:00:00Z"
        return said_json(body)

    batch = await run(client, answer)
    assert (batch.faults, values(batch, "lead_time")) == ((), [])


async def test_commits_of_one_deployment_stay_apart(client: Client) -> None:
    """Their names begin alike, and the fraction of a second is made from that."""
    commits = [Commit(f"{'a' * 10}{one:030x}", at(11, 1)) for one in range(130)]
    old, new = commits[0].sha, commits[-1].sha
    deployments = [
        Deployed(1, old, at(11, 2), ((at(11, 2), "SUCCESS"),)),
        Deployed(2, new, at(11, 3), ((at(11, 3), "SUCCESS"),)),
    ]
    batch = await run(client, FakeGitHub(World(commits=commits, deployments=deployments)))
    assert batch.faults == ()
    told = [one.at for one in batch.samples if one.metric == "github.lead_time"]
    assert len(told) == len(set(told)) == 129


async def test_what_was_put_back_and_out_again_is_not_counted_twice(client: Client) -> None:
    commits = [Commit(f"{one}" * 40, at(11, 1)) for one in "abc"]
    order = ("a", "b", "a", "b", "c")
    deployments = [
        Deployed(number, one * 40, at(11, 2 + number), ((at(11, 2 + number), "SUCCESS"),))
        for number, one in enumerate(order)
    ]
    batch = await run(client, FakeGitHub(World(commits=commits, deployments=deployments)))
    assert values(batch, "deployments").count(1) == 5
    assert values(batch, "lead_time") == [2 * 86400, 5 * 86400]


async def test_the_search_ends_at_a_success_before_the_span(client: Client) -> None:
    """A hundred old ones are two pages; one page reaches back far enough."""
    old = [
        Deployed(
            one, "a" * 40, at(8, 1) + timedelta(hours=one), ((at(8, 1) + timedelta(hours=one), "SUCCESS"),)
        )
        for one in range(100)
    ]
    fake = FakeGitHub(World(deployments=old))
    batch = await run(client, fake)
    assert (fake.questions, sum(values(batch, "deployments")), batch.faults) == (1, 0, ())


@pytest.mark.parametrize(
    ("told", "failed", "restored"),
    [
        ([(1, (1,), ())], [0.0], []),
        ([(1, (), (1,)), (2, (), (3,)), (3, (5,), ())], [1.0, 1.0, 0.0], [4 * 3600.0]),
        ([(1, (2,), (4,)), (2, (9,), ())], [1.0, 0.0], [5 * 3600.0]),
        ([(1, (), ())], [], []),
    ],
)
def test_an_outage_lasts_from_its_first_failure_to_the_next_success(
    told: list[tuple[int, tuple[int, ...], tuple[int, ...]]], failed: list[float], restored: list[float]
) -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    found = [
        Deployment(
            number,
            "a",
            tuple(start + timedelta(hours=one) for one in ups),
            tuple(start + timedelta(hours=one) for one in downs),
        )
        for number, ups, downs in told
    ]
    samples = list(parse_outcomes(found))
    assert [one.value for one in samples if one.metric == FAILURE.name] == failed
    assert [one.value for one in samples if one.metric == RESTORE.name] == restored


@settings(max_examples=60)
@given(st.lists(st.booleans(), max_size=30))
def test_outages_fill_the_time_that_is_down(turns: list[bool]) -> None:
    """One hour a turn: the hours from each failure on add up to the time restored, save an open end."""
    start = datetime(2026, 11, 1, tzinfo=UTC)
    found = [
        Deployment(
            number,
            "a",
            (start + timedelta(hours=number),) if is_up else (),
            () if is_up else (start + timedelta(hours=number),),
        )
        for number, is_up in enumerate(turns)
    ]
    last_up = max((number for number, is_up in enumerate(turns) if is_up), default=0)
    down = sum(not is_up for is_up in turns[:last_up])
    restored = sum(one.value for one in parse_outcomes(found) if one.metric == RESTORE.name)
    assert restored == down * 3600
