"""What people judged: their word on targets no number can meet. Taken back by a newer one, never altered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, insert, select
from sqlmodel import Session, SQLModel

from kpi.judgement import Judgement
from storage.tables import JudgementRow

_TABLE = SQLModel.metadata.tables[JudgementRow.__tablename__]
_C = _TABLE.c
_OLDEST_FIRST = (_C.at, _C.recorded_at, _C.id)
_NEWEST_FIRST = (_C.at.desc(), _C.recorded_at.desc(), _C.id.desc())


def add(session: Session, framework: str, judgement: Judgement, recorded_at: datetime) -> None:
    """Keeps the judgement of one target of `framework`."""
    values = {
        "framework": framework,
        "kpi": judgement.kpi,
        "horizon": judgement.horizon,
        "text": judgement.text,
        "met": judgement.met,
        "reason": judgement.reason,
        "author": judgement.author,
        "at": judgement.at,
        "recorded_at": recorded_at,
    }
    session.connection().execute(insert(_TABLE), values)


def said(
    session: Session, frameworks: Iterable[str], *, until: datetime, as_of: datetime | None = None
) -> dict[str, list[Judgement]]:
    """Every judgement that held at some time up to `until`, as known at `as_of`, by framework.

    The one that counts latest stands last: it was made for the latest time, of two for the same time it was
    recorded later. Every framework asked for is there, without judgements an empty one.
    """
    found: dict[str, list[Judgement]] = {name: [] for name in frameworks}
    asked = {"frameworks": list(found), "until": until, "as_of": as_of}
    for row in session.connection().execute(_SAID if as_of is None else _SAID_AS_OF, asked):
        found[row.framework].append(_judgement(row))
    return found


def _said(*further: ColumnElement[bool]) -> Select[Any]:
    among = _C.framework.in_(bindparam("frameworks", expanding=True))
    return select(_TABLE).where(among, _C.at <= bindparam("until"), *further).order_by(*_OLDEST_FIRST)


# Many an answer asks this, and putting the statement together costs more than running it.
_SAID = _said()
_SAID_AS_OF = _said(_C.recorded_at <= bindparam("as_of"))


def read(
    session: Session, frameworks: Iterable[str], *, until: datetime, as_of: datetime | None = None
) -> dict[str, dict[tuple[str, str], Judgement]]:
    """What holds at `until` as it was known at `as_of`: by framework, then by KPI and horizon."""
    found = said(session, frameworks, until=until, as_of=as_of)
    return {name: {(one.kpi, one.horizon): one for one in ones} for name, ones in found.items()}


def history(session: Session, framework: str, kpi: str) -> list[tuple[Judgement, datetime]]:
    """Every judgement of one KPI with when it was recorded, newest first."""
    chosen = select(_TABLE).where(_C.framework == framework, _C.kpi == kpi).order_by(*_NEWEST_FIRST)
    return [(_judgement(row), row.recorded_at) for row in session.connection().execute(chosen)]


def _judgement(row: Row[Any]) -> Judgement:
    return Judgement(
        kpi=row.kpi,
        horizon=row.horizon,
        text=row.text,
        met=row.met,
        reason=row.reason,
        author=row.author,
        at=row.at,
    )
