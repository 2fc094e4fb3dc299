"""What the source of a KPI counts beside it by a label, where the KPI's own number has none: visits by source
beside visitors. It is another number, so its shares are not those of the KPI.

Only what a KPI reads that the reader may see is looked at, and nothing that one reads which is withheld.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.reports.explained_change import Change
from bot.reports.explained_gauge import Gauge, last_of
from bot.workspace import Workspace
from kpi.aggregate import Query
from kpi.calendar import day_start
from kpi.explain import ALIKE, Manner, breakdowns, concentration, ranked
from kpi.expression import Call
from kpi.measure import Measure, parse
from kpi.metric import Kind, SeriesSet
from kpi.movers import Breakdown
from kpi.window import Window
from storage import Session, samples

_DAY = timedelta(days=1)
_MOST_METRICS = 6
_LEAST = 0.2  # of the change of the KPI: what moved less cannot have told of it


@dataclass(frozen=True, slots=True)
class Beside:
    """Another metric of the same source over the same days, told apart by a label."""

    metric: str
    found: Breakdown


def beside(session: Session, gauge: Gauge, change: Change, known_by: datetime | None) -> tuple[Beside, ...]:
    """What moved the same way, the most telling first; one statement. Nothing for what is no plain amount."""
    names = _metrics(gauge) if change.manner is Manner.AMOUNT and change.delta else ()
    if not names:
        return ()
    moment = gauge.snapshot.moment
    since = day_start(change.earlier.first, moment.zone)
    limit = min((at for at in (moment.as_of, known_by) if at is not None), default=None)
    until = moment.close_of(last_of(change.days)).now
    read = samples.read(session, dict.fromkeys(names, since), until=until, as_of=limit)
    series = SeriesSet(read.series, gauge.snapshot.series.metrics)
    found = [Beside(name, one) for name in names for one in _moved(name, series, gauge, change)]
    return tuple(sorted(found, key=lambda one: (-concentration(one.found), one.metric)))


def _moved(name: str, series: SeriesSet, gauge: Gauge, change: Change) -> Iterator[Breakdown]:
    """The best label of one metric, where it moved as the KPI did and not all of it alike."""
    count, close = change.days.count, gauge.snapshot.moment.close_of
    query = Query("sum", name, (), Window(f"{count}d", count))
    measure = Measure(f"sum({name}, {count}d)", Call(query), (query,))
    found = ranked(breakdowns(measure, series, close(last_of(change.earlier)), close(last_of(change.days))))
    delta = change.delta or 0.0
    if not found or found[0].change * delta <= 0 or abs(found[0].change) < _LEAST * abs(delta):
        return
    if concentration(found[0]) >= ALIKE:
        yield found[0]


def _metrics(gauge: Gauge) -> tuple[str, ...]:
    """The metrics of its source that are counted each day by a label."""
    queries = parse(gauge.ref.kpi.measure or "").queries
    if len(queries) != 1 or queries[0].filters:
        return ()
    workspace = gauge.snapshot.workspace
    source = workspace.source_of(queries[0].metric)
    if source is None:
        return ()
    shown = _shown(workspace)
    known = gauge.snapshot.series.metrics
    return tuple(
        name
        for name in source.metrics
        if name in shown
        and name != queries[0].metric
        and (one := known.get(name)) is not None
        and one.kind is Kind.FLOW
        and one.labels
        and one.every <= _DAY
    )[:_MOST_METRICS]


def _shown(workspace: Workspace) -> frozenset[str]:
    """What KPIs read that the reader may see, and none that is withheld."""
    seen: set[str] = set()
    hidden: set[str] = set()
    for use in workspace.uses:
        for kpi in use.framework.kpis:
            names = parse(kpi.measure).metrics if kpi.measure else frozenset()
            (seen if workspace.shows(use.framework.key, kpi.key) else hidden).update(names)
    return frozenset(seen - hidden)
