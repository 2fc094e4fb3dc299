"""Silences: mutes that always expire. None is ever deleted, so it can be told who muted what and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, SQLModel, col, select

from storage.tables import SilenceRow


@dataclass(frozen=True, slots=True)
class Silence:
    """One mute of one subject, until then or until somebody ended it."""

    number: int  # given by `add`
    subject: str  # "" for everything, a framework's key, or a KPI's path: hektor/website_traffic.x
    until: datetime
    author: str  # surface and id: slack:U0123
    reason: str
    created_at: datetime
    ended_at: datetime | None = None  # by hand, before its time
    ended_by: str = ""


_TABLE = SQLModel.metadata.tables[SilenceRow.__tablename__]


def add(session: Session, silence: Silence) -> int:
    """Keeps it and returns its number. Raises `ValueError` for one that would be over when it begins."""
    if silence.until <= silence.created_at:
        raise ValueError(f"A silence from {silence.created_at} until {silence.until} would last no time")
    row = SilenceRow(
        subject=silence.subject,
        until=silence.until,
        author=silence.author,
        reason=silence.reason,
        created_at=silence.created_at,
    )
    session.add(row)
    session.flush()
    return row.id or 0


def end(session: Session, number: int, now: datetime, author: str) -> bool:
    """Ends it before its time; False if there is none of this number that still holds."""
    chosen = (_TABLE.c.id == number) & _holds(now)
    ended = update(_TABLE).where(chosen).values(ended_at=now, ended_by=author)
    return session.connection().execute(ended).rowcount == 1


def active(session: Session, now: datetime) -> list[Silence]:
    """What is muted at `now`; the one that ends next comes first."""
    order = (col(SilenceRow.until), col(SilenceRow.id))
    rows = session.exec(select(SilenceRow).where(_holds(now)).order_by(*order))
    return [_silence(row) for row in rows]


def history(session: Session, limit: int = 20) -> list[Silence]:
    """The latest, whatever became of them, newest first."""
    rows = session.exec(select(SilenceRow).order_by(col(SilenceRow.id).desc()).limit(limit))
    return [_silence(row) for row in rows]


def expired_since(session: Session, since: datetime, now: datetime) -> list[Silence]:
    """Those whose time ran out after `since`, up to `now`; those that somebody ended are not among them."""
    until = col(SilenceRow.until)
    chosen = (until > since, until <= now, col(SilenceRow.ended_at).is_(None))
    rows = session.exec(select(SilenceRow).where(*chosen).order_by(until, col(SilenceRow.id)))
    return [_silence(row) for row in rows]


def _holds(now: datetime) -> ColumnElement[bool]:
    columns = _TABLE.c
    is_not_ended = columns.ended_at.is_(None) | (columns.ended_at > now)
    return (columns.created_at <= now) & (columns.until > now) & is_not_ended


def _silence(row: SilenceRow) -> Silence:
    return Silence(
        number=row.id or 0,
        subject=row.subject,
        until=row.until,
        author=row.author,
        reason=row.reason,
        created_at=row.created_at,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
    )
