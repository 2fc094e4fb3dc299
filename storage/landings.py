"""Landings as they were last reckoned, and which process reckons them anew.

What changed is claimed before it is reckoned: of any number of processes one does it. A claim whose process
died runs out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, or_, select, update
from sqlmodel import Session, SQLModel

from storage.engine import insert_into
from storage.tables_landings import LandingRow

_TABLE = SQLModel.metadata.tables[LandingRow.__tablename__]
_C = _TABLE.c


@dataclass(frozen=True, slots=True)
class Kept:
    """One landing: `day` is the open day on which it was reckoned, `digest` of what it was reckoned from."""

    path: str
    day: date
    digest: str
    payload: Mapping[str, Any]  # plain JSON
    computed_at: datetime


def find(session: Session, path: str) -> Kept | None:
    """What is kept of `path`; None also while it is being reckoned."""
    return listing(session, (path,)).get(path)


def listing(session: Session, paths: Sequence[str] | None = None) -> dict[str, Kept]:
    """What is kept, of all or of these, by path."""
    chosen = select(_TABLE).where(_C.payload != "")
    if paths is not None:
        chosen = chosen.where(_C.path.in_(paths))
    found = session.connection().execute(chosen)
    return {
        row.path: Kept(
            row.path, date.fromisoformat(row.day), row.digest, json.loads(row.payload), row.computed_at
        )
        for row in found
    }


def claim(
    session: Session, digests: Mapping[str, str], *, day: date, now: datetime, lease: timedelta
) -> frozenset[str]:
    """The paths that the caller is to reckon: changed ones, and those whose claim ran out. Commit at once.

    `now` is the database's clock. What is claimed is not read any more until it is kept.
    """
    late = now - lease
    known = {row.path: row for row in session.connection().execute(_STATES)}
    changed = [
        path
        for path, digest in digests.items()
        if (row := known.get(path)) is None
        or row.digest != digest
        or (row.is_claimed and row.computed_at <= late)
    ]
    return frozenset(path for path in changed if _take(session, path, digests[path], day, (now, late)))


_STATES = select(_C.path, _C.digest, (_C.payload == "").label("is_claimed"), _C.computed_at)


def _take(session: Session, path: str, digest: str, day: date, times: tuple[datetime, datetime]) -> bool:
    now, late = times
    fresh = {"path": path, "day": day.isoformat(), "digest": digest, "payload": "", "computed_at": now}
    is_free = or_(_C.digest != digest, and_(_C.payload == "", _C.computed_at <= late))
    taking = (
        insert_into(session, _TABLE)
        .values(fresh)
        .on_conflict_do_update(
            index_elements=[_C.path],
            set_={name: value for name, value in fresh.items() if name != "path"},
            where=is_free,
        )
        .returning(_C.path)
    )
    return session.connection().execute(taking).first() is not None


def keep(session: Session, found: Iterable[Kept]) -> None:
    """Stores what was claimed, unless another change was claimed since. Raises `ValueError` for no JSON."""
    for one in found:
        values = {
            "payload": json.dumps(one.payload, ensure_ascii=False, allow_nan=False),
            "computed_at": one.computed_at,
        }
        own = and_(_C.path == one.path, _C.digest == one.digest)
        session.connection().execute(update(_TABLE).where(own).values(values))


def forget(session: Session, before: date) -> None:
    """Drops what was last reckoned on an earlier day: nobody asks for that KPI or gate any more."""
    session.connection().execute(delete(_TABLE).where(_C.day < before.isoformat()))
