"""Surveys: the rounds they are asked in, who was asked, and what came of it.

Who answered is kept as a hash salted for the round, so that one person has one answer and may change it. The
salt never leaves this module. It is deleted with the close of the round, and an anonymous one has its answers
put down anew, under names that chance gives and in its order: from then on nothing leads back to anybody.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, tuple_, update
from sqlmodel import Session, SQLModel

from kpi.survey import SurveyKind
from storage.engine import insert_into
from storage.tables_surveys import SurveyAnswerRow, SurveyInvitationRow, SurveyRoundRow

Ids = Sequence[str]
"""One person on every surface where they are known: ("discord:7", "slack:U0ANA")."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What those who are asked are promised. It holds for the whole round."""

    kind: SurveyKind
    question: str
    least: int
    anonymous: bool = True
    comment: bool = True


@dataclass(frozen=True, slots=True)
class Opening:
    """A round that is about to be asked."""

    survey: str
    day: date  # the day it was due: no other round has it
    terms: Terms
    opened_at: datetime
    closes_at: datetime
    period: str = ""  # month, quarter, year; empty for its day alone
    places: tuple[str, ...] = ()  # the channels it is asked in: slack:C0123


@dataclass(frozen=True, slots=True)
class Round:
    """One time that a survey is asked."""

    survey: str
    number: int
    day: date
    period: str
    terms: Terms
    places: tuple[str, ...]
    opened_at: datetime
    closes_at: datetime
    reminded_at: datetime | None = None
    closed_at: datetime | None = None
    invited: int | None = None  # how many were asked in person; None where a channel was asked as well

    @property
    def name(self) -> str:
        """How a button names it: developers#3."""
        return f"{self.survey}#{self.number}"

    def takes_answers(self, now: datetime) -> bool:
        """Whether it is still open: what nobody has closed yet is over all the same once its time is."""
        return self.closed_at is None and now < self.closes_at


@dataclass(frozen=True, slots=True)
class Answer:
    """What one person has said. `name` is empty in an anonymous round."""

    score: int
    comment: str = ""
    name: str = ""


_ROUNDS, _INVITATIONS, _ANSWERS = (
    SQLModel.metadata.tables[row.__tablename__]
    for row in (SurveyRoundRow, SurveyInvitationRow, SurveyAnswerRow)
)
_R, _I, _A = _ROUNDS.c, _INVITATIONS.c, _ANSWERS.c


def open_round(session: Session, new: Opening) -> Round | None:
    """Enters the round; None where somebody was faster, or a round of that day is there already."""
    last = session.connection().execute(select(func.max(_R.number)).where(_R.survey == new.survey))
    values = {
        "survey": new.survey,
        "number": (last.scalar() or 0) + 1,
        "day": new.day.isoformat(),
        "period": new.period,
        "terms": json.dumps(asdict(new.terms)),
        "places": json.dumps(new.places),
        "opened_at": new.opened_at,
        "closes_at": new.closes_at,
        "salt": secrets.token_hex(32),
    }
    fresh = insert_into(session, _ROUNDS).values(values).on_conflict_do_nothing().returning(_ROUNDS)
    row = session.connection().execute(fresh).first()
    return None if row is None else _round(row)


def invite(session: Session, one: Round, people: Iterable[tuple[str, Ids]]) -> None:
    """Keeps that these were asked in person, each on a surface."""
    salt = _salt(session, one)
    rows = [
        {"survey": one.survey, "number": one.number, "surface": surface, "person": _hash(salt, ids[0])}
        for surface, ids in people
    ]
    if rows:
        session.connection().execute(insert(_INVITATIONS), rows)
    invited = len(rows) if not one.places else None
    session.connection().execute(update(_ROUNDS).where(_is(one)).values(invited=invited))


def is_invited(session: Session, one: Round, ids: Ids) -> bool:
    """Whether somebody was asked in person; nobody can say once the round is closed."""
    return bool(_known(session, one, _INVITATIONS, ids))


def waiting(session: Session, one: Round, people: Sequence[Ids]) -> list[bool]:
    """For each of these people whether they were asked in person and have not answered. Two statements."""
    salt = _salt(session, one)
    asked, answered = (
        set(session.connection().execute(select(table.c.person).where(_is(one, table))).scalars())
        for table in (_INVITATIONS, _ANSWERS)
    )
    hashes = [{_hash(salt, each) for each in ids} for ids in people]
    return [bool(some & asked) and not some & answered for some in hashes]


def answer(session: Session, one: Round, ids: Ids, score: int, *, now: datetime) -> Answer | None:
    """Keeps the score as this person's one answer, and returns it; None once the round is over."""
    salt = _open_salt(session, one, now)
    if salt is None:
        return None
    known = next(iter(_known(session, one, _ANSWERS, ids)), None)
    if known is not None:
        changed = update(_ANSWERS).where(_is(one, _ANSWERS), _A.person == known.person).values(score=score)
        session.connection().execute(changed)
        return Answer(score, known.comment, known.name)
    name = "" if one.terms.anonymous else ids[0]
    values = {"survey": one.survey, "number": one.number, "name": name, "score": score, "comment": ""}
    session.connection().execute(insert(_ANSWERS), [{**values, "person": _hash(salt, ids[0])}])
    return Answer(score, name=name)


