"""What every collector keeps to, whoever wrote it."""

from __future__ import annotations

import inspect
import json
import re
import sys
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from collectors import BY_KIND, METRICS, every_collector
from collectors.base import Collector, CollectorConfig, Proof

HEADINGS = ("Endpoint:", "Auth:", "Rate limit:", "Freshness:", "Docs:")
_REFERENCE = re.compile(r"\$\{[A-Z0-9_]+\}")


def example(collector: Collector[Any]) -> dict[str, Any]:
    """The catalogue's own example, each secret replaced."""
    found: dict[str, Any] = json.loads(
        _REFERENCE.sub("hunter2-token", json.dumps(dict(collector.about.example)))
    )
    return found


NOT_OVER_HTTP = {"git", "otlp"}  # one reads a directory, the other is pushed to

each = pytest.mark.parametrize("collector", every_collector(), ids=lambda one: one.kind)


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
        collector.configure(example(collector) | {"nonsense": 1})
    with pytest.raises(ValidationError):
        collector.configure(example(collector) | {"collector": "another"})


@each
def test_its_settings_cannot_be_changed_later(collector: Collector[Any]) -> None:
    config = collector.configure(example(collector))
    with pytest.raises(ValidationError, match="frozen"):
        config.labels = {}


@each
def test_it_says_when_a_day_is_final_and_how_often_to_ask(collector: Collector[Any]) -> None:
    assert timedelta(0) <= collector.settles_after <= timedelta(days=7)
    assert timedelta(minutes=1) <= collector.every <= timedelta(days=1)


def test_kinds_and_metrics_are_unique() -> None:
    assert len(BY_KIND) == len(every_collector())
    assert len(METRICS) == sum(len(one.metrics) for one in every_collector())


@each
def test_its_entry_in_the_catalogue_is_whole(collector: Collector[Any]) -> None:
    about = collector.about
    assert about.title
    assert about.measures
    assert not about.measures.endswith(".")
    assert about.proven_by or about.proof is Proof.FIXTURE
    assert set(about.example) <= set(collector.config.model_fields)
    for one in about.credentials:
        assert one.setting.partition(".")[0] in collector.config.model_fields
        assert re.fullmatch(r"[A-Z][A-Z0-9_]+", one.variable)
        assert one.where.startswith("https://")
        assert one.scope
    needed = {one.variable for one in about.credentials if one.is_required}
    assert needed <= set(re.findall(r"\$\{([A-Z0-9_]+)\}", json.dumps(dict(about.example))))


@each
def test_its_secrets_are_not_shown_by_its_settings(collector: Collector[Any]) -> None:
    config = collector.configure(example(collector))
    assert "hunter2" not in repr(config)
    assert "hunter2" not in str(config)


@each
def test_a_past_that_is_read_in_pieces_can_be_read(collector: Collector[Any]) -> None:
    assert collector.chunk is None or collector.backfills
    assert collector.rereads <= timedelta(days=62)
    if not collector.backfills:
        assert any(one.is_snapshot or one.is_event or one.kind == "level" for one in collector.metrics)


@each
def test_its_addresses_can_be_pointed_elsewhere(collector: Collector[Any]) -> None:
    """Every vendor's address is a setting, so that it can be a stand-in or a server of one's own."""
    fields = collector.config.model_fields
    assert collector.kind in NOT_OVER_HTTP or {"base_url", "url", "urls", "path"} & set(fields)
