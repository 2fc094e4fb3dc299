"""Reddit's own traps: lists that are cut off, numbers that were taken back, limits in decimals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.base import Client
from collectors.reddit import COLLECTOR
from tests.collectors.loopback import Asked, Said, serve
from tests.collectors.scenarios.base import filled, play, refused
from tests.collectors.scenarios.reddit import (
    HOME,
    Reddit,
    Thing,
    a_busy_community_in_adelaide,
    four_days,
    settings,
)


async def test_days_before_the_oldest_that_is_told_are_left_out(client: Client) -> None:
    batch, server = await play(COLLECTOR, a_busy_community_in_adelaide(), client)
    assert batch.faults == ()
    days = {one.at.day for one in batch.samples if one.metric == "reddit.comments"}
    assert len(days) < len({one.at.day for one in batch.samples if one.metric == "reddit.posts"})
    assert sum("comments" in one.path for one in server.asked) == 10


async def test_a_number_that_was_taken_back_is_no_zero(client: Client) -> None:
    batch, _ = await play(COLLECTOR, four_days(), client, answer=Reddit(active=None))
    assert batch.faults == ()
    assert "reddit.active_users" not in {one.metric for one in batch.samples}


async def test_reading_stops_at_the_first_day(client: Client) -> None:
    old = [Thing("t3", HOME, "2026-11-01T00:00")] * 150
    _, server = await play(COLLECTOR, four_days(), client, answer=Reddit(old))
    assert sum(one.path.endswith("/new") for one in server.asked) == 1


async def test_one_thing_told_on_two_pages_counts_once(client: Client) -> None:
    vendor = Reddit([Thing("t3", HOME, f"2026-11-20T{1 + n // 60:02d}:{n % 60:02d}") for n in range(150)])

    def answer(asked: Asked) -> Said:
        if asked.query.get("after") == "t3_100":
            asked = replace(asked, target=asked.target.replace("t3_100", "t3_90"))
        return vendor(asked)

    batch, _ = await play(COLLECTOR, four_days(), client, answer=answer)
    assert sum(one.value for one in batch.samples if one.metric == "reddit.posts") == 150


@pytest.mark.parametrize(
    ("said", "kind", "hint"),
    [
        (refused(403, reason="private", message="Forbidden"), "AuthFailed", "approve"),
        (refused(404, reason="banned", message="Not Found"), "UnexpectedResponse", "r/"),
    ],
)
async def test_a_refusal_says_what_to_do(client: Client, said: Said, kind: str, hint: str) -> None:
    vendor = Reddit()

    def answer(asked: Asked) -> Said:
        return said if asked.path.startswith("/r/") else vendor(asked)

    batch, _ = await play(COLLECTOR, four_days(), client, answer=answer)
    assert {(one.part, one.kind) for one in batch.faults} == {
        ("community", kind),
        ("posts", kind),
        ("comments", kind),
    }
    assert all(hint in one.hint for one in batch.faults)
    assert {one.metric for one in batch.samples} == {"reddit.mentions", "reddit.brand_mentions"}


async def test_one_cheap_call_tells_the_members(client: Client) -> None:
    async with serve(Reddit()) as server:
        config = COLLECTOR.configure(filled(settings(), server.url))
        assert await COLLECTOR.examine(config, client, four_days().span()) == "r/acmedb, 1,850 members"


@pytest.mark.parametrize(
    "change",
    [
        {"subreddit": "", "brand": None, "competitors": []},
        {"brand": None},
        {"competitors": ["Acme DB"]},
        {"subreddit": "r/acmedb"},
        {"user_agent": "short"},
    ],
)
def test_settings_that_cannot_work_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        COLLECTOR.configure(filled(settings(), "http://localhost") | change)
