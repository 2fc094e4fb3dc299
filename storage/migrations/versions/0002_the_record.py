"""Revisions, judgements, annotations, reviews, gate passes; the audit trail learns places and only grows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")
GROWING = ("audit", "revisions", "judgements")
HINT = "Add a new row that says what holds now."
ON_SQLITE = (
    "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{words}'); END",
    "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{words}'); END",
    # REPLACE deletes without asking the trigger above.
    "CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}"
    " WHEN EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, '{words}'); END",
)


def upgrade() -> None:
    op.add_column("audit", sa.Column("place", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.create_index("ix_audit_actor", "audit", ["actor", "id"])
    revisions()
    judgements()
    happenings()
    refuse = refuse_on_postgresql if op.get_bind().dialect.name == "postgresql" else refuse_on_sqlite
    refuse()


def texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def instant(name: str) -> sa.Column[int]:
    return sa.Column(name, INSTANT, nullable=False)


def identity() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), primary_key=True)


def revisions() -> None:
    op.create_table(
        "revisions",
        identity(),
        *texts("kind", "subject", "text", "replaced", "author", "reason"),
        instant("recorded_at"),
    )
    op.create_index("ix_revisions_subject", "revisions", ["kind", "subject", "id"])


def judgements() -> None:
    op.create_table(
        "judgements",
        identity(),
        *texts("framework", "kpi", "horizon", "text"),
        sa.Column("met", sa.Boolean(), nullable=False),
        *texts("reason", "author"),
        instant("at"),
        instant("recorded_at"),
    )
    op.create_index("ix_judgements_target", "judgements", ["framework", "kpi", "horizon", "at"])


def happenings() -> None:
    op.create_table(
        "annotations",
        identity(),
        *texts("subject"),
        instant("at"),
        *texts("text", "author"),
        instant("recorded_at"),
    )
    op.create_index("ix_annotations_subject", "annotations", ["subject", "at"])
    op.create_table(
        "reviews",
        identity(),
        *texts("framework", "review"),
        instant("at"),
        *texts("author", "note"),
        instant("recorded_at"),
    )
    op.create_index("ix_reviews_review", "reviews", ["framework", "review", "at"])
    op.create_table(
        "gate_passes",
        identity(),
        *texts("framework", "gate"),
        instant("passed_at"),
        *texts("evidence"),
        instant("recorded_at"),
        sa.UniqueConstraint("framework", "gate", "passed_at", name="uq_gate_passes"),
    )


def refuse_on_sqlite() -> None:
    for table in GROWING:
        words = f"The table {table} only grows: a row in it is never changed or deleted. {HINT}"
        for template in ON_SQLITE:
            op.execute(template.replace("{table}", table).replace("{words}", words))


def refuse_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = 'The table ' "
        "|| TG_TABLE_NAME || ' only grows: a row in it is never changed or deleted.', "
        f"HINT = '{HINT}'; END $$"
    )
    for table in GROWING:
        op.execute(
            f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
