"""What a KPI reads at an instant: its measure, or the entry somebody made by hand, in the KPI's own unit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from kpi import measure
from kpi.aggregate import Query
from kpi.calendar import Moment
from kpi.cohort import first_day, history_since, lag_days, ripe, too_short, unripe
from kpi.expression import Arithmetic, Call
from kpi.framework import Kpi
from kpi.measure import Measure, Reading, State
from kpi.metric import Kind, SeriesSet, to_micros
from kpi.unit import BASE_NAME, Unit, UnitFault, base_of, convert, counted_in, per, unit
from kpi.window import ALL

TOLERANCE = timedelta(hours=12)
"""How late a sample may be before it counts as missing."""

_AMOUNTS = frozenset({"sum", "count", "change"})


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
    """The reading of `kpi`: by its measure, and by hand where it has none or the measure has no value.

    A measure of cohorts is read where they are ripe; an entry is taken as stated, somebody vouches for it.
    """
    by_hand = entry_metric(framework, kpi)
    if kpi.measure is None:
        return _entered(kpi, by_hand, series=series, moment=moment)
    measured = _measured(kpi, measure.parse(kpi.measure), series=series, moment=moment)
    if measured.value is not None or by_hand not in series.by_metric:
        return measured
    entered = _entered(kpi, by_hand, series=series, moment=moment)
    if entered.value is None:
        return measured
    return replace(entered, reason=f"entered by hand; the measure says: {measured.reason or measured.state}")


def is_as_at(close: Moment, kpi: Kpi, now: Reading, series: SeriesSet) -> bool:
    """Whether the KPI read at `close`, where today began, what it reads `now`, so that it need not be read.

    Windows are of closed days, in which no later sample plays a part; of all else none must have come. What
    ripens or needs a long history is always read.
    """
    if now.value is None or now.reason or kpi.measure is None:
        return False
    if kpi.matures is not None or kpi.history is not None:
        return False
    end = to_micros(close.now)
    for query in measure.parse(kpi.measure).queries:
        for one in series.by_metric.get(query.metric, ()):
            last_that_counts = 0 if query.window is not None else -1
            if len(one) and one.at[last_that_counts] > end:
                return False
    return True


def is_entered(kpi: Kpi, reading: Reading) -> bool:
    """Whether the value of `reading` is somebody's entry: a value that was measured has no reason."""
    return kpi.measure is None or (reading.value is not None and bool(reading.reason))


def needed(framework: str, kpi: Kpi, moment: Moment) -> dict[str, datetime]:
    """Since when each metric must be read for the reading of `kpi` at `moment`."""
    entries = _newest_of(entry_metric(framework, kpi)).since(moment)
    measures = {} if kpi.measure is None else measure.parse(kpi.measure).since(ripe(kpi, moment))
    found = {**measures, **entries}
    since = history_since(kpi, moment)
    return found if since is None else merged(found, dict.fromkeys(found, since))


def _entered(kpi: Kpi, metric: str, *, series: SeriesSet, moment: Moment) -> Reading:
    newest = _newest_of(metric)
    reading = _in_unit(kpi, newest.evaluate(series, moment))
    return (
        reading if kpi.history is None else _long_enough(kpi, reading, newest, series=series, moment=moment)
    )


def _measured(kpi: Kpi, own: Measure, *, series: SeriesSet, moment: Moment) -> Reading:
    found = own.evaluate(series, ripe(kpi, moment))
    if found.value is not None and found.unit is None:  # nobody declares what its metrics count
        found = replace(found, unit=_meant(own.text, kpi.unit, is_base=_is_base(own, series)))
    reading = _in_unit(kpi, found)
    if kpi.matures is not None and reading.state is State.NO_DATA:
        reading = _immature(kpi, reading, own, series=series, moment=moment)
    return reading if kpi.history is None else _long_enough(kpi, reading, own, series=series, moment=moment)


def _immature(kpi: Kpi, reading: Reading, own: Measure, *, series: SeriesSet, moment: Moment) -> Reading:
    """No data yet, told as of today: the samples there are belong to cohorts that still ripen."""
    first = first_day(own, series, moment)
    reason = "" if first is None else unripe(kpi, first, moment)
    if first is not None and not reason:
        return reading
    found = own.evaluate(series, moment)
    return replace(reading, at=found.at, reason=reason or found.reason)


