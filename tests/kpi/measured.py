"""Series for tests: one sample a day, with holes where a test wants them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from kpi.calendar import Moment, day_start
from kpi.metric import Kind, Metric, Series, SeriesSet, labels, to_micros

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 23)
NOW = Moment(datetime(2026, 11, 23, 9, tzinfo=BERLIN), BERLIN)
METRICS = {
    "stars": Metric("stars", "stars", Kind.LEVEL, ""),
    "visits": Metric("visits", "visits", Kind.FLOW, ""),
    "signups": Metric("signups", "signups", Kind.FLOW, ""),
    "latency": Metric("latency", "seconds", Kind.RATIO, ""),
    "newsletter": Metric("newsletter", "readers", Kind.FLOW, "", every=timedelta(days=7)),
}


def daily(
    name: str,
    values: Sequence[float | None],
    *,
    ending: int = 1,
    hour: int = 0,
    **label: str,
) -> Series:
    """A sample a day, the last one `ending` days before today; None leaves a day out."""
    first = NOW.today - timedelta(days=len(values) - 1 + ending)
    kept = [
        (to_micros(day_start(first + timedelta(days=index), BERLIN) + timedelta(hours=hour)), value)
        for index, value in enumerate(values)
        if value is not None
    ]
    at = np.array([instant for instant, _ in kept], dtype=np.int64)
    value = np.array([value for _, value in kept], dtype=np.float64)
    return Series(name, labels(label), at, value, np.ones(len(kept), dtype=np.bool_))


def series_of(*series: Series) -> SeriesSet:
    return SeriesSet(series, METRICS)
