"""Collector runs: who is reading which source, what it brought, and which sources are failing since when."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CTE, ColumnElement, Row, Select, Text, bindparam, delete, func, select, update
from sqlmodel import Session, SQLModel

from kpi.metric import from_micros, to_micros
from storage.engine import insert_into
from storage.samples import Written
from storage.tables import CollectorRunRow

_MOST_RUNS = 2_000
"""How many runs are looked through at most: hourly ones of 90 days, which is all that is kept."""

ABANDONED = "Abandoned"
"""The kind of fault of a run whose process never finished it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a source, or one part of it, could not be read."""

    kind: str  # the collector's fault: AuthFailed, RateLimited, ...
    message: str
    hint: str = ""
    part: str = ""  # "" is the whole source
    since: datetime | None = None  # the start of the first run in a row that met it; set by `finish`
    metrics: tuple[str, ...] = ()  # those that got no number for it; none named means all of the source


@dataclass(frozen=True, slots=True)
class Quota:
    """What the vendor said is left of its allowance, of how much, and when it is whole again."""

    left: float
    limit: float | None = None
    resets_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt to read a source. Without `finished_at` it goes on."""

    id: int
    source: str
    started_at: datetime
    finished_at: datetime | None
    written: Written
    faults: tuple[Fault, ...]
    quota: Quota | None = None


_TABLE = SQLModel.metadata.tables[CollectorRunRow.__tablename__]
_C = _TABLE.c
_IS_OPEN: ColumnElement[bool] = _C.finished_at.is_(None)


def start(session: Session, source: str, *, now: datetime, lease: timedelta) -> int | None:
    """Opens a run and returns its id; None while another process reads this source.

    A run still open when its `lease` is over is closed as abandoned: its process has died.
    """
    opened = _open(session, source, now, lease)
    if opened is None and _close_abandoned(session, source, now):
        opened = _open(session, source, now, lease)
    return opened


def _open(session: Session, source: str, now: datetime, lease: timedelta) -> int | None:
    fresh = CollectorRunRow(source=source, started_at=now, lease_until=now + lease)
    statement = insert_into(session, _TABLE).values(fresh.model_dump(exclude={"id"})).on_conflict_do_nothing()
    opened: int | None = session.connection().execute(statement.returning(_C.id)).scalar_one_or_none()
    return opened


def _close_abandoned(session: Session, source: str, now: datetime) -> bool:
    """Whether there was a run whose lease is over; it is closed."""
    stale = select(_TABLE).where(_C.source == source, _IS_OPEN, _C.lease_until <= now)
    rows = session.connection().execute(stale).all()
    for row in rows:
        hint = "The next run reads the same days again; nothing is lost."
        died = Fault(ABANDONED, f"The run begun at {row.started_at:%Y-%m-%d %H:%M} UTC never finished.", hint)
        finish(session, row.id, now=row.lease_until, faults=[died])
    return bool(rows)


def renew(session: Session, run: int, *, until: datetime) -> bool:
    """Keeps a run's source until then; False if the run is closed: another process has taken it for dead."""
    going_on = update(_TABLE).where(_C.id == run, _IS_OPEN).values(lease_until=until)
    return session.connection().execute(going_on).rowcount == 1


def finish(
    session: Session,
    run: int,
    *,
    now: datetime,
    written: Written | None = None,
    faults: Sequence[Fault] = (),
) -> bool:
    """Closes a run with what it brought; False if it was closed already, as abandoned.

    A fault that the source's last run met too, in the same part, keeps the time it began.
    """
    connection = session.connection()
    source, started_at = connection.execute(select(_C.source, _C.started_at).where(_C.id == run)).one()
    before = last_by_source(session, source).get(source)
    begun = {} if before is None else {(one.kind, one.part): one.since for one in before.faults}
    dated = [replace(one, since=begun.get((one.kind, one.part)) or started_at) for one in faults]
    counts = written or Written()
    closed = connection.execute(
        update(_TABLE)
        .where(_C.id == run, _IS_OPEN)
        .values(
            finished_at=now,
            new=counts.new,
            restated=counts.restated,
            unchanged=counts.unchanged,
            faults=json.dumps([_pack(one) for one in dated], ensure_ascii=False),
        )
    )
    return closed.rowcount == 1


