"""Which values of a label led on the days of an update: the pages, posts or campaigns that did best."""

from __future__ import annotations

from collections.abc import Iterator

from bot.languages import said
from bot.reports.changes import Span
from bot.reports.figures import print_change, print_value
from bot.reports.snapshot import Snapshot
from bot.workspace import KpiRef
from kpi.aggregate import Query
from kpi.by_day import amounts, closes
from kpi.measure import parse
from kpi.metric import Kind, Series, SeriesSet
from kpi.unit import BARE

BEST = 3


def best(ref: KpiRef, by: str, snapshot: Snapshot, span: Span) -> str:
    """ "Blog Posts: /launch 412, /pricing 96": those that did most; empty where nothing is told apart."""
    found = sorted(_ranked(ref, by, snapshot, span), key=lambda one: (-one[0], one[1]))
    shown = ", ".join(f"{name} {_printed(ref, value, snapshot)}" for value, name in found[:BEST] if value > 0)
    if not shown:
        return ""
    more = sum(value > 0 for value, _ in found) - BEST
    if more > 0:
        return said("{name}: {best} and {count} more", name=ref.kpi.name, best=shown, count=more)
    return said("{name}: {best}", name=ref.kpi.name, best=shown)


def _printed(ref: KpiRef, value: float, snapshot: Snapshot) -> str:
    query = _query(ref)
    metric = None if query is None else snapshot.series.metrics.get(query.metric)
    is_level = metric is not None and metric.kind is Kind.LEVEL
    return print_change(value, BARE) if is_level else print_value(value, BARE)


def _query(ref: KpiRef) -> Query | None:
    """The one thing that a measure reads; of several none leads."""
    queries = () if ref.kpi.measure is None else parse(ref.kpi.measure).queries
    return queries[0] if len(queries) == 1 else None


def _ranked(ref: KpiRef, by: str, snapshot: Snapshot, span: Span) -> Iterator[tuple[float, str]]:
    """What each value of the label brought over the span: an amount, or by how much its level grew."""
    query = _query(ref)
    if query is None:
        return
    groups: dict[str, list[Series]] = {}
    for one in snapshot.series.of(query.metric, query.filters):
        if (value := dict(one.labels).get(by)) is not None:
            groups.setdefault(value, []).append(one)
    moment = span.close
    for value, members in groups.items():
        own = SeriesSet(tuple(members), snapshot.series.metrics)
        if (flow := amounts(query, own, moment, span.days)) is not None:
            yield sum(one or 0.0 for _, one in flow.values), value
        elif (level := closes(query, own, moment, span.days + 1)) is not None:
            first, last = level.values[0][1], level.values[-1][1]
            if first is not None and last is not None:
                yield last - first, value
