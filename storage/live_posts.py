"""Posts that are changed in place: where each stands, what it says, and which process is changing it.

A process claims a post, reads and changes it on its surface, and keeps what it has done: that ends the claim.
A claim that runs out was a process that died; claiming once more makes one's own last longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, or_, select, update
from sqlmodel import Session, SQLModel

from storage.engine import insert_into
from storage.tables_live import LivePostRow

_TABLE = SQLModel.metadata.tables[LivePostRow.__tablename__]
_C = _TABLE.c


@dataclass(frozen=True, slots=True)
class LivePost:
    """One post. `message` is empty as long as it stands nowhere."""

    key: str
    channel: str = ""  # as the receipt names it
    message: str = ""
    digest: str = ""
    changed_at: datetime | None = None
    is_pinned: bool = False


def read(session: Session, key: str) -> LivePost | None:
    """The post with this key; None where nobody ever claimed one."""
    row = session.connection().execute(select(_TABLE).where(_C.key == key)).one_or_none()
    return None if row is None else _post(row)


def listing(session: Session) -> list[LivePost]:
    """All posts, by key."""
    return [_post(row) for row in session.connection().execute(select(_TABLE).order_by(_C.key))]


def claim(session: Session, key: str, *, worker: str, now: datetime, lease: timedelta) -> LivePost | None:
    """Takes the post until `now + lease` and returns it as it stands; None while another process has it.

    `now` is the database's clock. Commit before anything is sent.
    """
    until = now + lease
    fresh = LivePostRow(key=key, channel="", message="", digest="", held_by=worker, held_until=until)
    is_free = or_(_C.held_until.is_(None), _C.held_until <= now, _C.held_by == worker)
    taking = (
        insert_into(session, _TABLE)
        .values(fresh.model_dump())
        .on_conflict_do_update(
            index_elements=[_C.key], set_={"held_by": worker, "held_until": until}, where=is_free
        )
        .returning(_TABLE)
    )
    row = session.connection().execute(taking).one_or_none()
    return None if row is None else _post(row)


def keep(session: Session, post: LivePost, *, worker: str) -> bool:
    """Stores where the post stands and what it says, and ends the claim. False if the claim was lost."""
    own = and_(_C.key == post.key, _C.held_by == worker)
    values = {
        "channel": post.channel,
        "message": post.message,
        "digest": post.digest,
        "changed_at": post.changed_at,
        "is_pinned": post.is_pinned,
        "held_by": "",
        "held_until": None,
    }
    return session.connection().execute(update(_TABLE).where(own).values(values)).rowcount == 1


def release(session: Session, key: str, *, worker: str) -> None:
    """Ends a claim with which nothing was done."""
    own = and_(_C.key == key, _C.held_by == worker)
    session.connection().execute(update(_TABLE).where(own).values(held_by="", held_until=None))


def _post(row: Row[Any]) -> LivePost:
    return LivePost(row.key, row.channel, row.message, row.digest, row.changed_at, row.is_pinned)
