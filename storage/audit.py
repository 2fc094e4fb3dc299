"""The audit trail: who changed what. Written in the transaction of the change itself, never altered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from storage.tables import AuditRow


@dataclass(frozen=True, slots=True)
class Act:
    """One change by one person or by the bot itself."""

    at: datetime
    actor: str  # surface and id: slack:U0123
    action: str  # record, acknowledge, silence, ...
    subject: str  # the key of what was changed
    before: str = ""
    after: str = ""
    note: str = ""


def write(session: Session, act: Act) -> None:
    """Adds one line to the trail."""
    session.add(
        AuditRow(
            at=act.at,
            actor=act.actor,
            action=act.action,
            subject=act.subject,
            before=act.before,
            after=act.after,
            note=act.note,
        )
    )
    session.flush()


def recent(session: Session, *, subject: str | None = None, limit: int = 50) -> list[Act]:
    """The latest acts, on one subject or on all, newest first."""
    chosen = select(AuditRow).order_by(col(AuditRow.id).desc()).limit(limit)
    if subject is not None:
        chosen = chosen.where(AuditRow.subject == subject)
    return [
        Act(row.at, row.actor, row.action, row.subject, row.before, row.after, row.note)
        for row in session.exec(chosen)
    ]
