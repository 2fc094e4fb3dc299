"""OpenTelemetry's own messages: what each kind of point becomes, and what is refused by itself."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from pydantic import ValidationError

from collectors.otlp import COLLECTOR, MOST_BYTES, Config, Pushed, Refused, answer, decode, read, unpacked
from kpi.metric import Labels, to_micros

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
BEFORE = NOW - timedelta(minutes=1)
TOKEN = "otlp-canary-token"


def nanos(at: datetime) -> int:
    return to_micros(at) * 1000


def point(
    at: datetime = NOW, *, since: datetime = BEFORE, attributes: Any = None, **more: Any
) -> dict[str, Any]:
    pairs = [{"key": key, "value": {"string_value": value}} for key, value in (attributes or {}).items()]
    times = {"time_unix_nano": nanos(at), "start_time_unix_nano": nanos(since)}
    return {**times, "attributes": pairs, **more}


def request(*metrics: dict[str, Any]) -> ExportMetricsServiceRequest:
    service = {"attributes": [{"key": "service.name", "value": {"string_value": "shop"}}]}
    sent: Any = {"resource": service, "scope_metrics": [{"metrics": list(metrics)}]}
    return ExportMetricsServiceRequest(resource_metrics=[sent])


def taken(*metrics: dict[str, Any], **settings: Any) -> Pushed:
    return read(request(*metrics), config(**settings), NOW)


def config(**settings: Any) -> Config:
    return COLLECTOR.configure({"token": TOKEN, **settings})


def figures(pushed: Pushed) -> dict[tuple[str, datetime, Labels], float]:
    assert not pushed.refused
    return {key: one.value for key, one in pushed.samples.items()}


OWN: Labels = (("name", "a"),)


@pytest.mark.parametrize(
    ("metric", "kind", "at", "value"),
    [
        ({"gauge": {"data_points": [point(as_double=2.5)]}}, "level", NOW, 2.5),
        ({"gauge": {"data_points": [point(as_int=-3)]}}, "level", NOW, -3),
        ({"sum": {"aggregation_temporality": 1, "data_points": [point(as_int=7)]}}, "flow", BEFORE, 7),
        ({"sum": {"aggregation_temporality": 2, "data_points": [point(as_int=70)]}}, "level", NOW, 70),
        (
            {"histogram": {"aggregation_temporality": 1, "data_points": [point(count=4, sum=10)]}},
            "ratio",
            NOW,
            2.5,
        ),
        (
            {"exponential_histogram": {"aggregation_temporality": 2, "data_points": [point(count=2, sum=1)]}},
            "ratio",
            NOW,
            0.5,
        ),
        ({"summary": {"data_points": [point(count=5, sum=10)]}}, "ratio", NOW, 2),
    ],
)
def test_each_kind_of_point_is_what_it_says(metric: Any, kind: str, at: datetime, value: float) -> None:
    assert figures(taken({"name": "a", **metric})) == {(f"otlp.{kind}", at, OWN): value}


@pytest.mark.parametrize(
    ("unit", "value"),
    [("ms", 0.18), ("s", 180), ("%", 1.8), ("KiBy", 184_320), ("{request}", 180), ("", 180)],
)
def test_a_value_is_kept_in_base_units(unit: str, value: float) -> None:
    found = taken({"name": "a", "unit": unit, "gauge": {"data_points": [point(as_double=180)]}})
    assert list(figures(found).values()) == [value]


def test_attributes_that_are_named_are_labels() -> None:
    points = [point(as_int=one, attributes={"http.method": one * "x", "user": "u"}) for one in (1, 2)]
    found = taken(
        {"name": "a", "gauge": {"data_points": points}},
        attributes=["http.method", "service.name"],
        labels={"env": "live"},
    )
    assert [key[2] for key in figures(found)] == [
        (("env", "live"), ("http_method", one * "x"), ("name", "a"), ("service_name", "shop"))
        for one in (1, 2)
    ]


def test_amounts_that_nobody_tells_apart_add_up_and_levels_are_refused() -> None:
    points = [point(as_int=one, attributes={"user": f"u{one}"}) for one in (1, 2)]
    flow = taken({"name": "a", "sum": {"aggregation_temporality": 1, "data_points": points}})
    assert list(figures(flow).values()) == [3]
    level = taken({"name": "a", "gauge": {"data_points": points}})
    assert (len(level.samples), level.refused) == (1, 1)
    assert "several points" in next(iter(level.reasons))


@pytest.mark.parametrize(
    "metric",
    [
        {"gauge": {"data_points": [point(as_double=float("nan"))]}},
        {"gauge": {"data_points": [point(as_double=1, flags=1)]}},
        {"gauge": {"data_points": [point()]}},
        {"histogram": {"aggregation_temporality": 1, "data_points": [point(count=0, sum=0)]}},
        {"histogram": {"aggregation_temporality": 1, "data_points": [point(count=3)]}},
        {},
    ],
)
def test_a_point_without_a_value_is_no_data(metric: Any) -> None:
    assert figures(taken({"name": "a", **metric})) == {}


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ({"gauge": {"data_points": [point(NOW + timedelta(hours=1), as_int=1)]}}, "not of the last"),
        ({"gauge": {"data_points": [{"as_int": 1}]}}, "1970"),
        ({"gauge": {"data_points": [{"as_int": 1, "time_unix_nano": 2**64 - 1}]}}, "2554"),
        ({"sum": {"data_points": [point(as_int=1)]}}, "delta or cumulative"),
        ({"name": "a b", "gauge": {"data_points": [point(as_int=1)]}}, "no name"),
        ({"name": "", "gauge": {"data_points": [point(as_int=1)]}}, "no name"),
        ({"unit": "GiBy", "gauge": {"data_points": [point(as_double=1e305)]}}, "too large"),
    ],
)
def test_a_point_that_cannot_be_kept_is_refused_by_itself(metric: Any, said: str) -> None:
    good = {"name": "good", "gauge": {"data_points": [point(as_int=1)]}}
    found = taken({"name": "a", **metric}, good)
    assert len(found.samples) == found.refused == 1
    assert said in next(iter(found.reasons))
    told = ExportMetricsServiceResponse()
    told.ParseFromString(answer(found, is_json=False))
    assert told.partial_success.rejected_data_points == 1
    assert said in told.partial_success.error_message


def test_only_the_names_that_are_wanted_are_kept() -> None:
    metrics = [{"name": one, "gauge": {"data_points": [point(as_int=1)]}} for one in ("a", "b")]
    assert list(figures(taken(*metrics, names=["a"]))) == [("otlp.level", NOW, OWN)]


def test_a_flood_of_points_is_cut_and_told() -> None:
    points = [point(NOW - timedelta(seconds=one), as_int=1) for one in range(10_005)]
    found = taken({"name": "a", "gauge": {"data_points": points}})
    assert (len(found.samples), found.refused) == (10_000, 5)


def test_both_spellings_say_the_same() -> None:
    sent = request({"name": "a", "gauge": {"data_points": [point(as_int=5)]}})
    as_json = json_format.MessageToJson(sent).encode()
    assert decode(as_json, is_json=True) == decode(sent.SerializeToString(), is_json=False) == sent
    assert answer(Pushed(), is_json=False) == b""
    assert answer(Pushed(), is_json=True) == b"{}"


@pytest.mark.parametrize(
    ("body", "is_json"), [(b"\xff\xff", False), (b"[", True), (b"7", True), (b"\xff", True)]
)
def test_a_body_that_is_none_is_refused(body: bytes, is_json: bool) -> None:
    with pytest.raises(Refused) as refused:
        decode(body, is_json=is_json)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (gzip.compress(b"0" * (MOST_BYTES + 1), mtime=0), "gzip", 413),
        (gzip.compress(b"0" * 100, mtime=0)[:-9], "gzip", 400),
        (b"plain", "gzip", 400),
        (b"plain", "br", 415),
    ],
    ids=["a flood", "cut off", "not packed", "another packing"],
)
def test_a_body_that_swells_or_is_packed_otherwise_is_refused(
    body: bytes, encoding: str, status: int
) -> None:
    with pytest.raises(Refused) as refused:
        unpacked(body, encoding)
    assert refused.value.status == status
    assert unpacked(gzip.compress(b"plain", mtime=0), "gzip") == unpacked(b"plain", "") == b"plain"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"token": "short"}, "too short"),
        ({"attributes": ["name"]}, "instrument's name"),
        ({}, "Field required"),
    ],
)
def test_settings_that_let_anybody_in_are_refused(settings: Any, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        COLLECTOR.configure(settings if not settings or "token" in settings else {"token": TOKEN, **settings})
