"""Revisions: how the workspace, each framework and each changed target read, and since when. Never altered.

The files themselves hold only today's words; `as-of` needs those of then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, func, insert, select, text
from sqlmodel import Session, SQLModel

from storage.tables import RevisionRow


class Kind(StrEnum):
    """What a revision is of."""

    WORKSPACE = "workspace"
    FRAMEWORK = "framework"
    TARGET = "target"


@dataclass(frozen=True, slots=True)
class Revision:
    """One reading of one thing; it holds until the next of the same kind and subject."""

    kind: Kind
    subject: str  # "" | framework key | "<framework>/<kpi key>@<horizon>"
    text: str  # JSON of the workspace's dates | YAML of the framework | the target as written
    author: str  # surface and id: slack:U0123
    recorded_at: datetime
    reason: str = ""
    replaced: str = ""  # of a target: what the framework's file said when the change was made
    number: int = 0  # given by `add`, growing


_TABLE = SQLModel.metadata.tables[RevisionRow.__tablename__]
_C = _TABLE.c
_LOCK = 0x6B70695F726576  # "kpi_rev": the advisory lock of every process that adds a revision


def add(session: Session, revision: Revision) -> int | None:
    """Keeps the revision and returns its number; None, and nothing kept, where it says nothing new.

    A workspace or framework says nothing new when its newest revision has the same text. A target's always
    counts: somebody set it again, with a reason.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        # One writer at a time until its commit, as SQLite has it anyway: no text is kept twice, and no lower
        # number appears after a higher one, on which whoever remembers `newest` relies.
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    if revision.kind is not Kind.TARGET and _is_known(session, revision):
        return None
    values = {
        "kind": revision.kind.value,
        "subject": revision.subject,
        "text": revision.text,
        "replaced": revision.replaced,
        "author": revision.author,
        "reason": revision.reason,
        "recorded_at": revision.recorded_at,
    }
    number: int = connection.execute(insert(_TABLE).values(values).returning(_C.id)).scalar_one()
    return number


def _is_known(session: Session, revision: Revision) -> bool:
    # Compared by the database, which holds the text as its column type stores it.
    same = (
        select(_C.text == revision.text)
        .where(_C.kind == revision.kind.value, _C.subject == revision.subject)
        .order_by(_C.id.desc())
        .limit(1)
    )
    return bool(session.connection().execute(same).scalar())


_NEWEST = select(func.coalesce(func.max(_C.id), 0))


def newest(session: Session) -> int:
    """The highest number given so far, 0 for none: while it stays, `read` returns the same."""
    number: int = session.connection().execute(_NEWEST).scalar_one()
    return number


def read(session: Session) -> list[Revision]:
    """All revisions, oldest first."""
    return [_revision(row) for row in session.connection().execute(select(_TABLE).order_by(_C.id))]


def of_target(session: Session, subject: str) -> list[Revision]:
    """The changes of one target, oldest first."""
    chosen = select(_TABLE).where(_C.kind == Kind.TARGET.value, _C.subject == subject).order_by(_C.id)
    return [_revision(row) for row in session.connection().execute(chosen)]


def _revision(row: Row[Any]) -> Revision:
    return Revision(
        kind=Kind(row.kind),
        subject=row.subject,
        text=row.text,
        author=row.author,
        recorded_at=row.recorded_at,
        reason=row.reason,
        replaced=row.replaced,
        number=row.id,
    )
