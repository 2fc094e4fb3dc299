"""The tables. Rows never leave this package: query modules take and return plain frozen objects.

`migrations/` creates what stands here; a test compares the two on SQLite and PostgreSQL.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, DateTime, Dialect, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import Field, SQLModel

from kpi.metric import from_micros, to_micros


class Instant(TypeDecorator[datetime]):
    """An aware datetime: microseconds since the epoch on SQLite, TIMESTAMPTZ on PostgreSQL."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone: only aware times are stored")
        return value if dialect.name == "postgresql" else to_micros(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if dialect.name == "postgresql" else from_micros(value)


class Words(TypeDecorator[str]):
    """Text from anywhere. What no database can hold (NUL, half a surrogate pair) becomes U+FFFD."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Dialect) -> str | None:
        return value if value is None else _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


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


def describe_for_postgresql() -> None:
    """Say the same to PostgreSQL; named above, its option would load its dialect, 3 MB, for SQLite too."""
    _OPEN_RUNS.dialect_options["postgresql"]["where"] = _OPEN


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


class PromiseRow(SQLModel, table=True):
    """A post the schedule owes. The unique key is what makes it single."""

    __tablename__ = "promises"
    __table_args__ = (Index("ix_promises_state", "state", "due"),)

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
    place: str = Field(default="", sa_type=Words, sa_column_kwargs={"server_default": text("''")})


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
    """A note on a day of a chart: what happened then."""

    __tablename__ = "annotations"
    __table_args__ = (Index("ix_annotations_subject", "subject", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    subject: str = Field(sa_type=Words)
    at: datetime = Field(sa_type=Instant)
    text: str = Field(sa_type=Words)
    author: str = Field(sa_type=Words)
    recorded_at: datetime = Field(sa_type=Instant)


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
