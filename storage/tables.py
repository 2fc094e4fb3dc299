"""The tables. Rows never leave this package: query modules take and return plain frozen objects.

`migrations/` creates what stands here; a test compares the two on SQLite and PostgreSQL.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage import tables_alerts as tables_alerts
from storage import tables_asking as tables_asking
from storage import tables_community as tables_community
from storage import tables_landings as tables_landings
from storage import tables_live as tables_live
from storage import tables_mentions as tables_mentions
from storage import tables_reading as tables_reading
from storage import tables_surveys as tables_surveys
from storage.columns import Instant, Words

_EMPTY = {"server_default": text("''")}
_NOTE = {"server_default": text("'note'")}


class SeriesRow(SQLModel, table=True):
    """One metric with one combination of labels. `samples` counts its distinct instants."""

    __tablename__ = "series"
    __table_args__ = (UniqueConstraint("metric", "labels", name="uq_series"),)

    id: int | None = Field(default=None, primary_key=True)
    metric: str = Field(sa_type=Words)
    labels: str = Field(sa_type=Words)  # JSON, names sorted
    samples: int = Field(default=0, sa_type=BigInteger)


class SampleRow(SQLModel, table=True):
    """What was read, and when we learned it. Append-only: the newest `recorded_at` of an instant counts.

    The primary key is the order of every read. It is the table itself on SQLite, and covers the other columns
    on PostgreSQL, so a range of one series is one seek at any size.
    """

    __tablename__ = "samples"
    __table_args__: ClassVar[dict[str, Any]] = {"sqlite_with_rowid": False}

    series_id: int = Field(primary_key=True, foreign_key="series.id")
    at: datetime = Field(primary_key=True, sa_type=Instant)
    recorded_at: datetime = Field(primary_key=True, sa_type=Instant)
    value: float
    settled: bool


_OPEN = text("finished_at IS NULL")
_OPEN_RUNS = Index("uq_collector_runs_open", "source", unique=True, sqlite_where=_OPEN)
_CLAIMED = text("state = 'claimed'")
_CLAIMS = Index("uq_promises_claimed", "surface", "channel", unique=True, sqlite_where=_CLAIMED)
_REFERRED = text("reference <> ''")
_REFERENCES = Index("uq_annotations_reference", "source", "reference", unique=True, sqlite_where=_REFERRED)


def describe_for_postgresql() -> None:
    """Say the same to PostgreSQL; named above, its option would load its dialect, 3 MB, for SQLite too."""
    _OPEN_RUNS.dialect_options["postgresql"]["where"] = _OPEN
    _CLAIMS.dialect_options["postgresql"]["where"] = _CLAIMED
    _REFERENCES.dialect_options["postgresql"]["where"] = _REFERRED


class CollectorRunRow(SQLModel, table=True):
    """One attempt to read one source. At most one per source is open, so processes do not collect twice."""

    __tablename__ = "collector_runs"
    __table_args__ = (
        _OPEN_RUNS,
        Index("ix_collector_runs_source", "source", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(sa_type=Words)
    started_at: datetime = Field(sa_type=Instant)
    lease_until: datetime = Field(sa_type=Instant)
    finished_at: datetime | None = Field(default=None, sa_type=Instant)
    new: int = 0
    restated: int = 0
    unchanged: int = 0
    faults: str = Field(default="[]", sa_type=Words)  # JSON
    quota: str | None = Field(default=None, sa_type=Words)  # JSON; None where the vendor told none


class PromiseRow(SQLModel, table=True):
    """A post the schedule owes. The unique key is what makes it single.

    At most one a channel is claimed, so posts go out in order and at the pace of one sender.
    """

    __tablename__ = "promises"
    __table_args__ = (
        _CLAIMS,
        Index("ix_promises_state", "state", "due", "key"),
        Index("ix_promises_due", "due"),
        Index("ix_promises_channel", "surface", "channel", "report", "due"),
    )

    key: str = Field(primary_key=True, sa_type=Words)
    report: str = Field(sa_type=Words)
    period: str = Field(sa_type=Words)
    surface: str = Field(sa_type=Words)
    channel: str = Field(sa_type=Words)
    due: datetime = Field(sa_type=Instant)
    deadline: datetime | None = Field(default=None, sa_type=Instant)
    payload: str = Field(sa_type=Words)  # JSON, never changed
    state: str = Field(sa_type=Words)
    attempts: int = 0
    first_tried_at: datetime | None = Field(default=None, sa_type=Instant)
    retry_at: datetime | None = Field(default=None, sa_type=Instant)
    claimed_by: str = Field(default="", sa_type=Words)
    claimed_until: datetime | None = Field(default=None, sa_type=Instant)
    is_uncertain: bool = False
    error: str = Field(default="", sa_type=Words)
    receipt_channel: str = Field(default="", sa_type=Words)
    receipt_message: str = Field(default="", sa_type=Words)
    delivered_at: datetime | None = Field(default=None, sa_type=Instant)
    notes: str = Field(default="[]", sa_type=Words)  # JSON
    copies: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    stands_for: str = Field(default="", sa_type=Words, sa_column_kwargs=_EMPTY)
    follows: str = Field(default="", sa_type=Words, sa_column_kwargs=_EMPTY)  # a key: it goes into its thread


class EntryRow(SQLModel, table=True):
    """A value a person entered, in their own words; its sample stands in `samples`."""

    __tablename__ = "entries"
    __table_args__ = (Index("ix_entries_metric", "metric", "recorded_at"),)

    id: int | None = Field(default=None, primary_key=True)
    metric: str = Field(sa_type=Words)
    labels: str = Field(sa_type=Words)
    at: datetime = Field(sa_type=Instant)
    value: float
    text: str = Field(sa_type=Words)
    note: str = Field(sa_type=Words)
    author: str = Field(sa_type=Words)
    recorded_at: datetime = Field(sa_type=Instant)


class AuditRow(SQLModel, table=True):
    """Who changed what, when and from where. The database refuses to change or delete a row."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_subject", "subject", "id"), Index("ix_audit_actor", "actor", "id"))

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Instant)
    actor: str = Field(sa_type=Words)
    action: str = Field(sa_type=Words)
    subject: str = Field(sa_type=Words)
    before: str = Field(sa_type=Words)
    after: str = Field(sa_type=Words)
    note: str = Field(sa_type=Words)
    place: str = Field(default="", sa_type=Words, sa_column_kwargs=_EMPTY)


