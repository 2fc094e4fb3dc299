"""What reading a source leaves behind: what was spent of its budget, and how far a back-fill has come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.add_column("collector_runs", sa.Column("quota", sa.Text(), nullable=True))
    op.create_table(
        "spending",
        sa.Column("budget", sa.Text(), nullable=False),
        instant("start"),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("budget", "start"),
    )
    op.create_table(
        "backfills",
        sa.Column("source", sa.Text(), nullable=False),
        *(instant(name) for name in ("since", "reached", "until", "begun_at", "updated_at")),
        sa.PrimaryKeyConstraint("source"),
    )


def instant(name: str) -> sa.Column[int]:
    return sa.Column(name, INSTANT, nullable=False)