def note_quota(session: Session, run: int, quota: Quota) -> None:
    """Keeps what is left of the vendor's allowance after a run."""
    resets = None if quota.resets_at is None else to_micros(quota.resets_at)
    packed = json.dumps([quota.left, quota.limit, resets])
    session.connection().execute(update(_TABLE).where(_C.id == run).values(quota=packed))


def last_faultless(session: Session, source: str, metric: str) -> datetime | None:
    """When a run of the source last ended that had no fault for `metric`; None if none ever did."""
    ended = select(_C.finished_at, _C.faults).where(_C.source == source, ~_IS_OPEN).order_by(_C.id.desc())
    for row in session.connection().execute(ended.limit(_MOST_RUNS)):
        found = [_unpack(one) for one in json.loads(row.faults)]
        if not any(not one.metrics or metric in one.metrics for one in found):
            finished: datetime = row.finished_at
            return finished
    return None


def last_by_source(session: Session, source: str | None = None) -> dict[str, Run]:
    """The newest finished run of each source, or of one: two seeks a source, however many runs there are."""
    connection = session.connection()
    found = (
        connection.execute(_NEWEST) if source is None else connection.execute(_NEWEST_OF, {"name": source})
    )
    return {row.source: _run(row) for row in found}


def _sources() -> CTE:
    """The names of all sources, each found by a seek past the one before; a DISTINCT would read every run."""
    names = select(func.min(_C.source).label("source")).cte("names", recursive=True)
    following = select(func.min(_C.source)).where(_C.source > names.c.source).scalar_subquery()
    return names.union_all(select(following).where(names.c.source.is_not(None)))


def _newest_of(named: CTE) -> Select[Any]:
    inner = _TABLE.alias()
    newest = (
        select(inner.c.id)
        .where(inner.c.source == named.c.source, inner.c.finished_at.is_not(None))
        .order_by(inner.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return select(_TABLE).select_from(named).join(_TABLE, _C.id == newest).order_by(_C.source)


# Every answer asks this, and putting the statement together costs more than running it.
_NEWEST = _newest_of(_sources())
_NEWEST_OF = _newest_of(select(bindparam("name", type_=Text).label("source")).cte())


def recent(session: Session, source: str, *, limit: int = 20) -> list[Run]:
    """The latest runs of a source, open ones too, newest first."""
    chosen = select(_TABLE).where(_C.source == source).order_by(_C.id.desc()).limit(limit)
    return [_run(row) for row in session.connection().execute(chosen)]


def prune(session: Session, before: datetime) -> int:
    """Drops finished runs begun before then, but of each source the newest, and says how many."""
    newer = _TABLE.alias()
    is_newest = (
        ~select(newer.c.id)
        .where(newer.c.source == _C.source, newer.c.finished_at.is_not(None), newer.c.id > _C.id)
        .exists()
    )
    old = delete(_TABLE).where(~_IS_OPEN, _C.started_at < before, ~is_newest)
    return session.connection().execute(old).rowcount


def faults(session: Session) -> Iterator[tuple[str, Fault]]:
    """Source and fault of everything that the newest finished runs could not read."""
    for source, run in last_by_source(session).items():
        for fault in run.faults:
            yield source, fault


def _run(row: Row[Any]) -> Run:
    written = Written(row.new, row.restated, row.unchanged)
    found = tuple(_unpack(one) for one in json.loads(row.faults))
    return Run(row.id, row.source, row.started_at, row.finished_at, written, found, _quota(row.quota))


def _quota(packed: str | None) -> Quota | None:
    if not packed:
        return None
    left, limit, resets = json.loads(packed)
    return Quota(left, limit, None if resets is None else from_micros(resets))


def _pack(fault: Fault) -> list[Any]:
    since = None if fault.since is None else to_micros(fault.since)
    return [fault.kind, fault.message, fault.hint, fault.part, since, list(fault.metrics)]


def _unpack(packed: list[Any]) -> Fault:
    kind, message, hint, part, since, metrics = packed
    begun = None if since is None else from_micros(since)
    return Fault(kind, message, hint, part, begun, tuple(metrics))
