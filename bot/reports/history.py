"""A KPI day by day: what its measure said at the end of each closed day, and now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.reports.snapshot import Snapshot
from bot.workspace import KpiRef
from kpi.calendar import Moment, day_of, day_start
from kpi.metric import from_micros, to_micros
from kpi.reading import measures_of

CHANGE_DAYS = 15
"""How many closed days `changes` looks back: to the close of the day before two weeks."""


@dataclass(frozen=True, slots=True)
class History:
    """Values at the ends of closed days, oldest first; None where that day was not measured."""

    days: tuple[tuple[datetime, float | None], ...]  # (start of the day, value)
    today: tuple[datetime, float] | None  # the open day: when it was read, and its value so far


@dataclass(frozen=True, slots=True)
class Changes:
    """By how much the value grew; None where either end was not measured."""

    yesterday: float | None
    week: float | None  # the 7 days up to yesterday
    week_before: float | None
    is_fresh: bool  # yesterday was measured


def changes(ref: KpiRef, snapshot: Snapshot) -> Changes:
    """What the last closed day and the last seven brought, from the ends of four days and nothing between."""
    today = snapshot.moment.today
    end, day, week, two_weeks = (
        _closed_day(ref, snapshot, today - timedelta(days=back))[1] for back in (1, 2, 8, CHANGE_DAYS)
    )
    return Changes(_grown(day, end), _grown(week, end), _grown(two_weeks, week), end is not None)


def _grown(start: float | None, end: float | None) -> float | None:
    return None if end is None or start is None else end - start


def can_be_drawn(ref: KpiRef, snapshot: Snapshot, days: int) -> bool:
    """Whether two of the last `days` closed days may have been measured, as far as what was read tells.

    False is certain: each day is measured by samples of its own. True is not: a measure may need more.
    """
    moment = snapshot.moment
    metrics = {name for each in measures_of(ref.use.framework.key, ref.kpi) for name in each.metrics}
    midnight = to_micros(moment.midnight)
    closed = [
        one.at[:count]
        for name in metrics
        for one in snapshot.series.by_metric.get(name, ())
        if (count := int(one.at.searchsorted(midnight)))
    ]
    if not closed:
        return False
    first, last = (
        day_of(from_micros(at), moment.zone)
        for at in (min(int(at[0]) for at in closed), max(int(at[-1]) for at in closed))
    )
    # Of the time before the changes only the newest sample was read: older ones may lie behind it.
    is_single = first == last and first > moment.today - timedelta(days=CHANGE_DAYS)
    return last >= moment.today - timedelta(days=days) and not is_single


def history(ref: KpiRef, snapshot: Snapshot, days: int) -> History:
    """The last `days` closed days of a KPI, and today where it was read today."""
    moment = snapshot.moment
    closed = tuple(
        _closed_day(ref, snapshot, moment.today - timedelta(days=back)) for back in range(days, 0, -1)
    )
    now = snapshot.of(ref).reading
    if now.value is None or now.at is None or now.period is not None or now.at < moment.midnight:
        return History(closed, None)
    return History(closed, (now.at, now.value))


def _closed_day(ref: KpiRef, snapshot: Snapshot, day: date) -> tuple[datetime, float | None]:
    """The value at the end of `day`, if anything was measured on it."""
    start = day_start(day, snapshot.moment.zone)
    reading = snapshot.read(ref, snapshot.moment.close_of(day))
    return start, reading.value if reading.at is not None and reading.at >= start else None


def closing(ref: KpiRef, snapshot: Snapshot, close: Moment) -> float | None:
    """The value at the close of a day: measured on that day, or entered by hand at any time before.

    What somebody entered holds until the next entry; a source that was silent all day says nothing.
    """
    reading = snapshot.read(ref, close)
    if ref.kpi.measure is None:
        return reading.value
    start = day_start(close.day, close.zone)
    return reading.value if reading.at is not None and reading.at >= start and not reading.reason else None
