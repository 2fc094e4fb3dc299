"""The ledger: every post the schedule owes, who is sending it, and what became of it.

A promise is owed once (unique key), claimed by one sender (a conditional update that touches one row) and
ends delivered, failed or missed. A claim that runs out was a sender that died between sending and noting the
receipt: the next one is told that the outcome is unknown and has to look in the channel first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, func, or_, select, update
from sqlmodel import Session, SQLModel

from storage.engine import insert_into
from storage.tables import Instant, PromiseRow


class State(StrEnum):
    """Where a promise stands; the last three are final."""

    OWED = "owed"
    CLAIMED = "claimed"
    UNKNOWN = "unknown"  # handed to the vendor, no answer: it may or may not have been posted
    DELIVERED = "delivered"
    FAILED = "failed"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The vendor's word that the post exists: where, under which id, since when, and what was left out."""

    channel: str
    message: str
    at: datetime
    notes: tuple[str, ...] = ()
    copies: int = 1  # how often it was found to stand there: more than once is a fault of the bot


@dataclass(frozen=True, slots=True)
class Promise:
    """One post that is owed. Everything after `deadline` is kept by the ledger."""

    key: str  # report, channel and period in one
    report: str
    period: str  # what it is about, as its report spells it: 2026-11-12
    surface: str
    channel: str
    due: datetime
    payload: str  # the reply as JSON, frozen
    deadline: datetime | None = None  # not begun by then, it is missed
    state: State = State.OWED
    attempts: int = 0
    first_tried_at: datetime | None = None  # how far to read back in the channel
    retry_at: datetime | None = None
    claimed_by: str = ""
    claimed_until: datetime | None = None
    is_uncertain: bool = False  # an earlier attempt may have posted it: look before sending
    error: str = ""
    receipt: Receipt | None = None

    @property
    def delay(self) -> timedelta | None:
        """How long after it was due it was delivered."""
        return None if self.receipt is None else max(self.receipt.at - self.due, timedelta())


_TABLE = SQLModel.metadata.tables[PromiseRow.__tablename__]
_C = _TABLE.c


def owe(session: Session, promise: Promise) -> bool:
    """Enters the promise; False if one with its key stands there already, which is left as it is."""
    row = PromiseRow(
        key=promise.key,
        report=promise.report,
        period=promise.period,
        surface=promise.surface,
        channel=promise.channel,
        due=promise.due,
        deadline=promise.deadline,
        payload=promise.payload,
        state=State.OWED,
    )
    statement = insert_into(session, _TABLE).values(row.model_dump()).on_conflict_do_nothing()
    return session.connection().execute(statement.returning(_C.key)).first() is not None


def claim(session: Session, *, worker: str, now: datetime, lease: timedelta) -> Promise | None:
    """Takes the longest due promise for `worker` until `now + lease`; None if nothing is due.

    Commit before sending. What another worker began and never finished comes back as uncertain.
    """
    ready = _ready(now)
    first = select(_C.key).where(ready).order_by(_C.due, _C.key).limit(1).with_for_update(skip_locked=True)
    taken = _change(
        session,
        (_C.key == first.scalar_subquery()) & ready,
        {
            "state": State.CLAIMED,
            "attempts": _C.attempts + 1,
            "first_tried_at": func.coalesce(_C.first_tried_at, bindparam(None, now, type_=Instant())),
            "is_uncertain": or_(_C.is_uncertain, _C.state != State.OWED),
            "claimed_by": worker,
            "claimed_until": now + lease,
        },
    )
    return taken[0] if taken else None


def renew(session: Session, key: str, *, worker: str, until: datetime) -> bool:
    """Keeps a claim until `until`; False if it was lost to another worker: then send nothing."""
    return bool(_change(session, _held(key, worker), {"claimed_until": until}))


def delivered(session: Session, key: str, receipt: Receipt) -> bool:
    """Stores the receipt, whoever holds the claim: the post exists. False if one is stored already."""
    is_open = (_C.key == key) & (_C.state != State.DELIVERED)
    return bool(
        _change(
            session,
            is_open,
            {
                "state": State.DELIVERED,
                "receipt_channel": receipt.channel,
                "receipt_message": receipt.message,
                "delivered_at": receipt.at,
                "notes": json.dumps(receipt.notes, ensure_ascii=False),
                "is_uncertain": False,
                "error": "",
            },
        )
    )


