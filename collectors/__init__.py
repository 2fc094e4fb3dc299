"""Collectors: one module a source, listed here by hand. Adding one is a module, its test and a line below."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from collectors.base import Collector
from kpi.metric import Metric

KINDS = (
    "discord",
    "git",
    "github",
    "web",
)

COLLECTORS: tuple[Collector[Any], ...] = tuple(
    import_module(f"collectors.{kind}").COLLECTOR for kind in KINDS
)

BY_KIND: Mapping[str, Collector[Any]] = {one.kind: one for one in COLLECTORS}

METRICS: Mapping[str, Metric] = {metric.name: metric for one in COLLECTORS for metric in one.metrics}
"""Every metric a collector declares, by name."""
