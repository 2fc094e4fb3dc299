"""How much of a community was listened to, what its channels are called, and which thread a message is in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.add_column("community_messages", sa.Column("thread", sa.Text(), nullable=True))
    op.create_index("ix_community_messages_thread", "community_messages", ["thread", "at"])
    op.create_table(
        "community_listening",
        *texts("guild", "session"),
        instant("since"),
        instant("until"),
        sa.Column("members", sa.Boolean(), nullable=False),
        sa.Column("content", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("guild", "session", "since"),
    )
    op.create_table(
        "community_channels",
        *texts("guild", "channel", "name"),
        instant("seen_at"),
        sa.PrimaryKeyConstraint("guild", "channel"),
    )


def texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def instant(name: str) -> sa.Column[int]:
    return sa.Column(name, INSTANT, nullable=False)
