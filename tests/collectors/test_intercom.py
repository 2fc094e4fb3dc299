"""Intercom's traps and its own description: nulls, ratings out of range, lists that shrink."""

from __future__ import annotations

import json

import pytest

from collectors.base import Batch
from collectors.http import Client
from collectors.intercom import COLLECTOR
from tests.collectors.loopback import Asked, Said
from tests.collectors.scenarios.base import Answerer, play
from tests.collectors.scenarios.intercom import Intercom, a_workspace
from tests.specs import fits


async def collected(client: Client, answer: Answerer) -> Batch:
    return (await play(COLLECTOR, a_workspace(), client, answer=answer))[0]


def swapped(before: bytes, after: bytes) -> Answerer:
    workspace = Intercom()

    def answer(asked: Asked) -> Said:
        said = workspace(asked)
        return Said(said.status, said.body.replace(before, after), said.headers)

    return answer


async def test_questions_and_answers_are_by_the_vendors_description(client: Client) -> None:
    workspace = Intercom()

    def answer(asked: Asked) -> Said:
        said = workspace(asked)
        fits(asked.json(), "intercom", "/components/schemas/search_request")
        fits(json.loads(said.body), "intercom", "/components/schemas/conversation_list")
        return said

    assert (await collected(client, answer)).faults == ()


async def test_what_has_not_happened_may_be_null(client: Client) -> None:
    nulls = b'"count_reopens": 0, "first_admin_reply_at": null, "x": '
    batch = await collected(client, swapped(b'"count_reopens": 0, "first_admin_reply_at": ', nulls))
    assert batch.faults == ()
    assert not [one for one in batch.samples if one.metric == "intercom.reply_time"]


@pytest.mark.parametrize("rating", [b"0", b"6", b'"good"'])
async def test_a_rating_out_of_range_is_a_fault(rating: bytes, client: Client) -> None:
    batch = await collected(client, swapped(b'"rating": 2', b'"rating": ' + rating))
    assert batch.samples == ()
    assert batch.faults[0].kind == "UnexpectedResponse"


async def test_a_list_shorter_than_its_total_is_not_used(client: Client) -> None:
    batch = await collected(client, swapped(b'"total_count": 5', b'"total_count": 50'))
    assert batch.samples == ()
    assert batch.faults[0].kind == "Unavailable"
