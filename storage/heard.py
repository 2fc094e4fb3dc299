"""What platforms have told us: they repeat what was not confirmed in time, to whichever process listens."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, SQLModel

from storage.engine import insert_into
from storage.tables import HeardRow

_TABLE = SQLModel.metadata.tables[HeardRow.__tablename__]
_C = _TABLE.c


def first(session: Session, key: str, now: datetime) -> bool:
    """Whether nobody has heard this before; True for one caller only, over all processes."""
    fresh = insert_into(session, _TABLE).values(key=key, at=now).on_conflict_do_nothing()
    return session.connection().execute(fresh.returning(_C.key)).first() is not None


def forget(session: Session, before: datetime) -> int:
    """Drops what was heard before then and says how many: nothing is repeated for that long."""
    return session.connection().execute(delete(_TABLE).where(_C.at < before)).rowcount
