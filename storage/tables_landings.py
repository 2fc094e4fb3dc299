"""The table of where each KPI is expected to land."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from storage.columns import Instant, Words


class LandingRow(SQLModel, table=True):
    """The landing of one KPI or gate, by its newest reckoning: it is overwritten as that is made anew."""

    __tablename__ = "landings"

    path: str = Field(primary_key=True, sa_type=Words)  # of a KPI acme/stars; of a gate its path
    day: str = Field(sa_type=Words)  # the open day on which it was reckoned, 2026-11-23
    digest: str = Field(sa_type=Words)  # of what it was reckoned from
    payload: str = Field(sa_type=Words)  # JSON
    computed_at: datetime = Field(sa_type=Instant)
