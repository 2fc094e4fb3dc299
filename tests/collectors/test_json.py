"""JSON over HTTP: what is missing, what is no number, pages in circles, and settings that cannot be asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from collectors.base import Batch, Client, Span
from collectors.json import COLLECTOR
from collectors.json_paths import PathFault, find
from tests.collectors.loopback import Answerer, Asked, Said, said_json, serve

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def ask(client: Client, answer: Answerer | Any, **query: Any) -> Batch:
    said: Answerer = answer if callable(answer) else lambda _: said_json(answer)
    async with serve(said) as server:
        settings = {"base_url": server.url, "queries": {"asked": {"path": "/a", **query}}}
        return await COLLECTOR.run(COLLECTOR.configure(settings), client, Span(NOW, None, ZoneInfo("UTC")))


@pytest.mark.parametrize("body", [{}, {"a": None}, {"a": {"b": None}}, []])
async def test_what_is_not_found_is_no_data(client: Client, body: Any) -> None:
    assert await ask(client, body, value="a.b") == Batch()


@pytest.mark.parametrize("found", ["x", True, [1], {"n": 1}, "1e400", ""])
async def test_what_is_no_number_is_a_fault(client: Client, found: Any) -> None:
    batch = await ask(client, {"a": found}, value="a")
    assert batch.samples == ()
    assert [one.kind for one in batch.faults] == ["UnexpectedResponse"]


@pytest.mark.parametrize(
    ("value", "rows"),
    [
        ("sum(rows[].n)", [{"n": 1}, {"m": 2}]),
        ("sum(rows[].to_number(n))", [{"n": "1"}, {"n": "x"}]),
        ("avg(rows[?ok].n)", [{"n": 1, "ok": True}, {"ok": True}]),
        ("sum(rows[*].n)", [{"n": 1}, {"n": None}]),
        ("sum(rows[].n)", [{"n": 1}, {"n": "2"}]),
        ("max(rows[].n)", [{"n": 1}, {}]),
    ],
)
async def test_an_addition_never_drops_what_is_no_number(client: Client, value: str, rows: Any) -> None:
    batch = await ask(client, {"rows": rows}, value=value)
    assert batch.samples == ()
    assert batch.faults


async def test_an_addition_takes_what_its_filter_leaves(client: Client) -> None:
    rows = [{"n": 2, "ok": True}, {"ok": False}, {"n": 5, "ok": True}]
    batch = await ask(client, {"rows": rows}, value="sum(rows[?ok].n)")
    assert [one.value for one in batch.samples] == [7]


async def test_a_total_needs_every_row(client: Client) -> None:
    batch = await ask(client, [{"n": 1}, {}], rows="@", value="n", total="sum")
    assert batch.samples == ()
    assert "a row without a number" in batch.faults[0].message


async def test_a_cursor_is_followed_to_its_end(client: Client) -> None:
    pages = {"": ([1, 2], "b"), "b": ([3], "c"), "c": ([], None)}

    def answer(asked: Asked) -> Said:
        items, following = pages[asked.query.get("after", "")]
        return said_json({"items": items, "meta": {"next": following}})

    batch = await ask(
        client,
        answer,
        rows="items",
        total="sum",
        value="@",
        paging="cursor",
        cursor="meta.next",
        parameter="after",
    )
    assert [one.value for one in batch.samples] == [6]


async def test_a_cursor_may_be_an_address_of_the_same_host_alone(client: Client) -> None:
    def answer(asked: Asked) -> Said:
        following = None if "page" in asked.query else f"http://{asked.headers['host']}/a?page=2"
        return said_json({"items": [1], "next": following})

    paging = {"rows": "items", "total": "count", "paging": "cursor", "cursor": "next"}
    assert [one.value for one in (await ask(client, answer, **paging)).samples] == [2]
    away = {"items": [1], "next": "http://127.0.0.2:9/a"}
    batch = await ask(client, away, **paging)
    assert batch.samples == ()
    assert "another host" in batch.faults[0].message


async def test_a_cursor_in_circles_is_a_fault(client: Client) -> None:
    body = {"items": [1], "next": "same"}
    batch = await ask(client, body, rows="items", total="count", paging="cursor", cursor="next")
    assert batch.samples == ()
    assert "circles" in batch.faults[0].message


async def test_an_error_in_place_of_rows_is_no_zero(client: Client) -> None:
    batch = await ask(client, {"error": "quota"}, rows="items", total="count")
    assert batch.samples == ()
    assert "no list of rows" in batch.faults[0].message


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"value": "a["}, "no JMESPath"),
        ({}, "name the value"),
        ({"value": "a", "time": "t"}, "name the rows"),
        ({"value": "a", "paging": "page"}, "pages need rows"),
        ({"value": "a", "body": {}}, "method: POST"),
        ({"value": "a", "kind": "flow"}, "a flow needs a time"),
        ({"value": "a", "path": "/x?d={day}"}, "is nothing to fill in"),
        ({"value": "a", "path": "https://elsewhere/x"}, "pattern"),
        ({"value": "a", "rows": "b", "labels": {"query": "c"}}, "holds the query's name"),
        ({"value": "a", "rows": "b", "paging": "cursor"}, "a cursor needs"),
    ],
)
def test_settings_that_cannot_be_asked_are_refused(query: Mapping[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        COLLECTOR.configure({"base_url": "http://j", "queries": {"a": {"path": "/a", **query}}})


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"headers": {"Authorization": "Bearer hunter2-token"}}, "credentials are token"),
        ({"headers": {"X-Key": "hunter2\nHost: x"}}, "what no header may"),
        ({"user": "me"}, "go together"),
        ({"user": "me", "password": "hunter2", "token": "hunter2"}, "not both"),
    ],
)
def test_credentials_that_cannot_be_sent_are_refused(more: Mapping[str, Any], said: str) -> None:
    queries = {"a": {"path": "/a", "value": "b"}}
    with pytest.raises(ValidationError, match=said) as refused:
        COLLECTOR.configure({"base_url": "http://j", "queries": queries, **more})
    assert "hunter2" not in str(refused.value)


@settings(max_examples=15)
@given(st.lists(st.one_of(st.none(), st.integers(-9, 9), st.text(max_size=3))))
def test_a_sum_is_exact_or_a_fault(found: list[Any]) -> None:
    rows = [{"n": one} for one in found]
    if all(isinstance(one, int) for one in found):
        assert find("sum(rows[].n)", {"rows": rows}) == sum(found)
    else:
        with pytest.raises(PathFault):
            find("sum(rows[].n)", {"rows": rows})
