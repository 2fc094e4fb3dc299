"""What the collectors of dated records share: counts of each day, and events that are kept apart.

A count of a day is a sample even where it is zero, so it may only be made of records that were all read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from collectors.base import Span
from kpi.calendar import day_of
from kpi.metric import Labels, Metric, Sample

_LEAST = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Whole days of a span, in its zone, oldest first; never none."""

    span: Span
    days: tuple[date, ...]

    @classmethod
    def of(cls, span: Span, usual: timedelta) -> Stretch:
        """The days to read; `usual` is how far back where the span does not say."""
        return cls(span, tuple(span.days(usual)))

    @property
    def start(self) -> datetime:
        return self.span.start_of(self.days[0])

    @property
    def end(self) -> datetime:
        """The first instant after the last day."""
        return self.span.start_of(self.days[-1] + timedelta(days=1))

    def holds(self, at: datetime | None) -> bool:
        """Whether `at` is known and lies in these days."""
        return at is not None and self.start <= at < self.end

    def totals(self, found: Iterable[tuple[datetime | None, float]]) -> dict[date, float]:
        """Amounts by the day on which they happened; what lies outside is left out."""
        added = dict.fromkeys(self.days, 0.0)
        for at, amount in found:
            if at is not None and self.holds(at):
                added[day_of(at, self.span.zone)] += amount
        return added

    def counts(self, found: Iterable[datetime | None]) -> dict[date, float]:
        """How many happened on each day."""
        return self.totals((at, 1.0) for at in found)

    def samples(
        self, metric: Metric, amounts: Mapping[date, float], after: timedelta, named: Labels = ()
    ) -> Iterator[Sample]:
        """One sample a day, settled `after` its end."""
        for day in self.days:
            is_settled = self.span.is_settled(day, after)
            yield Sample(metric.name, self.span.start_of(day), amounts[day], named, is_settled)


def apart(events: Iterable[tuple[str, Sample]]) -> Iterator[Sample]:
    """Events, each with the vendor's id, so that no two of a series share an instant: of those that would,
    later ids are moved on by a microsecond each."""
    last: dict[tuple[str, Labels], datetime] = {}
    for _, one in sorted(events, key=lambda event: (event[1].at, event[0])):
        series = (one.metric, one.labels)
        at = max(one.at, last[series] + _LEAST) if series in last else one.at
        last[series] = at
        yield replace(one, at=at)
