"""The tables of alerts: what fires, for each of its subjects, and what happened to it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.columns import Instant, Words


class AlertRow(SQLModel, table=True):
    """One alert: one message a channel, changed in place as long as it lives. Counted up with each change."""

    __tablename__ = "alerts"
    __table_args__ = (
        UniqueConstraint("key", name="uq_alerts_key"),
        Index("ix_alerts_look_at", "look_at"),
        Index("ix_alerts_resolved_at", "resolved_at"),
        Index("ix_alerts_fired_at", "fired_at"),
    )

    number: int | None = Field(default=None, primary_key=True)
    key: str = Field(sa_type=Words)  # the rule, the day it began, and which of that day it is
    rule: str = Field(sa_type=Words)
    severity: str = Field(sa_type=Words)
    state: str = Field(sa_type=Words)
    text: str = Field(sa_type=Words)  # what a person said who raised it
    url: str = Field(sa_type=Words)
    day: str = Field(sa_type=Words)  # on which its subjects are gathered: 2026-11-12
    fired_at: datetime = Field(sa_type=Instant)
    event_at: datetime = Field(sa_type=Instant)  # by the data: the time limit to act counts from then
    act_by: datetime | None = Field(default=None, sa_type=Instant)  # then it is escalated once more
    acknowledged_at: datetime | None = Field(default=None, sa_type=Instant)
    acknowledged_by: str = Field(sa_type=Words)
    assigned_to: str = Field(sa_type=Words)
    resolved_at: datetime | None = Field(default=None, sa_type=Instant)
    resolved_by: str = Field(sa_type=Words)
    snoozed_until: datetime | None = Field(default=None, sa_type=Instant)
    snoozed_for_good: bool  # until it is resolved
    level: int  # how often it was escalated
    reminded_at: datetime | None = Field(default=None, sa_type=Instant)
    speaks_at: datetime = Field(sa_type=Instant)  # before then it is told nowhere
    is_told: bool  # its messages are in the ledger
    look_at: datetime | None = Field(default=None, sa_type=Instant)  # when something is to be done about it
    opinion: str = Field(sa_type=Words)
    version: int


class AlertItemRow(SQLModel, table=True):
    """One subject of a rule in one episode. One that fired is never deleted: it tells what was told."""

    __tablename__ = "alert_items"
    __table_args__ = (
        UniqueConstraint("rule", "subject", "number", name="uq_alert_items"),
        Index("ix_alert_items_resolved_at", "resolved_at"),
        Index("ix_alert_items_alert", "alert"),
    )

    id: int | None = Field(default=None, primary_key=True)
    rule: str = Field(sa_type=Words)
    subject: str = Field(sa_type=Words)
    number: int
    phase: str = Field(sa_type=Words)
    since: datetime = Field(sa_type=Instant)
    seen_at: datetime = Field(sa_type=Instant)
    fired_at: datetime | None = Field(default=None, sa_type=Instant)
    resolved_at: datetime | None = Field(default=None, sa_type=Instant)
    clears_since: datetime | None = Field(default=None, sa_type=Instant)
    known_at: datetime | None = Field(default=None, sa_type=Instant)  # the end of the data it was seen in
    held_at: datetime | None = Field(default=None, sa_type=Instant)  # the same when it last held
    fired_on: datetime | None = Field(default=None, sa_type=Instant)  # the same when it fired
    value: float | None = None
    worst: float | None = None
    bound: float | None = None  # the limit
    told_value: float | None = None
    worsened: int  # how often that was told
    evidence: str = Field(sa_type=Words)  # JSON
    alert: int | None = Field(default=None, foreign_key="alerts.number")
    is_silent: bool
    is_event: bool
    is_dismissed: bool  # a person ended it while it held
    is_inhibited: bool  # another rule said it more urgently


class AlertEventRow(SQLModel, table=True):
    """What happened to an alert, in order. What is not told yet is owed to its thread."""

    __tablename__ = "alert_events"
    __table_args__ = (Index("ix_alert_events_alert", "alert", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    alert: int = Field(foreign_key="alerts.number")
    at: datetime = Field(sa_type=Instant)
    kind: str = Field(sa_type=Words)
    author: str = Field(sa_type=Words)  # surface and id: slack:U0123; "" for the bot
    text: str = Field(sa_type=Words)
    data: str = Field(sa_type=Words)  # JSON
    is_told: bool


class AlertLookRow(SQLModel, table=True):
    """When a rule or one of its subjects was first looked at; of the rule "", when all were last."""

    __tablename__ = "alert_looks"

    rule: str = Field(primary_key=True, sa_type=Words)
    subject: str = Field(primary_key=True, sa_type=Words)
    at: datetime = Field(sa_type=Instant)
