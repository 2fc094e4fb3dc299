"""What every collector keeps to, whoever wrote it."""

from __future__ import annotations

import inspect
import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from pydantic import ValidationError

from collectors import BY_KIND, COLLECTORS, METRICS
from collectors.base import Batch, Collector, CollectorConfig, Span
from collectors.http import Client, Policy

HEADINGS = ("Endpoint:", "Auth:", "Rate limit:", "Freshness:", "Docs:")
SETTINGS: dict[str, dict[str, Any]] = {
    "discord": {"guild": "7000000000000000001", "token": "hunter2-token", "base_url": "https://discord.dev"},
    "git": {"path": "."},
    "github": {"repository": "acme/engine", "token": "hunter2-token", "base_url": "https://api.acme.dev"},
    "web": {"url": "https://acme.dev/"},
}
NOT_OVER_HTTP = {"git", "web"}  # one reads a directory; for the other a refusal is the measurement
SPAN = Span(datetime(2026, 11, 20, 12, 0, tzinfo=UTC), None, ZoneInfo("UTC"))

over_http = pytest.mark.parametrize(
    "collector", [one for one in COLLECTORS if one.kind not in NOT_OVER_HTTP], ids=lambda one: one.kind
)
each = pytest.mark.parametrize("collector", COLLECTORS, ids=lambda one: one.kind)


async def run(collector: Collector[Any], respond: Any) -> Batch:
    async def no_wait(_: float) -> None: ...

    async with httpx.AsyncClient(transport=httpx.MockTransport(respond)) as http:
        client = Client(http, now=lambda: SPAN.now, policy=Policy(attempts=2), sleep=no_wait)
        return await collector.run(collector.configure(SETTINGS[collector.kind]), client, SPAN)


@each
def test_its_module_says_all_there_is_to_know(collector: Collector[Any]) -> None:
    places = [collector.documentation.find(f"\n{heading}") for heading in HEADINGS]
    assert -1 not in places
    assert places == sorted(places)
    assert "https://" in collector.documentation.split("Docs:")[1]


@each
def test_its_module_ends_with_its_entry(collector: Collector[Any]) -> None:
    module = sys.modules[collector.collect.__module__]
    assert module.COLLECTOR is collector
    assert re.search(r"\nCOLLECTOR = Collector\([^)]*(\([^)]*\)[^)]*)*\)\n$", inspect.getsource(module))


@each
def test_its_metrics_are_named_after_it_and_described(collector: Collector[Any]) -> None:
    assert collector.metrics
    for metric in collector.metrics:
        assert re.fullmatch(rf"{collector.kind}\.[a-z][a-z0-9_]*", metric.name)
        assert re.fullmatch(r"[a-z][a-z ]*|", metric.unit)
        assert metric.description
        assert metric.description[0].islower() or metric.description[0].isdigit()
        assert not metric.description.endswith(".")
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in metric.labels)
        assert metric.every >= timedelta(minutes=1)


@each
def test_durations_are_in_seconds(collector: Collector[Any]) -> None:
    assert not {one.unit for one in collector.metrics} & {"ms", "min", "minutes", "hours", "days", "%"}


@each
def test_its_settings_refuse_what_they_do_not_know(collector: Collector[Any]) -> None:
    assert issubclass(collector.config, CollectorConfig)
    with pytest.raises(ValidationError, match='unknown setting "nonsense"'):
        collector.configure(SETTINGS[collector.kind] | {"nonsense": 1})
    with pytest.raises(ValidationError):
        collector.configure(SETTINGS[collector.kind] | {"collector": "another"})


@each
def test_its_settings_cannot_be_changed_later(collector: Collector[Any]) -> None:
    config = collector.configure(SETTINGS[collector.kind])
    with pytest.raises(ValidationError, match="frozen"):
        config.labels = {}


@each
def test_it_says_when_a_day_is_final_and_how_often_to_ask(collector: Collector[Any]) -> None:
    assert timedelta(0) <= collector.settles_after <= timedelta(days=7)
    assert timedelta(minutes=1) <= collector.every <= timedelta(days=1)


@over_http
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, "AuthFailed"),
        (403, "AuthFailed"),
        (404, "UnexpectedResponse"),
        (429, "RateLimited"),
        (503, "Unavailable"),
    ],
)
async def test_each_refusal_becomes_its_fault_and_no_sample(
    status: int, kind: str, collector: Collector[Any]
) -> None:
    batch = await run(collector, lambda _: httpx.Response(status, content=b"hunter2-token"))
    assert batch.samples == ()
    assert {one.kind for one in batch.faults} == {kind}
    assert {metric for one in batch.faults for metric in one.metrics} == {
        one.name for one in collector.metrics
    }
    assert all(one.message and one.hint for one in batch.faults)
    assert "hunter2" not in str(batch)


def test_kinds_and_metrics_are_unique() -> None:
    assert len(BY_KIND) == len(COLLECTORS)
    assert len(METRICS) == sum(len(one.metrics) for one in COLLECTORS)


def test_every_collector_has_settings_here() -> None:
    assert set(SETTINGS) == set(BY_KIND)
