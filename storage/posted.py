"""What readers of a channel have got, and what was kept from them on purpose: for budgets and corrections."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlmodel import Session

from storage.promise_sql import FINAL, TABLE, State

_C = TABLE.c
_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Folded:
    """A post that was kept back on purpose, and why."""

    report: str
    period: str
    error: str


@dataclass(frozen=True, slots=True)
class Posted:
    """A post that stands in its channel, or one that belongs into its thread, whatever became of that."""

    key: str
    report: str
    period: str
    surface: str
    channel: str
    due: datetime
    follows: str


def used(session: Session, surface: str, channel: str, since: datetime, until: datetime) -> int:
    """How many messages of their own were or will be posted in the channel, of those due from `since` up to,
    not including, `until`; what stands in a thread is none."""
    is_coming = and_(_C.state.not_in(FINAL), _C.payload != "")
    chosen = (
        and_(_C.surface == surface, _C.channel == channel, _C.follows == ""),
        and_(_C.due >= since, _C.due < until),
        or_(_C.state == State.DELIVERED, is_coming),
    )
    found: int = session.connection().execute(select(func.count()).where(*chosen)).scalar_one()
    return found


def folded(session: Session, surface: str, channel: str, since: datetime, until: datetime) -> list[Folded]:
    """What was kept back in the channel, of that due from `since` up to, not including, `until`."""
    own = and_(_C.surface == surface, _C.channel == channel, _C.state == State.FOLDED)
    chosen = select(_C.report, _C.period, _C.error).where(own, _C.due >= since, _C.due < until)
    rows = session.connection().execute(chosen.order_by(_C.due, _C.key))
    return [Folded(*row) for row in rows]


def standing(session: Session, since: datetime) -> list[Posted]:
    """What was delivered of that due since then, and all that belongs into threads, the earliest first."""
    names = ("key", "report", "period", "surface", "channel", "due", "follows")
    known = or_(_C.state == State.DELIVERED, _C.follows != "")
    chosen = select(*(_C[name] for name in names)).where(_C.due >= since, known)
    rows = session.connection().execute(chosen.order_by(_C.due, _C.key))
    return [Posted(*row) for row in rows]


def payloads(session: Session, keys: Collection[str]) -> Iterator[tuple[str, str]]:
    """The message of each of these promises, frozen: a few are held at a time."""
    chosen = select(_C.key, _C.payload).where(_C.key.in_(keys), _C.payload != "")
    rows = session.connection().execute(chosen, execution_options={"yield_per": _AT_ONCE})
    for row in rows:
        yield row.key, row.payload
