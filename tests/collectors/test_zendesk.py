"""Zendesk's traps: the last minute, business hours, a stream without an end, and somebody without a name."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.base import Batch
from collectors.faults import UnexpectedResponse
from collectors.http import Client
from collectors.zendesk import COLLECTOR, probe
from tests.collectors.loopback import Asked, Said, said_json, serve
from tests.collectors.scenarios.base import NOW, Answerer, filled, play
from tests.collectors.scenarios.zendesk import Zendesk, an_account


async def collected(client: Client, answer: Answerer, **more: Any) -> Batch:
    scenario = an_account()
    scenario.settings = {**scenario.settings, **more}
    return (await play(COLLECTOR, scenario, client, answer=answer))[0]


async def test_the_export_is_asked_from_a_minute_before_the_days(client: Client) -> None:
    _, server = await play(COLLECTOR, an_account(), client)
    first = next(one for one in server.asked if "start_time" in one.query)
    assert int(first.query["start_time"]) == int(NOW.replace(month=10, day=21, hour=0).timestamp()) - 60


async def test_times_are_in_business_hours_where_set(client: Client) -> None:
    batch = await collected(client, Zendesk(), hours="business", ratings=False)
    replies = [one.value for one in batch.samples if one.metric == "zendesk.first_reply_time"]
    assert sorted(replies) == [600, 600, 12_000]
    assert not [one for one in batch.samples if one.metric == "zendesk.ratings"]


@pytest.mark.parametrize("spoilt", [b'"after_cursor": "', b'"metric_sets": [{"ticket_id": 5'])
async def test_a_stream_that_is_not_whole_is_not_used(spoilt: bytes, client: Client) -> None:
    account = Zendesk()

    def answer(asked: Asked) -> Said:
        said = account(asked)
        if "incremental" not in asked.path:
            return said
        return Said(said.status, said.body.replace(spoilt, spoilt.replace(b'": ', b'_": ')), said.headers)

    batch = await collected(client, answer)
    assert [one.part for one in batch.faults] == ["tickets"]
    assert {one.metric for one in batch.samples} == {"zendesk.ratings"}


async def test_a_wrong_token_is_found_out(client: Client) -> None:
    nobody = {"user": {"id": None, "name": "Anonymous user", "role": "end-user"}}
    async with serve(lambda _: said_json(nobody)) as server:
        config = COLLECTOR.configure(filled(dict(an_account().settings), server.url))
        with pytest.raises(UnexpectedResponse, match="does not know who asks"):
            await probe(config, client)
