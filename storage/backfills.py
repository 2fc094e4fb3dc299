"""How far the reading of a source's past has come, so that an interrupted one goes on where it stopped."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, SQLModel

from storage.engine import insert_into
from storage.tables_reading import BackfillRow

_TABLE = SQLModel.metadata.tables[BackfillRow.__tablename__]
_C = _TABLE.c


@dataclass(frozen=True, slots=True)
class Backfill:
    """One source's past: wanted from `since` to `until`, read up to `reached`."""

    source: str
    since: datetime
    reached: datetime
    until: datetime
    begun_at: datetime
    updated_at: datetime

    @property
    def is_done(self) -> bool:
        return self.reached >= self.until


def of(session: Session, source: str) -> Backfill | None:
    """The last back-fill of a source, finished or not."""
    row = session.get(BackfillRow, source)
    if row is None:
        return None
    return Backfill(row.source, row.since, row.reached, row.until, row.begun_at, row.updated_at)


def begin(session: Session, source: str, *, since: datetime, now: datetime) -> Backfill:
    """The unfinished back-fill that reaches as far back, to go on with; else one begun anew. Both go up to
    `now`: what went by since an interruption belongs to it too."""
    last = of(session, source)
    if last is not None and not last.is_done and last.since <= since:
        further = update(_TABLE).where(_C.source == source)
        session.connection().execute(further.values(until=now, updated_at=now))
        return replace(last, until=now, updated_at=now)
    fresh = BackfillRow(
        source=source, since=since, reached=since, until=now, begun_at=now, updated_at=now
    ).model_dump()
    statement = insert_into(session, _TABLE).values(fresh)
    session.connection().execute(
        statement.on_conflict_do_update(
            index_elements=["source"], set_={k: fresh[k] for k in fresh if k != "source"}
        )
    )
    return Backfill(source, since, since, now, now, now)


def reach(session: Session, source: str, *, reached: datetime, now: datetime) -> None:
    """Everything up to `reached` is read and kept; call it in the transaction that keeps it."""
    further = update(_TABLE).where(_C.source == source, _C.reached < reached)
    session.connection().execute(further.values(reached=reached, updated_at=now))
