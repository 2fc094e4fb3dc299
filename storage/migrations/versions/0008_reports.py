"""Posts in the threads of others, notes that vendors tell of, posts that are kept up to date."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"

INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
REFERRED = sa.text("reference <> ''")


def upgrade() -> None:
    op.add_column("promises", words("follows"))
    notes()
    op.create_table(
        "live_posts",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("key", "channel", "message", "digest")),
        instant("changed_at"),
        sa.Column("is_pinned", sa.Boolean(), nullable=False),
        sa.Column("held_by", sa.Text(), nullable=False),
        instant("held_until"),
        sa.PrimaryKeyConstraint("key"),
    )


def notes() -> None:
    op.add_column("annotations", words("kind", "note"))
    for name in ("source", "reference", "url"):
        op.add_column("annotations", words(name))
    op.create_index(
        "uq_annotations_reference",
        "annotations",
        ["source", "reference"],
        unique=True,
        sqlite_where=REFERRED,
        postgresql_where=REFERRED,
    )


def words(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=sa.text(f"'{default}'"))


def instant(name: str) -> sa.Column[int]:
    return sa.Column(name, INSTANT, nullable=True)
