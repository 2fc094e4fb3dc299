"""The tables of what reading a source leaves behind: what was spent, and how far a back-fill has come."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from storage.columns import Instant, Words


class SpendingRow(SQLModel, table=True):
    """What one budget has used up in one period, in millionths of its unit."""

    __tablename__ = "spending"

    budget: str = Field(primary_key=True, sa_type=Words)
    start: datetime = Field(primary_key=True, sa_type=Instant)
    micros: int = Field(sa_type=BigInteger)


class BackfillRow(SQLModel, table=True):
    """The last back-fill of a source: everything from `since` up to `reached` is read."""

    __tablename__ = "backfills"

    source: str = Field(primary_key=True, sa_type=Words)
    since: datetime = Field(sa_type=Instant)
    reached: datetime = Field(sa_type=Instant)
    until: datetime = Field(sa_type=Instant)
    begun_at: datetime = Field(sa_type=Instant)
    updated_at: datetime = Field(sa_type=Instant)
