"""A metric day by day, many days at once: what each closed with, or what happened on it.

The measure language evaluates one moment; to look for a record over a year it would have to be asked for
each of its days. These two read the same numbers from the same samples in one go.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from kpi.aggregate import Query
from kpi.calendar import Moment
from kpi.metric import Kind, Series, SeriesSet
from kpi.window import Days

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ByDay:
    """Closed days in a row, oldest first; None where a day was not measured, so that no value is made up.

    `is_whole`: nothing that is known was measured before the first of them.
    """

    values: tuple[tuple[date, float | None], ...]
    is_whole: bool


def amounts(query: Query, series: SeriesSet, moment: Moment, days: int) -> ByDay | None:
    """What a flow amounted to on each of the last `days` closed days; None where it is not counted by day."""
    metric = series.metrics.get(query.metric)
    if metric is None or metric.kind is not Kind.FLOW or metric.every > _DAY:
        return None
    found, stretch = _of(query, series), _stretch(moment, days)
    edges = stretch.edges
    totals, is_known = np.zeros(days), np.zeros(days, dtype=np.bool_)
    for one in found:
        low, high = one.at.searchsorted(edges[[0, -1]])
        places = edges.searchsorted(one.at[low:high], "right") - 1
        np.add.at(totals, places, one.value[low:high])
        is_known[places] = True
    return _by_day(stretch, totals, is_known, found)


def closes(query: Query, series: SeriesSet, moment: Moment, days: int) -> ByDay | None:
    """What a level read at the close of each of the last `days` closed days, its labels added up.

    A day counts as measured where every label that had begun was read on it. None where it is no level.
    """
    metric = series.metrics.get(query.metric)
    if metric is None or metric.kind is not Kind.LEVEL:
        return None
    found, stretch = _of(query, series), _stretch(moment, days)
    edges = stretch.edges
    totals, has_begun = np.zeros(days), np.zeros(days, dtype=np.bool_)
    is_fresh = np.ones(days, dtype=np.bool_)
    for one in found:
        index = one.at.searchsorted(edges[1:]) - 1
        begun, place = index >= 0, np.maximum(index, 0)
        totals += np.where(begun, one.value[place], 0.0)
        is_fresh &= ~begun | (one.at[place] >= edges[:-1])
        has_begun |= begun
    return _by_day(stretch, totals, has_begun & is_fresh, found)


def _of(query: Query, series: SeriesSet) -> tuple[Series, ...]:
    return tuple(one for one in series.of(query.metric, query.filters) if len(one))


def _stretch(moment: Moment, days: int) -> Days:
    return Days(moment.today - timedelta(days=days), days, moment.zone)


def _by_day(
    stretch: Days, totals: npt.NDArray[np.float64], is_known: npt.NDArray[np.bool_], found: tuple[Series, ...]
) -> ByDay:
    start = int(stretch.edges[0])
    values = tuple(
        (stretch.day(at), value if known else None)
        for at, (value, known) in enumerate(zip(totals.tolist(), is_known.tolist(), strict=True))
    )
    return ByDay(values, bool(found) and all(int(one.at[0]) >= start for one in found))