def comment(session: Session, one: Round, ids: Ids, text: str, *, now: datetime) -> Answer | None:
    """Keeps the words beside the person's answer; None where there is none, or the round is over."""
    if _open_salt(session, one, now) is None:
        return None
    known = next(iter(_known(session, one, _ANSWERS, ids)), None)
    if known is None:
        return None
    changed = update(_ANSWERS).where(_is(one, _ANSWERS), _A.person == known.person).values(comment=text)
    session.connection().execute(changed)
    return Answer(known.score, text, known.name)


def own(session: Session, one: Round, ids: Ids) -> Answer | None:
    """What this person has answered so far; None where nothing, and once the round is closed."""
    found = next(iter(_known(session, one, _ANSWERS, ids)), None)
    return None if found is None else Answer(found.score, found.comment, found.name)


def remind(session: Session, one: Round, now: datetime) -> bool:
    """Notes that reminders go out; True for one caller only."""
    chosen = _is(one) & _R.reminded_at.is_(None) & _R.closed_at.is_(None)
    return session.connection().execute(update(_ROUNDS).where(chosen).values(reminded_at=now)).rowcount == 1


def close(session: Session, one: Round, now: datetime) -> list[int] | None:
    """Ends the round and returns its scores; None where another did that. Anonymous, it forgets who."""
    salt = _salt(session, one, lock=True)
    if not salt:
        return None
    values = {"closed_at": now, "salt": ""}
    session.connection().execute(update(_ROUNDS).where(_is(one)).values(values))
    session.connection().execute(delete(_INVITATIONS).where(_is(one, _INVITATIONS)))
    rows = session.connection().execute(select(_ANSWERS).where(_is(one, _ANSWERS))).all()
    if one.terms.anonymous:
        _scatter(session, one, rows)
    return [row.score for row in rows]


def _scatter(session: Session, one: Round, rows: Sequence[Row[Any]]) -> None:
    """Puts the answers down anew: nothing of where or under which hash they stood is left."""
    anew = [{**row._mapping, "person": secrets.token_hex(16), "name": ""} for row in rows]
    secrets.SystemRandom().shuffle(anew)
    session.connection().execute(delete(_ANSWERS).where(_is(one, _ANSWERS)))
    if anew:
        session.connection().execute(insert(_ANSWERS), anew)


def rounds(session: Session, surveys: Iterable[str] | None = None) -> list[Round]:
    """Every round, of these surveys only where they are named, the newest first."""
    chosen = select(_ROUNDS).order_by(_R.survey, _R.number.desc())
    if surveys is not None:
        chosen = chosen.where(_R.survey.in_(list(surveys)))
    return [_round(row) for row in session.connection().execute(chosen)]


def counts(session: Session, some: Sequence[Round]) -> dict[str, int]:
    """How many have answered each of these rounds, by the round's name."""
    found = select(_A.survey, _A.number, func.count()).where(_among(some)).group_by(_A.survey, _A.number)
    counted = {f"{survey}#{number}": count for survey, number, count in session.connection().execute(found)}
    return {one.name: counted.get(one.name, 0) for one in some}


def answers(session: Session, some: Sequence[Round]) -> dict[str, list[Answer]]:
    """The answers to these rounds, by the round's name; of closed ones, in an order that chance gave."""
    found: dict[str, list[Answer]] = {one.name: [] for one in some}
    chosen = select(_ANSWERS).where(_among(some)).order_by(_A.person)
    for row in session.connection().execute(chosen):
        found[f"{row.survey}#{row.number}"].append(Answer(row.score, row.comment, row.name))
    return found


def _among(some: Sequence[Round]) -> Any:
    return tuple_(_A.survey, _A.number).in_([(one.survey, one.number) for one in some])


def _is(one: Round, table: Any = _ROUNDS) -> Any:
    return (table.c.survey == one.survey) & (table.c.number == one.number)


def _known(session: Session, one: Round, table: Any, ids: Ids) -> Sequence[Row[Any]]:
    """What is kept of this person under any of their ids: one line, or none."""
    salt = _salt(session, one)
    if not salt:
        return ()
    hashes = [_hash(salt, each) for each in ids]
    chosen = select(table).where(_is(one, table), table.c.person.in_(hashes)).order_by(table.c.person)
    return session.connection().execute(chosen).all()


def _salt(session: Session, one: Round, *, lock: bool = False) -> str:
    """The round's salt, empty once it is closed; with `lock` nobody else answers or closes meanwhile."""
    chosen = select(_R.salt).where(_is(one))
    found = session.connection().execute(chosen.with_for_update() if lock else chosen).scalar()
    return str(found or "")


def _open_salt(session: Session, one: Round, now: datetime) -> str | None:
    """The salt of a round that still takes answers, locked: answers to one round come one after another."""
    return (_salt(session, one, lock=True) or None) if now < one.closes_at else None


def _hash(salt: str, identity: str) -> str:
    return hmac.digest(bytes.fromhex(salt), identity.encode(errors="surrogatepass"), "sha256").hex()


def _round(row: Row[Any]) -> Round:
    taken = ("opened_at", "closes_at", "reminded_at", "closed_at", "invited")
    return Round(
        survey=row.survey,
        number=row.number,
        day=date.fromisoformat(row.day),
        period=row.period,
        terms=Terms(**json.loads(row.terms)),
        places=tuple(json.loads(row.places)),
        **{name: getattr(row, name) for name in taken},
    )
