"""Alerts with their subjects and what happened to them; what is written elsewhere; where KPIs will land."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"

INSTANT = sa.BigInteger().with_variant(postgresql.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    alerts()
    items()
    op.create_table(
        "alert_events",
        numbered("id"),
        sa.Column("alert", sa.Integer(), sa.ForeignKey("alerts.number"), nullable=False),
        *instants("at"),
        *words("kind", "author", "text", "data"),
        *flags("is_told"),
    )
    op.create_index("ix_alert_events_alert", "alert_events", ["alert", "id"])
    op.create_table(
        "alert_looks", *words("rule", "subject"), *instants("at"), sa.PrimaryKeyConstraint("rule", "subject")
    )
    mentions()
    op.create_table(
        "landings",
        *words("path", "day", "digest", "payload"),
        *instants("computed_at"),
        sa.PrimaryKeyConstraint("path"),
    )


def alerts() -> None:
    op.create_table(
        "alerts",
        numbered("number"),
        *words("key", "rule", "severity", "state", "text", "url", "day"),
        *instants("fired_at", "event_at"),
        *instants("act_by", "acknowledged_at", nullable=True),
        *words("acknowledged_by", "assigned_to"),
        *instants("resolved_at", nullable=True),
        *words("resolved_by"),
        *instants("snoozed_until", nullable=True),
        *flags("snoozed_for_good"),
        sa.Column("level", sa.Integer(), nullable=False),
        *instants("reminded_at", nullable=True),
        *instants("speaks_at"),
        *flags("is_told"),
        *instants("look_at", nullable=True),
        *words("opinion"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.UniqueConstraint("key", name="uq_alerts_key"),
    )
    for name in ("look_at", "resolved_at", "fired_at"):
        op.create_index(f"ix_alerts_{name}", "alerts", [name])


def items() -> None:
    op.create_table(
        "alert_items",
        numbered("id"),
        *words("rule", "subject"),
        sa.Column("number", sa.Integer(), nullable=False),
        *words("phase"),
        *instants("since", "seen_at"),
        *instants(
            "fired_at", "resolved_at", "clears_since", "known_at", "held_at", "fired_on", nullable=True
        ),
        *(sa.Column(name, sa.Float(), nullable=True) for name in ("value", "worst", "bound", "told_value")),
        sa.Column("worsened", sa.Integer(), nullable=False),
        *words("evidence"),
        sa.Column("alert", sa.Integer(), sa.ForeignKey("alerts.number"), nullable=True),
        *flags("is_silent", "is_event", "is_dismissed", "is_inhibited"),
        sa.UniqueConstraint("rule", "subject", "number", name="uq_alert_items"),
    )
    for name in ("resolved_at", "alert"):
        op.create_index(f"ix_alert_items_{name}", "alert_items", [name])


def mentions() -> None:
    op.create_table(
        "mentions",
        numbered("id"),
        *words("source", "kind"),
        *instants("at"),
        *words("text", "reference", "url", "topic", "site"),
        *(sa.Column(name, sa.Float(), nullable=True) for name in ("reach", "sentiment")),
        *instants("recorded_at", "changed_at"),
        sa.UniqueConstraint("source", "reference", name="uq_mentions"),
    )
    for name in ("at", "changed_at"):
        op.create_index(f"ix_mentions_{name}", "mentions", [name])


def numbered(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), primary_key=True, nullable=False)


def words(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def instants(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, INSTANT, nullable=nullable) for name in names]


def flags(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Boolean(), nullable=False) for name in names]
