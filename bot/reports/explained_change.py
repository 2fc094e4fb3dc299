"""A change to be explained: closed, settled days beside as many before them, and what is usual for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.reports import words
from bot.reports.explained_gauge import Gauge, last_of
from bot.reports.snapshot import Snapshot
from bot.windows import Window
from bot.workspace import KpiRef
from kpi.calendar import Moment
from kpi.cohort import lag_days
from kpi.explain import Manner, beaten
from kpi.usual import REACH_WEEKS, Usual, usual
from kpi.window import Days
from kpi.workdays import NONE_CLOSED, Closed

WEEK = 7
_DAY = timedelta(days=1)
_LONG = 28  # so many days hold four of every weekday, or nearly
_FAR = 0.5  # of the range that is usual
_FEW = 10  # of counts below, any is as good as another
_MOST_WEEKS = 53


@dataclass(frozen=True, slots=True)
class Change:
    """What some closed days brought, beside as many before them; or why that cannot be said.

    `after` and `before` are amounts or figures of the days, what a level grew by, or where a value stood
    when the days ended and when they began. `ends` are where the KPI itself stood then, by its own measure.
    """

    ref: KpiRef
    manner: Manner
    days: Days
    earlier: Days
    after: float | None = None
    before: float | None = None
    ends: tuple[float, float] | None = None
    usual: Usual | None = None  # of `size`
    is_holiday: bool = False
    weeks_beaten: tuple[bool, int] | None = None  # the highest (True) or lowest in so many weeks
    missing: str = ""
    not_before: str = ""  # why there is nothing to hold it against
    by_hand: bool = False

    @property
    def delta(self) -> float | None:
        return None if self.after is None or self.before is None else self.after - self.before

    @property
    def size(self) -> float | None:
        """What is held against the usual: of a value by how much it changed, of all else what it was."""
        return self.delta if self.manner is Manner.VALUE else self.after

    @property
    def told_apart(self) -> float | None:
        """What its parts add up to: what a level grew by, of all else the difference to before."""
        return self.after if self.manner is Manner.LEVEL else self.delta

    @property
    def side(self) -> int | None:
        """-1 below what is usual, 1 above, 0 inside; None where that is not known."""
        if self.usual is None or self.size is None:
            return None
        return self._side(self.size)

    @property
    def side_before(self) -> int:
        """The same of the days before, held against the same range."""
        if self.usual is None or self.before is None or self.manner is Manner.VALUE:
            return 0
        return self._side(self.before) if self._is_far(self.before) else 0

    @property
    def is_far(self) -> bool:
        """Whether it lies well outside what is usual: one in five lies just outside by chance."""
        return self.size is not None and self._is_far(self.size)

    def _is_far(self, size: float) -> bool:
        if self.usual is None:
            return False
        low, high = self.usual.low, self.usual.high
        return max(size - high, low - size) > _FAR * (high - low)

    def _side(self, size: float) -> int:
        if self.usual is None:
            return 0
        is_small = self.ref.kpi.unit.kind == "count" and max(abs(size), abs(self.usual.low)) < _FEW
        return 0 if is_small and self.days.count == 1 else self.usual.side(size)

    @property
    def is_news(self) -> bool:
        """Whether anything moved that is not usual; where nothing is known of that, whether it moved."""
        return bool(self.told_apart) if self.side is None else self.side != 0


def before_of(days: Days) -> Days:
    """As many days before: the same weekdays, where they are not enough to hold all of them alike."""
    back = days.count if days.count % WEEK == 0 or days.count >= _LONG else -(-days.count // WEEK) * WEEK
    return Days(days.first - timedelta(days=back), days.count, days.zone)


def history_needed(ref: KpiRef, window: Window | None, moment: Moment) -> int:
    """How many closed days back an explanation looks: what is usual, and the days before."""
    first, count = (moment.today - timedelta(days=2 * WEEK), WEEK) if window is None else _of(window)
    reach = REACH_WEEKS * WEEK + count if count <= REACH_WEEKS * WEEK else 2 * count
    return (moment.today - first).days + reach + lag_days(ref.kpi) + WEEK


def _of(window: Window) -> tuple[date, int]:
    return window.start, window.days


def change_of(ref: KpiRef, snapshot: Snapshot, window: Window | None) -> Change:
    """The change that `window` asks about: its closed days. Without one the last day where that is unlike
    a usual one, else the last seven."""
    gauge = Gauge.of(ref, snapshot)
    if window is not None:
        return _change(gauge, _closed_days(window, snapshot.moment))
    last = gauge.last_settled()
    counts = [gauge.least_days] if gauge.least_days > 1 else [1, WEEK]
    found = _change(gauge, Days(last, 1, gauge.zone)) if counts[0] == 1 else None
    # A rate of few is off by chance on one day in five.
    if found is not None and found.side and (found.is_far or found.manner is not Manner.FIGURE):
        return found
    return _change(gauge, Days(last - timedelta(days=counts[-1] - 1), counts[-1], gauge.zone))


def _closed_days(window: Window, moment: Moment) -> Days:
    end = min(window.end, moment.today - _DAY)
    return Days(window.start, max((end - window.start).days + 1, 0), moment.zone)


def _change(gauge: Gauge, days: Days) -> Change:
    found = Change(gauge.ref, gauge.manner, days, before_of(days))
    if missing := _not_closed(gauge, days):
        return replace(found, missing=missing)
    if gauge.manner is Manner.VALUE:
        ends = gauge.at_close(days.first - _DAY), gauge.at_close(last_of(days))
        found = replace(found, before=ends[0], after=ends[1])
    else:
        found = replace(found, before=gauge.over(found.earlier), after=gauge.over(days))
    if found.after is None or (found.before is None and gauge.manner is Manner.VALUE):
        return replace(found, missing=_unmeasured(gauge, days), after=None, before=None)
    if found.before is None:
        found = replace(found, not_before=_unmeasured(gauge, found.earlier))
    elif gauge.is_stretched and (day := gauge.first_unsettled(found.earlier)) is not None:
        found = replace(found, before=None, not_before=f"{_said(day, gauge)} is not settled yet")
    return _beside_usual(replace(found, ends=_ends(gauge, days)), gauge)


def _ends(gauge: Gauge, days: Days) -> tuple[float, float] | None:
    """Where the KPI itself stood when the days began and when they ended."""
    start, end = gauge.at_close(days.first - _DAY), gauge.at_close(last_of(days))
    return None if start is None or end is None else (start, end)


def _not_closed(gauge: Gauge, days: Days) -> str:
    """What keeps the days from being compared before anything is read of them."""
    if days.count < 1:
        return "That day is not over, and only closed days are compared. Ask about `yesterday`."
    ripe = gauge.snapshot.moment.today - _DAY - timedelta(days=gauge.lag)
    if last_of(days) > ripe:
        complete = last_of(days) + timedelta(days=gauge.lag + 1)
        whole, newest = _said(last_of(days), gauge), _said(ripe, gauge)
        return f"{whole} is complete on {_said(complete, gauge)}; the newest day that is: {newest}."
    if (day := gauge.first_unsettled(days)) is not None:
        last = _said(gauge.last_settled(), gauge)
        return (
            f"{_said(day, gauge)} is not settled: its source may still change it. The last that is: {last}."
        )
    return ""


def _said(day: date, gauge: Gauge) -> str:
    return words.day(day, gauge.snapshot.moment.day)


def _unmeasured(gauge: Gauge, days: Days) -> str:
    """Which of the days, or which of their ends, was not measured."""
    if gauge.is_stretched:
        found = gauge.reading(days)
        reason = found.reason if found.value is None else "its measure had no number"
        reason = reason.removeprefix("entered by hand; the measure says: ")
        is_name = "." in reason.partition(" ")[0]  # a metric has its own spelling
        return f"{reason if is_name else reason[:1].upper() + reason[1:]}."
    ends = (days.first - _DAY, last_of(days))
    gone = [day for day in dict.fromkeys(ends) if gauge.at_close(day) is None]
    close = gauge.snapshot.moment.close_of(gone[0])
    why = gauge.snapshot.read(gauge.ref, close).reason
    told = f"No reading on {' or '.join(_said(day, gauge) for day in gone)}"
    return f"{told}: {why}." if why else f"{told}."


def _beside_usual(found: Change, gauge: Gauge) -> Change:
    """With what is usual for such days, and how many weeks had none like them."""
    count, last = found.days.count, last_of(found.days)
    if count > REACH_WEEKS * WEEK:
        return found
    closed = gauge.snapshot.workspace.calendar.closures(last.year)
    is_holiday = count <= WEEK and any(found.days.day(at) in closed for at in range(count))
    kept = {
        last - timedelta(weeks=week): value
        for week in range(-(-count // WEEK), REACH_WEEKS + 1)
        if (value := _like(found, gauge, week, closed if count <= WEEK else NONE_CLOSED)) is not None
    }
    expected = None if is_holiday else usual(kept, last)
    found = replace(found, usual=expected, is_holiday=is_holiday)
    return replace(found, weeks_beaten=_weeks_beaten(found, gauge)) if count <= WEEK else found


def _like(found: Change, gauge: Gauge, week: int, closed: Closed) -> float | None:
    """What the same days brought so many weeks before; None where one was not measured, or is closed."""
    days = Days(found.days.first - timedelta(weeks=week), found.days.count, found.days.zone)
    if any(days.day(at) in closed for at in range(days.count)):
        return None
    return gauge.over(days)


def _weeks_beaten(found: Change, gauge: Gauge) -> tuple[bool, int] | None:
    """The highest or lowest of the like days of many weeks; only those that were read."""
    if not found.side:
        return None
    first, back = gauge.read_since(), 0
    past: list[float | None] = []
    while back < _MOST_WEEKS and found.days.first - timedelta(weeks=back + 1) > first:
        back += 1
        past.append(_like(found, gauge, back, NONE_CLOSED))
    return beaten([*reversed(past), found.size])