def _long_enough(kpi: Kpi, reading: Reading, own: Measure, *, series: SeriesSet, moment: Moment) -> Reading:
    """`reading`, unless the KPI asks for more history than there is; a fault stays one."""
    if reading.state is State.FAULT:
        return reading
    first = first_day(own, series, moment)
    if first is None or not (reason := too_short(kpi, first, moment)):
        return reading
    return replace(reading, state=State.NO_DATA, value=None, reason=reason)


def _in_unit(kpi: Kpi, reading: Reading) -> Reading:
    """`reading` in the KPI's unit; one whose unit nobody knows is taken as it is."""
    if reading.value is None or reading.unit is None or reading.unit == kpi.unit:
        return reading
    try:
        value = convert(reading.value, reading.unit, kpi.unit)
    except UnitFault as fault:
        return replace(reading, state=State.FAULT, value=None, reason=f"{kpi.measure}: {fault.message}")
    return replace(reading, value=value, unit=kpi.unit)


@lru_cache(maxsize=4096)
def _meant(text: str, counted: Unit, *, is_base: bool) -> Unit | None:
    """What a measure over metrics that nobody declares must count, so that its KPI can count in `counted`.

    A rate is one a day, whatever time the KPI counts by; a plain quotient behind a percentage is a fraction.
    Metrics in the base of what their queries measure make a value in the base of what the KPI counts, unless
    the measure itself turns it into a percentage.
    """
    root = measure.parse(text).root
    if isinstance(root, Call) and root.query.function == "rate" and counted.is_rate:
        return per(counted_in(counted), "day")
    is_percent = re.search(r"(?<![\w.])100(?![\w.])", text) is not None
    is_share = counted.dimension == unit("ratio").dimension
    if isinstance(root, Arithmetic) and root.sign == "/" and is_share and not is_percent:
        return unit("ratio")
    return base_of(counted) if is_base and not (is_share and is_percent) else None


def _is_base(own: Measure, series: SeriesSet) -> bool:
    """Whether all that a measure reads is in the base of what its query measures."""
    known = [series.metrics.get(name) for name in own.metrics]
    return all(one is not None and one.unit == BASE_NAME for one in known)


def age_of(kpi: Kpi, reading: Reading, moment: Moment) -> timedelta | None:
    """How old the newest sample of `reading` is; of cohorts, how long ago the newest one was complete."""
    if reading.at is None:
        return None
    complete = reading.at
    if kpi.matures is not None and not is_entered(kpi, reading):  # by the clock on the wall, as days go
        complete = (complete.astimezone(moment.zone) + timedelta(days=lag_days(kpi))).astimezone(UTC)
    return max(moment.now - complete, timedelta(0))


def lag(kpi: Kpi, reading: Reading, moment: Moment) -> timedelta:
    """How long before `moment` the reading was taken: nothing, but for measured cohorts."""
    if kpi.matures is None or is_entered(kpi, reading):
        return timedelta(0)
    return moment.now - ripe(kpi, moment).now


def is_stale(framework: str, kpi: Kpi, reading: Reading, *, series: SeriesSet, moment: Moment) -> bool:
    """Whether a newer sample should have come by now; a metric of unknown cadence is never late."""
    if reading.at is None:
        return False
    due = [_due_after(name, series) for name in _metrics(framework, kpi) if name in series.metrics]
    return bool(due) and moment.now - lag(kpi, reading, moment) - reading.at > max(due)


def _metrics(framework: str, kpi: Kpi) -> frozenset[str]:
    return next(measures_of(framework, kpi)).metrics


def is_running_total(framework: str, kpi: Kpi) -> bool:
    """Whether the measure of `kpi` looks at all samples there ever were."""
    windows = [query.window for query in next(measures_of(framework, kpi)).queries]
    return any(window is not None and window.text == ALL for window in windows)


def adds_up(kpi: Kpi) -> bool:
    """Whether the measure of `kpi` adds up what happened on some days, so that a day has its share of it."""
    if kpi.measure is None:
        return False
    queries = measure.parse(kpi.measure).queries
    return bool(queries) and all(
        query.function in _AMOUNTS and query.window is not None and query.window.text != ALL
        for query in queries
    )


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
