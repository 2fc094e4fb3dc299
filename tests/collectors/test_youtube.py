"""YouTube: hidden subscribers, consent, quotas on Pacific time, and parts that fail alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.base import Batch, Client
from collectors.youtube import COLLECTOR, COUNTERS
from tests.collectors.loopback import Asked, Said, serve
from tests.collectors.scenarios.base import filled, play
from tests.collectors.scenarios.google import said_no
from tests.collectors.scenarios.youtube import CHANNEL, KEY, FakeYouTube, owned, views

LAST = date(2026, 11, 18)
COUNTED = {one.name for one in COUNTERS.values()}


def fake(**statistics: object) -> FakeYouTube:
    made = FakeYouTube(views(date(2026, 11, 1), LAST), LAST)
    made.statistics |= statistics
    return made


async def run(client: Client, answer: Any, **settings: Any) -> Batch:
    scenario = owned()
    changed = replace(scenario, settings={**scenario.settings, **settings})
    return (await play(COLLECTOR, changed, client, answer=answer))[0]


async def test_hidden_subscribers_are_no_zero(client: Client) -> None:
    batch = await run(client, fake(hiddenSubscriberCount=True, subscriberCount="0"))
    assert "youtube.subscribers" not in {one.metric for one in batch.samples}
    assert "the channel hides its subscribers" in batch.notes
    assert batch.faults == ()


async def test_with_a_key_alone_counters_and_videos_are_read(client: Client) -> None:
    settings = {"channel": CHANNEL, "api_key": KEY, "base_url": "{url}", "analytics_url": "{url}"}
    batch, server = await play(COLLECTOR, replace(owned(), settings=settings), client, answer=fake())
    assert {one.metric for one in batch.samples} == COUNTED
    assert len(batch.mentions) == 2
    assert len(server.asked) == 3


async def test_an_owner_needs_no_key(client: Client) -> None:
    batch = await run(client, fake(), api_key=None)
    assert batch.faults == ()
    assert {one.metric for one in batch.samples} > COUNTED


async def test_a_withdrawn_consent_costs_the_reports_alone(client: Client) -> None:
    batch = await run(client, fake(), refresh_token="1//withdrawn-consent")
    (fault,) = batch.faults
    assert (fault.part, fault.kind) == ("reports", "AuthFailed")
    assert {one.metric for one in batch.samples} == COUNTED
    assert "withdrawn" not in str(fault)


async def test_a_wrong_key_is_told_as_that(client: Client) -> None:
    batch = await run(client, fake(), api_key="AIza-another-key")
    assert [(one.part, one.kind) for one in batch.faults] == [
        ("channel", "AuthFailed"),
        ("videos", "AuthFailed"),
    ]
    assert all("set api_key" in one.hint for one in batch.faults)


async def test_a_channel_without_videos_has_none_to_tell_of(client: Client) -> None:
    stand_in = fake()

    def answer(asked: Asked) -> Said:
        return said_no(404, "No list", "NOT_FOUND") if "playlistItems" in asked.path else stand_in(asked)

    batch = await run(client, answer)
    assert (batch.faults, batch.mentions) == ((), ())


async def test_a_channel_nobody_knows_is_a_fault(client: Client) -> None:
    batch = await run(client, fake(), channel="UC" + "x" * 22)
    assert {(one.part, one.kind) for one in batch.faults} == {
        ("channel", "UnexpectedResponse"),
        ("reports", "AuthFailed"),
    }


async def test_a_used_up_quota_returns_at_midnight_in_california(client: Client) -> None:
    stand_in = fake()

    def answer(asked: Asked) -> Said:
        if asked.path.startswith("/youtube/"):
            return said_no(403, "The request cannot be completed", "x", errors=[{"reason": "quotaExceeded"}])
        return stand_in(asked)

    batch = await run(client, answer)
    told = {(one.kind, one.retry_after) for one in batch.faults}
    assert told == {("RateLimited", timedelta(hours=20))}


async def test_a_day_the_report_leaves_out_has_no_figure(client: Client) -> None:
    batch = await run(client, fake())
    days = {one.at.date() for one in batch.samples if one.metric == "youtube.views"}
    assert date(2026, 11, 3) not in days
    assert max(days) == LAST


async def test_one_call_shows_that_it_can_be_read(client: Client) -> None:
    async with serve(fake()) as server:
        config = COLLECTOR.configure(filled(dict(owned().settings), server.url))
        assert await COLLECTOR.examine(config, client, owned().span()) == "Acme Engine, 42 videos"
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"channel": "@acme", "api_key": "k"}, "channel"),
        ({"channel": CHANNEL}, "set api_key"),
        ({"channel": CHANNEL, "api_key": "k", "client_id": "c"}, "client_secret, refresh_token is missing"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        COLLECTOR.configure(settings)
