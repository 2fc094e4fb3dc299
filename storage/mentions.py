"""Texts in posts, mentions and articles: each is kept once, with the reach that it has by now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import and_, case, delete, func, literal, or_, select
from sqlmodel import Session, SQLModel

from storage.columns import Instant
from storage.engine import insert_into
from storage.tables_mentions import MentionRow

KEPT = timedelta(days=90)
"""Older texts are forgotten: by then nothing is said of them any more."""

NEWS = timedelta(days=30)
"""A text that was older when it was first read is no news: a source has just been connected, or a feed shows
its whole past."""

_TABLE = SQLModel.metadata.tables[MentionRow.__tablename__]
_C = _TABLE.c
_TOLD = ("kind", "at", "text", "reference", "url", "topic", "site", "reach", "sentiment")


class Told(Protocol):
    """A text as a source tells of it: `collectors.mentions.Mention`."""

    @property
    def kind(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def text(self) -> str: ...
    @property
    def reference(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def topic(self) -> str: ...
    @property
    def site(self) -> str: ...
    @property
    def reach(self) -> float | None: ...
    @property
    def sentiment(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class StoredMention:
    """One text. What it says is a stranger's: it is matched, and shown as text alone."""

    id: int
    source: str  # the source's name in kpi.yaml
    kind: str  # post, mention, article
    at: datetime
    text: str
    reference: str  # the vendor's own id of it
    url: str
    topic: str  # as the source names it; several on lines of their own
    site: str  # techcrunch.com
    reach: float | None  # how often it was seen by now; None where that is not told
    sentiment: float | None  # -1..1 by the vendor; None where it states none
    recorded_at: datetime  # when it was first read
    changed_at: datetime  # when its reach last grew; until then as recorded_at

    @property
    def topics(self) -> tuple[str, ...]:
        """Each topic by itself."""
        return tuple(self.topic.splitlines())

    @property
    def is_news(self) -> bool:
        """Whether it was new when it was first read."""
        return self.recorded_at - self.at <= NEWS


_COLUMNS = tuple(_C[field.name] for field in fields(StoredMention))


def keep(session: Session, source: str, mentions: Iterable[Told], now: datetime) -> None:
    """Keeps what a source tells, each text once by its reference, and forgets what is older than `KEPT`.

    Of a text that is known only its reach grows, and its topics where more are told than before: the first
    words, `at` and `recorded_at` stay. Raises ValueError for one without a reference.
    """
    rows: dict[str, dict[str, Any]] = {}
    for one in mentions:
        row = {name: getattr(one, name) for name in _TOLD}
        if not one.reference:
            raise ValueError("a mention needs the source's own id of it")
        before = rows.setdefault(one.reference, row)
        before["reach"] = max((n for n in (before["reach"], one.reach) if n is not None), default=None)
    ours = {"source": source, "recorded_at": now, "changed_at": now}
    fresh = [{**row, **ours} for _, row in sorted(rows.items()) if row["at"] >= now - KEPT]
    if fresh:
        _upsert(session, fresh, now)
    if rows:
        session.connection().execute(delete(_TABLE).where(_C.at < now - KEPT))


def _upsert(session: Session, rows: list[dict[str, Any]], now: datetime) -> None:
    adding = insert_into(session, _TABLE)
    told = adding.excluded
    has_grown = and_(told.reach.is_not(None), or_(_C.reach.is_(None), told.reach > _C.reach))
    has_more_topics = func.length(told.topic) > func.length(_C.topic)
    session.connection().execute(
        adding.on_conflict_do_update(
            index_elements=["source", "reference"],
            set_={
                "reach": case((has_grown, told.reach), else_=_C.reach),
                "changed_at": case((has_grown, literal(now, Instant())), else_=_C.changed_at),
                "topic": case((has_more_topics, told.topic), else_=_C.topic),
            },
            where=or_(has_grown, has_more_topics),
        ),
        rows,
    )


def since(session: Session, at: datetime) -> list[StoredMention]:
    """The news that was first read since `at`, or whose reach has grown since; the oldest text first."""
    chosen = select(*_COLUMNS).where(_C.changed_at >= at).order_by(_C.at, _C.id)
    found = (StoredMention(*row) for row in session.connection().execute(chosen))
    return [one for one in found if one.is_news]
