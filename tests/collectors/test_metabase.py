"""Metabase's traps: failures in place of rows, columns by their titles, times, and too many rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from collectors.base import Batch, Span
from collectors.faults import UnexpectedResponse
from collectors.http import Client
from collectors.metabase import COLLECTOR, Question, parse_rows
from collectors.queries import Asking, Row
from tests.collectors.conftest import NOW
from tests.collectors.loopback import Said, said_json, serve
from tests.collectors.scenarios.base import play
from tests.collectors.scenarios.metabase import SETTINGS, Metabase, of_now


def read(answer: Any, **more: Any) -> list[Row]:
    query = Question.model_validate({"question": 1, **more})
    return list(parse_rows(answer, Asking("metabase", "q", query, Span(NOW, None, ZoneInfo("UTC")))))


async def collected(client: Client, said: Said) -> Batch:
    return (await play(COLLECTOR, of_now(), client, answer=lambda _: said))[0]


@pytest.mark.parametrize("status", [200, 500])
async def test_a_failed_question_is_a_fault_whatever_its_status(status: int, client: Client) -> None:
    failed = {"status": "failed", "error": "ERROR: relation\n does not exist", "json_query": {}}
    batch = await collected(client, said_json(failed, status))
    assert {one.kind for one in batch.faults} == {"UnexpectedResponse"}
    assert "relation does not exist" in batch.faults[0].message


async def test_tables_that_the_key_may_not_see_are_a_refusal(client: Client) -> None:
    failed = {"status": "failed", "error_type": "missing-required-permissions", "error": "no permission"}
    batch = await collected(client, said_json(failed))
    assert {one.kind for one in batch.faults} == {"AuthFailed"}


async def test_an_answer_of_the_plain_interface_is_not_taken(client: Client) -> None:
    batch = await collected(client, said_json({"status": "completed", "data": {"rows": [[1]]}}, 202))
    assert {one.kind for one in batch.faults} == {"Unavailable"}


@pytest.mark.parametrize(
    ("answer", "more", "said"),
    [
        ([{"Count": 1}, {"Count": 2}], {}, "several cells"),
        ([{"Count": 1, "Plan": "free"}], {}, "several cells"),
        ([{"Count": 1}], {"value": "Sum"}, "no column Sum"),
        ([{"Count": "1.234,5"}], {}, "no number"),
        ([{"Count": 1}] * 10_001, {"value": "Count"}, "more than 10,000 rows"),
        ([{"Count": 1, "Day": "Friday"}], {"value": "Count", "time": "Day"}, "cannot be read"),
        (["Count"], {}, "no list of rows"),
    ],
)
def test_what_is_no_figure_is_a_fault(answer: Any, more: dict[str, Any], said: str) -> None:
    with pytest.raises(UnexpectedResponse, match=said):
        read(answer, **more)


@pytest.mark.parametrize(
    "written", ["2026-11-19T00:00:00Z", "2026-11-19 00:00:00+00:00", "2026-11-19T01:00:00+01:00"]
)
def test_times_are_read_as_metabase_writes_them(written: str) -> None:
    (row,) = read([{"Day": written, "Count": 3}], value="Count", time="Day")
    assert row.at == datetime(2026, 11, 19, tzinfo=UTC)


def test_no_rows_are_no_data_where_the_column_is_named() -> None:
    assert read([], value="Count") == []


async def test_the_probe_tells_the_first_answer(client: Client) -> None:
    async with serve(Metabase(ZoneInfo("UTC"))) as server:
        config = COLLECTOR.configure({**SETTINGS, "base_url": server.url})
        assert await COLLECTOR.examine(config, client, of_now().span()) == "customers is 1,234"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"question": 1, "kind": "flow", "value": "Count"}, "column of days"),
        ({"question": 1, "time": "Day"}, "needs value"),
        ({"question": 1, "value": "Count", "by": {"query": "Plan"}}, "holds the question's name"),
    ],
)
def test_questions_that_cannot_work_are_refused(query: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        COLLECTOR.configure({**SETTINGS, "base_url": "https://metabase.example.com", "queries": {"q": query}})
