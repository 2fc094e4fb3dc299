"""How the KPIs of a built-in framework come by their numbers: what each is bound to, and what it reads.

A subject is written as in a measure: `prometheus.ratio{query="error_rate"}`. Samples are in the unit that the
collector declares (seconds, a fraction of one, dollars); readings are in the unit of the KPI.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from collectors import METRICS
from kpi import survey
from kpi.calendar import Moment, day_start
from kpi.framework import Framework
from kpi.measure import Reading, parse
from kpi.metric import Kind, Series, SeriesSet, to_micros
from kpi.reading import read

BERLIN = ZoneInfo("Europe/Berlin")
NOW = Moment(datetime(2026, 11, 23, 9, tzinfo=BERLIN), BERLIN)
KNOWN = survey.beside(METRICS)


def bindings(framework: Framework) -> dict[str, str]:
    """Each KPI by key: its measure, or `asked monthly`, or `never asked`."""
    return {
        kpi.key: kpi.measure or (f"asked {kpi.asked}" if kpi.asked else "never asked")
        for kpi in framework.kpis
    }


def daily(subject: str, values: Sequence[float | None], *, ending: int = 1) -> Series:
    """A sample a day, the last one `ending` days before today (0: today); None leaves a day out.

    A flow is stamped at the start of its day, anything else at eight in the morning.
    """
    (query,) = parse(f"last({subject})").queries
    metric = KNOWN.get(query.metric)
    hour = 0 if metric is not None and metric.kind is Kind.FLOW else 8
    first = NOW.today - timedelta(days=len(values) - 1 + ending)
    kept = [
        (to_micros(day_start(first + timedelta(days=index), BERLIN) + timedelta(hours=hour)), value)
        for index, value in enumerate(values)
        if value is not None
    ]
    at = np.array([instant for instant, _ in kept], dtype=np.int64)
    value = np.array([value for _, value in kept], dtype=np.float64)
    return Series(query.metric, query.filters, at, value, np.ones(len(kept), dtype=np.bool_))


def steady(subject: str, value: float, days: int = 30, *, ending: int = 1) -> Series:
    """The same value on each of `days` days."""
    return daily(subject, [value] * days, ending=ending)


def now(subject: str, value: float) -> Series:
    """One sample, of this morning."""
    return daily(subject, [value], ending=0)


def reading(framework: Framework, key: str, *series: Series) -> Reading:
    """What the KPI `key` reads over `series`, in its own unit."""
    return read(framework.key, framework.by_key[key], series=SeriesSet(series, KNOWN), moment=NOW)
