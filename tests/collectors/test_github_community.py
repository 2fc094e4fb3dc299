"""Contributors, documentation, answers, flaky builds, alerts: the traps that the small world leaves out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collectors.base import Batch, Client, Span
from collectors.github import COLLECTOR
from tests.collectors.fake_github import TOKEN, FakeGitHub
from tests.collectors.github_events import NOW, Alert, Comment, Discussion, Issue, Pull, Run, World
from tests.collectors.github_small_world import at, small_world
from tests.collectors.loopback import Answerer, Asked, Said, said_json, serve

SPAN = Span(NOW, None, ZoneInfo("UTC"))


async def run(client: Client, answer: Answerer, *parts: str, **more: Any) -> Batch:
    async with serve(answer) as server:
        told = {"repository": "acme/engine", "token": TOKEN, "base_url": server.url, "parts": parts}
        return await COLLECTOR.run(COLLECTOR.configure(told | more), client, SPAN)


def values(batch: Batch, metric: str) -> list[float]:
    return [one.value for one in batch.samples if one.metric == f"github.{metric}"]


@pytest.mark.parametrize(
    ("within", "expected"),
    [("90d", {"dora": 1.0, "fay": 0.0, "eve": 0.0}), ("105d", {"dora": 1.0, "fay": 1.0})],
)
async def test_a_first_contribution_is_judged_when_its_time_is_over(
    within: str, expected: dict[str, float], client: Client
) -> None:
    """eve came on 10 August: 105 days after that is still to come, and nothing is told of it."""
    batch = await run(client, FakeGitHub(small_world()), "contributors", returns_within=within)
    told = {one.at.date(): one.value for one in batch.samples if one.metric == "github.contributor_retained"}
    days = {"dora": at(8, 1).date(), "fay": at(8, 5).date(), "eve": at(8, 10).date()}
    assert told == {days[name]: value for name, value in expected.items()}


async def test_members_that_cannot_be_read_for_now_make_nobody_external(client: Client) -> None:
    fake = FakeGitHub(small_world())

    def answer(asked: Asked) -> Said:
        return Said(502) if asked.path.startswith("/orgs/") else fake(asked)

    batch = await run(client, answer, "contributors")
    assert batch.samples == ()
    assert [(one.part, one.kind) for one in batch.faults] == [("contributors", "Unavailable")]


async def test_members_and_the_team_are_not_external_whatever_their_case(client: Client) -> None:
    pulls = [Pull(one, at(11, 9), who, merged=at(11, 10)) for one, who in enumerate(("Ann", "Bob", "cy"))]
    batch = await run(client, FakeGitHub(World(pulls=pulls)), "contributors", team=["bOB"])
    assert values(batch, "external_pull_request") == [0, 0, 1]
    assert values(batch, "external_contributors")[-1] == 1
    assert batch.notes == ()


async def test_all_pages_of_members_are_read(client: Client) -> None:
    pulls = [Pull(one, at(11, 9), f"m{one}", merged=at(11, 10)) for one in (3, 148, 150)]
    world = World(pulls=pulls, members=tuple(f"m{one}" for one in range(150)))
    batch = await run(client, FakeGitHub(world), "contributors")
    assert values(batch, "external_pull_request") == [0, 0, 1]


async def test_a_persons_repository_has_no_members_to_ask_for(client: Client) -> None:
    pulls = [Pull(1, at(11, 9), "ann", merged=at(11, 10), association="OWNER")]
    batch = await run(client, FakeGitHub(World(pulls=pulls, owner="User", members=None)), "contributors")
    assert (values(batch, "external_pull_request"), batch.notes) == ([0], ())


async def test_a_pull_request_without_a_list_of_files_is_left_out(client: Client) -> None:
    fake = FakeGitHub(
        World(pulls=[Pull(1, at(11, 9), merged=at(11, 10)), Pull(2, at(11, 9), merged=at(11, 11))])
    )

    def answer(asked: Asked) -> Said:
        said = fake(asked)
        if asked.path != "/graphql":
            return said
        body = Asked("", "", {}, said.body).json()
        body["data"]["repository"]["list"]["nodes"][0]["files"] = None
        return said_json(body)

    batch = await run(client, answer, "documentation")
    assert (values(batch, "docs_pull_request"), batch.faults) == ([0], ())


async def test_what_documentation_is_can_be_set(client: Client) -> None:
    pulls = [Pull(1, at(11, 9), merged=at(11, 10), files=("site/a.md",))]
    batch = await run(client, FakeGitHub(World(pulls=pulls)), "documentation", documentation=["site/*"])
    assert values(batch, "docs_pull_request") == [1]


async def test_an_answer_of_the_author_or_of_a_bot_is_no_response(client: Client) -> None:
    own = (Comment(at(11, 3), "ann"), Comment(at(11, 4), "checker", is_bot=True))
    batch = await run(client, FakeGitHub(World(issues=[Issue(1, at(11, 2), comments=own)])), "responses")
    assert (batch.samples, batch.faults) == ((), ())


async def test_a_thread_lives_by_its_writing_and_not_by_its_reading(client: Client) -> None:
    """One whose label was changed today was still last written in three months ago."""
    fake = FakeGitHub(World(discussions=[Discussion(1, at(8, 1), comments=(at(8, 2),))]))

    def answer(asked: Asked) -> Said:
        said = fake(asked)
        return replace(said, body=said.body.replace(b"2026-08-02", b"2026-11-20", 1))

    batch = await run(client, answer, "discussions")
    assert values(batch, "active_discussions") == [0]
    assert sum(values(batch, "discussions_opened")) == 0


async def test_an_attempt_that_cannot_be_read_costs_flakiness_alone(client: Client) -> None:
    runs = [Run(7, at(11, 9), "success", earlier=("failure",), jobs=((at(11, 9), at(11, 9, 13)),))]
    fake = FakeGitHub(World(runs=runs), instead={"/actions/runs/7/attempts": Said(500)})
    batch = await run(client, fake, "workflows")
    assert [(one.part, one.metrics) for one in batch.faults] == [("flakiness", ("github.workflow_flaky",))]
    assert values(batch, "workflow_success_rate") == [1]
    assert values(batch, "workflow_duration") == [3600]


async def test_alerts_on_dependencies_are_paged_by_cursor(client: Client) -> None:
    alerts = [Alert("dependabot", one, at(11, 1), "high") for one in range(250)]
    batch = await run(client, FakeGitHub(World(alerts=alerts)), "dependabot")
    found = {dict(one.labels)["severity"]: one.value for one in batch.samples}
    assert found == {"critical": 0, "high": 250, "medium": 0, "low": 0}


async def test_fixed_alerts_are_read_no_further_back_than_the_span(client: Client) -> None:
    ended = [NOW - timedelta(hours=12 * one) for one in range(450)]
    alerts = [
        Alert("code-scanning", one, when - timedelta(hours=5), "low", when) for one, when in enumerate(ended)
    ]
    fake = FakeGitHub(World(alerts=alerts))
    batch = await run(client, fake, "code_scanning")
    assert values(batch, "code_scanning_fix_time") == [5 * 3600.0] * 62
    assert len(fake.statuses) == 3  # the repository, the open ones, and one page of five


async def test_a_repository_without_packages_has_no_count_of_dependents(client: Client) -> None:
    fake = FakeGitHub(World())
    async with serve(fake) as server:
        told = {"repository": "acme/engine", "token": TOKEN, "base_url": server.url, "parts": ["dependents"]}
        found = COLLECTOR.configure(told | {"dependents_url": f"{server.url}/ecosystems"})
        batch = await COLLECTOR.run(found, client, SPAN)
    assert batch.samples == ()
    assert "no package of acme/engine" in batch.faults[0].message


async def test_what_leaked_is_never_asked_for(client: Client) -> None:
    async with serve(FakeGitHub(small_world())) as server:
        told = {
            "repository": "acme/engine",
            "token": TOKEN,
            "base_url": server.url,
            "parts": ["secret_scanning"],
        }
        await COLLECTOR.run(COLLECTOR.configure(told), client, SPAN)
    asked = [one for one in server.asked if "secret-scanning" in one.path]
    assert [one.query["hide_secret"] for one in asked] == ["true", "true"]
