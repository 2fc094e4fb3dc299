"""A KPI day by day: what its measure said at the end of each closed day, and now; over any window."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import chain, islice, pairwise
from statistics import median
from zoneinfo import ZoneInfo

from bot import windows
from bot.reports.snapshot import Snapshot
from bot.windows import Window
from bot.workspace import KpiRef
from kpi.calendar import Moment, day_of, day_start
from kpi.cohort import lag_days
from kpi.framework import Kpi
from kpi.measure import Reading
from kpi.metric import EPOCH, Series, from_micros, to_micros
from kpi.reading import entry_metric, is_entered, measures_of, needed
from storage.annotations import Annotation

CHANGE_DAYS = 15
"""How many closed days `changes` looks back: to the close of the day before two weeks."""
DEFAULT_DAYS = 90
_LEAST_HELD = 10  # days that an entry holds, however often others were made
_MOST_TRIES = 40
"""How many days with samples are looked at for one with a value: a measure may need more than samples."""


@dataclass(frozen=True, slots=True)
class History:
    """Values at the ends of closed days, oldest first; None where that day was not measured.

    What somebody entered holds on the days after it, until the next entry or until that is overdue.
    A `window` that lies behind is drawn alone: with its own last day, target and pace.
    """

    days: tuple[tuple[datetime, float | None], ...]  # (start of the day, value)
    today: tuple[datetime, float] | None  # the open day: when it was read, and its value so far
    window: Window | None = None
    notes: tuple[Annotation, ...] = ()  # what people noted on these days
    entries: tuple[tuple[datetime, float], ...] = ()  # by hand: (start of the day, value); one lies before


@dataclass(frozen=True, slots=True)
class Edges:
    """The first and the last closed value of a window: (day that closed, value), None where there is none.

    The first is that of the day before the window, where it was measured.
    """

    first: tuple[date, float] | None
    last: tuple[date, float] | None
    now: float | None = None  # of the open day, where the window ends with it


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
        _measured(ref, snapshot, today - timedelta(days=back)) for back in (1, 2, 8, CHANGE_DAYS)
    )
    return Changes(_grown(day, end), _grown(week, end), _grown(two_weeks, week), end is not None)


def _grown(start: float | None, end: float | None) -> float | None:
    return None if end is None or start is None else end - start


def default_window(today: date) -> Window:
    return windows.resolve(f"{DEFAULT_DAYS}d", today)


def reach(window: Window, today: date) -> int:
    """How many closed days back `window` needs: to the close of the day before it, and what changes need."""
    return max(CHANGE_DAYS, (today - window.start).days + 1)


def ends_of(window: Window, moment: Moment) -> tuple[Moment, ...]:
    """The closes at which `window` begins and ends: of the day before it, and of its last closed day."""
    before, end = window.start - timedelta(days=1), min(window.end, moment.today - timedelta(days=1))
    return tuple(moment.close_of(day) for day in dict.fromkeys((before, end)) if day >= before)


def can_be_drawn(ref: KpiRef, snapshot: Snapshot, window: Window) -> bool:
    """Whether two closed days of `window` may have been measured, as far as what was read tells.

    False is certain: each day is measured by samples of its own, or by an entry that still holds. True is
    not: a measure may need more.
    """
    zone = snapshot.moment.zone
    last_day = last_closed(window, snapshot)
    closed = [
        (found, snapshot.since.get(one.metric, EPOCH), one.metric)
        for one in _series_of(ref, snapshot)
        if (found := _ends(ref, one, last_day, zone))
    ]
    if not closed or window.start >= window.end:
        return False
    by_hand = entry_metric(ref.use.framework.key, ref.kpi)
    if any(max(days[0], window.start) < last_day for days, _, metric in closed if metric == by_hand):
        return True
    first, since = min((days[0], since) for days, since, _ in closed)
    last = max(days[1] for days, _, _ in closed)
    # Of the time before `since` only the newest sample was read: older ones may lie behind it.
    is_single = first == last and day_start(first, zone) >= since
    return last >= window.start and not is_single


def _ends(ref: KpiRef, one: Series, last_day: date, zone: ZoneInfo) -> tuple[date, date] | None:
    """The first and the last day up to `last_day` that samples of a series measure; None without one."""
    behind = _behind(ref, one.metric)
    count = int(one.at.searchsorted(to_micros(day_start(last_day - behind + timedelta(days=1), zone))))
    if not count:
        return None
    first, last = (day_of(from_micros(int(one.at[at])), zone) + behind for at in (0, count - 1))
    return first, last


def _behind(ref: KpiRef, metric: str) -> timedelta:
    """How many days after its sample of `metric` a day is that it measures: a cohort has to ripen first."""
    is_by_hand = metric == entry_metric(ref.use.framework.key, ref.kpi)
    return timedelta(0 if is_by_hand else lag_days(ref.kpi))


def _series_of(ref: KpiRef, snapshot: Snapshot) -> list[Series]:
    names = {name for each in measures_of(ref.use.framework.key, ref.kpi) for name in each.metrics}
    return [one for name in sorted(names) for one in snapshot.series.by_metric.get(name, ())]


def history(ref: KpiRef, snapshot: Snapshot, days: int) -> History:
    """The last `days` closed days of a KPI, and today where it was read today."""
    today = snapshot.moment.today
    return _history(ref, snapshot, [today - timedelta(days=back) for back in range(days, 0, -1)])


def between(ref: KpiRef, snapshot: Snapshot, window: Window) -> History:
    """The days of `window`: the closed ones, and today where it ends with it."""
    count = (last_closed(window, snapshot) - window.start).days + 1
    found = _history(ref, snapshot, [window.start + timedelta(days=offset) for offset in range(count)])
    return replace(found, today=found.today if window.is_open else None, window=window)


def _history(ref: KpiRef, snapshot: Snapshot, days: Sequence[date]) -> History:
    zone, entries = snapshot.moment.zone, dict[datetime, float]()
    held = _days_held(ref, snapshot) if days else None
    closed: list[tuple[datetime, float | None]] = []
    for day in days:
        close = snapshot.moment.close_of(day)
        reading = snapshot.read(ref, close)
        value = reading.value if _is_of(ref.kpi, reading, close) else None
        if reading.value is not None and reading.at is not None and is_entered(ref.kpi, reading):
            made = day_of(reading.at, zone)
            entries[day_start(made, zone)] = reading.value
            value = reading.value if held is None or (day - made).days <= held else None
        closed.append((day_start(day, zone), value))
    now = snapshot.of(ref).reading
    if now.value is None or now.at is None or now.period is not None or now.at < snapshot.moment.midnight:
        return History(tuple(closed), None, entries=tuple(entries.items()))
    today = (now.at, now.value)
    by_hand = (today,) if is_entered(ref.kpi, now) else ()
    return History(tuple(closed), today, entries=(*entries.items(), *by_hand))


def _days_held(ref: KpiRef, snapshot: Snapshot) -> float | None:
    """For how many days an entry holds: twice as long as it usually takes to the next one.

    None, without an end, where it was not entered often enough to tell: what nobody expects is never overdue.
    """
    zone, metric = snapshot.moment.zone, entry_metric(ref.use.framework.key, ref.kpi)
    series = snapshot.series.by_metric.get(metric, ())
    days = sorted({day_of(from_micros(at), zone) for one in series for at in one.at.tolist()})
    apart = [(later - earlier).days for earlier, later in pairwise(days)]
    return max(_LEAST_HELD, 2 * median(apart)) if apart else None


def value_before(ref: KpiRef, snapshot: Snapshot, window: Window) -> float | None:
    """Where the KPI stood when `window` began: as its day before closed.

    None where that day was not measured, or where not all that it needs was read.
    """
    close = snapshot.moment.close_of(window.start - timedelta(days=1))
    wanted = needed(ref.use.framework.key, ref.kpi, close)
    if any(
        metric not in snapshot.since or since < snapshot.since[metric] for metric, since in wanted.items()
    ):
        return None
    return closing(ref, snapshot, close)


def edges(ref: KpiRef, snapshot: Snapshot, window: Window) -> Edges:
    """Where the KPI stood when `window` began and when it ended, as near to its two ends as was measured."""
    before, end = window.start - timedelta(days=1), last_closed(window, snapshot)
    later = islice(measured_days(ref, snapshot, before, end), _MOST_TRIES)
    earlier = islice(measured_days(ref, snapshot, end, before), _MOST_TRIES)
    now = snapshot.of(ref).value if window.is_open and history(ref, snapshot, 0).today else None
    return Edges(
        _first_value(ref, snapshot, chain((before,), later)),
        _first_value(ref, snapshot, chain((end,), earlier)),
        now,
    )


def last_closed(window: Window, snapshot: Snapshot) -> date:
    """The last day of `window` that is over; the day before it where none is."""
    return min(window.end, snapshot.moment.today - timedelta(days=1))


def _first_value(ref: KpiRef, snapshot: Snapshot, days: Iterable[date]) -> tuple[date, float] | None:
    """The first of `days` that closed with a value."""
    for day in days:
        if (value := closing(ref, snapshot, snapshot.moment.close_of(day))) is not None:
            return day, value
    return None


def measured_days(ref: KpiRef, snapshot: Snapshot, start: date, end: date) -> Iterator[date]:
    """The days between two others that samples measure, in order from `start`; neither is included."""
    zone, day, is_forward = snapshot.moment.zone, start, start < end
    series = [(one, _behind(ref, one.metric)) for one in _series_of(ref, snapshot)]
    while True:
        found = [
            day_of(from_micros(int(one.at[place])), zone) + behind
            for one, behind in series
            if 0 <= (place := _place(one, day - behind, zone, is_forward=is_forward)) < len(one)
        ]
        if not found:
            return
        day = min(found) if is_forward else max(found)
        if not (day < end if is_forward else day > end):
            return
        yield day


def _place(one: Series, day: date, zone: ZoneInfo, *, is_forward: bool) -> int:
    """Where in a series the first sample after `day` stands, or the last one before it."""
    if is_forward:
        return int(one.at.searchsorted(to_micros(day_start(day + timedelta(days=1), zone))))
    return int(one.at.searchsorted(to_micros(day_start(day, zone)))) - 1


def _measured(ref: KpiRef, snapshot: Snapshot, day: date) -> float | None:
    """The value at the end of `day`, if anything was measured on it."""
    close = snapshot.moment.close_of(day)
    reading = snapshot.read(ref, close)
    return reading.value if _is_of(ref.kpi, reading, close) else None


def _is_of(kpi: Kpi, reading: Reading, close: Moment) -> bool:
    """Whether a reading has a sample of the day that closes; of cohorts, of the day whose cohort is ripe."""
    behind = timedelta(0 if is_entered(kpi, reading) else lag_days(kpi))
    return reading.at is not None and reading.at >= day_start(close.day - behind, close.zone)


def closing(ref: KpiRef, snapshot: Snapshot, close: Moment) -> float | None:
    """The value at the close of a day: measured on that day, or entered by hand at any time before.

    What somebody entered holds until the next entry; a source that was silent all day says nothing.
    """
    reading = snapshot.read(ref, close)
    if ref.kpi.measure is None:
        return reading.value
    return reading.value if _is_of(ref.kpi, reading, close) and not reading.reason else None
