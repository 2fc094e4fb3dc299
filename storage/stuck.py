"""What the ledger should not hold while a bot runs: posts that nobody goes on with.

A claim ends within its lease, a deadline is kept within a round, and a lost answer is looked for again and
again until its time is over. What stands for longer was left behind by processes that are gone, or shows that
those which run do not do their work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlmodel import Session

from storage.promise_sql import TABLE, State

_C = TABLE.c

PATIENCE = timedelta(minutes=5)
"""So long after its lease or its deadline a post has been left behind."""

UNKNOWN_FOR = timedelta(hours=3)
"""So long after it was first tried, a post of which nobody knows is worth a look by a person."""

_OPEN = (State.OWED, State.CLAIMED, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Stuck:
    """A post that nobody goes on with. `since`: its lease or its deadline ended, or it was first tried."""

    key: str
    surface: str
    channel: str
    state: State
    since: datetime
    error: str


def stuck(session: Session, now: datetime) -> list[Stuck]:
    """What was left behind, the longest due first. `now` is the database's clock."""
    left = or_(
        and_(_C.state == State.CLAIMED, _C.claimed_until <= now - PATIENCE),
        and_(_C.state == State.OWED, _C.deadline <= now - PATIENCE),
        and_(_C.state == State.UNKNOWN, _C.first_tried_at <= now - UNKNOWN_FOR),
    )
    since = {State.CLAIMED: "claimed_until", State.OWED: "deadline", State.UNKNOWN: "first_tried_at"}
    columns = (_C.key, _C.surface, _C.channel, _C.state, _C.error, *(_C[name] for name in since.values()))
    rows = session.connection().execute(select(*columns).where(left).order_by(_C.due, _C.key))
    return [
        Stuck(row.key, row.surface, row.channel, state, getattr(row, since[state]), row.error)
        for row in rows
        for state in (State(row.state),)
    ]


def oldest_open(session: Session, now: datetime) -> datetime | None:
    """When the longest due of all that is not settled yet was due; None where nothing is due."""
    chosen = select(func.min(_C.due, type_=_C.due.type)).where(_C.state.in_(_OPEN), _C.due <= now)
    found: datetime | None = session.connection().execute(chosen).scalar_one()
    return found
