"""Data that has to be old enough first: cohorts that ripen, and a history that must reach far back.

A rate of cohorts (signups that queried within 7 days) says nothing of people who still have time left, so
its measure looks at the world as many days late as a cohort needs.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from kpi.calendar import Moment, day_of, day_start
from kpi.framework import Kpi
from kpi.measure import Measure
from kpi.metric import SeriesSet, from_micros, to_micros

_DAY = timedelta(days=1)


def lag_days(kpi: Kpi) -> int:
    """How many days the measure of `kpi` looks back, beside its window; a part of a day is a whole one."""
    return 0 if kpi.matures is None else -(-kpi.matures // _DAY)


def ripe(kpi: Kpi, moment: Moment) -> Moment:
    """Where the measure is evaluated: at the close of the newest day whose cohort had all of its time."""
    if kpi.matures is None:
        return moment
    return moment.close_of(moment.today - timedelta(days=1 + lag_days(kpi)))


def first_day(measure: Measure, series: SeriesSet, moment: Moment) -> date | None:
    """The first day on which all that `measure` reads has a sample; None where something never had one.

    Where `series` does not hold everything, it is the first day of what it holds.
    """
    now = to_micros(moment.now)
    days = []
    for query in measure.queries:
        begun = [int(one.at[0]) for one in series.of(query.metric, query.filters) if len(one)]
        first = min(begun, default=None)
        if first is None or first > now:
            return None
        days.append(day_of(from_micros(first), moment.zone))
    return max(days, default=None)


def unripe(kpi: Kpi, first: date, moment: Moment) -> str:
    """Why no cohort counts yet, or nothing: the first one is of `first`."""
    days = lag_days(kpi)
    if first <= ripe(kpi, moment).day:
        return ""
    return f"its first cohort is complete on {_told(first + days * _DAY, moment)}: it needs {_days(days)}"


def history_since(kpi: Kpi, moment: Moment) -> datetime | None:
    """From when on samples tell whether the history is long enough, beside the newest one before it."""
    return None if kpi.history is None else day_start(moment.today - kpi.history, moment.zone)


def too_short(kpi: Kpi, first: date, moment: Moment) -> str:
    """Why the data does not reach far enough back yet, or nothing: it begins on `first`."""
    if kpi.history is None or first + kpi.history <= moment.today:
        return ""
    return f"it needs {_days(kpi.history.days)} of data; first on {_told(first + kpi.history, moment)}"


def _days(count: int) -> str:
    return f"{count} day{'s' if count != 1 else ''}"


def _told(day: date, moment: Moment) -> str:
    return f"{day.day} {day:%b}" if day.year == moment.today.year else f"{day.day} {day:%b %Y}"
