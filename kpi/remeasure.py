"""KPIs measured otherwise than their framework says: a workspace binds them to its own systems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from kpi.framework import Framework, Kpi

BY_HAND = "by hand"
"""Written in place of a measure: people enter the number, whatever the framework reads."""


def with_measures(framework: Framework, measures: Mapping[str, str]) -> Framework:
    """`framework` with the measure of each KPI in `measures`, by key; keys that it lacks are passed over."""
    if not any(key in framework.by_key for key in measures):
        return framework
    return replace(framework, kpis=tuple(_measured(one, measures.get(one.key)) for one in framework.kpis))


def _measured(kpi: Kpi, text: str | None) -> Kpi:
    if text is None:
        return kpi
    return replace(kpi, measure=None if text.strip().casefold() == BY_HAND else text)
