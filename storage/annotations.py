"""Annotations: what happened on a day, so that a chart can say why its line moves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from storage.tables import AnnotationRow


@dataclass(frozen=True, slots=True)
class Annotation:
    """One note on one instant."""

    subject: str  # "" for every chart, a framework's key, or a KPI's path: hektor/website_traffic.x
    at: datetime
    text: str
    author: str  # surface and id: slack:U0123
    recorded_at: datetime


def add(session: Session, annotation: Annotation) -> None:
    """Keeps the annotation."""
    session.add(
        AnnotationRow(
            subject=annotation.subject,
            at=annotation.at,
            text=annotation.text,
            author=annotation.author,
            recorded_at=annotation.recorded_at,
        )
    )
    session.flush()


def between(
    session: Session,
    subjects: Iterable[str],
    start: datetime,
    end: datetime,
    *,
    as_of: datetime | None = None,
) -> list[Annotation]:
    """The notes on any of these subjects from `start` up to, not including, `end`, oldest first."""
    at = col(AnnotationRow.at)
    chosen = (
        select(AnnotationRow)
        .where(col(AnnotationRow.subject).in_(list(subjects)), at >= start, at < end)
        .order_by(at, col(AnnotationRow.id))
    )
    if as_of is not None:
        chosen = chosen.where(col(AnnotationRow.recorded_at) <= as_of)
    return [
        Annotation(row.subject, row.at, row.text, row.author, row.recorded_at) for row in session.exec(chosen)
    ]
