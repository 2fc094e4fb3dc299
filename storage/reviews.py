"""Reviews that were held: which are due again is counted from the last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlmodel import Session, SQLModel

from storage.tables import ReviewRow


@dataclass(frozen=True, slots=True)
class Done:
    """One review, held once."""

    framework: str
    review: str  # its key in the framework
    at: datetime  # when it was held
    author: str  # surface and id: slack:U0123
    note: str
    recorded_at: datetime


_TABLE = SQLModel.metadata.tables[ReviewRow.__tablename__]
_C = _TABLE.c


def add(session: Session, done: Done) -> None:
    """Keeps that the review was held."""
    values = {
        "framework": done.framework,
        "review": done.review,
        "at": done.at,
        "author": done.author,
        "note": done.note,
        "recorded_at": done.recorded_at,
    }
    session.connection().execute(insert(_TABLE), values)


def last(
    session: Session, *, until: datetime | None = None, as_of: datetime | None = None
) -> dict[tuple[str, str], Done]:
    """When each review was last held by `until`, as it was known at `as_of`: by framework and review."""
    newest_first = (_C.at.desc(), _C.recorded_at.desc(), _C.id.desc())
    rank = func.row_number().over(partition_by=(_C.framework, _C.review), order_by=newest_first)
    known = select(_TABLE, rank.label("rank"))
    if until is not None:
        known = known.where(_C.at <= until)
    if as_of is not None:
        known = known.where(_C.recorded_at <= as_of)
    ranked = known.subquery()
    return {
        (row.framework, row.review): Done(
            row.framework, row.review, row.at, row.author, row.note, row.recorded_at
        )
        for row in session.connection().execute(select(ranked).where(ranked.c.rank == 1))
    }
