"""Trend: the last seven closed days against the seven before, in the direction that is better.

Both readings are taken at the close of a day, so that today, which is not over, plays no part. Periods
of unequal length are not compared, and where either week has no sample there is no trend: nothing longer
stands in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from kpi.calendar import Moment, Period, day_of
from kpi.measure import Reading
from kpi.quantity import Better
from kpi.scoring import as_float, exact

DAYS = 7


class Trend(StrEnum):
    """Which way a KPI has gone; better is what its document calls better."""

    BETTER = "better"
    WORSE = "worse"
    FLAT = "flat"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TrendReading:
    """A trend with its numbers: `change` is the value of the later period less `before`, the earlier one."""

    trend: Trend
    change: float | None = None
    before: float | None = None
    days: int = DAYS


NO_TREND = TrendReading(Trend.UNKNOWN)


def trend_of(
    read: Callable[[Moment], Reading],
    moment: Moment,
    better: Better,
    *,
    is_running_total: bool = False,
    lag_days: int = 0,
) -> TrendReading:
    """The trend of what `read` reads at the close of either week.

    A running total, over all samples there are, is followed like a level although its period grows.
    What is measured of cohorts comes `lag_days` late, and so do the weeks it has to be of.
    """
    after, before = (read(close) for close in closes(moment))
    if after.value is None or before.value is None:
        return NO_TREND
    lag = 0 if after.reason else lag_days  # an entry is of the day on which it was made
    later = moment.closed_days(DAYS, ending=lag)
    earlier = moment.closed_days(DAYS, ending=lag + DAYS)
    if not (_is_of(after, later) and _is_of(before, earlier)):
        return NO_TREND
    if not (is_running_total or _equally_long(after, before, moment)):
        return NO_TREND
    if bool(after.reason) != bool(before.reason):  # one was measured, the other entered in its place
        return NO_TREND
    change = as_float(exact(after.value) - exact(before.value))
    if change is None:
        return NO_TREND
    return TrendReading(_judged(change, better), change, before.value)


def closes(moment: Moment) -> tuple[Moment, Moment]:
    """Where the two weeks end: at the close of yesterday, and seven days before."""
    yesterday = moment.today - timedelta(days=1)
    return moment.close_of(yesterday), moment.close_of(yesterday - timedelta(days=DAYS))


def _is_of(reading: Reading, week: Period) -> bool:
    """Whether the newest sample behind `reading` is of that week, not something older carried along."""
    return reading.at is not None and reading.at in week


def _equally_long(after: Reading, before: Reading, moment: Moment) -> bool:
    """Whether both cover the same number of days: a month up to the 3rd says nothing against a whole one."""
    if after.period is None or before.period is None:
        return after.period is before.period
    return _days(after.period, moment) == _days(before.period, moment)


def _days(period: Period, moment: Moment) -> int:
    return (day_of(period.end, moment.zone) - day_of(period.start, moment.zone)).days


def _judged(change: float, better: Better) -> Trend:
    if change == 0:
        return Trend.FLAT
    if better is Better.NONE:
        return Trend.UNKNOWN
    return Trend.BETTER if (change > 0) == (better is Better.HIGHER) else Trend.WORSE
