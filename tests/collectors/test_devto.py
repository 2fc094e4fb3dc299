"""Forem's own traps: lists that name no next page, views that are told to the author alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.base import Client
from collectors.devto import COLLECTOR
from tests.collectors.loopback import Asked, Said, serve
from tests.collectors.scenarios.base import filled, play, refused
from tests.collectors.scenarios.devto import ARTICLES, Article, Forem, a_team_without_a_key, an_author


@pytest.mark.parametrize(("articles", "pages"), [(0, 1), (99, 1), (100, 2), (101, 2)])
async def test_a_list_ends_with_a_page_that_is_not_full(client: Client, articles: int, pages: int) -> None:
    vendor = Forem([Article("ann", False, 1, 1, 1)] * articles)
    batch, server = await play(COLLECTOR, an_author(), client, answer=vendor)
    assert batch.faults == ()
    assert sum("published" in one.path for one in server.asked) == pages
    assert {one.value for one in batch.samples if one.metric == "devto.articles"} == {articles}


async def test_an_article_told_on_two_pages_counts_once(client: Client) -> None:
    vendor, news = Forem(), [0]

    def answer(asked: Asked) -> Said:
        if asked.query.get("page") == "2" and not news[0]:  # one is published while the list is read
            news[0] = 1
            said = Forem(ARTICLES[:100])(replace(asked, target=asked.target.replace("page=2", "page=1")))
            return replace(said, body=b"[" + said.body[said.body.rindex(b"{") : -1] + b"]")
        return vendor(asked)

    batch, _ = await play(COLLECTOR, an_author(), client, answer=answer)
    assert {one.value for one in batch.samples if one.metric == "devto.articles"} == {100}


async def test_views_that_are_not_told_are_a_fault_and_no_zero(client: Client) -> None:
    def answer(asked: Asked) -> Said:
        said = Forem()(asked)
        return replace(said, body=said.body.replace(b"page_views_count", b"other_count"))

    batch, _ = await play(COLLECTOR, an_author(), client, answer=answer)
    assert [(one.part, one.kind) for one in batch.faults] == [("articles", "UnexpectedResponse")]
    assert {one.metric for one in batch.samples} == {"devto.followers"}


async def test_a_person_is_read_by_name_without_views(client: Client) -> None:
    scenario = replace(a_team_without_a_key(), settings={"username": "bob", "base_url": "{url}/api"})
    batch, _ = await play(COLLECTOR, scenario, client)
    found = {one.metric: one.value for one in batch.samples}
    assert found == {"devto.articles": 1, "devto.reactions": 44, "devto.comments": 7}


@pytest.mark.parametrize(("status", "hint"), [(401, "Extensions"), (404, "organization or username")])
async def test_a_refusal_says_what_to_do(client: Client, status: int, hint: str) -> None:
    batch, _ = await play(COLLECTOR, an_author(), client, answer=lambda _: refused(status, error="no"))
    assert batch.samples == ()
    assert all(hint in one.hint for one in batch.faults)


@pytest.mark.parametrize(
    ("settings", "said"),
    [({"api_key": "forem-key-a81b22"}, "the key of ann"), ({"organization": "acme-team"}, "3 articles")],
)
async def test_one_cheap_call_shows_that_it_can_be_read(
    client: Client, settings: dict[str, str], said: str
) -> None:
    async with serve(Forem()) as server:
        config = COLLECTOR.configure(filled({**settings, "base_url": "{url}/api"}, server.url))
        assert await COLLECTOR.examine(config, client, an_author().span()) == said
        assert len(server.asked) == 1


@pytest.mark.parametrize("settings", [{}, {"organization": "a", "username": "b"}, {"organization": "a/b"}])
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        COLLECTOR.configure(settings)
