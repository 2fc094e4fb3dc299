"""LinkedIn's own traps: its query language, tokens that end, versions that die, a year that is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.base import Client
from collectors.linkedin import COLLECTOR
from tests.collectors.loopback import Asked, Said, serve
from tests.collectors.scenarios.base import NOW, Scenario, figures, filled, play, refused
from tests.collectors.scenarios.linkedin import LinkedIn, nine_days, settings, with_posts


async def test_the_query_keeps_its_brackets_and_the_page_is_escaped(client: Client) -> None:
    _, server = await play(COLLECTOR, nine_days(), client)
    (asked,) = [one.target for one in server.asked if "ShareStatistics" in one.target]
    assert "organizationalEntity=urn%3Ali%3Aorganization%3A10000001&" in asked
    assert (
        "timeIntervals=(timeRange:(start:1794355200000,end:1795132800000),timeGranularityType:DAY)" in asked
    )


async def test_gains_are_asked_for_no_later_than_two_days_ago(client: Client) -> None:
    _, server = await play(COLLECTOR, nine_days(), client)
    (asked,) = [one.target for one in server.asked if "FollowerStatistics" in one.target]
    assert "end:1794960000000" in asked  # 18 November, midnight UTC


@pytest.mark.parametrize(("days", "warns"), [(15, False), (13, True), (0, True)])
async def test_a_refresh_token_about_to_end_is_told_of(client: Client, days: int, warns: bool) -> None:
    vendor = LinkedIn(refresh_lives=days * 86_400)
    batch, _ = await play(COLLECTOR, nine_days(), client, answer=vendor)
    assert batch.faults == ()
    assert [f"{days} days" in one or "ended" in one for one in batch.notes] == [True] * warns


@pytest.mark.parametrize(("ends", "warns"), [("2026-12-10", False), ("2026-11-30", True), (None, False)])
async def test_a_given_token_is_told_of_where_its_end_is_known(
    client: Client, ends: str | None, warns: bool
) -> None:
    given: dict[str, Any] = {key: settings()[key] for key in ("organization", "base_url", "version")}
    given |= {"token": "access-token-41d2", "token_expires": ends}
    batch, server = await play(COLLECTOR, replace(nine_days(), settings=given), client)
    assert batch.faults == ()
    assert bool(batch.notes) is warns
    assert not [one for one in server.asked if one.method == "POST"]


async def test_the_access_token_is_renewed_twice_a_day_and_after_a_refusal(client: Client) -> None:
    vendor, moment = LinkedIn(), [NOW]
    client.now = lambda: moment[0]
    renewed: list[datetime] = []

    def answer(asked: Asked) -> Said:
        renewed.extend([moment[0]] * (asked.method == "POST"))
        refuses = moment[0] == NOW + timedelta(hours=2)
        return Said(401) if refuses and asked.method == "GET" else vendor(asked)

    async with serve(answer) as server:
        config = COLLECTOR.configure(filled(settings(), server.url))
        for hours in (0, 1, 2, 3, 16):
            moment[0] = NOW + timedelta(hours=hours)
            await COLLECTOR.run(config, client, nine_days().span(moment[0]))
    assert [(one - NOW) // timedelta(hours=1) for one in renewed] == [0, 3, 16]


@pytest.mark.parametrize(
    ("change", "kind", "hint"),
    [
        ({"version": "202401"}, "UnexpectedResponse", "Set version"),
        ({"refresh_token": "another-token"}, "AuthFailed", "Sign in again"),
    ],
)
async def test_a_refusal_says_what_to_do(
    client: Client, change: dict[str, str], kind: str, hint: str
) -> None:
    batch, _ = await play(COLLECTOR, replace(nine_days(), settings=settings() | change), client)
    assert batch.samples == ()
    assert {one.kind for one in batch.faults} == {kind}
    assert all(hint in one.hint for one in batch.faults)


async def test_nothing_older_than_twelve_months_is_asked_for(client: Client) -> None:
    scenario = replace(nine_days(), since=NOW - timedelta(days=800), until=NOW - timedelta(days=500))
    batch, server = await play(COLLECTOR, scenario, client)
    assert batch.faults == ()
    assert not [one for one in server.asked if "Statistics" in one.target]


async def test_a_day_that_is_no_midnight_is_not_taken(client: Client) -> None:
    vendor = LinkedIn()

    def answer(asked: Asked) -> Said:
        said = vendor(asked)
        return replace(said, body=said.body.replace(b'"start": 1794355200000', b'"start": 1794355200001'))

    batch, _ = await play(COLLECTOR, nine_days(), client, answer=answer)
    assert {one.part for one in batch.faults} == {"follower gains", "posts"}
    assert {one.metric for one in batch.samples} == {"linkedin.followers"}


async def test_one_cheap_call_tells_the_followers(client: Client) -> None:
    scenario: Scenario = nine_days()
    async with serve(scenario.answer) as server:
        config = COLLECTOR.configure(filled(dict(scenario.settings), server.url))
        assert await COLLECTOR.examine(config, client, scenario.span()) == "1,204 followers"
        assert len(server.asked) == 2


@pytest.mark.parametrize(
    "change",
    [{"refresh_token": None}, {"client_secret": None}, {"token": "both-given"}, {"version": "202613"}],
)
def test_settings_that_cannot_work_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        COLLECTOR.configure(filled(settings(), "http://localhost") | change)


async def test_posts_are_read_only_where_they_are_asked_for(client: Client) -> None:
    plain, server = await play(COLLECTOR, nine_days(), client)
    assert (plain.mentions, [one.path for one in server.asked if "posts" in one.path]) == ((), [])
    batch, server = await play(COLLECTOR, with_posts(), client)
    assert [(one.text, one.reach) for one in batch.mentions] == [
        ("A talk", 310.0),
        ("Nobody saw it", None),
        ("We are hiring", 12_000.0),
    ]
    assert sum("List(" in one.target or "/posts" in one.path for one in server.asked) == 3


async def test_posts_that_may_not_be_read_cost_no_number(client: Client) -> None:
    scenario = with_posts()

    def answer(asked: Asked) -> Said:
        return refused(403) if asked.path == "/rest/posts" else LinkedIn()(asked)

    batch, _ = await play(COLLECTOR, scenario, client, answer=answer)
    (fault,) = batch.faults
    assert (fault.part, fault.kind, fault.metrics) == ("texts", "AuthFailed", ())
    assert "r_organization_social" in fault.hint
    assert len(figures(batch.samples)) == len(figures(scenario.expected))
