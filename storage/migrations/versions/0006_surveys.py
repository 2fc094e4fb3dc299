"""Surveys in chat: rounds, who was invited, and answers that name nobody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"

INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "survey_rounds",
        *round_key(),
        *texts("day", "period", "terms", "places"),
        instant("opened_at"),
        instant("closes_at"),
        instant("reminded_at", nullable=True),
        instant("closed_at", nullable=True),
        sa.Column("invited", sa.Integer(), nullable=True),
        *texts("salt"),
        sa.PrimaryKeyConstraint("survey", "number"),
        sa.UniqueConstraint("survey", "day", name="uq_survey_rounds_day"),
    )
    op.create_table(
        "survey_invitations",
        *round_key(),
        *texts("person", "surface"),
        sa.PrimaryKeyConstraint("survey", "number", "person"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "survey_answers",
        *round_key(),
        *texts("person", "name"),
        sa.Column("score", sa.Integer(), nullable=False),
        *texts("comment"),
        sa.PrimaryKeyConstraint("survey", "number", "person"),
        sqlite_with_rowid=False,
    )


def round_key() -> tuple[sa.Column[str], sa.Column[int]]:
    return sa.Column("survey", sa.Text(), nullable=False), sa.Column("number", sa.Integer(), nullable=False)


def texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def instant(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, INSTANT, nullable=nullable)
