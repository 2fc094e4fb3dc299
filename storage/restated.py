"""Which days read otherwise since somebody last looked: found by seeks, however long the history is."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, func, select

from storage.columns import Instant
from storage.tables import SampleRow, SeriesRow


def earliest(
    session: Session, since: datetime, until: datetime, *, recorded_after: datetime
) -> datetime | None:
    """The first instant from `since` up to, not including, `until`, of which something was recorded later
    than `recorded_after`: a new sample, another value, or that one is settled. None where nothing was."""
    at = col(SampleRow.at)
    chosen = (
        select(func.min(at, type_=Instant()))
        .where(col(SampleRow.series_id).in_(select(SeriesRow.id)))
        .where(at >= since, at < until, col(SampleRow.recorded_at) > recorded_after)
    )
    found: datetime | None = session.exec(chosen).one()
    return found