def failed(session: Session, key: str, *, worker: str, error: str, retry_at: datetime | None) -> bool:
    """Nothing was posted: owed again from `retry_at`, or failed for good. False if the claim was lost."""
    state = State.FAILED if retry_at is None else State.OWED
    values = {"state": state, "error": error, "retry_at": retry_at, "is_uncertain": False}
    return bool(_change(session, _held(key, worker), values))


def unknown(session: Session, key: str, *, worker: str, error: str, retry_at: datetime) -> bool:
    """It may have been posted: who claims it after `retry_at` looks first. False if the claim was lost."""
    values = {"state": State.UNKNOWN, "error": error, "retry_at": retry_at, "is_uncertain": True}
    return bool(_change(session, _held(key, worker), values))


def expire(session: Session, now: datetime) -> list[Promise]:
    """Marks what was not sent by its deadline as missed; each is returned to one caller only."""
    return _change(session, (_C.state == State.OWED) & (_C.deadline <= now), {"state": State.MISSED})


def due(session: Session, now: datetime) -> list[Promise]:
    """What could be claimed now, longest due first."""
    rows = session.connection().execute(select(_TABLE).where(_ready(now)).order_by(_C.due, _C.key))
    return [_promise(row) for row in rows]


def find(session: Session, key: str) -> Promise | None:
    """The promise with this key."""
    row = session.connection().execute(select(_TABLE).where(_C.key == key)).one_or_none()
    return None if row is None else _promise(row)


def listing(
    session: Session, *, states: Iterable[State] = State, since: datetime | None = None, limit: int = 50
) -> list[Promise]:
    """Promises in these states that were due since then, the latest first."""
    chosen = select(_TABLE).where(_C.state.in_([*states])).order_by(_C.due.desc(), _C.key).limit(limit)
    if since is not None:
        chosen = chosen.where(_C.due >= since)
    return [_promise(row) for row in session.connection().execute(chosen)]


def counts(session: Session, since: datetime) -> dict[tuple[str, str], dict[State, int]]:
    """By surface and channel, how many promises due since then stand in which state."""
    rows = session.connection().execute(
        select(_C.surface, _C.channel, _C.state, func.count())
        .where(_C.due >= since)
        .group_by(_C.surface, _C.channel, _C.state)
        .order_by(_C.surface, _C.channel, _C.state)
    )
    found: dict[tuple[str, str], dict[State, int]] = {}
    for surface, channel, state, count in rows:
        found.setdefault((surface, channel), {})[State(state)] = count
    return found


def _ready(now: datetime) -> ColumnElement[bool]:
    has_waited = or_(_C.retry_at.is_(None), _C.retry_at <= now)
    in_time = or_(_C.deadline.is_(None), _C.deadline > now)
    return or_(
        and_(_C.state == State.OWED, _C.due <= now, has_waited, in_time),
        and_(_C.state == State.UNKNOWN, has_waited),
        and_(_C.state == State.CLAIMED, _C.claimed_until <= now),
    )


def _held(key: str, worker: str) -> ColumnElement[bool]:
    return and_(_C.key == key, _C.state == State.CLAIMED, _C.claimed_by == worker)


def _change(session: Session, chosen: ColumnElement[bool], values: dict[str, Any]) -> list[Promise]:
    rows = session.connection().execute(update(_TABLE).where(chosen).values(values).returning(_TABLE))
    return [_promise(row) for row in rows]


def _promise(row: Row[Any]) -> Promise:
    receipt = None
    if row.delivered_at is not None:
        notes = tuple(json.loads(row.notes))
        receipt = Receipt(row.receipt_channel, row.receipt_message, row.delivered_at, notes)
    own = {field.name: getattr(row, field.name) for field in fields(Promise) if field.name != "receipt"}
    return Promise(**own | {"state": State(row.state), "receipt": receipt})
