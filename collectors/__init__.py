"""Collectors: one module a source, listed here by hand. Adding one is a module, its test and a line below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from importlib import import_module
from importlib.resources import files
from json import dumps, loads  # by name: `json` is a collector here
from typing import Any

from collectors.base import Collector
from kpi.metric import Kind, Metric

INDEX = "metrics.json"

KINDS = (
    "amplitude",
    "appstore",
    "aws",
    "brand24",
    "codecov",
    "csv",
    "devto",
    "discord",
    "discourse",
    "feed",
    "ga4",
    "git",
    "github",
    "googleplay",
    "grafana",
    "hackernews",
    "hotjar",
    "hubspot",
    "influxdb",
    "intercom",
    "jira",
    "json",
    "linear",
    "linkedin",
    "mailchimp",
    "mention",
    "metabase",
    "mixpanel",
    "npm",
    "op3",
    "osv",
    "otlp",
    "pagerduty",
    "plausible",
    "posthog",
    "prometheus",
    "pypi",
    "reddit",
    "reports",
    "scrape",
    "searchconsole",
    "sentry",
    "sheets",
    "slack",
    "sonarqube",
    "spark",
    "sql",
    "stackexchange",
    "statuspage",
    "stripe",
    "uptimerobot",
    "web",
    "x",
    "youtube",
    "zendesk",
)


class _ByKind(Mapping[str, Collector[Any]]):
    """The collectors by kind, each module loaded when its kind is first asked for: a bot that reads three
    systems need not hold the code of fifty."""

    def __getitem__(self, kind: str) -> Collector[Any]:
        if kind not in KINDS:
            raise KeyError(kind)
        return _load(kind)

    def __iter__(self) -> Iterator[str]:
        return iter(KINDS)

    def __len__(self) -> int:
        return len(KINDS)


class _Metrics(Mapping[str, Metric]):
    """Every metric by name, from the index beside this file: a framework names those of forty systems, and
    their code is needed only where one is connected."""

    def __getitem__(self, name: str) -> Metric:
        return _index()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_index())

    def __len__(self) -> int:
        return len(_index())


@cache
def _load(kind: str) -> Collector[Any]:
    found: Collector[Any] = import_module(f"collectors.{kind}").COLLECTOR
    return found


@cache
def _index() -> Mapping[str, Metric]:
    text = (files(__name__) / INDEX).read_text(encoding="utf-8")
    return {one.name: one for one in map(_unpacked, loads(text))}


def index_text() -> str:
    """The index as it has to be, from the declarations themselves; a test holds the file to it."""
    declared = [metric for one in every_collector() for metric in one.metrics]
    rows = [dumps(_packed(metric), ensure_ascii=False) for metric in declared]
    return "[\n" + ",\n".join(rows) + "\n]\n"


def _packed(metric: Metric) -> list[Any]:
    flags = [metric.is_event, metric.is_snapshot, metric.is_signed]
    seconds = metric.every.total_seconds()
    return [metric.name, metric.unit, metric.kind, metric.description, list(metric.labels), seconds, *flags]


def _unpacked(row: list[Any]) -> Metric:
    name, unit, kind, description, labels, seconds, *flags = row
    return Metric(name, unit, Kind(kind), description, tuple(labels), timedelta(seconds=seconds), *flags)


BY_KIND: Mapping[str, Collector[Any]] = _ByKind()
METRICS: Mapping[str, Metric] = _Metrics()


def every_collector() -> tuple[Collector[Any], ...]:
    """All of them, loaded."""
    return tuple(BY_KIND.values())
