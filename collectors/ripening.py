"""People who have some days left: those of a day are told once all of them had their time."""

from __future__ import annotations

from datetime import date, timedelta

from collectors.base import Span


def ripe_days(span: Span, needs: int) -> list[date]:
    """The days of `span` that ended `needs` days ago or more, and as many days before the first of them:
    those ripened meanwhile. Their figures are final later still, by as much as the vendor's days are."""
    first = span.first_day(timedelta(0)) - timedelta(days=needs)
    every = [first + timedelta(days=n) for n in range((span.last_day - first).days + 1)]
    return [one for one in every if span.is_settled(one, timedelta(days=needs))]
