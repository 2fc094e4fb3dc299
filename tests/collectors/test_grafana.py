"""Grafana's traps: errors beside a query's name, warnings, frames of other shapes, and what is its own."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from collectors.base import Batch, Span
from collectors.faults import UnexpectedResponse
from collectors.grafana import COLLECTOR, GrafanaQuery, parse_frames, question
from collectors.http import Client
from collectors.queries import Asking
from tests.collectors.conftest import NOW
from tests.collectors.loopback import Said, serve
from tests.collectors.scenarios.base import Scenario, play
from tests.collectors.scenarios.grafana import SETTINGS, Grafana, failed, frame, of_now

NUMBER = ("Value", "number", [4.0])


def asking(**more: Any) -> Asking[GrafanaQuery]:
    query = GrafanaQuery.model_validate({"datasource": "prom-main", "expr": "up", **more})
    return Asking("grafana", "q", query, Span(NOW, None, ZoneInfo("UTC")))


def read(*frames: Any, **more: Any) -> list[tuple[float | None, dict[str, str]]]:
    found = parse_frames({"results": {"A": {"frames": list(frames)}}}, asking(**more))
    return [(one.value, dict(one.labels)) for one in found]


async def collected(client: Client, scenario: Scenario, said: Said) -> Batch:
    return (await play(COLLECTOR, scenario, client, answer=lambda _: said))[0]


@pytest.mark.parametrize("status", [200, 207, 400])
async def test_a_querys_own_error_is_told_whatever_the_status(status: int, client: Client) -> None:
    batch = await collected(client, of_now(), failed("bad_data:\n parse error", status))
    assert batch.samples == ()
    assert {one.kind for one in batch.faults} == {"UnexpectedResponse"}
    assert all("Grafana answered: bad_data: parse error" in one.message for one in batch.faults)


async def test_a_refused_query_fails_alone(client: Client) -> None:
    scenario = of_now()
    queries = {**scenario.settings["queries"], "typo": {"datasource": "prom-main", "expr": "summ(x)"}}
    scenario.settings = {**scenario.settings, "queries": queries}
    batch, _ = await play(COLLECTOR, scenario, client)
    assert [one.part for one in batch.faults] == ["typo"]
    assert len(batch.samples) == len(scenario.expected)


@pytest.mark.parametrize(("severity", "is_fault"), [("warning", True), ("error", True), ("info", False)])
def test_a_warning_of_the_data_source_is_a_fault(severity: str, is_fault: bool) -> None:
    one = frame(NUMBER)
    one["schema"]["meta"] = {"notices": [{"severity": severity, "text": "a store did not answer"}]}
    if not is_fault:
        assert read(one) == [(4.0, {})]
        return
    with pytest.raises(UnexpectedResponse, match="a store did not answer"):
        read(one)


def test_labels_that_are_not_named_are_dropped_and_null_is_no_data() -> None:
    own = {"region": "eu", "pod": "a-1"}
    assert read(frame(NUMBER, own=own), by=["region"]) == [(4.0, {"region": "eu"})]
    assert read(frame(("Value", "number", [None]))) == [(None, {})]


def test_a_frame_without_data_is_none() -> None:
    assert read(frame(("Time", "time", []), ("Value", "number", []))) == []
    assert read({**frame(NUMBER), "data": {"values": []}}) == []


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (frame(("a", "number", [1]), ("b", "number", [2])), "one column of numbers"),
        (frame(("a", "string", ["x"])), "one column of numbers"),
        ({**frame(NUMBER), "data": {"values": [[1], [2]]}}, "do not fit"),
        (frame(("a", "string", ["x", "y"]), NUMBER), "do not fit"),
    ],
)
def test_frames_of_another_shape_are_faults(one: Any, said: str) -> None:
    with pytest.raises(UnexpectedResponse, match=said):
        read(one)


def test_several_series_nobody_told_apart_are_a_fault() -> None:
    two = [frame(NUMBER, own={"pod": one}) for one in ("a", "b")]
    one = asking()
    answer = {"results": {"A": {"frames": two}}}
    with pytest.raises(UnexpectedResponse, match="two values for one time"):
        list(one.read(parse_frames(answer, one), one.span.today))


def test_a_day_is_asked_up_to_its_last_instant_and_today_up_to_now() -> None:
    one = asking()
    today, before = one.span.today, one.span.days(one.span.now - NOW)[0]
    assert question(one, today)["to"] == str(int(NOW.timestamp() * 1000))
    yesterday = question(one, before.replace(day=19))
    assert int(yesterday["to"]) - int(yesterday["from"]) == 86_400_000 - 1


async def test_the_probe_asks_about_one_day(client: Client) -> None:
    async with serve(Grafana()) as server:
        config = COLLECTOR.configure({**SETTINGS, "base_url": server.url})
        said = await COLLECTOR.examine(config, client, of_now().span())
    assert said.startswith("signups is ")
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"datasource": "prom-main"}, "write the query in expr"),
        ({"datasource": "prom-main", "model": {"refId": "B"}}, "set by itself"),
        ({"datasource": "../admin", "expr": "up"}, "match pattern"),
        ({"datasource": "prom-main", "expr": "up", "by": ["query"]}, "holds the query's name"),
    ],
)
def test_queries_that_cannot_work_are_refused(query: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        COLLECTOR.configure({**SETTINGS, "base_url": "https://grafana.example.com", "queries": {"q": query}})
