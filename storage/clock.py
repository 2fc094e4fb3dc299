"""The database's own clock: the one that every process sharing it reads alike."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import Session

from kpi.metric import EPOCH
from storage.columns import Instant

_EPOCH_IN_DAYS = 2440587.5  # as a Julian day
_MILLISECONDS_A_DAY = 86_400_000


def database_now(session: Session) -> datetime:
    """What time the database says it is, in UTC: to the microsecond, on SQLite to the millisecond.

    Leases are given and judged by it, so that no process with a wrong clock takes over what another holds.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        # Not now(), which stands still from the beginning of the transaction.
        told: datetime = connection.execute(select(func.clock_timestamp(type_=Instant()))).scalar_one()
        return told
    days: float = connection.execute(select(func.julianday("now"))).scalar_one()
    return EPOCH + timedelta(milliseconds=round((days - _EPOCH_IN_DAYS) * _MILLISECONDS_A_DAY))
