"""The tables of surveys: rounds, who was asked, and answers that lead back to nobody once a round is over."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.columns import Instant, Words

_BY_KEY: dict[str, Any] = {"sqlite_with_rowid": False}
"""Rows lie in the order of their keys, which are hashes, and not in the order in which people answered."""


class SurveyRoundRow(SQLModel, table=True):
    """One time that a survey is asked. Its promises to those it asked stay, whatever kpi.yaml says later."""

    __tablename__ = "survey_rounds"
    __table_args__ = (UniqueConstraint("survey", "day", name="uq_survey_rounds_day"),)

    survey: str = Field(primary_key=True, sa_type=Words)
    number: int = Field(primary_key=True)
    day: str = Field(sa_type=Words)  # the day it was due, of which there is one round only
    period: str = Field(sa_type=Words)  # what it is the round of: month, quarter, year; "" for its day
    terms: str = Field(sa_type=Words)  # JSON: kind, question, least, anonymous, comment
    places: str = Field(sa_type=Words)  # JSON: the channels it is asked in
    opened_at: datetime = Field(sa_type=Instant)
    closes_at: datetime = Field(sa_type=Instant)
    reminded_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    invited: int | None = None  # how many were asked in person; unknown where a channel was
    salt: str = Field(sa_type=Words)  # without it no hash leads to a person; empty once it is closed


class SurveyInvitationRow(SQLModel, table=True):
    """That somebody was asked in person. Gone once the round is closed."""

    __tablename__ = "survey_invitations"
    __table_args__: ClassVar[dict[str, Any]] = _BY_KEY

    survey: str = Field(primary_key=True, sa_type=Words)
    number: int = Field(primary_key=True)
    person: str = Field(primary_key=True, sa_type=Words)  # a salted hash
    surface: str = Field(sa_type=Words)  # where: what a person is asked on is no secret


class SurveyAnswerRow(SQLModel, table=True):
    """One person's answer, without any time."""

    __tablename__ = "survey_answers"
    __table_args__: ClassVar[dict[str, Any]] = _BY_KEY

    survey: str = Field(primary_key=True, sa_type=Words)
    number: int = Field(primary_key=True)
    person: str = Field(primary_key=True, sa_type=Words)  # a salted hash; chance, once all is anonymous
    name: str = Field(sa_type=Words)  # who it was, where people were told that it is kept; else empty
    score: int
    comment: str = Field(sa_type=Words)
