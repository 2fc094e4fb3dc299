"""Rules on the data itself: a source that cannot be read, and a KPI that gets no value from one that can.

The two are kept apart: what a failing source cannot deliver is told once, by the source.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from kpi.alert_rules import ANY
from kpi.alerts import Finding
from kpi.conditions_days import DAY, MOST_WAIT, kpi_number
from kpi.conditions_limits import told, unknown
from kpi.conditions_sight import Look, Scoped, Sight, SourceState
from kpi.measure import State
from kpi.metric import Kind
from kpi.reading import is_entered, measures_of

INTERVALS = 2
"""For how many of its intervals a source must have failed, or a KPI have been without a value."""
LEAST = timedelta(hours=1)


def of_source(look: Look) -> tuple[Finding, ...]:
    """Sources that cannot be read: each for more than two of its intervals and an hour.

    A rule that says how long it has to last needs no more than that.
    """
    wanted = look.when.source
    return tuple(_source(one, look) for one in look.sight.sources if wanted in (ANY, one.name))


def _source(one: SourceState, look: Look) -> Finding:
    sight = look.sight
    now, fault = sight.moment.now, one.fault
    kpis = sum(len(_kpis_by_metric(sight).get(metric, ())) > 0 for metric in one.failing)
    if fault is None or not (kpis or one.failing >= one.metrics):
        return Finding(one.name, False, True, now)
    patience = timedelta(0) if look.rule.lasting else max(INTERVALS * one.every, LEAST)
    holds = now - fault.since > patience
    return Finding(
        one.name,
        holds,
        False,
        at=now,
        since=fault.since,
        evidence=told(
            source=one.name,
            title=one.title,
            message=fault.message,
            hint=fault.hint,
            since=fault.since.isoformat(),
            kpis=len({path for metric in one.failing for path in _kpis_by_metric(sight).get(metric, ())}),
        ),
    )


def _kpis_by_metric(sight: Sight) -> Mapping[str, tuple[str, ...]]:
    """The paths of the KPIs that read each metric."""
    if "kpis by metric" not in sight.memo:
        found: dict[str, list[str]] = {}
        for one in sight.scoped(""):
            for metric in _metrics(one):
                found.setdefault(metric, []).append(one.path)
        sight.memo["kpis by metric"] = {metric: tuple(paths) for metric, paths in found.items()}
    known: Mapping[str, tuple[str, ...]] = sight.memo["kpis by metric"]
    return known


def _metrics(one: Scoped) -> frozenset[str]:
    return next(measures_of(one.context.framework.key, one.kpi)).metrics


def of_no_data(look: Look) -> tuple[Finding, ...]:
    """KPIs without a value for more than two of their intervals, whose sources are fine.

    One that never had a value is not missed, nor one that people enter: they are asked in their own time.
    """
    found = (_no_data(one, look) for one in look.chosen(look.when.no_data))
    return tuple(one for one in found if one is not None)


def _no_data(one: Scoped, look: Look) -> Finding | None:
    sight = look.sight
    standing, now = sight.standing(one), sight.moment.now
    sources = _measured_by(one, sight)
    if one.kpi.measure is None or is_entered(one.kpi, standing.reading) or not sources:
        return None
    if failing := next((source for source in sources if source.failing & _metrics(one)), None):
        return unknown(one.path, f"{failing.title or failing.name} cannot be read", at=now)
    reading = standing.reading
    if reading.at is None or reading.state is State.FAULT:
        return None
    age = standing.age if standing.age is not None else now - reading.at
    due = _due(one, sight, intervals=1 if look.rule.lasting else INTERVALS)
    last_at = now - age
    if age <= due:
        if reading.value is not None:
            return Finding(one.path, False, True, now)
        found = _last_value(one, sight)
        if found is None:
            return unknown(one.path, reading.reason, at=now)
        last_at = found
    holds = now - last_at > due
    return Finding(
        one.path,
        holds,
        False,
        at=now,
        since=last_at,
        evidence=told(
            name=one.kpi.name,
            source=sources[0].title or sources[0].name,
            last_at=last_at.isoformat(),
            reason=reading.reason,
        ),
    )


def _measured_by(one: Scoped, sight: Sight) -> tuple[SourceState, ...]:
    """The configured sources of all that a KPI reads; none where one of its metrics has no source."""
    if "source by metric" not in sight.memo:
        sight.memo["source by metric"] = {
            metric: source for source in reversed(sight.sources) for metric in source.metrics
        }
    by_metric: Mapping[str, SourceState] = sight.memo["source by metric"]
    metrics = _metrics(one)
    if not all(metric in by_metric for metric in metrics):
        return ()
    return tuple({(found := by_metric[metric]).name: found for metric in sorted(metrics)}.values())


def _due(one: Scoped, sight: Sight, *, intervals: int) -> timedelta:
    """After how long without a sample it is missed.

    An amount is stamped where its period starts, and what is still to be corrected may come that much later.
    """
    known = [(name, metric) for name in _metrics(one) if (metric := sight.series.metrics.get(name))]
    due = [
        metric.every * (intervals + (metric.kind is Kind.FLOW)) + sight.patience(name)
        for name, metric in known
    ]
    by_reading = [intervals * source.every for source in _measured_by(one, sight)]
    return max((*due, *by_reading), default=intervals * DAY)


def _last_value(one: Scoped, sight: Sight) -> datetime | None:
    """Up to when it had a value, where samples come and yet make no number; None where that is long ago."""
    number, today = kpi_number(one, sight.series), sight.moment.today
    for back in range(1, MOST_WAIT):
        close = sight.moment.close_of(today - (back + 1) * DAY)
        if number.read(close).value is not None:
            return close.midnight
    return None
