"""The audit trail: who changed what. Written in the transaction of the change itself, never altered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, Unpack

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
    place: str = ""  # from where: slack:C0123, terminal; "" for what the bot did by itself


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
            place=act.place,
        )
    )
    session.flush()


class Only(TypedDict, total=False):
    """Which acts to list; what is left out or None does not narrow."""

    subject: str | None
    actor: str | None
    action: str | None


def recent(
    session: Session, *, limit: int = 50, before: datetime | None = None, **only: Unpack[Only]
) -> list[Act]:
    """The latest acts, newest first: all, or those before then, of one subject, actor or action."""
    chosen = select(AuditRow).order_by(col(AuditRow.id).desc()).limit(limit)
    for name, value in only.items():
        if value is not None:
            chosen = chosen.where(getattr(AuditRow, name) == value)
    if before is not None:
        chosen = chosen.where(col(AuditRow.at) < before)
    return [_act(row) for row in session.exec(chosen)]


def _act(row: AuditRow) -> Act:
    return Act(
        at=row.at,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        before=row.before,
        after=row.after,
        note=row.note,
        place=row.place,
    )
