"""The table of posts that are changed in place, to always say what holds now."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from storage.columns import Instant, Words


class LivePostRow(SQLModel, table=True):
    """One message that is kept up to date. One process at a time changes it."""

    __tablename__ = "live_posts"

    key: str = Field(primary_key=True, sa_type=Words)  # what and where: executive_dashboard/slack:C0123
    channel: str = Field(sa_type=Words)
    message: str = Field(sa_type=Words)  # the surface's id of it; empty until it was posted
    digest: str = Field(sa_type=Words)  # of what it says
    changed_at: datetime | None = Field(default=None, sa_type=Instant)
    is_pinned: bool = False
    held_by: str = Field(default="", sa_type=Words)
    held_until: datetime | None = Field(default=None, sa_type=Instant)
