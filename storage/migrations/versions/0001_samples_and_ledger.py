"""Samples, collector runs, the ledger of promises, entries, audit trail and cached responses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
OPEN = sa.text("finished_at IS NULL")


def upgrade() -> None:
    samples()
    collector_runs()
    promises()
    journals()


def text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def instant(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, INSTANT, nullable=nullable)


def number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def identity() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), primary_key=True)


def samples() -> None:
    op.create_table(
        "series",
        identity(),
        text("metric"),
        text("labels"),
        sa.Column("samples", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("metric", "labels", name="uq_series"),
    )
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    key = ("series_id", "at", "recorded_at")
    op.create_table(
        "samples",
        sa.Column("series_id", sa.Integer(), sa.ForeignKey("series.id"), nullable=False),
        instant("at"),
        instant("recorded_at"),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        *(() if is_postgresql else (sa.PrimaryKeyConstraint(*key),)),
        sqlite_with_rowid=False,
    )
    if is_postgresql:  # INCLUDE: a range is answered from the index alone
        op.execute(f"ALTER TABLE samples ADD PRIMARY KEY ({', '.join(key)}) INCLUDE (value, settled)")


def collector_runs() -> None:
    op.create_table(
        "collector_runs",
        identity(),
        text("source"),
        instant("started_at"),
        instant("lease_until"),
        instant("finished_at", nullable=True),
        number("new"),
        number("restated"),
        number("unchanged"),
        text("faults"),
    )
    op.create_index("ix_collector_runs_source", "collector_runs", ["source", "id"])
    op.create_index(
        "uq_collector_runs_open",
        "collector_runs",
        ["source"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def promises() -> None:
    op.create_table(
        "promises",
        text("key"),
        text("report"),
        text("period"),
        text("surface"),
        text("channel"),
        instant("due"),
        instant("deadline", nullable=True),
        text("payload"),
        text("state"),
        number("attempts"),
        instant("first_tried_at", nullable=True),
        instant("retry_at", nullable=True),
        text("claimed_by"),
        instant("claimed_until", nullable=True),
        sa.Column("is_uncertain", sa.Boolean(), nullable=False),
        text("error"),
        text("receipt_channel"),
        text("receipt_message"),
        instant("delivered_at", nullable=True),
        text("notes"),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_promises_state", "promises", ["state", "due"])


def journals() -> None:
    op.create_table(
        "entries",
        identity(),
        text("metric"),
        text("labels"),
        instant("at"),
        sa.Column("value", sa.Float(), nullable=False),
        text("text"),
        text("note"),
        text("author"),
        instant("recorded_at"),
    )
    op.create_index("ix_entries_metric", "entries", ["metric", "recorded_at"])
    op.create_table(
        "audit",
        identity(),
        instant("at"),
        *(text(name) for name in ("actor", "action", "subject", "before", "after", "note")),
    )
    op.create_index("ix_audit_subject", "audit", ["subject", "id"])
    op.create_table(
        "responses",
        *(text(name) for name in ("source", "key", "etag", "last_modified", "headers")),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        instant("fetched_at"),
        sa.PrimaryKeyConstraint("source", "key"),
    )
