"""The table of what is written in posts, mentions and articles, as far as a source tells of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.columns import Instant, Words


class MentionRow(SQLModel, table=True):
    """One text, kept once by its source and the source's own id of it. Its reach may grow."""

    __tablename__ = "mentions"
    __table_args__ = (
        UniqueConstraint("source", "reference", name="uq_mentions"),
        Index("ix_mentions_at", "at"),
        Index("ix_mentions_changed_at", "changed_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(sa_type=Words)  # the source's name in kpi.yaml
    kind: str = Field(sa_type=Words)  # post, mention, article
    at: datetime = Field(sa_type=Instant)
    text: str = Field(sa_type=Words)
    reference: str = Field(sa_type=Words)  # the vendor's own id of it
    url: str = Field(sa_type=Words)
    topic: str = Field(sa_type=Words)  # each on a line of its own
    site: str = Field(sa_type=Words)  # techcrunch.com
    reach: float | None = None  # how often it was seen; None where that is not told
    sentiment: float | None = None  # -1..1 by the vendor
    recorded_at: datetime = Field(sa_type=Instant)  # when it was first read
    changed_at: datetime = Field(sa_type=Instant)  # when its reach last grew; until then as recorded_at
