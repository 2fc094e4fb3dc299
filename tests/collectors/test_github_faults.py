"""A part that fails leaves no sample and one fault; the other parts keep their numbers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collectors.base import Batch, Client, Span
from collectors.github import COLLECTOR
from collectors.github import PARTS as COLLECTED
from tests.collectors.fake_github import TOKEN, FakeGitHub, errors
from tests.collectors.github_events import NOW, busy_world
from tests.collectors.loopback import Asked, Said, Server, said_json, serve

SPAN = Span(NOW, NOW - timedelta(days=5), ZoneInfo("UTC"))
BUILDS = {"github.workflow_success_rate", "github.workflow_duration", "github.workflow_flaky"}
EPOCH = int(NOW.timestamp())
PARTS = ["counters", "open", "releases", "merged", "issues", "stars", "reviews", "workflows"]
ALL = {metric.name for name, metrics, _ in COLLECTED for metric in metrics if name in PARTS}
EVERY = {one.name for one in COLLECTOR.metrics}


async def run(client: Client, server: Server, **more: Any) -> Batch:
    settings = {"repository": "acme/engine", "token": TOKEN, "base_url": server.url, "parts": PARTS} | more
    return await COLLECTOR.run(COLLECTOR.configure(settings), client, SPAN)


async def run_fake(client: Client, instead: dict[str, Said] | None = None, **more: Any) -> Batch:
    async with serve(FakeGitHub(busy_world(), instead=instead or {})) as server:
        return await run(client, server, **more)


def measured(batch: Batch) -> set[str]:
    return {one.metric for one in batch.samples}


async def test_without_a_token_one_fault_says_what_needs_it(client: Client) -> None:
    batch = await run_fake(
        client, token=None, parts=["counters", "merged", "issues", "stars", "reviews", "workflows"]
    )
    needing = [one for one in batch.faults if one.part == "token"]
    assert [one.metrics for one in needing] == [("github.stars_gained", "github.review_turnaround")]
    assert not set(needing[0].metrics) & measured(batch)
    assert {"github.stars", "github.merged_pull_requests", "github.issue_resolution_time"} <= measured(batch)
    assert "Pull requests" in needing[0].hint


async def test_without_a_token_only_a_few_builds_are_timed(client: Client) -> None:
    batch = await run_fake(client, token=None, parts=["workflows"])
    few = len([one for one in batch.samples if one.metric == "github.workflow_success_rate"]) <= 20
    assert few == ("github.workflow_duration" in measured(batch))


@pytest.mark.parametrize("token", ["", "  "])
async def test_a_blank_token_is_no_token(token: str, client: Client) -> None:
    batch = await run_fake(client, token=token, parts=["counters"])
    assert batch.faults == ()


async def test_a_wrong_token_is_one_fault_and_never_shown(client: Client) -> None:
    async with serve(FakeGitHub(busy_world())) as server:
        batch = await run(client, server, token="wrong-token-9876")
    (fault,) = batch.faults
    assert (fault.kind, batch.samples, set(fault.metrics)) == ("AuthFailed", (), EVERY)
    assert "9876" not in str(batch)
    assert len(server.asked) == 1


async def test_an_unknown_repository_is_one_fault(client: Client) -> None:
    batch = await run_fake(client, repository="acme/nothing")
    (fault,) = batch.faults
    assert (fault.kind, set(fault.metrics)) == ("UnexpectedResponse", EVERY)
    assert "Check the name" in fault.hint


async def test_a_missing_permission_hits_its_part_and_names_the_scope(client: Client) -> None:
    refused = said_json(
        {"message": "Resource not accessible"}, 403, X_Accepted_GitHub_Permissions="actions=read"
    )
    batch = await run_fake(client, {"/actions": refused})
    (fault,) = batch.faults
    assert (fault.part, fault.kind) == ("workflows", "AuthFailed")
    assert "actions=read" in fault.hint
    assert measured(batch) == ALL - BUILDS


@pytest.mark.parametrize(
    ("path", "lost"),
    [
        ("/releases", {"github.release_downloads"}),
        ("/issues", {"github.issues_opened", "github.issues_closed", "github.issue_resolution_time"}),
        ("/pulls", {"github.merged_pull_requests"}),
        ("graphql:stargazers(", {"github.stars_gained"}),
        ("graphql:reviews(", {"github.review_turnaround"}),
        ("graphql:issues(states", {"github.open_issues", "github.open_pull_requests"}),
        ("/actions/runs/", {"github.workflow_duration"}),
        ("", {"github.stars", "github.forks", "github.watchers", *BUILDS}),
    ],
)
@pytest.mark.parametrize("status", [404, 500])
async def test_one_broken_part_takes_only_its_own_metrics(
    path: str, lost: set[str], status: int, client: Client
) -> None:
    batch = await run_fake(client, {path: said_json({"message": "broken"}, status)})
    if path == "" and status == 404:
        assert measured(batch) == set()
        lost = EVERY
    assert measured(batch) == ALL - lost
    assert {metric for fault in batch.faults for metric in fault.metrics} == lost


@pytest.mark.parametrize(
    "said",
    [
        said_json({"message": "slow down"}, 429, Retry_After="600"),
        said_json({"message": "slow down"}, 429, Retry_After="Fri, 20 Nov 2026 12:10:00 GMT"),
        said_json(
            {"message": "API rate limit exceeded"},
            403,
            X_RateLimit_Remaining="0",
            X_RateLimit_Reset=str(EPOCH + 600),
        ),
        said_json({"message": "You have exceeded a secondary rate limit"}, 403, Retry_After="600"),
    ],
)
async def test_a_limit_stops_further_questions_and_keeps_what_came(said: Said, client: Client) -> None:
    fake = FakeGitHub(busy_world(), instead={"/releases": said})
    async with serve(fake) as server:
        batch = await run(client, server)
    limited = {fault.part: fault for fault in batch.faults}
    assert limited.keys() == {"releases", "merged", "issues", "workflows"}
    assert {one.kind for one in limited.values()} == {"RateLimited"}
    assert {one.retry_after for one in limited.values()} == {timedelta(seconds=600)}
    assert "github.stars" in measured(batch)
    assert fake.statuses == [200, said.status]


async def test_an_allowance_used_up_on_the_way_stops_there(client: Client) -> None:
    fake = FakeGitHub(busy_world(), limit=3)
    async with serve(fake) as server:
        batch = await run(client, server)
    assert fake.spent == 3
    assert {one.kind for one in batch.faults} == {"RateLimited"}


@pytest.mark.parametrize(
    ("kind", "fault_kind"),
    [("RATE_LIMITED", "RateLimited"), ("FORBIDDEN", "AuthFailed"), ("SOMETHING", "UnexpectedResponse")],
)
async def test_errors_inside_a_graphql_200_lose_the_part_only(
    kind: str, fault_kind: str, client: Client
) -> None:
    batch = await run_fake(client, {"graphql:stargazers(": errors(kind)})
    (fault,) = batch.faults
    assert (fault.part, fault.kind) == ("stars", fault_kind)
    assert measured(batch) == ALL - {"github.stars_gained"}


async def test_partial_graphql_data_is_not_used(client: Client) -> None:
    half = {"repository": {"issues": {"totalCount": 3}, "pullRequests": None}}
    body = {"data": half, "errors": [{"type": "RESOURCE_LIMITS_EXCEEDED", "message": "partial"}]}
    batch = await run_fake(client, {"graphql:issues(states": said_json(body)}, parts=["open"])
    assert batch.samples == ()
    assert batch.faults[0].kind == "UnexpectedResponse"


async def test_numbers_written_as_text_are_numbers(client: Client) -> None:
    about = {"full_name": "acme/engine", "created_at": "2026-09-01T08:00:00Z", "default_branch": "main"}
    about |= {"stargazers_count": "1204", "forks_count": "3", "subscribers_count": "9"}
    batch = await run_fake(client, {"": said_json(about)}, parts=["counters"])
    assert {one.metric: one.value for one in batch.samples} == {
        "github.stars": 1204,
        "github.forks": 3,
        "github.watchers": 9,
    }


@pytest.mark.parametrize("missing", ["stargazers_count", "forks_count", "subscribers_count"])
async def test_a_missing_counter_is_no_zero(missing: str, client: Client) -> None:
    about: dict[str, Any] = {"full_name": "acme/engine", "created_at": "2026-09-01T08:00:00Z"}
    about |= {"default_branch": "main", "stargazers_count": 1, "forks_count": 3, "subscribers_count": 9}
    del about[missing]
    batch = await run_fake(client, {"": said_json(about)}, parts=["counters"])
    assert batch.samples == ()
    assert missing in batch.faults[0].message


@pytest.mark.parametrize(
    "said",
    [
        Said(200, b'[{"tag_name": "v1", "assets": [{"name": "a", "downl'),
        Said(200, b"<html>Please log in</html>"),
        said_json([{"tag_name": "v1"}]),
        said_json([{"tag_name": "v1", "assets": [{"name": "a", "download_count": None}]}]),
        said_json({"message": "moved"}),
        Said(200, b"[" + b" " * 6_000_000 + b"]"),
        Said(200, b'[{"tag_name": "v1", "assets": []}]', cut=True),
    ],
    ids=["truncated", "html", "no assets", "null", "object", "oversize", "cut"],
)
async def test_a_page_that_cannot_be_read_is_a_fault(said: Said, client: Client) -> None:
    batch = await run_fake(client, {"/releases": said})
    assert [one.part for one in batch.faults] == ["releases"]
    assert measured(batch) == ALL - {"github.release_downloads"}


async def test_a_list_that_breaks_off_between_pages_gives_no_low_total(client: Client) -> None:
    fake = FakeGitHub(busy_world())

    def answer(asked: Asked) -> Said:
        return Said(502) if asked.path.endswith("/pulls") and asked.query.get("page") == "2" else fake(asked)

    async with serve(answer) as server:
        span = Span(NOW, datetime(2026, 9, 1, tzinfo=UTC), SPAN.zone)
        config = COLLECTOR.configure(
            {"repository": "acme/engine", "token": TOKEN, "base_url": server.url, "parts": ["merged"]}
        )
        batch = await COLLECTOR.run(config, client, span)
    assert batch.samples == ()
    assert batch.faults[0].kind == "Unavailable"


async def test_a_renamed_repository_is_followed_and_named(client: Client) -> None:
    batch = await run_fake(client, repository="acme/old")
    assert batch.faults == ()
    assert measured(batch) == ALL
    assert "acme/old is now acme/engine" in batch.notes[0]


async def test_a_cursor_that_does_not_move_ends_as_a_fault(client: Client) -> None:
    page = {
        "pageInfo": {"hasNextPage": True, "endCursor": "same"},
        "edges": [{"starredAt": "2026-11-20T01:00:00Z"}],
    }
    body = {"data": {"repository": {"list": page}}}
    batch = await run_fake(
        client, {"graphql:stargazers(": Said(200, json.dumps(body).encode())}, parts=["stars"]
    )
    assert batch.samples == ()
    assert "does not end" in batch.faults[0].message


async def test_a_server_that_hangs_is_unavailable(client: Client) -> None:
    client.policy = type(client.policy)(attempts=1, attempt_seconds=0.05)
    batch = await run_fake(client, {"": Said(hangs=True)}, parts=["counters"])
    assert [one.kind for one in batch.faults] == ["Unavailable"]
