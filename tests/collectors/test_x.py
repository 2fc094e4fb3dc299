"""X's own traps: what it costs, two names for one thing, errors beside data, and signed requests."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from collectors.base import Client
from collectors.faults import UnexpectedResponse
from collectors.x import COLLECTOR, either
from collectors.x_signature import Keys, signature
from tests.collectors.loopback import Asked, Said, said_json, serve
from tests.collectors.scenarios.base import NOW, filled, play, refused
from tests.collectors.scenarios.x import X, settings, three_days, with_what_others_write

DOCUMENTED = Keys(
    SecretStr("xvz1evFS4wEEPTGEFPHBog"),
    SecretStr("kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw"),
    SecretStr("370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb"),
    SecretStr("LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE"),
)
"""The keys of the example in X's documentation, which are no longer valid."""


def test_a_signature_is_the_one_of_the_documentation() -> None:
    params = {
        "status": "Hello Ladies + Gentlemen, a signed OAuth request!",
        "include_entities": "true",
        "oauth_consumer_key": DOCUMENTED.api_key.get_secret_value(),
        "oauth_nonce": "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "1318622958",
        "oauth_token": DOCUMENTED.access_token.get_secret_value(),
        "oauth_version": "1.0",
    }
    url = "https://api.x.com/1.1/statuses/update.json"
    assert signature(DOCUMENTED, "POST", url, params) == "Ls93hJiZbQ3akF3HF3x1Bz8/zU4="


async def test_a_run_costs_what_was_booked(client: Client) -> None:
    vendor = X()
    batch, server = await play(COLLECTOR, three_days(), client, answer=vendor)
    assert batch.faults == ()
    prices = {"username": "0.010", "counts": "0.005", "2244994945": "0.020"}
    booked = [next((price for part, price in prices.items() if part in one), None) for one in vendor.cost]
    analytics = 24 * Decimal("0.005")  # of 24 posts
    total = sum((Decimal(one) for one in booked if one), analytics)
    (spent,) = client.spending.spent.values()  # type: ignore[attr-defined]
    assert spent == total == Decimal("0.185")
    assert len(server.asked) == 7


@pytest.mark.parametrize(("budget", "asked"), [("0", 0), ("0.010", 1), ("0.016", 2), ("0.020", 3)])
async def test_nothing_is_asked_beyond_the_budget(client: Client, budget: str, asked: int) -> None:
    scenario = replace(three_days(), settings=settings() | {"budget": budget, "user": None})
    batch, server = await play(COLLECTOR, scenario, client)
    assert len(server.asked) == asked
    assert {one.kind for one in batch.faults} == {"RateLimited"}
    assert all("budget" in one.message for one in batch.faults)
    assert "x.brand_mentions" not in {one.metric for one in batch.samples}


async def test_a_comparison_without_one_of_the_brands_is_none(client: Client) -> None:
    vendor = X()

    def answer(asked: Asked) -> Said:
        return refused(400, title="Invalid Request") if "third" in asked.target else vendor(asked)

    batch, _ = await play(COLLECTOR, three_days(), client, answer=answer)
    (fault,) = batch.faults
    assert fault.metrics == ("x.brand_mentions",)
    found = {one.metric for one in batch.samples}
    assert "x.mentions" in found
    assert "x.brand_mentions" not in found


@pytest.mark.parametrize(
    ("said", "kind", "hint"),
    [
        (refused(402, title="CreditsDepleted"), "RateLimited", "No credits"),
        (refused(403, title="Client Forbidden"), "AuthFailed", "project"),
        (
            said_json({"errors": [{"title": "Not Found Error", "type": ".../resource-not-found"}]}),
            "UnexpectedResponse",
            "username",
        ),
        (
            said_json({"errors": [{"title": "Field", "type": ".../not-authorized-for-field"}], "data": {}}),
            "AuthFailed",
            "project",
        ),
    ],
)
async def test_a_refusal_says_what_to_do(client: Client, said: Said, kind: str, hint: str) -> None:
    batch, _ = await play(COLLECTOR, three_days(), client, answer=lambda _: said)
    assert batch.samples == ()
    assert {one.kind for one in batch.faults} == {kind}
    assert all(hint in one.hint for one in batch.faults)


@pytest.mark.parametrize(("found", "value"), [({"post_count": 3}, 3), ({"tweet_count": 4}, 4)])
def test_whichever_name_is_there_is_read(found: dict[str, int], value: int) -> None:
    assert either(found, "post_count", "tweet_count") == value


@pytest.mark.parametrize("found", [{}, {"total": 3}, None, {"post_count": None}])
def test_neither_name_is_a_fault(found: Any) -> None:
    with pytest.raises(UnexpectedResponse, match="post_count"):
        either(found, "post_count", "tweet_count")


async def test_the_archive_is_asked_for_only_beyond_a_week(client: Client) -> None:
    for days, path in ((6, "recent"), (8, "all")):
        scenario = replace(three_days(), since=NOW - timedelta(days=days), until=NOW - timedelta(days=2))
        batch, server = await play(COLLECTOR, scenario, client)
        assert batch.faults == ()
        assert {one.path.rsplit("/", 1)[1] for one in server.asked if "counts" in one.path} == {path}
        assert all(
            one.query["end_time"] == "2026-11-19T00:00:00Z" for one in server.asked if "counts" in one.path
        )


async def test_without_a_user_nothing_of_posts_is_asked(client: Client) -> None:
    batch, server = await play(COLLECTOR, replace(three_days(), settings=settings() | {"user": None}), client)
    assert batch.faults == ()
    assert "x.impressions" not in {one.metric for one in batch.samples}
    assert len(server.asked) == 4


async def test_one_cheap_call_tells_the_followers(client: Client) -> None:
    async with serve(X()) as server:
        config = COLLECTOR.configure(filled(settings(), server.url))
        assert await COLLECTOR.examine(config, client, three_days().span()) == "@acme, 2,031 followers"
        assert len(server.asked) == 1


@pytest.mark.parametrize(
    "change",
    [{"username": "@acme"}, {"budget": -1}, {"competitors": {"Acme": "x"}}, {"user": {"api_key": "one"}}],
)
def test_settings_that_cannot_work_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        COLLECTOR.configure(filled(settings(), "http://localhost") | change)


async def test_what_others_write_is_read_only_where_it_is_asked_and_paid_for(client: Client) -> None:
    plain, _ = await play(COLLECTOR, three_days(), client)
    (before,) = client.spending.spent.values()  # type: ignore[attr-defined]
    batch, server = await play(COLLECTOR, with_what_others_write(), client)
    (after,) = client.spending.spent.values()  # type: ignore[attr-defined]
    assert {one.kind for one in plain.mentions} == {"post"}
    assert [one.reach for one in batch.mentions if one.kind == "mention"] == [54_000.0, 12.0]
    assert after - 2 * before == 20 * Decimal("0.005")
    (asked,) = [one for one in server.asked if "search" in one.path]
    assert asked.query["start_time"] == "2026-11-19T12:00:00Z"


async def test_a_past_is_read_without_what_others_write(client: Client) -> None:
    scenario = replace(with_what_others_write(), until=NOW - timedelta(days=1))
    _, server = await play(COLLECTOR, scenario, client)
    assert not [one for one in server.asked if "search" in one.path]
