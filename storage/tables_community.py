"""The tables of a community: that somebody wrote, joined or left, and how much of it was listened to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from storage.columns import Instant, Words


class CommunityMessageRow(SQLModel, table=True):
    """That somebody wrote in a community, never what: the author is a salted hash."""

    __tablename__ = "community_messages"
    __table_args__ = (
        Index("ix_community_messages_at", "guild", "at"),
        Index("ix_community_messages_answers", "answers"),
        Index("ix_community_messages_thread", "thread", "at"),
    )

    id: str = Field(primary_key=True, sa_type=Words)
    guild: str = Field(sa_type=Words)
    channel: str = Field(sa_type=Words)
    author: str = Field(sa_type=Words)
    at: datetime = Field(sa_type=Instant)
    answers: str | None = Field(default=None, sa_type=Words)  # the id of the message it answers
    is_question: bool | None = None  # None where the text could not be read
    thread: str | None = Field(default=None, sa_type=Words)  # below the channel; of a post, the post's own id


class CommunityMoveRow(SQLModel, table=True):
    """That a member, a salted hash, joined or left a community."""

    __tablename__ = "community_moves"

    guild: str = Field(primary_key=True, sa_type=Words)
    at: datetime = Field(primary_key=True, sa_type=Instant)
    member: str = Field(primary_key=True, sa_type=Words)
    kind: str = Field(primary_key=True, sa_type=Words)  # join, leave


class ListeningRow(SQLModel, table=True):
    """A stretch of time of which every message was kept: without it a deaf day would look quiet."""

    __tablename__ = "community_listening"

    guild: str = Field(primary_key=True, sa_type=Words)
    session: str = Field(primary_key=True, sa_type=Words)  # a hash of the connection's name
    since: datetime = Field(primary_key=True, sa_type=Instant)
    until: datetime = Field(sa_type=Instant)
    members: bool  # whether joins and leaves were told
    content: bool  # whether it could be seen what is a question


class ChannelRow(SQLModel, table=True):
    """What a channel is called, and when it was last there."""

    __tablename__ = "community_channels"

    guild: str = Field(primary_key=True, sa_type=Words)
    channel: str = Field(primary_key=True, sa_type=Words)
    name: str = Field(sa_type=Words)
    seen_at: datetime = Field(sa_type=Instant)
