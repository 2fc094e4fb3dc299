"""PostHog's traps: rows cut without a word, caches, unfinished answers, and names with quotes."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from collectors.base import Batch
from collectors.http import Client
from collectors.posthog import COLLECTOR, active_query, limited
from tests.collectors.conftest import NOW
from tests.collectors.loopback import serve
from tests.collectors.scenarios.base import play
from tests.collectors.scenarios.posthog import SETTINGS, PostHog, of_now

SPAN = of_now().span(NOW)


async def collected(client: Client, **more: Any) -> Batch:
    return (await play(COLLECTOR, of_now(), client, answer=PostHog(more=more)))[0]


@pytest.mark.parametrize(
    ("more", "kind", "said"),
    [
        ({"query_status": {"complete": False}}, "Unavailable", "has not finished"),
        ({"is_cached": True}, "Unavailable", "from its cache"),
        ({"hasMore": True}, "UnexpectedResponse", "left rows out"),
        ({"error": "Memory limit\nexceeded"}, "UnexpectedResponse", "Memory limit exceeded"),
        ({"columns": ["value", "more"]}, "UnexpectedResponse", "does not fit its columns"),
    ],
)
async def test_an_answer_that_is_not_whole_and_fresh_is_a_fault(
    more: dict[str, Any], kind: str, said: str, client: Client
) -> None:
    batch = await collected(client, **more)
    assert batch.samples == ()
    assert {one.kind for one in batch.faults} == {kind}
    assert all(said in one.message for one in batch.faults)


async def test_a_finished_query_status_is_fine(client: Client) -> None:
    assert (await collected(client, query_status={"complete": True, "error": False})).faults == ()


@pytest.mark.parametrize(
    ("statement", "ends"),
    [
        ("SELECT count() FROM events", " LIMIT 10001"),
        ("SELECT 'limit 5' FROM events", " LIMIT 10001"),
        ("SELECT a FROM (SELECT a FROM events LIMIT 5)", " LIMIT 10001"),
        ("SELECT a FROM events LIMIT 5", "LIMIT 5"),
        ("SELECT a FROM events limit 5 offset 3", "limit 5 offset 3"),
    ],
)
def test_every_query_has_a_limit(statement: str, ends: str) -> None:
    assert limited(statement).endswith(ends)
    assert limited(statement).startswith(statement)


def test_names_of_events_stay_texts() -> None:
    asked = active_query(SPAN, SPAN.today, ("it's", "a\\", "x') OR (1 = 1 :until"))
    assert asked.endswith(r"AND event IN ('it\'s', 'a\\', 'x\') OR (1 = 1 :until') LIMIT 1")
    assert "event IN" not in active_query(SPAN, SPAN.today, ())


async def test_the_probe_asks_once(client: Client) -> None:
    async with serve(PostHog()) as server:
        config = COLLECTOR.configure({**SETTINGS, "base_url": server.url})
        said = await COLLECTOR.examine(config, client, SPAN)
    assert said == "project 12345, 16 people active in 30 days"
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"query": "DROP TABLE events"}, "begins with SELECT"),
        ({"query": "SELECT :from FROM events"}, "nothing to fill in"),
        ({"query": "SELECT count() FROM events", "daily": True}, "needs the day"),
    ],
)
def test_queries_that_cannot_work_are_refused(query: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        COLLECTOR.configure({**SETTINGS, "base_url": "https://eu.posthog.com", "queries": {"q": query}})
