"""Figures of a vendor's days: where each stands in time, and when it is told.

An amount stands at the start of its day, today's too, since more may be added to it. What does not add up, a
share or a count of different people, stands at the last second of its day and is told once that is over:
half a day's would weigh as much as a whole one's, and be the newest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from collectors.base import Span
from kpi.metric import Kind, Labels, Metric, Sample

_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a span, each final `after` its end."""

    span: Span
    after: timedelta

    def told(self, metric: Metric, day: date, value: float, named: Labels = ()) -> Iterator[Sample]:
        """The sample of `day`; none where it is not to be told yet."""
        is_settled = self.span.is_settled(day, self.after)
        if metric.kind is Kind.FLOW:
            yield Sample(metric.name, self.span.start_of(day), value, named, is_settled)
        elif day < self.span.today:
            yield Sample(metric.name, self.span.start_of(day + _DAY) - _SECOND, value, named, is_settled)
