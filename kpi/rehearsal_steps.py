"""At which moments rules are looked at in a rehearsal: once a day, and where single readings turn.

A rule on days says nothing new between two mornings. One on the newest reading, such as whether a site is up,
is looked at wherever that reading changes, so that two hours of an outage are two hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from kpi.alert_names import looks_like_measure
from kpi.alert_rules import ANY
from kpi.alerts import CELEBRATE, span
from kpi.calendar import Moment, day_start
from kpi.conditions_sight import Sight
from kpi.expression import MeasureFault
from kpi.measure import Measure, parse
from kpi.metric import Kind, Series, from_micros
from kpi.rehearsal_tally import Stated

MORNING = time(9)
"""When the day before is looked at: by then most sources have told of it."""

MOST_INSTANTS = 5_000
"""So many single readings of one rule are looked at; of more, every second one, or third …"""

_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Step:
    """One moment, and the rules to look with then; None for all."""

    moment: Moment
    only: frozenset[str] | None = None


def mornings(since: date, until: Moment) -> list[Moment]:
    """The morning of each day from `since` on, and the end itself."""
    days = [since + count * _DAY for count in range((until.day - since).days + 1)]
    zone = until.zone
    wall = (datetime.combine(day, MORNING, zone) for day in days)
    starts = (max(at, day_start(day, zone)) for at, day in zip(wall, days, strict=True))
    found = [until.at(at) for at in starts if at < until.now]
    return [*found, until]


def steps(rules: Mapping[str, Stated], seen: Sight, since: date) -> list[Step]:
    """All moments from the morning of `since` to that of `seen`, in the order of time."""
    until = seen.moment
    whole = {one.now: Step(one) for one in mornings(since, until)}
    first = min(whole)
    fine: dict[datetime, set[str]] = {}
    for path, one in rules.items():
        measure = _newest_reading(one, seen)
        for at in () if measure is None else _instants(one, measure, seen):
            if first < at < until.now and at not in whole:
                fine.setdefault(at, set()).add(path)
    finer = {at: Step(until.at(at), frozenset(some)) for at, some in fine.items()}
    return [one for _, one in sorted({**whole, **finer}.items())]


def _newest_reading(one: Stated, seen: Sight) -> Measure | None:
    """What a rule reads, if that is the newest reading of one thing; a celebration has time until morning."""
    when = one.rule.when
    if when is None or one.rule.severity == CELEBRATE:
        return None
    text = when.measure
    if when.kpi and when.kpi != ANY:
        found = seen.find(when.kpi, one.framework)
        text = "" if found is None else found.kpi.measure or ""
    if not looks_like_measure(text):
        return None
    try:
        measure = parse(text)
    except MeasureFault:
        return None
    return measure if all(query.window is None for query in measure.queries) else None


def _instants(one: Stated, measure: Measure, seen: Sight) -> list[datetime]:
    """Where a reading is not what it was before, and where it has been so for as long as the rule asks."""
    found: set[int] = set()
    waits = {wait for wait in (span(one.rule.lasting), span(one.rule.clears_after)) if wait < _DAY}
    for query in measure.queries:
        metric = seen.series.metrics.get(query.metric)
        late = timedelta(0)
        if metric is not None and metric.kind is Kind.FLOW:
            late = metric.every + seen.patience(query.metric)
        for own in seen.series.of(query.metric, query.filters):
            if _is_by_day(own):
                continue
            found.update((_turns(own, waits) + late // _MICROSECOND).tolist())
    ordered = sorted(found)
    stride = -(-len(ordered) // MOST_INSTANTS) or 1
    return [from_micros(at) for at in ordered[::stride]]


def _is_by_day(own: Series) -> bool:
    return len(own) < 2 or bool(np.median(np.diff(own.at)) >= _DAY // _MICROSECOND)


def _turns(own: Series, waits: set[timedelta]) -> NDArray[np.int64]:
    """The instants at which a value differs from the one before, and the first ones so long after them."""
    turned = own.at[np.flatnonzero(np.diff(own.value)) + 1]
    later = []
    for wait in waits:
        place = own.at.searchsorted(turned + wait // _MICROSECOND)
        later.append(own.at[place[place < len(own.at)]])
    return np.concatenate([turned, *later])
