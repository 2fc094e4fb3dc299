"""What a KPI reads at an instant: its measure, or the entry somebody made by hand, in the KPI's own unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from kpi import measure
from kpi.aggregate import Query
from kpi.calendar import Moment
from kpi.expression import Call
from kpi.framework import Kpi
from kpi.measure import Measure, Reading, State
from kpi.metric import Kind, SeriesSet
from kpi.unit import UnitFault, convert
from kpi.window import ALL

TOLERANCE = timedelta(hours=12)
"""How late a sample may be before it counts as missing."""


def entry_metric(framework: str, kpi: Kpi) -> str:
    """The metric that holds what people enter for `kpi`."""
    return f"entry.{framework}.{kpi.key}"


@lru_cache(maxsize=4096)
def _newest_of(metric: str) -> Measure:
    """The newest sample of `metric`; not parsed, because a key need not be a name the language knows."""
    query = Query("last", metric, (), None)
    return Measure(f"last({metric})", Call(query), (query,))


def measures_of(framework: str, kpi: Kpi) -> Iterator[Measure]:
    """What `kpi` can be read from, the first choice first."""
    if kpi.measure is not None:
        yield measure.parse(kpi.measure)
    yield _newest_of(entry_metric(framework, kpi))


def read(framework: str, kpi: Kpi, *, series: SeriesSet, moment: Moment) -> Reading:
    """The reading of `kpi`: by its measure, and by hand where it has none or the measure has no value."""
    by_hand = entry_metric(framework, kpi)
    if kpi.measure is None:
        return _in_unit(kpi, _newest_of(by_hand).evaluate(series, moment))
    measured = _in_unit(kpi, measure.parse(kpi.measure).evaluate(series, moment))
    if measured.value is not None or by_hand not in series.by_metric:
        return measured
    entered = _in_unit(kpi, _newest_of(by_hand).evaluate(series, moment))
    if entered.value is None:
        return measured
    return replace(entered, reason=f"entered by hand; the measure says: {measured.reason or measured.state}")


def _in_unit(kpi: Kpi, reading: Reading) -> Reading:
    """`reading` in the KPI's unit; one whose unit nobody knows is taken as it is."""
    if reading.value is None or reading.unit is None or reading.unit == kpi.unit:
        return reading
    try:
        value = convert(reading.value, reading.unit, kpi.unit)
    except UnitFault as fault:
        return replace(reading, state=State.FAULT, value=None, reason=f"{kpi.measure}: {fault.message}")
    return replace(reading, value=value, unit=kpi.unit)


def is_stale(framework: str, kpi: Kpi, reading: Reading, *, series: SeriesSet, now: datetime) -> bool:
    """Whether a newer sample should have come by now; a metric of unknown cadence is never late."""
    if reading.at is None:
        return False
    due = [_due_after(name, series) for name in _metrics(framework, kpi) if name in series.metrics]
    return bool(due) and now - reading.at > max(due)


def _metrics(framework: str, kpi: Kpi) -> frozenset[str]:
    return next(measures_of(framework, kpi)).metrics


def is_running_total(framework: str, kpi: Kpi) -> bool:
    """Whether the measure of `kpi` looks at all samples there ever were."""
    windows = [query.window for query in next(measures_of(framework, kpi)).queries]
    return any(window is not None and window.text == ALL for window in windows)


def _due_after(name: str, series: SeriesSet) -> timedelta:
    """The greatest age of a newest sample. A flow is stamped where its period starts, so it is one older."""
    known = series.metrics[name]
    return known.every * (2 if known.kind is Kind.FLOW else 1) + TOLERANCE


def merged(needs: Mapping[str, datetime], more: Mapping[str, datetime]) -> dict[str, datetime]:
    """The earlier instant per metric of both."""
    found = dict(needs)
    for name, since in more.items():
        found[name] = min(since, found.get(name, since))
    return found
