"""Collectors: one module a source, listed here by hand. Adding one is a module, its test and a line below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from collectors import discord, git, github, web
from collectors.base import Collector
from kpi.metric import Metric

COLLECTORS: tuple[Collector[Any], ...] = (
    discord.COLLECTOR,
    git.COLLECTOR,
    github.COLLECTOR,
    web.COLLECTOR,
)

BY_KIND: Mapping[str, Collector[Any]] = {one.kind: one for one in COLLECTORS}

METRICS: Mapping[str, Metric] = {metric.name: metric for one in COLLECTORS for metric in one.metrics}
"""Every metric a collector declares, by name."""
