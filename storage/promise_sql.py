"""The ledger's SQL: which promise comes next, and how no two senders get into one channel."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Select,
    and_,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlmodel import Session, SQLModel

from storage.tables import PromiseRow


class State(StrEnum):
    """Where a promise stands; the last four are final."""

    OWED = "owed"
    CLAIMED = "claimed"
    UNKNOWN = "unknown"  # handed to the vendor, no answer: it may or may not have been posted
    DELIVERED = "delivered"
    FAILED = "failed"
    MISSED = "missed"
    FOLDED = "folded"  # not posted on purpose: `error` says why

    @property
    def is_final(self) -> bool:
        return self in FINAL


LOST = frozenset({State.FAILED, State.MISSED})
"""It should have arrived, and never will."""

FINAL = LOST | {State.DELIVERED, State.FOLDED}

TABLE = SQLModel.metadata.tables[PromiseRow.__tablename__]
_C = TABLE.c
_OTHER = TABLE.alias()
_LOCK = 0x6B7069  # "kpi": the first half of the advisory locks on channels

# Spelled out: a database that does not know the value when it plans cannot use the index of claims.
_IS_CLAIMED: ColumnElement[str] = literal_column(f"'{State.CLAIMED}'")


def ready(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What can be claimed, one condition for each state it may stand in."""
    has_waited = or_(_C.retry_at.is_(None), _C.retry_at <= now)
    in_time = or_(_C.deadline.is_(None), _C.deadline > now)
    return (
        and_(_C.state == State.OWED, _C.due <= now, has_waited, in_time),
        and_(_C.state == State.UNKNOWN, has_waited),
        and_(_C.state == State.CLAIMED, _C.claimed_until <= now),
    )


def first(now: datetime, only: Iterable[ColumnElement[bool]]) -> Select[Any]:
    """The longest due promise that could be claimed: for each state one seek in the order of the index."""
    seeks = [
        select(_C.key, _C.surface, _C.channel, _C.due)
        .where(condition, is_alone(), *only)
        .order_by(_C.due, _C.key)
        .limit(1)
        .subquery()
        for condition in ready(now)
    ]
    found = union_all(*(select(seek) for seek in seeks)).subquery()
    return select(found).order_by(found.c.due, found.c.key).limit(1)


def is_alone() -> ColumnElement[bool]:
    """That no other promise of its channel is claimed."""
    same = and_(_OTHER.c.surface == _C.surface, _OTHER.c.channel == _C.channel, _OTHER.c.key != _C.key)
    return ~select(_OTHER.c.key).where(_OTHER.c.state == _IS_CLAIMED, same).exists()


def enters(session: Session, surface: str, channel: str) -> bool:
    """Whether this transaction alone claims in the channel; where not, another one is about to.

    Two that claim different promises of one channel would see nothing of each other, and the second would
    break the unique index of claims. SQLite has one writer at a time anyway.
    """
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        return True
    place = func.hashtext(json.dumps([surface, channel]))
    entered: bool = connection.execute(select(func.pg_try_advisory_xact_lock(_LOCK, place))).scalar_one()
    return entered


def delay_exceeds(session: Session, limit: timedelta) -> ColumnElement[bool]:
    """That a delivered promise came more than `limit` after it was due."""
    if session.connection().dialect.name == "postgresql":
        kind = DateTime(timezone=True)
        return type_coerce(_C.delivered_at, kind) - type_coerce(_C.due, kind) > limit
    micros = type_coerce(_C.delivered_at, BigInteger) - type_coerce(_C.due, BigInteger)
    return micros > limit // timedelta(microseconds=1)
