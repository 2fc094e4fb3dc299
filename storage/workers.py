"""The processes of the bot: which run, what each does, and when it last gave a sign of life."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, SQLModel, col, select

from storage.clock import database_now
from storage.engine import insert_into
from storage.tables import WorkerRow


@dataclass(frozen=True, slots=True)
class Worker:
    """One process at its last sign of life."""

    name: str
    started_at: datetime
    beat_at: datetime
    roles: tuple[str, ...]  # "jobs", "chat"
    surfaces: tuple[str, ...]  # as the ledger knows them
    last_heard_at: datetime | None = None  # when a platform last told it anything


_TABLE = SQLModel.metadata.tables[WorkerRow.__tablename__]


def beat(session: Session, worker: Worker) -> None:
    """Notes the sign of life in place of the one before."""
    values = {
        "name": worker.name,
        "started_at": worker.started_at,
        "beat_at": worker.beat_at,
        "roles": json.dumps(worker.roles, ensure_ascii=False),
        "surfaces": json.dumps(worker.surfaces, ensure_ascii=False),
        "last_heard_at": worker.last_heard_at,
    }
    fresh = insert_into(session, _TABLE).values(values)
    changed = {name: fresh.excluded[name] for name in values if name != "name"}
    session.connection().execute(fresh.on_conflict_do_update(index_elements=["name"], set_=changed))


def recent(session: Session, within: timedelta) -> tuple[datetime, list[Worker]]:
    """The database's time and the processes that gave a sign of life so shortly before it, by name.

    Beats are told by that clock, whatever the reader's own says.
    """
    now = database_now(session)
    return now, read(session, now - within)


def leave(session: Session, name: str) -> None:
    """Takes a process off the list."""
    session.exec(delete(WorkerRow).where(col(WorkerRow.name) == name))


def read(session: Session, since: datetime) -> list[Worker]:
    """The processes that gave a sign of life since then, by name."""
    chosen = select(WorkerRow).where(col(WorkerRow.beat_at) >= since).order_by(col(WorkerRow.name))
    return [
        Worker(
            name=row.name,
            started_at=row.started_at,
            beat_at=row.beat_at,
            roles=tuple(json.loads(row.roles)),
            surfaces=tuple(json.loads(row.surfaces)),
            last_heard_at=row.last_heard_at,
        )
        for row in session.exec(chosen)
    ]


def forget(session: Session, before: datetime) -> int:
    """Drops processes silent since before then and says how many."""
    old = delete(_TABLE).where(_TABLE.c.beat_at < before)
    return session.connection().execute(old).rowcount
