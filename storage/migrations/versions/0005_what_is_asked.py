"""Numbers that people are asked for: who was asked for which KPI and period, and what became of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"

INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "requests",
        *texts("kpi", "period", "person", "surface", "account"),
        instant("asked_at"),
        instant("reminded_at", nullable=True),
        instant("escalated_at", nullable=True),
        *texts("escalated_to", "state", "reason"),
        instant("settled_at", nullable=True),
        *texts("settled_by"),
        sa.PrimaryKeyConstraint("kpi", "period"),
    )
    op.create_index("ix_requests_state", "requests", ["state", "asked_at"])
    op.create_index("ix_requests_asked", "requests", ["asked_at"])


def texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def instant(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, INSTANT, nullable=nullable)
