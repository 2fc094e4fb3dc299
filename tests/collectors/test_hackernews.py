"""Hacker News' traps: near misses, the thousand that can be reached, pages that say nothing is there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.base import Client
from collectors.hackernews import COLLECTOR, names
from tests.collectors.loopback import Asked, Said, said_json, serve
from tests.collectors.scenarios.base import filled, play
from tests.collectors.scenarios.hackernews import HackerNews, a_storm_over_a_change_of_clocks, a_week


@pytest.mark.parametrize(
    ("brand", "hit", "named"),
    [
        ("Acme DB", {"title": "ACME  db is fast"}, True),
        ("Acme DB", {"comment_text": "<p>acme&nbsp;db&#x27;s store"}, True),
        ("Acme DB", {"story_text": "acme dbs"}, False),
        ("Acme DB", {"story_title": "Acme DB", "comment_text": "nice"}, False),
        ("acmedb", {"url": "https://acmedb.com/blog"}, True),
        ("acmedb", {"url": "https://notacmedb.com"}, False),
        ("C++", {"title": "Why C++ now"}, True),
        ("Acme", {"title": None, "url": 7}, False),
    ],
)
def test_a_mention_has_the_whole_name(brand: str, hit: dict[str, Any], named: bool) -> None:
    assert names(brand, hit) is named


async def test_more_than_can_be_reached_is_read_in_pieces(client: Client) -> None:
    batch, server = await play(COLLECTOR, a_storm_over_a_change_of_clocks(), client)
    assert batch.faults == ()
    assert len(server.asked) < 25
    assert sum(one.value for one in batch.samples if one.metric == "hackernews.mentions") == 2500


@pytest.mark.parametrize(
    "page",
    [
        {"hits": [], "nbHits": 7, "exhaustiveNbHits": True},
        {"hits": [], "nbHits": 0, "exhaustiveNbHits": False},
        {"hits": [{"created_at_i": 1, "_tags": []}], "nbHits": 0, "exhaustiveNbHits": True},
    ],
    ids=["hits left out", "not counted to the end", "a count behind the cap"],
)
async def test_a_count_that_does_not_fit_its_hits_is_no_number(client: Client, page: dict[str, Any]) -> None:
    vendor = HackerNews()

    def answer(asked: Asked) -> Said:
        return said_json(page) if asked.path.endswith("by_date") else vendor(asked)

    batch, _ = await play(COLLECTOR, a_week(), client, answer=answer)
    assert {one.part for one in batch.faults} == {"mentions", "points"}
    assert {one.metric for one in batch.samples} == {"hackernews.front_page", "hackernews.front_page_points"}


async def test_an_empty_front_page_is_a_fault(client: Client) -> None:
    batch, _ = await play(COLLECTOR, a_week(), client, answer=HackerNews(()))
    assert [one.part for one in batch.faults] == ["front page"]


async def test_without_competitors_there_is_no_comparison(client: Client) -> None:
    alone = replace(a_week(), settings={**a_week().settings, "competitors": []})
    batch, _ = await play(COLLECTOR, alone, client)
    assert "hackernews.brand_mentions" not in {one.metric for one in batch.samples}


async def test_one_cheap_call_tells_how_much_there_is(client: Client) -> None:
    async with serve(HackerNews()) as server:
        config = COLLECTOR.configure(filled(dict(a_week().settings), server.url))
        assert "about 7 stories" in await COLLECTOR.examine(config, client, a_week().span())


@pytest.mark.parametrize("change", [{"brand": "-"}, {"brand": 'a"b'}, {"competitors": ["Acme DB"]}])
def test_settings_that_cannot_work_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        COLLECTOR.configure(filled(dict(a_week().settings), "http://localhost") | change)
