"""What a community does, without its words: who wrote where and when, who came and went, and what was heard.

Rows carry the platform's own ids, so processes that hear the same keep it once. A stretch of listening is
stored together with what it brought, never before it: a crash makes it shorter, not untrue.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Table, and_, delete, func, or_, select
from sqlmodel import Session, SQLModel

from storage.engine import insert_into
from storage.tables_community import ChannelRow, CommunityMessageRow, CommunityMoveRow, ListeningRow

SAME_LEAVE = timedelta(hours=1)
"""A leave carries no time of its own: each process notes when it heard of it, the last one after a resume."""


@dataclass(frozen=True, slots=True)
class Message:
    """That somebody wrote. `author` is a hash; `thread` lies below `channel`, and shares its post's id."""

    id: str
    guild: str
    channel: str
    author: str
    at: datetime
    answers: str | None = None  # the id of the message it answers
    is_question: bool | None = None  # None where nobody could tell
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """That somebody, a hash, joined ("join") or left ("leave")."""

    guild: str
    member: str
    at: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when one connection brought everything; `members`, `content`: what it was told beyond."""

    guild: str
    session: str
    since: datetime
    until: datetime
    members: bool = False
    content: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """How many messages one author wrote in one channel."""

    channel: str
    author: str
    messages: int


@dataclass(frozen=True, slots=True)
class Answered:
    """A question and its first answer by another person."""

    question: str
    asked_at: datetime
    answered_at: datetime


def _table(row: type[SQLModel]) -> Table:
    return SQLModel.metadata.tables[str(row.__tablename__)]


_MESSAGES, _MOVES = _table(CommunityMessageRow), _table(CommunityMoveRow)
_LISTENING, _CHANNELS = _table(ListeningRow), _table(ChannelRow)


def add_messages(session: Session, found: Iterable[Message]) -> None:
    """Keeps what is not kept yet."""
    _insert(session, _MESSAGES, [asdict(one) for one in found])


def add_moves(session: Session, found: Iterable[Move]) -> None:
    """Keeps what is not kept yet."""
    _insert(session, _MOVES, [asdict(one) for one in found])


def _insert(session: Session, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        session.connection().execute(insert_into(session, table).on_conflict_do_nothing(), rows)


def listened(session: Session, spans: Iterable[Span]) -> None:
    """Keeps stretches of listening; one that began before is made longer."""
    rows = [asdict(one) for one in spans]
    if rows:
        fresh = insert_into(session, _LISTENING)
        later = fresh.on_conflict_do_update(
            index_elements=["guild", "session", "since"], set_={"until": fresh.excluded.until}
        )
        session.connection().execute(later, rows)


def name_channels(session: Session, guild: str, names: Mapping[str, str], now: datetime) -> None:
    """Keeps what the channels of a server are called, by id; those that are gone stay as they were."""
    rows = [{"guild": guild, "channel": key, "name": name, "seen_at": now} for key, name in names.items()]
    if rows:
        fresh = insert_into(session, _CHANNELS)
        changed = {name: fresh.excluded[name] for name in ("name", "seen_at")}
        renamed = fresh.on_conflict_do_update(index_elements=["guild", "channel"], set_=changed)
        session.connection().execute(renamed, rows)


def channel_names(session: Session, guild: str, *, since: datetime | None = None) -> dict[str, str]:
    """What channels are called, by id; with `since` those alone that were there then."""
    columns = _CHANNELS.c
    chosen = select(columns.channel, columns.name).where(columns.guild == guild)
    if since is not None:
        chosen = chosen.where(columns.seen_at >= since)
    return dict(list(session.connection().execute(chosen)))


def spans(session: Session, guild: str, start: datetime, end: datetime) -> list[Span]:
    """The stretches of listening that touch this time, by their beginning."""
    columns = _LISTENING.c
    chosen = (
        select(_LISTENING)
        .where(columns.guild == guild, columns.until > start, columns.since < end)
        .order_by(columns.since)
    )
    return [Span(**row) for row in session.connection().execute(chosen).mappings()]


def unheard(found: Iterable[Span], start: datetime, end: datetime) -> timedelta:
    """How much of this time nobody listened. Several connections at once count once."""
    gaps, heard_until = timedelta(), start
    for one in sorted(found, key=lambda span: span.since):
        if one.since >= end:
            break
        gaps += max(one.since - heard_until, timedelta())
        heard_until = max(heard_until, one.until)
    return gaps + max(end - heard_until, timedelta())


def written(session: Session, guild: str, start: datetime, end: datetime) -> list[Written]:
    """Who wrote how much in which channel; threads count to their channel."""
    columns = _MESSAGES.c
    chosen = (
        select(columns.channel, columns.author, func.count())
        .where(*_within(_MESSAGES, guild, start, end))
        .group_by(columns.channel, columns.author)
    )
    return [Written(*row) for row in session.connection().execute(chosen)]


def authors(session: Session, guild: str, start: datetime, end: datetime) -> int:
    """How many different people wrote anything."""
    chosen = select(func.count(_MESSAGES.c.author.distinct())).where(*_within(_MESSAGES, guild, start, end))
    return int(session.connection().execute(chosen).scalar_one())


def moved(session: Session, guild: str, start: datetime, end: datetime) -> tuple[int, int]:
    """How many joined and how many left. One leave that several processes heard of counts once."""
    columns = _MOVES.c
    chosen = (
        select(columns.member, columns.kind, columns.at)
        .where(*_within(_MOVES, guild, start - SAME_LEAVE, end))
        .order_by(columns.at)
    )
    joins = leaves = 0
    left_at: dict[str, datetime] = {}
    for member, kind, at in session.connection().execute(chosen):
        if kind == "join":
            left_at.pop(member, None)
            joins += at >= start
        elif member not in left_at or at - left_at[member] > SAME_LEAVE:
            left_at[member] = at
            leaves += at >= start
    return joins, leaves


def answered(
    session: Session, guild: str, start: datetime, end: datetime, *, asked_since: datetime
) -> list[Answered]:
    """The questions whose first answer came in this time, by when they were asked.

    An answer is a reply to the question, or a message in the thread that was opened for it or that it stands
    in, by anybody but the asker. Where nobody could tell what is a question, a message for which a thread was
    opened is one, as is every post of a forum.
    """
    asked, later = _MESSAGES.alias("asked"), _MESSAGES.alias("later")

    def first(condition: ColumnElement[bool]) -> ScalarSelect[Any]:
        # Ids are unique over all servers; naming the server would lead SQLite to the wrong index.
        another = (later.c.author != asked.c.author, later.c.at >= asked.c.at)
        return select(func.min(later.c.at)).where(condition, *another).scalar_subquery()

    reply, opened = first(later.c.answers == asked.c.id), first(later.c.thread == asked.c.id)
    beside = first(later.c.thread == asked.c.thread)
    is_question = asked.c.is_question
    chosen = (
        select(asked.c.id, asked.c.at, reply, opened, beside)
        .where(asked.c.guild == guild, asked.c.at >= asked_since, asked.c.at < end)
        .where(or_(is_question.is_(True), and_(is_question.is_(None), opened.is_not(None))))
        .order_by(asked.c.at, asked.c.id)
    )
    found = []
    for question, asked_at, *answers in session.connection().execute(chosen):
        answered_at = min((at for at in answers if at is not None), default=None)
        if answered_at is not None and start <= answered_at < end:
            found.append(Answered(question, asked_at, answered_at))
    return found


def forget(session: Session, before: datetime) -> int:
    """Drops what is older, and says how many rows."""
    old = (
        _MESSAGES.c.at < before,
        _MOVES.c.at < before,
        _LISTENING.c.until < before,
        _CHANNELS.c.seen_at < before,
    )
    connection = session.connection()
    tables = (_MESSAGES, _MOVES, _LISTENING, _CHANNELS)
    return sum(
        connection.execute(delete(table).where(one)).rowcount for table, one in zip(tables, old, strict=True)
    )


def _within(table: Table, guild: str, start: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    return table.c.guild == guild, table.c.at >= start, table.c.at < end
