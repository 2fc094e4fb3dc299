"""The names that KPIs expect of a source: `prometheus.ratio{query="uptime"}` wants a query so called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.workspace import KpiRef
from collectors.base import Collector
from kpi import measure
from kpi.aggregate import Query

_ELSEWHERE = {("mixpanel", "query"): "reports", ("csv", "name"): "kinds", ("sheets", "name"): "kinds"}
"""The setting that names a label's values, where it is not called like the label."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One name, the metrics that are read by it, and the KPIs that read them."""

    name: str
    metrics: tuple[str, ...]
    kpis: tuple[str, ...]

    @property
    def kind(self) -> str:
        """level, flow or ratio, where the metrics agree on it; else empty."""
        kinds = {one.rpartition(".")[2] for one in self.metrics}
        return kinds.pop() if len(kinds) == 1 and kinds <= {"level", "flow", "ratio"} else ""


def wishes(refs: Iterable[KpiRef], collector: Collector[Any]) -> Mapping[str, tuple[Wish, ...]]:
    """What the KPIs want of this collector, by the setting that holds such names."""
    found: dict[tuple[str, str], tuple[dict[str, None], dict[str, None]]] = {}
    for ref in refs:
        for query in _queries(ref, collector):
            for setting, name in _named(query, collector):
                metrics, kpis = found.setdefault((setting, name), ({}, {}))
                metrics[query.metric] = kpis[ref.kpi.name] = None
    settings = dict.fromkeys(setting for setting, _ in found)
    return {
        setting: tuple(
            Wish(name, tuple(metrics), tuple(kpis))
            for (where, name), (metrics, kpis) in found.items()
            if where == setting
        )
        for setting in settings
    }


def feeds(ref: KpiRef, collector: Collector[Any], settings: Mapping[str, Any]) -> bool:
    """Whether a source with these settings has all that a KPI reads of its kind, and the KPI reads some."""
    queries = list(_queries(ref, collector))
    named = (one for query in queries for one in _named(query, collector))
    return bool(queries) and all(name in (settings.get(setting) or ()) for setting, name in named)


def _queries(ref: KpiRef, collector: Collector[Any]) -> Iterator[Query]:
    own = {one.name for one in collector.metrics}
    text = ref.kpi.measure
    yield from (one for one in (measure.parse(text).queries if text else ()) if one.metric in own)


def _named(query: Query, collector: Collector[Any]) -> Iterator[tuple[str, str]]:
    """The settings that must hold a name, and the name."""
    for label, name in query.filters:
        for setting in (_ELSEWHERE.get((collector.kind, label), ""), f"{label}s", f"{label[:-1]}ies"):
            field = collector.config.model_fields.get(setting)
            if field is not None and str(field.annotation).startswith("dict["):
                yield setting, name
                break
