"""Annotations: what happened on a day, so that a chart can say why its line moves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, text
from sqlalchemy import select as _select
from sqlmodel import Session, SQLModel

from storage.engine import insert_into
from storage.tables import AnnotationRow

NOTE = "note"
"""The kind of what a person has written down."""

KINDS = ("release", "deployment", "incident", "campaign")
"""The kinds of what happened to a product or was done for it; a person may tell of them too."""

_TABLE = SQLModel.metadata.tables[AnnotationRow.__tablename__]
_C = _TABLE.c
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Annotation:
    """One note on one instant."""

    subject: str  # "" for every chart, a framework's key, a KPI's path, or `told_by` of a source
    at: datetime
    text: str
    author: str  # surface and id: slack:U0123; of a source as its subject
    recorded_at: datetime
    kind: str = NOTE
    source: str = ""  # which source tells of it; empty where a person does
    reference: str = ""  # the source's own id of it
    url: str = ""


def told_by(source: str) -> str:
    """The subject of what a source tells of: on which charts it is told is found out when they are drawn."""
    return f"source:{source}"


def add(session: Session, annotation: Annotation) -> None:
    """Keeps the annotation."""
    session.add(AnnotationRow(**asdict(annotation)))
    session.flush()


def keep(session: Session, found: Iterable[Annotation]) -> int:
    """Keeps what sources tell of, each once by its source and reference; how many were new.

    Raises ValueError for one without a reference: nobody could tell it from what is known.
    """
    rows = [asdict(one) for one in found]
    if not all(row["reference"] for row in rows):
        raise ValueError("an annotation of a source needs the source's own id of it")
    added = 0
    for first in range(0, len(rows), _AT_ONCE):  # a database takes only so many values in a statement
        known = insert_into(session, _TABLE).values(rows[first : first + _AT_ONCE])
        new = known.on_conflict_do_nothing(
            index_elements=["source", "reference"], index_where=text("reference <> ''")
        )
        added += len(session.connection().execute(new.returning(_TABLE.c.id)).all())
    return added


def between(
    session: Session,
    subjects: Iterable[str],
    start: datetime,
    end: datetime,
    *,
    as_of: datetime | None = None,
) -> list[Annotation]:
    """The notes on any of these subjects from `start` up to, not including, `end`, oldest first."""
    chosen = _on(subjects, as_of).where(_C.at >= start, _C.at < end).order_by(_C.at, _C.id)
    return _found(session, chosen)


def newest(
    session: Session,
    subjects: Iterable[str],
    *,
    most: int,
    until: datetime | None = None,
    as_of: datetime | None = None,
) -> list[Annotation]:
    """The `most` newest notes on any of these subjects, of all times or up to `until`; the newest first."""
    chosen = _on(subjects, as_of).order_by(_C.at.desc(), _C.id.desc()).limit(most)
    return _found(session, chosen if until is None else chosen.where(_C.at <= until))


def _on(subjects: Iterable[str], as_of: datetime | None) -> Select[Any]:
    """The columns of an `Annotation`: a chart of years reads thousands of them."""
    chosen = _select(*(_C[field.name] for field in fields(Annotation))).where(_C.subject.in_(list(subjects)))
    return chosen if as_of is None else chosen.where(_C.recorded_at <= as_of)


def _found(session: Session, chosen: Select[Any]) -> list[Annotation]:
    return [Annotation(*row) for row in session.connection().execute(chosen)]
