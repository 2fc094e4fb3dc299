"""A KPI as it is held against itself over some closed days: what they added up to, what they were, or how far
they took it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.reports.snapshot import Snapshot
from bot.workspace import KpiRef
from kpi.calendar import day_of, day_start
from kpi.cohort import lag_days
from kpi.explain import Manner, manner_of, over_days
from kpi.framework import Kpi
from kpi.measure import Reading, parse
from kpi.metric import from_micros
from kpi.reading import TOLERANCE, is_entered, read
from kpi.window import Days

_DAY = timedelta(days=1)
_WEEK = 7
_UNSETTLED_LOOKED_AT = 14


def last_of(days: Days) -> date:
    """The last of these days; the one before the first where there are none."""
    return days.day(days.count - 1)


@dataclass(frozen=True, slots=True)
class Gauge:
    """A KPI as it is held against itself."""

    ref: KpiRef
    snapshot: Snapshot
    manner: Manner

    @classmethod
    def of(cls, ref: KpiRef, snapshot: Snapshot) -> Gauge:
        manner = manner_of(ref.kpi.measure or "", snapshot.series.metrics)
        found = cls(ref, snapshot, manner)
        # What is counted by the week has no amount on most days: only its closes can be compared.
        return found if found.every <= _DAY else replace(found, manner=Manner.VALUE)

    @property
    def zone(self) -> ZoneInfo:
        return self.snapshot.moment.zone

    @property
    def is_stretched(self) -> bool:
        """Whether it is measured over the days themselves, whatever its own window is."""
        return self.manner in (Manner.AMOUNT, Manner.FIGURE)

    @property
    def lag(self) -> int:
        """How many days its cohorts need to be complete; a value is told late as it is."""
        return lag_days(self.ref.kpi) if self.is_stretched else 0

    @property
    def every(self) -> timedelta:
        """How far its readings lie apart; events come when they come, any stretch may hold some."""
        known = (self.snapshot.series.metrics.get(name) for name in parse(self.ref.kpi.measure or "").metrics)
        return max((one.every for one in known if one is not None and not one.is_event), default=_DAY)

    @property
    def least_days(self) -> int:
        """The fewest days in which it moves."""
        return 1 if self.every <= _DAY else max(_WEEK, self.every // _DAY)

    def kpi(self, days: int) -> Kpi:
        """The KPI over so many days in place of its own window; a value and a level as they are."""
        if not self.is_stretched:
            return self.ref.kpi
        text = over_days(self.ref.kpi.measure or "", days)
        return replace(self.ref.kpi, measure=text, matures=None, history=None)

    def reading(self, days: Days) -> Reading:
        """What it was over the days."""
        close = self.snapshot.moment.close_of(last_of(days))
        key = self.ref.use.framework.key
        return read(key, self.kpi(days.count), series=self.snapshot.series, moment=close)

    def over(self, days: Days) -> float | None:
        """The amount or figure of the days, what a level grew by, or a value changed; None: not measured."""
        if self.is_stretched:
            found = self.reading(days)
            return None if is_entered(self.ref.kpi, found) else found.value
        start, end = (self.at_close(day) for day in (days.first - _DAY, last_of(days)))
        return None if start is None or end is None else end - start

    def at_close(self, day: date) -> float | None:
        """Where it stood when `day` closed; None where nothing fresh was known then."""
        close, kpi = self.snapshot.moment.close_of(day), self.ref.kpi
        found = self.snapshot.read(self.ref, close)
        if found.at is None or is_entered(kpi, found):
            return None
        oldest = day_start(day - timedelta(days=lag_days(kpi)), close.zone)
        if self.every > _DAY:
            oldest = close.now - 2 * self.every - TOLERANCE - timedelta(days=lag_days(kpi))
        return found.value if found.at >= oldest else None

    def last_settled(self) -> date:
        """The last closed day that is complete and will not change any more."""
        last = self.snapshot.moment.today - _DAY - timedelta(days=self.lag)
        first = self.first_unsettled(
            Days(last - timedelta(days=_UNSETTLED_LOOKED_AT - 1), _UNSETTLED_LOOKED_AT, self.zone)
        )
        return last if first is None else first - _DAY

    def first_unsettled(self, days: Days) -> date | None:
        """The first of the days of which a number may still change."""
        start, end = (int(days.edges[at]) for at in (0, -1))
        found = [
            int(one.at[low:high][~one.settled[low:high]][0])
            for name in parse(self.ref.kpi.measure or "").metrics
            for one in self.snapshot.series.by_metric.get(name, ())
            if (low := int(one.at.searchsorted(start))) < (high := int(one.at.searchsorted(end)))
            and not one.settled[low:high].all()
        ]
        return day_of(from_micros(min(found)), self.zone) if found else None

    def read_since(self) -> date:
        """From which day on everything was read that it is measured from."""
        names = parse(self.ref.kpi.measure or "").metrics
        since = [self.snapshot.since[name] for name in names if name in self.snapshot.since]
        return day_of(max(since, default=self.snapshot.moment.now), self.zone)
