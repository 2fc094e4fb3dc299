"""A KPI day by day: what its measure said at the end of each closed day, and now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.reports.snapshot import Snapshot
from bot.workspace import KpiRef
from kpi.calendar import day_start


@dataclass(frozen=True, slots=True)
class History:
    """Values at the ends of closed days, oldest first; None where that day was not measured."""

    days: tuple[tuple[datetime, float | None], ...]  # (start of the day, value)
    today: tuple[datetime, float] | None  # the open day: when it was read, and its value so far

    @property
    def latest(self) -> float | None:
        return self.days[-1][1] if self.days else None

    def change(self, days: int) -> float | None:
        """How much the last closed day differs from the one `days` before; None where either is missing."""
        if len(self.days) <= days:
            return None
        end, start = self.days[-1][1], self.days[-1 - days][1]
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
    if reading.at is None or reading.at < start:
        return start, None
    return start, reading.value
