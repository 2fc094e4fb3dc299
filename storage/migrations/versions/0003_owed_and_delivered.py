"""Promises that stand in for others, one claim a channel; subscriptions, silences, workers, communities."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
CLAIMED = sa.text("state = 'claimed'")

# Of several claims on one channel the first stays. The others may have been posted: once their lease is over,
# whoever takes them up looks into the channel first.
RELEASE = (
    "UPDATE promises SET state = 'unknown', retry_at = claimed_until, is_uncertain = true"
    " WHERE state = 'claimed' AND EXISTS (SELECT 1 FROM promises AS other WHERE other.state = 'claimed'"
    " AND other.surface = promises.surface AND other.channel = promises.channel AND other.key < promises.key)"
)


def upgrade() -> None:
    promises()
    people()
    processes()
    communities()


def texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def instant(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, INSTANT, nullable=nullable)


def identity() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), primary_key=True)


def promises() -> None:
    copies = sa.Column("copies", sa.Integer(), nullable=False, server_default=sa.text("1"))
    stands_for = sa.Column("stands_for", sa.Text(), nullable=False, server_default=sa.text("''"))
    op.add_column("promises", copies)
    op.add_column("promises", stands_for)
    op.drop_index("ix_promises_state", "promises")
    op.create_index("ix_promises_state", "promises", ["state", "due", "key"])
    op.create_index("ix_promises_due", "promises", ["due"])
    op.create_index("ix_promises_channel", "promises", ["surface", "channel", "report", "due"])
    op.execute(RELEASE)
    op.create_index(
        "uq_promises_claimed",
        "promises",
        ["surface", "channel"],
        unique=True,
        sqlite_where=CLAIMED,
        postgresql_where=CLAIMED,
    )


def people() -> None:
    op.create_table(
        "subscriptions",
        identity(),
        *texts("digest", "surface", "person", "report", "question", "cadence", "zone"),
        instant("created_at"),
        sa.UniqueConstraint("digest", name="uq_subscriptions"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_subscriptions_person", "subscriptions", ["surface", "person"])
    op.create_table(
        "silences",
        identity(),
        *texts("subject"),
        instant("until"),
        *texts("author", "reason"),
        instant("created_at"),
        instant("ended_at", nullable=True),
        *texts("ended_by"),
    )
    op.create_index("ix_silences_until", "silences", ["until"])


def processes() -> None:
    op.create_table("heard", *texts("key"), instant("at"), sa.PrimaryKeyConstraint("key"))
    op.create_table(
        "workers",
        *texts("name"),
        instant("started_at"),
        instant("beat_at"),
        *texts("roles", "surfaces"),
        instant("last_heard_at", nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )


def communities() -> None:
    op.create_table(
        "community_messages",
        *texts("id", "guild", "channel", "author"),
        instant("at"),
        sa.Column("answers", sa.Text(), nullable=True),
        sa.Column("is_question", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_community_messages_at", "community_messages", ["guild", "at"])
    op.create_index("ix_community_messages_answers", "community_messages", ["answers"])
    op.create_table(
        "community_moves",
        *texts("guild"),
        instant("at"),
        *texts("member", "kind"),
        sa.PrimaryKeyConstraint("guild", "at", "member", "kind"),
    )
