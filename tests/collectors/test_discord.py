"""A Discord server over REST: the right numbers, each part for itself, and its own rate limits."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from pydantic import ValidationError

from collectors.base import Batch, Client, Span
from collectors.discord import COLLECTOR, LIVE, METRICS
from collectors.faults import AuthFailed
from collectors.http import Policy
from tests.collectors.loopback import Asked, Said, said_json, serve

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SPAN = Span(NOW, None, ZoneInfo("UTC"))
GUILD, TOKEN = "7000000000000000001", "bot-token-1234"
READ = {one.name for one in METRICS} - {one.name for one in LIVE}


def event(name: str, day: int, people: int, status: int = 1) -> dict[str, Any]:
    start = f"2026-12-{day:02d}T18:00:00+00:00"
    return {"id": str(day), "name": name, "status": status, "user_count": people} | {
        "scheduled_start_time": start
    }


@dataclass
class FakeDiscord:
    """Four routes that want what Discord wants of them. `instead`: what a route answers for once."""

    instead: dict[str, list[Said]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    roles: dict[str, str] = field(default_factory=lambda: {"1": "Helpers", "2": "Team"})
    counts: dict[str, int] = field(default_factory=lambda: {"1": 12, "2": 5})

    def __call__(self, asked: Asked) -> Said:
        path = asked.path.removeprefix("/api/v10")
        if asked.headers.get("authorization") != f"Bot {TOKEN}":
            return said_json({"message": "401: Unauthorized", "code": 0}, 401)
        if not path.startswith(f"/guilds/{GUILD}"):
            return said_json({"message": "Unknown Guild", "code": 10004}, 404)
        route = path.removeprefix(f"/guilds/{GUILD}")
        if self.instead.get(route):
            return self.instead[route].pop(0)
        return said_json(self._answer(route, asked.query))

    def _answer(self, route: str, query: dict[str, str]) -> Any:
        if route == "/roles":
            everyone = {"id": GUILD, "name": "@everyone"}
            return [everyone, *({"id": key, "name": name} for key, name in self.roles.items())]
        if route == "/roles/member-counts":
            return self.counts
        if route == "/scheduled-events":
            hides = query.get("with_user_count") != "true"
            return [{k: v for k, v in one.items() if k != "user_count" or not hides} for one in self.events]
        about: dict[str, Any] = {"id": GUILD, "name": "Acme", "premium_subscription_count": 7}
        if query.get("with_counts") == "true":
            about |= {"approximate_member_count": 512, "approximate_presence_count": 88}
        return about


@dataclass
class Clock:
    """Stands still but for what is slept."""

    at: datetime = NOW
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def asking(clock: Clock) -> AsyncIterator[Client]:
    async with httpx.AsyncClient(trust_env=False) as http:
        yield Client(http, now=clock, policy=Policy(), sleep=clock.sleep)


async def run(client: Client, fake: Callable[[Asked], Said] | None = None, **more: Any) -> Batch:
    async with serve(fake or FakeDiscord()) as server:
        settings = {"guild": GUILD, "token": TOKEN, "base_url": f"{server.url}/api/v10"} | more
        return await COLLECTOR.run(COLLECTOR.configure(settings), client, SPAN)


def values(batch: Batch) -> dict[tuple[str, ...], float]:
    return {(one.metric, *(value for _, value in one.labels)): one.value for one in batch.samples}


async def test_a_server_is_counted(asking: Client) -> None:
    fake = FakeDiscord(events=[event("Office hours", 3, 14), event("Meetup", 9, 30)])
    batch = await run(asking, fake)
    assert batch.faults == ()
    assert values(batch) == {
        ("discord.members",): 512,
        ("discord.online",): 88,
        ("discord.boosts",): 7,
        ("discord.role_members", "Helpers"): 12,
        ("discord.role_members", "Team"): 5,
        ("discord.scheduled_events",): 2,
        ("discord.interested",): 44,
        ("discord.event_interest", "Office hours"): 14,
        ("discord.event_interest", "Meetup"): 30,
    }
    assert {one.at for one in batch.samples} == {NOW}


async def test_the_sources_labels_are_on_every_sample(asking: Client) -> None:
    batch = await run(asking, labels={"server": "acme"})
    assert all(("server", "acme") in one.labels for one in batch.samples)


async def test_only_events_to_come_count_and_of_one_name_the_next(asking: Client) -> None:
    weekly = [event("Office hours", 10, 4), event("Office hours", 3, 14), event("Office hours", 17, 1)]
    over = [event("Launch", 1, 90, status=3), event("Called off", 2, 50, status=4)]
    under_way = event("Meetup", 2, 30, status=2)
    found = values(await run(asking, FakeDiscord(events=[*weekly, *over, under_way])))
    assert found["discord.scheduled_events",] == 4
    assert found["discord.interested",] == 49
    assert found["discord.event_interest", "Office hours"] == 14
    assert found["discord.event_interest", "Meetup"] == 30
    assert ("discord.event_interest", "Launch") not in found


async def test_no_events_are_a_zero(asking: Client) -> None:
    found = values(await run(asking))
    assert found["discord.scheduled_events",] == found["discord.interested",] == 0


async def test_roles_of_one_name_stay_apart_and_unknown_ones_are_left_out(asking: Client) -> None:
    fake = FakeDiscord(roles={"1": "Team", "2": "Team"}, counts={"1": 12, "2": 5, "3": 9})
    found = {key: value for key, value in values(await run(asking, fake)).items() if "role" in key[0]}
    assert found == {("discord.role_members", "Team (1)"): 12, ("discord.role_members", "Team (2)"): 5}


@pytest.mark.parametrize(
    ("route", "lost"),
    [
        ("", {"discord.members", "discord.online", "discord.boosts"}),
        ("/roles", {"discord.role_members"}),
        ("/roles/member-counts", {"discord.role_members"}),
        (
            "/scheduled-events",
            {"discord.scheduled_events", "discord.interested", "discord.event_interest"},
        ),
    ],
)
@pytest.mark.parametrize("said", [Said(503), said_json([1]), Said(200, b"<html>")])
async def test_each_part_fails_alone(asking: Client, route: str, lost: set[str], said: Said) -> None:
    fake = FakeDiscord({route: [said] * 3}, events=[event("Meetup", 9, 30)])
    batch = await run(asking, fake)
    (fault,) = batch.faults
    assert set(fault.metrics) == lost
    assert {one.metric for one in batch.samples} == READ - lost


async def test_a_missing_permission_hits_its_part_alone(asking: Client) -> None:
    refused = said_json({"message": "Missing Access", "code": 50001}, 403)
    batch = await run(asking, FakeDiscord({"/scheduled-events": [refused]}))
    (fault,) = batch.faults
    assert (fault.part, fault.kind) == ("events", "AuthFailed")
    assert "Missing Access" in fault.message


@pytest.mark.parametrize(
    ("settings", "instead", "kind", "hint"),
    [
        ({"token": "wrong-9876"}, {}, "AuthFailed", "Developer Portal"),
        ({"guild": "123456"}, {}, "UnexpectedResponse", "server's id"),
        ({}, {"": [said_json({"message": "Missing Access", "code": 50001}, 403)]}, "AuthFailed", "Invite"),
    ],
)
async def test_a_bot_that_is_refused_asks_nothing_more(
    asking: Client, settings: dict[str, str], instead: dict[str, list[Said]], kind: str, hint: str
) -> None:
    asked: list[str] = []
    fake = FakeDiscord(instead)

    def answer(question: Asked) -> Said:
        asked.append(question.path)
        return fake(question)

    batch = await run(asking, answer, **settings)
    (fault,) = batch.faults
    assert (fault.kind, fault.part, batch.samples) == (kind, "", ())
    assert hint in fault.hint
    assert set(fault.metrics) == {one.name for one in METRICS}
    assert len(asked) == 1
    assert "9876" not in str(batch)


@pytest.mark.parametrize(
    "headers", [{"Retry-After": "2"}, {}], ids=["in the header and the body", "in the body alone"]
)
async def test_a_short_pause_that_discord_asks_for_is_kept(
    asking: Client, clock: Clock, headers: dict[str, str]
) -> None:
    body = json.dumps({"message": "You are being rate limited.", "retry_after": 1.337}).encode()
    fake = FakeDiscord({"/roles": [Said(429, body, headers)]})
    batch = await run(asking, fake)
    assert batch.faults == ()
    assert sum(clock.slept) >= 1.337


async def test_a_long_pause_is_left_to_the_next_run(asking: Client, clock: Clock) -> None:
    said = said_json({"message": "You are being rate limited.", "retry_after": 600.0}, 429)
    batch = await run(asking, FakeDiscord({"/roles/member-counts": [said]}))
    fault = batch.faults[0]
    assert (fault.kind, fault.part, fault.retry_after) == ("RateLimited", "roles", timedelta(minutes=10))
    assert clock.slept == []


async def test_a_route_whose_allowance_is_used_up_does_not_cost_the_others(
    asking: Client, clock: Clock
) -> None:
    about = FakeDiscord()._answer("", {"with_counts": "true"})
    spent = said_json(about, 200, X_RateLimit_Remaining="0", X_RateLimit_Reset_After="0.5")
    batch = await run(asking, FakeDiscord({"": [spent]}))
    assert batch.faults == ()
    assert clock.slept == [0.55]


async def test_one_cheap_call_shows_that_it_can_be_read(asking: Client) -> None:
    async with serve(FakeDiscord()) as server:
        settings = {"guild": GUILD, "token": TOKEN, "base_url": f"{server.url}/api/v10"}
        said = await COLLECTOR.examine(COLLECTOR.configure(settings), asking, SPAN)
        assert (said, len(server.asked)) == ("Acme, 512 members", 1)
        wrong = COLLECTOR.configure(settings | {"token": "wrong"})
        with pytest.raises(AuthFailed) as fault:
            await COLLECTOR.examine(wrong, asking, SPAN)
        assert "Developer Portal" in fault.value.hint


@pytest.mark.parametrize(
    ("setting", "value"),
    [("guild", "acme"), ("guild", ""), ("token", " "), ("base_url", "ftp://discord.com"), ("base_url", "x")],
)
def test_settings_that_cannot_work_are_refused(setting: str, value: str) -> None:
    with pytest.raises(ValidationError, match=setting):
        COLLECTOR.configure({"guild": GUILD, "token": TOKEN, setting: value})
