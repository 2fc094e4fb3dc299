"""Mention's own traps: a quota that is used up, days in a zone, totals that its days do not make up."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.base import Client
from collectors.mention import COLLECTOR
from tests.collectors.loopback import Asked, Said, said_json, serve
from tests.collectors.scenarios.base import filled, play, refused
from tests.collectors.scenarios.mention import (
    ALERTS,
    Mention,
    over_a_change_of_clocks,
    settings,
    two_weeks,
)


async def test_days_are_asked_for_in_the_companys_zone(client: Client) -> None:
    _, server = await play(COLLECTOR, over_a_change_of_clocks(), client)
    query = server.asked[0].query
    assert query["timezone"] == "America/New_York"
    assert (query["from"], query["to"]) == ("2026-10-30T00:00:00.0", "2026-11-13T23:59:59.0")


async def test_each_tone_is_asked_for_by_itself(client: Client) -> None:
    _, server = await play(COLLECTOR, two_weeks(), client)
    stats = [one for one in server.asked if one.path.endswith("/stats")]
    asked = [(one.query["alerts[]"], one.query.get("tones[]")) for one in stats]
    own, other = ALERTS["Acme"], ALERTS["Other"]
    assert asked == [(own, None), (other, None), (own, "1"), (own, "0"), (own, "-1")]


@pytest.mark.parametrize(
    ("status", "kind", "hint"),
    [
        (401, "AuthFailed", "new token"),
        (402, "RateLimited", "quota"),
        (403, "AuthFailed", "Share"),
        (404, "UnexpectedResponse", "account and alert"),
    ],
)
async def test_a_refusal_says_what_to_do(client: Client, status: int, kind: str, hint: str) -> None:
    batch, _ = await play(COLLECTOR, two_weeks(), client, answer=lambda _: refused(status, message="no"))
    assert batch.samples == ()
    assert {one.kind for one in batch.faults} == {kind}
    assert all(hint in one.hint for one in batch.faults)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"mentions_per_interval": {"data": {"2026-11-06": 3}, "total": 4}},
        {"mentions_per_interval": {"data": {"2026-11-06": 3}}},
        {"mentions_per_interval": {"data": 3, "total": 3}},
    ],
)
async def test_what_cannot_be_made_sense_of_gives_no_number(client: Client, told: Any) -> None:
    def answer(asked: Asked) -> Said:
        return said_json({"stats": {asked.query.get("alerts[]", ""): told}})

    batch, _ = await play(COLLECTOR, two_weeks(), client, answer=answer)
    assert batch.samples == ()
    assert {one.kind for one in batch.faults} == {"UnexpectedResponse"}


async def test_a_day_that_is_not_told_is_no_zero(client: Client) -> None:
    def answer(asked: Asked) -> Said:
        said = Mention()(asked)
        if not asked.path.endswith("/stats"):
            return said
        body = json.loads(said.body)
        body["stats"][asked.query["alerts[]"]]["mentions_per_interval"]["data"].pop("2026-11-10")
        return said_json(body)

    batch, _ = await play(COLLECTOR, two_weeks(), client, answer=answer)
    assert batch.faults == ()
    assert 10 not in {one.at.day for one in batch.samples}


async def test_one_cheap_call_names_the_alert(client: Client) -> None:
    async with serve(Mention()) as server:
        config = COLLECTOR.configure(filled(settings(), server.url))
        assert await COLLECTOR.examine(config, client, two_weeks().span()) == "the alert Acme brand"
        assert len(server.asked) == 1


@pytest.mark.parametrize("change", [{"alert": ""}, {"account": "a/b"}, {"competitors": {"Acme": "1"}}])
def test_settings_that_cannot_work_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        COLLECTOR.configure(filled(settings(), "http://localhost") | change)
