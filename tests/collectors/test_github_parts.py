"""What is read unless asked for, what only if asked for, and as whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from collectors.base import Batch, Client, Span
from collectors.github import COLLECTOR, PARTS
from collectors.github.config import ASKED_FOR, Config
from tests.collectors.fake_github import TOKEN, FakeGitHub, errors
from tests.collectors.github_app import KEY, FakeApp
from tests.collectors.github_events import NOW, World
from tests.collectors.github_small_world import small_world
from tests.collectors.loopback import Answerer, Asked, Said, said_json, serve

SPAN = Span(NOW, None, ZoneInfo("UTC"))
APP: dict[str, Any] = {"token": None, "app_id": 12, "installation_id": 34, "private_key": KEY}


async def run(client: Client, answer: Answerer, span: Span = SPAN, **more: Any) -> Batch:
    async with serve(answer) as server:
        settings = {"repository": "acme/engine", "token": TOKEN, "base_url": server.url} | more
        return await COLLECTOR.run(COLLECTOR.configure(settings), client, span)


def config(**more: Any) -> Config:
    return COLLECTOR.configure({"repository": "acme/engine"} | more)


def read_by(**more: Any) -> set[str]:
    return {name for name, _, _ in PARTS if config(**more).reads(name)}


@pytest.mark.parametrize(
    ("settings", "added"),
    [
        ({}, set()),
        ({"environment": "production"}, {"deployments"}),
        ({"deployed_by": "releases"}, {"deployments"}),
        ({"incident_label": "incident"}, {"incidents"}),
    ],
)
def test_what_needs_more_is_read_only_where_a_setting_speaks_of_it(
    settings: dict[str, Any], added: set[str]
) -> None:
    assert read_by(**settings) == {name for name, _, _ in PARTS} - ASKED_FOR | added


def test_parts_that_are_named_are_read_and_no_others() -> None:
    assert read_by(parts=["traffic", "stars"], environment="production") == {"traffic", "stars"}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"parts": ["incidents"]}, "incident_label"),
        ({"deployed_by": "workflow"}, "deployment_workflow"),
        ({"deployment_workflow": "deploy.yml"}, "deployment_workflow"),
        ({"deployed_by": "releases", "environment": "production"}, "no environment"),
        ({"app_id": 12}, "together"),
        ({**APP, "token": TOKEN}, "either token or"),
        ({"returns_within": "1h"}, "at least 1d"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said) as caught:
        config(**settings)
    assert "PRIVATE KEY" not in str(caught.value)


async def test_an_ordinary_token_meets_no_fault_by_default(client: Client) -> None:
    """It may list neither members nor traffic nor alerts."""
    needed = said_json({"message": "no"}, 403, X_Accepted_GitHub_Permissions="administration=read")
    instead = dict.fromkeys(("/traffic", "/code-scanning", "/dependabot", "/secret-scanning"), needed)
    world = replace(small_world(), members=None, has_discussions=False)
    batch = await run(client, FakeGitHub(world, instead=instead))
    assert batch.faults == ()
    assert "members (permission Members)" in batch.notes[0]


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ("traffic", "/traffic"),
        ("code_scanning", "/code-scanning"),
        ("dependabot", "/dependabot"),
        ("secret_scanning", "/secret-scanning"),
    ],
)
async def test_a_part_that_is_closed_names_the_permission_and_harms_no_other(
    part: str, path: str, client: Client
) -> None:
    refused = said_json({"message": "no"}, 403, X_Accepted_GitHub_Permissions="administration=read")
    batch = await run(client, FakeGitHub(small_world(), instead={path: refused}), parts=["counters", part])
    (fault,) = batch.faults
    assert (fault.part, fault.kind) == (part, "AuthFailed")
    assert "administration=read" in fault.hint
    assert {one.metric for one in batch.samples} == {"github.stars", "github.forks", "github.watchers"}


async def test_discussions_that_are_off_are_a_fault_only_where_they_are_asked_for(client: Client) -> None:
    batch = await run(client, FakeGitHub(World(has_discussions=False)), parts=["discussions"])
    assert "no discussions" in batch.faults[0].message
    assert batch.samples == ()


async def test_without_any_identity_one_fault_names_all_that_is_missed(client: Client) -> None:
    batch = await run(client, FakeGitHub(small_world()), token=None, environment="production")
    (fault,) = (one for one in batch.faults if one.part == "token")
    assert {"github.contributors", "github.deployments", "github.discussions_opened"} <= set(fault.metrics)
    assert not {one.metric for one in batch.samples} & set(fault.metrics)


async def test_the_past_is_read_without_what_only_the_present_tells(client: Client) -> None:
    asked: list[str] = []
    fake = FakeGitHub(small_world())

    def answer(one: Asked) -> Said:
        asked.append(one.path)
        return fake(one)

    until = NOW - timedelta(days=10)
    span = Span(NOW, until - timedelta(days=5), ZoneInfo("UTC"), until)
    parts = [name for name, _, _ in PARTS if name != "incidents"]
    batch = await run(client, answer, span, parts=parts, dependents_url="http://127.0.0.1:1")
    assert batch.faults == ()
    assert not [one for one in asked if "/traffic" in one or "/releases" in one]
    snapshots = {one.name for one in COLLECTOR.metrics if one.is_snapshot}
    assert not {one.metric for one in batch.samples} & snapshots
    days = [one.at for one in batch.samples if one.metric == "github.merged_pull_requests"]
    assert len(days) == 6


async def test_before_the_repository_there_is_nothing(client: Client) -> None:
    until = small_world().created - timedelta(days=10)
    batch = await run(
        client, FakeGitHub(small_world()), Span(NOW, until - timedelta(days=5), SPAN.zone, until)
    )
    assert (batch.samples, batch.faults) == ((), ())


async def test_an_app_asks_for_its_token_once(client: Client) -> None:
    app = FakeApp(FakeGitHub(small_world(), token=FakeApp.TOKEN))
    for _ in range(2):
        batch = await run(client, app, **APP, parts=["counters", "open"])
        assert batch.faults == ()
    assert app.granted == 2  # each of the two stand-ins has an address of its own
    async with serve(app) as server:
        for _ in range(3):
            found = config(**APP, base_url=server.url, parts=["counters"])
            await COLLECTOR.run(found, client, SPAN)
    assert app.granted == 3


async def test_a_token_that_was_taken_back_is_asked_for_anew(client: Client) -> None:
    app = FakeApp(FakeGitHub(small_world(), token="another-one"))
    async with serve(app) as server:
        found = config(**APP, base_url=server.url, parts=["counters"])
        first = await COLLECTOR.run(found, client, SPAN)
        app.behind.token = FakeApp.TOKEN
        second = await COLLECTOR.run(found, client, SPAN)
    assert [one.kind for one in first.faults] == ["AuthFailed"]
    assert (second.faults, app.granted) == ((), 2)


@pytest.mark.parametrize("key", ["not a key at all", KEY.replace("MII", "AAA", 1), KEY[:400]])
async def test_a_key_that_is_none_is_a_fault_that_does_not_show_it(key: str, client: Client) -> None:
    batch = await run(client, FakeApp(FakeGitHub(World())), **APP | {"private_key": key})
    (fault,) = batch.faults
    assert (fault.kind, batch.samples) == ("AuthFailed", ())
    assert "private_key" in fault.message
    assert key[-40:] not in str(batch)


async def test_a_key_whose_lines_were_joined_is_a_key(client: Client) -> None:
    app = FakeApp(FakeGitHub(small_world(), token=FakeApp.TOKEN))
    joined = KEY.replace("\n", "\\n")
    batch = await run(client, app, **APP | {"private_key": joined}, parts=["counters"])
    assert batch.faults == ()


async def test_a_query_that_is_forbidden_takes_only_its_part(client: Client) -> None:
    fake = FakeGitHub(small_world(), instead={"graphql:discussions(": errors("FORBIDDEN")})
    batch = await run(client, fake)
    assert [(one.part, one.kind) for one in batch.faults] == [("discussions", "AuthFailed")]


async def test_a_repository_from_the_future_is_a_fault(client: Client) -> None:
    batch = await run(client, FakeGitHub(World(created=NOW + timedelta(days=400))))
    assert [one.kind for one in batch.faults] == ["UnexpectedResponse"]
    assert batch.samples == ()
