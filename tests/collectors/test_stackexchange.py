"""Stack Exchange's traps: pauses in good answers, refusals that are all 400, unknown tags, own answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.base import Client
from collectors.stackexchange import COLLECTOR
from tests.collectors.conftest import Waits
from tests.collectors.loopback import Asked, Said, serve
from tests.collectors.scenarios.base import filled, play
from tests.collectors.scenarios.stackexchange import Asks, Stack, error, two_tags, utc


async def test_a_pause_in_a_good_answer_is_kept_before_the_next_request(client: Client, waits: Waits) -> None:
    batch, server = await play(COLLECTOR, two_tags(), client, answer=Stack(backoff=11))
    assert batch.faults == ()
    assert waits.seconds.count(11) == len(server.asked) - 1


async def test_a_long_pause_is_left_to_the_schedule(client: Client, waits: Waits) -> None:
    batch, server = await play(COLLECTOR, two_tags(), client, answer=Stack(backoff=900))
    assert len(server.asked) == 1
    assert {(one.kind, one.retry_after) for one in batch.faults} == {("RateLimited", timedelta(seconds=900))}
    assert batch.samples == ()
    assert waits.seconds == []


async def test_what_is_left_of_the_quota_is_told(client: Client) -> None:
    batch, _ = await play(COLLECTOR, two_tags(), client)
    assert batch.allowance is not None
    assert (batch.allowance.left, batch.allowance.limit) == (211, 300)


@pytest.mark.parametrize(
    ("refusal", "kind", "word"),
    [
        (error(502, "throttle_violation", "more requests available in 72345 seconds"), "RateLimited", "wait"),
        (error(503, "temporarily_unavailable", "later"), "Unavailable", "again"),
        (error(500, "internal_error", "oops"), "Unavailable", "again"),
        (error(403, "access_denied", "page above 25 requires access token or app key"), "AuthFailed", "key"),
        (error(400, "bad_parameter", "No site found for name `x`"), "UnexpectedResponse", "site"),
    ],
)
async def test_refusals_are_told_apart_by_their_id(
    client: Client, refusal: Said, kind: str, word: str
) -> None:
    batch, _ = await play(COLLECTOR, two_tags(), client, answer=lambda _: refusal)
    assert [one.kind for one in batch.faults] == [kind]
    assert word in batch.faults[0].hint
    assert batch.samples == ()


async def test_a_tag_that_does_not_exist_is_a_fault_and_no_zero(client: Client) -> None:
    batch, _ = await play(COLLECTOR, two_tags(), client, answer=Stack(known=["c#"]))
    assert [(one.part, one.kind) for one in batch.faults] == [("acme-db", "UnexpectedResponse")]
    assert {dict(one.labels)["tag"] for one in batch.samples} == {"c#"}


async def test_an_answer_by_the_asker_answers_nothing(client: Client) -> None:
    asked = (Asks(5, utc("2026-11-18T10:00:00"), answers=((1, 7), (3, 7))),)
    batch, _ = await play(COLLECTOR, two_tags(), client, answer=Stack(asked))
    found = [one for one in batch.samples if one.at == utc("2026-11-18T00:00:00") and one.value]
    assert [one.metric for one in found] == ["stackexchange.questions"]


async def test_an_answer_older_than_its_question_has_no_time(client: Client) -> None:
    """Two questions were made one."""
    asked = (Asks(5, utc("2026-11-18T10:00:00"), answers=((-30, 2),)),)
    batch, _ = await play(COLLECTOR, two_tags(), client, answer=Stack(asked))
    assert batch.faults == ()
    assert "stackexchange.response_time" not in {one.metric for one in batch.samples}


async def test_only_questions_that_have_answers_are_asked_after(client: Client) -> None:
    asked = (Asks(5, utc("2026-11-18T10:00:00")),)
    _, server = await play(COLLECTOR, two_tags(), client, answer=Stack(asked))
    assert not [one for one in server.asked if one.path.endswith("/answers")]


async def test_without_a_key_none_is_sent(client: Client) -> None:
    settings: dict[str, Any] = {"tags": ["c#"], "base_url": "{url}/2.3"}
    batch, server = await play(COLLECTOR, replace(two_tags(), settings=settings), client)
    assert batch.faults == ()
    assert not [one for one in server.asked if "key" in one.query]


async def test_one_cheap_call_tells_how_much_there_is(client: Client) -> None:
    def answer(asked: Asked) -> Said:
        return Stack()(asked)

    async with serve(answer) as server:
        config = COLLECTOR.configure(filled(dict(two_tags().settings), server.url))
        said = await COLLECTOR.examine(config, client, two_tags().span())
        assert said == "questions on stackoverflow: acme-db: 136, c#: 2"
        assert len(server.asked) == 1


@pytest.mark.parametrize("settings", [{"tags": []}, {"tags": ["a;b"]}, {"tags": ["a"], "site": "a/b"}])
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        COLLECTOR.configure(settings)
