"""Brand24's own traps: a month a request, an envelope with two boxes, totals that its days do not make up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.base import Client
from collectors.brand24 import COLLECTOR, parse_mention
from tests.collectors.loopback import Asked, Said, said_json, serve
from tests.collectors.scenarios import brand24 as vendor
from tests.collectors.scenarios.base import filled, play, refused
from tests.collectors.scenarios.brand24 import Brand24, fifty_days_in_another_box, two_weeks


async def test_no_request_spans_more_than_a_month(client: Client) -> None:
    _, server = await play(COLLECTOR, fifty_days_in_another_box(), client)
    spans = [(one.query["date_from"], one.query["date_to"]) for one in server.asked if "reach" in one.path]
    assert spans == [("2026-10-01", "2026-10-28"), ("2026-10-29", "2026-11-20")]


@pytest.mark.parametrize(
    ("said", "kind", "hint"),
    [
        (refused(402, message="quota", code=402), "RateLimited", "quota"),
        (said_json({"status": "fail", "code": 403, "message": "no"}), "AuthFailed", "api_key"),
        (said_json({"status": "error", "code": 500, "message": "no"}), "Unavailable", "next run"),
        (said_json({"status": "fail", "code": 404, "message": "no"}), "UnexpectedResponse", "project"),
        (said_json({"status": "fail", "code": 429, "message": "no"}), "RateLimited", "quota"),
        (refused(401, message="no", code=401), "AuthFailed", "api_key"),
    ],
)
async def test_a_refusal_says_what_to_do(client: Client, said: Said, kind: str, hint: str) -> None:
    batch, _ = await play(COLLECTOR, two_weeks(), client, answer=lambda _: said)
    assert batch.samples == ()
    assert {one.kind for one in batch.faults} == {kind}
    assert all(hint in one.hint for one in batch.faults)


async def test_a_comparison_without_one_of_the_brands_is_none(client: Client) -> None:
    def answer(asked: Asked) -> Said:
        return refused(404) if vendor.PROJECTS["Other"] in asked.path else Brand24()(asked)

    batch, _ = await play(COLLECTOR, two_weeks(), client, answer=answer)
    assert [one.metrics for one in batch.faults] == [("brand24.brand_mentions",)]
    found = {one.metric for one in batch.samples}
    assert found == {"brand24.mentions", "brand24.tone_mentions", "brand24.reach"}


async def test_a_day_that_one_brand_lacks_is_compared_for_none(client: Client) -> None:
    def answer(asked: Asked) -> Said:
        said = Brand24()(asked)
        lacking = said.body.replace(b'"2026-11-19": 0', b'"2026-12-31": 0')
        return replace(said, body=lacking) if vendor.PROJECTS["Other"] in asked.path else said

    batch, _ = await play(COLLECTOR, two_weeks(), client, answer=answer)
    assert batch.faults == ()
    days = {one.at.day for one in batch.samples if one.metric == "brand24.brand_mentions"}
    assert 19 not in days
    assert len(days) == 14


async def test_one_cheap_call_tells_of_yesterday(client: Client) -> None:
    async with serve(Brand24()) as server:
        config = COLLECTOR.configure(filled(vendor.settings(), server.url))
        assert await COLLECTOR.examine(config, client, two_weeks().span()) == "1 mentions yesterday"
        assert len(server.asked) == 1


@pytest.mark.parametrize("change", [{"project": "acme"}, {"competitors": {"Acme": "1"}}, {"api_key": None}])
def test_settings_that_cannot_work_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        COLLECTOR.configure(filled(vendor.settings(), "http://localhost") | change)


@pytest.mark.parametrize(
    ("source", "reference", "url", "site"),
    [
        (
            "https://www.blog.example/1",
            "https://www.blog.example/1",
            "https://www.blog.example/1",
            "blog.example",
        ),
        ("Tweet-ID: 77", "Tweet-ID: 77", "", "x.com"),
        (None, "x.com 2026-11-19T08:30 Bad. Very", "", "x.com"),
    ],
)
def test_a_mention_without_an_id_is_known_by_its_place_or_its_words(
    source: str | None, reference: str, url: str, site: str
) -> None:
    told = {"date": "2026-11-19", "time": "08:30", "title": "Bad", "content": "Very", "sentiment": -1}
    found = parse_mention(told | {"host": "www.x.com" if url else "x.com", "source": source}, "Acme")
    assert found is not None
    assert (found.reference, found.url, found.site, found.sentiment) == (reference, url, site, -1.0)
    assert (found.at, found.reach) == (datetime(2026, 11, 19, 8, 30, tzinfo=UTC), None)


def test_a_mention_without_words_is_none() -> None:
    told = {"date": "2026-11-19", "time": None, "title": None, "content": None, "source": "Tweet-ID: 7"}
    assert parse_mention(told, "Acme") is None
