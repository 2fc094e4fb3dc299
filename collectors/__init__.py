"""Collectors: one module a source, listed here by hand. Adding one is a module, its test and a line below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from collectors.base import Collector
from kpi.metric import Metric

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
    """Every metric by name; looking one up loads its own collector alone."""

    def __getitem__(self, name: str) -> Metric:
        kind = name.partition(".")[0]
        if kind not in KINDS:
            raise KeyError(name)
        return _metrics_of(kind)[name]

    def __iter__(self) -> Iterator[str]:
        return (name for kind in KINDS for name in _metrics_of(kind))

    def __len__(self) -> int:
        return sum(len(_metrics_of(kind)) for kind in KINDS)


@cache
def _load(kind: str) -> Collector[Any]:
    found: Collector[Any] = import_module(f"collectors.{kind}").COLLECTOR
    return found


@cache
def _metrics_of(kind: str) -> Mapping[str, Metric]:
    return {one.name: one for one in _load(kind).metrics}


BY_KIND: Mapping[str, Collector[Any]] = _ByKind()
METRICS: Mapping[str, Metric] = _Metrics()


def every_collector() -> tuple[Collector[Any], ...]:
    """All of them, loaded."""
    return tuple(BY_KIND.values())
