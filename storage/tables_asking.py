"""The table of what people are asked: for which number of which period, whom, and what became of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from storage.columns import Instant, Words


class RequestRow(SQLModel, table=True):
    """A number that a person is asked for: by its key once only, however many processes look."""

    __tablename__ = "requests"
    __table_args__ = (
        Index("ix_requests_state", "state", "asked_at"),
        Index("ix_requests_asked", "asked_at"),
    )

    kpi: str = Field(primary_key=True, sa_type=Words)  # its path: inferno/growth.mrr
    period: str = Field(primary_key=True, sa_type=Words)  # month 2026-10-31: what it is and its last day
    person: str = Field(sa_type=Words)  # as kpi.yaml names them
    surface: str = Field(sa_type=Words)  # as the ledger knows it
    account: str = Field(sa_type=Words)  # the surface's id of the person
    asked_at: datetime = Field(sa_type=Instant)
    reminded_at: datetime | None = Field(default=None, sa_type=Instant)
    escalated_at: datetime | None = Field(default=None, sa_type=Instant)
    escalated_to: str = Field(default="", sa_type=Words)
    state: str = Field(sa_type=Words)  # open, entered, declined, lapsed
    reason: str = Field(default="", sa_type=Words)  # why it was declined
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    settled_by: str = Field(default="", sa_type=Words)  # surface and id: slack:U0123
