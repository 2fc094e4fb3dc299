"""Subscriptions: what people asked to be sent on a cadence of their own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import delete
from sqlmodel import Session, SQLModel, col, select

from storage.engine import insert_into
from storage.tables import SubscriptionRow


@dataclass(frozen=True, slots=True)
class Subscription:
    """One report or question, sent to one person."""

    number: int  # given by `add`, never to a second one
    surface: str  # as the ledger knows it: slack, discord, playground
    user: str  # the surface's id of the person
    report: str  # "daily" or "ask"
    question: str  # what `ask` asks, as the person typed it
    cadence: str  # in their words: "09:00 weekdays"
    zone: str  # IANA
    created_at: datetime


_TABLE = SQLModel.metadata.tables[SubscriptionRow.__tablename__]
_C = _TABLE.c


def add(session: Session, subscription: Subscription) -> int | None:
    """Keeps it and returns its number; None if the same person has the same one already."""
    row = SubscriptionRow(
        digest=_digest(subscription),
        surface=subscription.surface,
        person=subscription.user,
        report=subscription.report,
        question=subscription.question,
        cadence=subscription.cadence,
        zone=subscription.zone,
        created_at=subscription.created_at,
    )
    statement = insert_into(session, _TABLE).values(row.model_dump(exclude={"id"})).on_conflict_do_nothing()
    number: int | None = session.connection().execute(statement.returning(_C.id)).scalar_one_or_none()
    return number


def remove(session: Session, surface: str, user: str, number: int) -> bool:
    """Ends that person's subscription; False if they have none of this number."""
    own = (_C.id == number) & (_C.surface == surface) & (_C.person == user)
    return session.connection().execute(delete(_TABLE).where(own)).rowcount == 1


def of(session: Session, surface: str, user: str) -> list[Subscription]:
    """What one person has subscribed to, oldest first."""
    own = (col(SubscriptionRow.surface) == surface, col(SubscriptionRow.person) == user)
    rows = session.exec(select(SubscriptionRow).where(*own).order_by(col(SubscriptionRow.id)))
    return [_subscription(row) for row in rows]


def read(session: Session) -> list[Subscription]:
    """Everybody's, oldest first."""
    rows = session.exec(select(SubscriptionRow).order_by(col(SubscriptionRow.id)))
    return [_subscription(row) for row in rows]


def _digest(one: Subscription) -> str:
    same = [one.surface, one.user, one.report, one.question, one.cadence, one.zone]
    return sha256(json.dumps(same).encode()).hexdigest()


def _subscription(row: SubscriptionRow) -> Subscription:
    return Subscription(
        number=row.id or 0,
        surface=row.surface,
        user=row.person,
        report=row.report,
        question=row.question,
        cadence=row.cadence,
        zone=row.zone,
        created_at=row.created_at,
    )
