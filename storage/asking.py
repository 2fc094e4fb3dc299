"""Requests: who was asked for which number of which period, and what became of it.

One request a KPI and period (unique key), each step of it taken once (a conditional update), so any number of
processes may look at the same time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, select, update
from sqlmodel import Session, SQLModel

from kpi.metric import EPOCH, from_micros
from storage import samples
from storage.engine import insert_into
from storage.tables import EntryRow
from storage.tables_asking import RequestRow


class State(StrEnum):
    """What became of a request."""

    OPEN = "open"
    ENTERED = "entered"  # there is a number
    DECLINED = "declined"  # not this time
    LAPSED = "lapsed"  # the next period was asked for, or it need not be asked any more


@dataclass(frozen=True, slots=True)
class Request:
    """A number of one period, asked of one person."""

    kpi: str  # the path
    period: str  # the key of a `kpi.asking.Term`
    person: str
    surface: str  # as the ledger knows it
    account: str
    asked_at: datetime
    reminded_at: datetime | None = None
    escalated_at: datetime | None = None
    escalated_to: str = ""
    state: State = State.OPEN
    reason: str = ""
    settled_at: datetime | None = None
    settled_by: str = ""

    @property
    def is_open(self) -> bool:
        return self.state is State.OPEN


@dataclass(frozen=True, slots=True)
class Said:
    """The newest value entered by hand: for which instant, who said it, and when."""

    at: datetime
    value: float
    author: str
    recorded_at: datetime
    note: str = ""


_TABLE = SQLModel.metadata.tables[RequestRow.__tablename__]
_C = _TABLE.c
_ENTRIES = SQLModel.metadata.tables[EntryRow.__tablename__]


def add(session: Session, request: Request) -> bool:
    """Keeps an open request; False where this KPI was asked for this period before."""
    fresh = insert_into(session, _TABLE).values(**asdict(request)).on_conflict_do_nothing()
    return session.connection().execute(fresh.returning(_C.kpi)).first() is not None


def remind(session: Session, kpi: str, period: str, now: datetime) -> bool:
    """Notes the reminder; True for one caller only, and only while it is open."""
    return _change(session, and_(_named(kpi, period), _C.reminded_at.is_(None)), {"reminded_at": now})


def escalate(session: Session, kpi: str, period: str, now: datetime, to: str) -> bool:
    """Notes who else was told; True for one caller only, and only while it is open."""
    chosen = and_(_named(kpi, period), _C.escalated_at.is_(None))
    return _change(session, chosen, {"escalated_at": now, "escalated_to": to})


def settle(  # noqa: PLR0913 - each by its name
    session: Session, kpi: str, period: str, *, state: State, at: datetime, by: str = "", reason: str = ""
) -> bool:
    """Closes an open request; False where it is closed already."""
    values = {"state": state, "settled_at": at, "settled_by": by, "reason": reason}
    return _change(session, _named(kpi, period), values)


def of(session: Session, kpi: str) -> Request | None:
    """The newest request for a KPI, whatever became of it."""
    chosen = select(_TABLE).where(_C.kpi == kpi).order_by(_C.asked_at.desc(), _C.period.desc()).limit(1)
    row = session.connection().execute(chosen).one_or_none()
    return None if row is None else _request(row)


def newest(session: Session) -> dict[str, Request]:
    """The newest request for each KPI that was ever asked for, by its path."""
    last = select(_C.kpi, func.max(_C.asked_at).label("at")).group_by(_C.kpi).subquery()
    is_last = and_(last.c.kpi == _C.kpi, last.c.at == _C.asked_at)
    rows = session.connection().execute(select(_TABLE).join(last, is_last).order_by(_C.period))
    return {row.kpi: _request(row) for row in rows}


def opened(session: Session) -> list[Request]:
    """What is waited for, the longest first."""
    chosen = select(_TABLE).where(_C.state == State.OPEN).order_by(_C.asked_at, _C.kpi, _C.period)
    return [_request(row) for row in session.connection().execute(chosen)]


def said(session: Session, metrics: Iterable[str]) -> dict[str, Said]:
    """By metric, what somebody entered by hand for the newest instant, and who: the last word of several."""
    wanted = sorted(set(metrics))
    if not wanted:
        return {}
    columns = _ENTRIES.c
    latest = (columns.at.desc(), columns.recorded_at.desc(), columns.id.desc())
    place = func.row_number().over(partition_by=columns.metric, order_by=latest)
    ranked = select(_ENTRIES, place.label("place")).where(columns.metric.in_(wanted)).subquery()
    rows = session.connection().execute(select(ranked).where(ranked.c.place == 1))
    return {row.metric: Said(row.at, row.value, row.author, row.recorded_at, row.note) for row in rows}


def earlier(session: Session, metric: str, *, before: datetime, most: int) -> list[tuple[datetime, float]]:
    """The last values of `metric` that are older than `before`, as they stand now, oldest first."""
    found = samples.read(session, {metric: EPOCH}, until=before)
    pairs = [
        (from_micros(int(at)), float(value))
        for one in found
        for at, value in zip(one.at, one.value, strict=True)
        if from_micros(int(at)) < before
    ]
    return sorted(pairs)[-most:]


def _named(kpi: str, period: str) -> ColumnElement[bool]:
    return and_(_C.kpi == kpi, _C.period == period, _C.state == State.OPEN)


def _change(session: Session, chosen: ColumnElement[bool], values: Mapping[str, Any]) -> bool:
    changed = update(_TABLE).where(chosen).values(**values)
    return session.connection().execute(changed).rowcount == 1


def _request(row: Row[Any]) -> Request:
    return Request(**{**row._mapping, "state": State(row.state)})
