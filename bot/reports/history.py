"""A KPI day by day: what its measure said at the end of each closed day, and now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.reports.snapshot import Snapshot
from bot.workspace import KpiRef
from kpi.calendar import Moment, day_start


@dataclass(frozen=True, slots=True)
class History:
    """Values at the ends of closed days, oldest first; None where that day was not measured."""

    days: tuple[tuple[datetime, float | None], ...]  # (start of the day, value)
    today: tuple[datetime, float] | None  # the open day: when it was read, and its value so far

    @property
    def latest(self) -> float | None:
        return self.days[-1][1] if self.days else None

    def change(self, days: int, *, ending: int = 0) -> float | None:
        """By how much the value grew in the `days` up to the last closed one, or up to `ending` before it.

        None where either end was not measured.
        """
        last = len(self.days) - 1 - ending
        if last < days:
            return None
        end, start = self.days[last][1], self.days[last - days][1]
        return None if end is None or start is None else end - start


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
