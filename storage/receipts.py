"""What the ledger says of the past: of each channel, and of posts that gave trouble. No payload is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Integer, and_, case, func, or_, select
from sqlmodel import Session

from storage.promise_sql import FINAL, LOST, TABLE, State, delay_exceeds

_C = TABLE.c


@dataclass(frozen=True, slots=True)
class ChannelPosts:
    """What became of the posts of one channel, and when one last arrived there within the time asked of."""

    surface: str
    channel: str
    delivered: int
    open: int
    dead: int  # failed or missed
    last_at: datetime | None
    folded: int = 0  # not posted on purpose


@dataclass(frozen=True, slots=True)
class Trouble:
    """A post that failed, was missed, came late or stands there twice."""

    key: str
    report: str
    period: str
    surface: str
    channel: str
    due: datetime
    state: State
    error: str
    delivered_at: datetime | None
    copies: int


@dataclass(frozen=True, slots=True)
class StandIn:
    """Where a post that failed was told instead."""

    surface: str
    channel: str
    at: datetime


def by_channel(session: Session, since: datetime) -> list[ChannelPosts]:
    """The channels that something was due in since then, by name; what was told there for others left out."""

    def count(states: Collection[State]) -> ColumnElement[int]:
        return func.sum(case((_C.state.in_(states), 1), else_=0), type_=Integer)

    rows = session.connection().execute(
        select(
            _C.surface,
            _C.channel,
            count({State.DELIVERED}).label("delivered"),
            count(set(State) - FINAL).label("open"),
            count(LOST).label("dead"),
            func.max(_C.delivered_at, type_=_C.delivered_at.type).label("last_at"),
            count({State.FOLDED}).label("folded"),
        )
        .where(_C.due >= since, _C.stands_for == "")
        .group_by(_C.surface, _C.channel)
        .order_by(_C.surface, _C.channel)
    )
    return [ChannelPosts(**row._mapping) for row in rows]


def troubles(session: Session, since: datetime, *, late_after: timedelta, limit: int = 10) -> list[Trouble]:
    """The posts due since then that did not simply arrive, the latest first; stand-ins are not among them."""
    is_odd = and_(_C.state == State.DELIVERED, or_(_C.copies > 1, delay_exceeds(session, late_after)))
    chosen = (_C.due >= since, _C.stands_for == "", or_(_C.state.in_(LOST), is_odd))
    rows = session.connection().execute(
        select(
            _C.key,
            _C.report,
            _C.period,
            _C.surface,
            _C.channel,
            _C.due,
            _C.state,
            _C.error,
            _C.delivered_at,
            _C.copies,
        )
        .where(*chosen)
        .order_by(_C.due.desc(), _C.key)
        .limit(limit)
    )
    return [Trouble(**{**row._mapping, "state": State(row.state)}) for row in rows]


def stand_ins(session: Session, keys: Collection[str]) -> Mapping[str, StandIn]:
    """By the key of a post that failed, where it was told instead; of several places the first."""
    if not keys:
        return {}
    rows = session.connection().execute(
        select(_C.stands_for, _C.surface, _C.channel, _C.delivered_at)
        .where(_C.stands_for.in_(keys), _C.state == State.DELIVERED)
        .order_by(_C.delivered_at.desc())
    )
    return {row.stands_for: StandIn(row.surface, row.channel, row.delivered_at) for row in rows}
