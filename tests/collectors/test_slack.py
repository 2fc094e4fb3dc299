"""Slack's own traps: errors with status 200, files that are late, cut or of a plan too low."""

from __future__ import annotations

import gzip
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.base import Client
from collectors.slack import COLLECTOR
from collectors.slack_samples import first_answer
from tests.collectors.loopback import Asked, Said, serve
from tests.collectors.scenarios.base import filled, play
from tests.collectors.scenarios.slack import HELP, Workspace, four_days, no, settings

FILE = "admin.analytics.getFile"


def instead(method: str, said: Said) -> Any:
    vendor = Workspace()
    return lambda asked: said if asked.path.endswith(method) else vendor(asked)


@pytest.mark.parametrize(
    ("method", "error", "kind", "hint"),
    [
        ("users.list", {"error": "missing_scope", "needed": "users:read"}, "AuthFailed", "Add the scope"),
        ("conversations.history", {"error": "not_in_channel"}, "UnexpectedResponse", "/invite"),
        ("conversations.list", {"error": "internal_error"}, "Unavailable", "next run"),
        (FILE, {"error": "not_an_enterprise"}, "UnexpectedResponse", "plans"),
        (FILE, {"error": "not_an_admin"}, "AuthFailed", "admin"),
    ],
)
async def test_an_error_in_a_good_answer_costs_its_part_alone(
    client: Client, method: str, error: dict[str, str], kind: str, hint: str
) -> None:
    batch, _ = await play(COLLECTOR, four_days(), client, answer=instead(method, no(**error)))
    first = batch.faults[0]
    assert first.kind == kind
    assert hint in first.hint
    lost = {name for one in batch.faults for name in one.metrics}
    assert {one.metric for one in batch.samples} == {one.metric for one in four_days().expected} - lost


async def test_a_limit_inside_a_good_answer_is_waited_for(client: Client) -> None:
    said = replace(no("ratelimited"), headers={"Content-Type": "application/json", "Retry-After": "900"})
    batch, _ = await play(COLLECTOR, four_days(), client, answer=instead("users.list", said))
    assert batch.faults[0].kind == "RateLimited"
    assert batch.faults[0].retry_after is not None


async def test_a_file_that_is_late_is_a_remark_and_one_that_never_came_a_fault(client: Client) -> None:
    batch, _ = await play(COLLECTOR, four_days(), client)
    assert batch.notes == ("Slack's file of 19 Nov is not there yet",)
    scenario = replace(four_days(), since=four_days().span().start_of(four_days().now.date().replace(day=10)))
    batch, _ = await play(COLLECTOR, scenario, client)
    assert [one.part for one in batch.faults] == ["activity"]


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(b'{"date": "2026-11-17", "is_active": true}' * 3, mtime=0)[:-20],
        gzip.compress(b'{"date": "2026-11-16", "is_active": true}', mtime=0),
        gzip.compress(b'{"date": "2026-11-17", "is_active": "yes"}', mtime=0),
        gzip.compress(b'{"date": "2026-11-17", "is_active": true}', mtime=0),
        gzip.compress(b"not json", mtime=0),
    ],
    ids=["cut", "another day", "not yes or no", "no counts", "no lines"],
)
async def test_a_file_that_cannot_be_read_gives_no_number(client: Client, body: bytes) -> None:
    said = Said(200, body, {"Content-Type": "application/gzip"})
    batch, _ = await play(COLLECTOR, four_days(), client, answer=instead(FILE, said))
    assert [(one.part, one.kind) for one in batch.faults] == [("activity", "UnexpectedResponse")]
    assert "slack.active_members" not in {one.metric for one in batch.samples}


async def test_a_file_that_comes_unpacked_is_read_as_well(client: Client) -> None:
    batch, _ = await play(COLLECTOR, four_days(), client, answer=Workspace(plain=True))
    assert batch.faults == ()
    assert sum(one.metric == "slack.active_members" for one in batch.samples) == 2


async def test_without_channels_and_admin_only_people_and_channels_are_asked(client: Client) -> None:
    bare = {key: value for key, value in settings().items() if key in ("token", "base_url")}
    batch, server = await play(COLLECTOR, replace(four_days(), settings=bare), client)
    assert batch.faults == ()
    assert {one.path for one in server.asked} == {"/api/users.list", "/api/conversations.list"}
    assert {one.metric for one in batch.samples} == {"slack.members", "slack.guests", "slack.channels"}


async def test_what_a_free_workspace_hides_is_no_zero(client: Client) -> None:
    start = four_days().span().start_of(four_days().now.date().replace(month=6))
    batch, _ = await play(COLLECTOR, replace(four_days(), since=start), client)
    days = [one.at.date().isoformat() for one in batch.samples if one.metric == "slack.authors"]
    assert min(days) == "2026-08-23"


def test_ones_own_words_and_bots_are_no_answer() -> None:
    asked = {"ts": "100.0", "user": "U1"}
    said = [{"ts": "110.5", "user": "U1"}, {"ts": "120.0", "user": "U2", "bot_id": "B1"}]
    assert first_answer(asked, said) is None
    sample = first_answer(asked, [*said, {"ts": "160.5", "user": "U3"}])
    assert sample is not None
    assert sample.value == 60.5


async def test_one_cheap_call_names_the_workspace(client: Client) -> None:
    asked: list[Asked] = []
    async with serve(lambda one: asked.append(one) or Workspace()(one)) as server:  # type: ignore[func-returns-value]
        config = COLLECTOR.configure(filled(settings(), server.url))
        assert await COLLECTOR.examine(config, client, four_days().span()) == "Acme, as kpi"
    assert len(asked) == 1


@pytest.mark.parametrize("channels", [{"help": "help"}, {"help": "#help"}, {str(n): HELP for n in range(21)}])
def test_settings_that_cannot_work_are_refused(channels: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="channels"):
        COLLECTOR.configure(filled(settings(), "http://localhost") | {"channels": channels})