class RevisionRow(SQLModel, table=True):
    """How a workspace, framework or target reads since. The database refuses to change or delete a row."""

    __tablename__ = "revisions"
    __table_args__ = (Index("ix_revisions_subject", "kind", "subject", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str = Field(sa_type=Words)
    subject: str = Field(sa_type=Words)
    text: str = Field(sa_type=Words)
    replaced: str = Field(sa_type=Words)
    author: str = Field(sa_type=Words)
    reason: str = Field(sa_type=Words)
    recorded_at: datetime = Field(sa_type=Instant)


class JudgementRow(SQLModel, table=True):
    """Somebody's word on one target. The database refuses to change or delete a row."""

    __tablename__ = "judgements"
    __table_args__ = (Index("ix_judgements_target", "framework", "kpi", "horizon", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    framework: str = Field(sa_type=Words)
    kpi: str = Field(sa_type=Words)
    horizon: str = Field(sa_type=Words)
    text: str = Field(sa_type=Words)
    met: bool
    reason: str = Field(sa_type=Words)
    author: str = Field(sa_type=Words)
    at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)


class AnnotationRow(SQLModel, table=True):
    """A note on a day of a chart: what happened then. What a vendor tells of is kept once, by its own id."""

    __tablename__ = "annotations"
    __table_args__ = (Index("ix_annotations_subject", "subject", "at"), _REFERENCES)

    id: int | None = Field(default=None, primary_key=True)
    subject: str = Field(sa_type=Words)
    at: datetime = Field(sa_type=Instant)
    text: str = Field(sa_type=Words)
    author: str = Field(sa_type=Words)
    recorded_at: datetime = Field(sa_type=Instant)
    kind: str = Field(default="note", sa_type=Words, sa_column_kwargs=_NOTE)
    source: str = Field(default="", sa_type=Words, sa_column_kwargs=_EMPTY)
    reference: str = Field(default="", sa_type=Words, sa_column_kwargs=_EMPTY)  # the vendor's own id of it
    url: str = Field(default="", sa_type=Words, sa_column_kwargs=_EMPTY)


class ReviewRow(SQLModel, table=True):
    """A review that was held."""

    __tablename__ = "reviews"
    __table_args__ = (Index("ix_reviews_review", "framework", "review", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    framework: str = Field(sa_type=Words)
    review: str = Field(sa_type=Words)
    at: datetime = Field(sa_type=Instant)
    author: str = Field(sa_type=Words)
    note: str = Field(sa_type=Words)
    recorded_at: datetime = Field(sa_type=Instant)


class GatePassRow(SQLModel, table=True):
    """A gate that was passed, with what it was passed on."""

    __tablename__ = "gate_passes"
    __table_args__ = (UniqueConstraint("framework", "gate", "passed_at", name="uq_gate_passes"),)

    id: int | None = Field(default=None, primary_key=True)
    framework: str = Field(sa_type=Words)
    gate: str = Field(sa_type=Words)
    passed_at: datetime = Field(sa_type=Instant)
    evidence: str = Field(sa_type=Words)  # JSON, names sorted
    recorded_at: datetime = Field(sa_type=Instant)


class ResponseRow(SQLModel, table=True):
    """The last answer of one vendor address, kept for conditional requests."""

    __tablename__ = "responses"

    source: str = Field(primary_key=True, sa_type=Words)
    key: str = Field(primary_key=True, sa_type=Words)
    etag: str = Field(sa_type=Words)
    last_modified: str = Field(sa_type=Words)
    headers: str = Field(sa_type=Words)  # JSON
    body: bytes = Field(sa_type=LargeBinary)
    fetched_at: datetime = Field(sa_type=Instant)


class SubscriptionRow(SQLModel, table=True):
    """What a person asked to be sent on a cadence of their own. A number is never given twice."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        UniqueConstraint("digest", name="uq_subscriptions"),
        Index("ix_subscriptions_person", "surface", "person"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(sa_type=Words)  # of what makes it the same; a question may be too long for an index
    surface: str = Field(sa_type=Words)
    person: str = Field(sa_type=Words)
    report: str = Field(sa_type=Words)
    question: str = Field(sa_type=Words)
    cadence: str = Field(sa_type=Words)
    zone: str = Field(sa_type=Words)
    created_at: datetime = Field(sa_type=Instant)


class SilenceRow(SQLModel, table=True):
    """A mute that always expires."""

    __tablename__ = "silences"
    __table_args__ = (Index("ix_silences_until", "until"),)

    id: int | None = Field(default=None, primary_key=True)
    subject: str = Field(sa_type=Words)
    until: datetime = Field(sa_type=Instant)
    author: str = Field(sa_type=Words)
    reason: str = Field(sa_type=Words)
    created_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_by: str = Field(default="", sa_type=Words)


class HeardRow(SQLModel, table=True):
    """What a platform has told us, so that what it tells twice is answered once."""

    __tablename__ = "heard"

    key: str = Field(primary_key=True, sa_type=Words)
    at: datetime = Field(sa_type=Instant)


class WorkerRow(SQLModel, table=True):
    """A process of the bot, by its last sign of life."""

    __tablename__ = "workers"

    name: str = Field(primary_key=True, sa_type=Words)
    started_at: datetime = Field(sa_type=Instant)
    beat_at: datetime = Field(sa_type=Instant)
    roles: str = Field(sa_type=Words)  # JSON
    surfaces: str = Field(sa_type=Words)  # JSON
    last_heard_at: datetime | None = Field(default=None, sa_type=Instant)
