"""Metrics pushed over OTLP: who may, what is kept, and what the program is told."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from starlette.applications import Starlette

from bot.jobs.evaluate import Board
from bot.web import Web
from collectors.otlp import COLLECTOR
from kpi.metric import EPOCH, labels, to_micros
from storage import SessionFactory, StorageFault, samples
from tests.bot.jobs.world import BERLIN, NINE, Clock

TOKEN = "otlp-canary-token"
PROTOBUF = {"content-type": "application/x-protobuf", "authorization": f"Bearer {TOKEN}"}


def body(value: int = 42, name: str = "queue.size") -> bytes:
    nanos = to_micros(NINE) * 1000
    points = [{"as_int": value, "time_unix_nano": nanos, "start_time_unix_nano": nanos}]
    metric = {"name": name, "gauge": {"data_points": points}}
    sent: Any = {"scope_metrics": [{"metrics": [metric]}]}
    return ExportMetricsServiceRequest(resource_metrics=[sent]).SerializeToString()


@pytest.fixture
async def http(sessions: SessionFactory) -> AsyncIterator[httpx.AsyncClient]:
    sources = [
        COLLECTOR.configure({"token": "another-canary-token", "labels": {"source": "other"}}),
        COLLECTOR.configure({"token": TOKEN, "labels": {"source": "shop"}}),
    ]
    web = Web(sessions, BERLIN, Clock(), Board(), None, list, receivers=lambda: sources)
    transport = httpx.ASGITransport(Starlette(routes=web.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        yield client


def stored(sessions: SessionFactory) -> list[tuple[str, object, list[float]]]:
    with sessions.read() as session:
        found = samples.read(session, {"otlp.level": EPOCH}, until=NINE + timedelta(days=1))
    return [(one.metric, one.labels, one.value.tolist()) for one in found]


async def test_a_push_is_kept_once_under_its_source(
    http: httpx.AsyncClient, sessions: SessionFactory
) -> None:
    for packed in (False, True):
        headers = {**PROTOBUF, **({"content-encoding": "gzip"} if packed else {})}
        content = gzip.compress(body()) if packed else body()
        answer = await http.post("/v1/metrics", content=content, headers=headers)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-type"] == "application/x-protobuf"
    own = labels({"name": "queue.size", "source": "shop"})
    assert stored(sessions) == [("otlp.level", own, [42])]


async def test_json_is_answered_with_json(http: httpx.AsyncClient) -> None:
    headers = {**PROTOBUF, "content-type": "application/json; charset=utf-8"}
    answer = await http.post("/v1/metrics", content=b'{"resourceMetrics": []}', headers=headers)
    assert (answer.status_code, answer.json()) == (200, {})


async def test_what_was_refused_is_told(http: httpx.AsyncClient, sessions: SessionFactory) -> None:
    answer = await http.post("/v1/metrics", content=body(name="no name"), headers=PROTOBUF)
    told = ExportMetricsServiceResponse.FromString(answer.content)
    assert told.partial_success.rejected_data_points == 1
    assert stored(sessions) == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"authorization": ""}, 401),
        ({"authorization": "Bearer wrong-canary-token"}, 401),
        ({"authorization": f"Basic {TOKEN}"}, 401),
        ({"authorization": b"Bearer \xff\xfe"}, 401),
        ({"content-type": "text/plain"}, 415),
        ({"content-encoding": "br"}, 415),
        ({"content-encoding": "gzip"}, 400),
    ],
)
async def test_a_request_that_is_not_for_us_is_refused(
    http: httpx.AsyncClient, sessions: SessionFactory, headers: dict[str, str | bytes], status: int
) -> None:
    sent = {
        key.encode(): one if isinstance(one, bytes) else one.encode()
        for key, one in {**PROTOBUF, **headers}.items()
    }
    answer = await http.post("/v1/metrics", content=body(), headers=sent)
    assert answer.status_code == status
    assert TOKEN not in answer.text
    assert stored(sessions) == []


async def test_a_database_that_fails_is_told_with_when_to_come_back(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> None:
        raise StorageFault("kpi.db: the disk is full.", "Free some space.")

    monkeypatch.setattr(samples, "write", fail)
    answer = await http.post("/v1/metrics", content=body(), headers=PROTOBUF)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
