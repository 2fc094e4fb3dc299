"""The ledger: every post the schedule owes, who is sending it, and what became of it.

A promise is owed once (unique key), claimed by one sender (a conditional update that touches one row) and
ends delivered, failed or missed; a folded one is entered to say that nothing is posted, and why. A claim that
runs out was a sender that died between sending and noting the receipt: the next one is told that the outcome
is unknown and has to look in the channel first.

At most one promise a channel is claimed at a time, so its posts come in order and at one sender's pace,
however many processes send. A claim that ran out keeps its channel until it is taken over, which comes first.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, Row, and_, bindparam, case, func, or_, select, update
from sqlmodel import Session

from storage.columns import Instant
from storage.engine import insert_into
from storage.promise_sql import FINAL, LOST, TABLE, delay_exceeds, enters, first, is_alone, ready
from storage.promise_sql import State as State
from storage.tables import PromiseRow


@dataclass(frozen=True, slots=True)
class Receipt:
    """The vendor's word that the post exists: where, under which id, since when, and what was left out."""

    channel: str
    message: str
    at: datetime
    notes: tuple[str, ...] = ()
    copies: int = 1  # how often it was found to stand there: more than once is a fault of the bot


@dataclass(frozen=True, slots=True)
class Promise:
    """One post that is owed. Everything after `deadline` is kept by the ledger."""

    key: str  # report, channel and period in one
    report: str
    period: str  # what it is about, as its report spells it: 2026-11-12
    surface: str
    channel: str
    due: datetime
    payload: str  # the reply as JSON, frozen
    deadline: datetime | None = None  # not begun by then, it is missed
    state: State = State.OWED
    attempts: int = 0
    first_tried_at: datetime | None = None  # how far to read back in the channel
    retry_at: datetime | None = None
    claimed_by: str = ""
    claimed_until: datetime | None = None
    is_uncertain: bool = False  # an earlier attempt may have posted it: look before sending
    error: str = ""
    receipt: Receipt | None = None
    stands_for: str = ""  # the key of the promise that failed elsewhere, in whose place this one is sent
    follows: str = ""  # the key of the promise in whose thread this one is posted

    @property
    def delay(self) -> timedelta | None:
        """How long after it was due it was delivered."""
        return None if self.receipt is None else max(self.receipt.at - self.due, timedelta())


@dataclass(frozen=True, slots=True)
class Summary:
    """How many promises were owed, and what became of them.

    What stands in for another is no promise of its own, and what was folded none at all: `promised` is the
    sum of `delivered`, `failed`, `missed` and `open`.
    """

    promised: int
    delivered: int
    late: int  # of those delivered
    failed: int
    missed: int
    open: int
    twice: int  # stood in their channel more than once: stand-ins count here too
    stood_in: int = 0  # of those failed, delivered in another channel
    folded: int = 0  # not posted on purpose


_C = TABLE.c


def owe(session: Session, promise: Promise) -> bool:
    """Enters the promise, owed or folded; False if one with its key stands there, which is left as it is."""
    row = PromiseRow(
        key=promise.key,
        report=promise.report,
        period=promise.period,
        surface=promise.surface,
        channel=promise.channel,
        due=promise.due,
        deadline=promise.deadline,
        payload=promise.payload,
        state=promise.state,
        error=promise.error,
        stands_for=promise.stands_for,
        follows=promise.follows,
    )
    statement = insert_into(session, TABLE).values(row.model_dump()).on_conflict_do_nothing()
    return session.connection().execute(statement.returning(_C.key)).first() is not None


def claim(  # noqa: PLR0913 - each by its name
    session: Session,
    *,
    worker: str,
    now: datetime,
    lease: timedelta,
    surfaces: Collection[str] | None = None,
    keys: Collection[str] | None = None,
) -> Promise | None:
    """Takes the longest due promise for `worker` until `now + lease`; None if there is none to take.

    Only those of `surfaces`, where given, and of channels in which nobody else is sending. `now` is the
    database's clock, or one worker's hour would be another one's lease. Commit before sending. What another
    worker began and never finished comes back as uncertain.
    """
    passed: list[ColumnElement[bool]] = [] if surfaces is None else [_C.surface.in_(surfaces)]
    if keys is not None:
        # With what a dead sender left: it keeps its channel until somebody looks for it.
        passed.append(or_(_C.key.in_(keys), _C.stands_for.in_(keys), _C.state == State.CLAIMED))
    while (row := session.connection().execute(first(now, passed)).first()) is not None:
        if enters(session, row.surface, row.channel):
            taken = _take(session, row.key, worker, now, lease)
            if taken is not None:
                return taken
        else:
            passed.append(or_(_C.surface != row.surface, _C.channel != row.channel))
    return None


def _take(session: Session, key: str, worker: str, now: datetime, lease: timedelta) -> Promise | None:
    """The promise, claimed; None if somebody was faster: this statement sees what the lock waited for."""
    taken = _change(
        session,
        and_(_C.key == key, or_(*ready(now)), is_alone()),
        {
            "state": State.CLAIMED,
            "attempts": _C.attempts + 1,
            "first_tried_at": func.coalesce(_C.first_tried_at, bindparam(None, now, type_=Instant())),
            "is_uncertain": or_(_C.is_uncertain, _C.state != State.OWED),
            "claimed_by": worker,
            "claimed_until": now + lease,
        },
    )
    return taken[0] if taken else None


def renew(session: Session, key: str, *, worker: str, until: datetime) -> bool:
    """Keeps a claim until `until`; False if it was lost to another worker: then send nothing.

    One that ran out, but that nobody took over, is kept too: nobody could claim in its channel meanwhile.
    """
    return bool(_change(session, _held(key, worker), {"claimed_until": until}))


def delivered(session: Session, key: str, receipt: Receipt) -> bool:
    """Stores the receipt, whoever holds the claim: the post exists. False if one is stored already."""
    is_open = (_C.key == key) & (_C.state != State.DELIVERED)
    return bool(
        _change(
            session,
            is_open,
            {
                "state": State.DELIVERED,
                "receipt_channel": receipt.channel,
                "receipt_message": receipt.message,
                "delivered_at": receipt.at,
                "notes": json.dumps(receipt.notes, ensure_ascii=False),
                "copies": receipt.copies,
                "is_uncertain": False,
                "error": "",
            },
        )
    )


def failed(session: Session, key: str, *, worker: str, error: str, retry_at: datetime | None) -> bool:
    """Nothing was posted: owed again from `retry_at`, or failed for good. False if the claim was lost."""
    state = State.FAILED if retry_at is None else State.OWED
    values = {"state": state, "error": error, "retry_at": retry_at, "is_uncertain": False}
    return bool(_change(session, _held(key, worker), values))


def dropped(session: Session, key: str, *, worker: str, error: str) -> bool:
    """It has no place to be posted in any more: it is missed. False if the claim was lost."""
    values = {"state": State.MISSED, "error": error, "is_uncertain": False}
    return bool(_change(session, _held(key, worker), values))


def unknown(session: Session, key: str, *, worker: str, error: str, retry_at: datetime) -> bool:
    """It may have been posted: who claims it after `retry_at` looks first. False if the claim was lost."""
    values = {"state": State.UNKNOWN, "error": error, "retry_at": retry_at, "is_uncertain": True}
    return bool(_change(session, _held(key, worker), values))


def expire(session: Session, now: datetime) -> list[Promise]:
    """Marks what was not sent by its deadline as missed; each is returned to one caller only.

    What nobody has tried to send, nor given a reason for, says that nobody was there to send it.
    """
    unserved = and_(_C.attempts == 0, _C.error == "")
    error = case((unserved, "Nobody sent it to " + _C.surface + " in time."), else_=_C.error)
    chosen = (_C.state == State.OWED) & (_C.deadline <= now)
    return _change(session, chosen, {"state": State.MISSED, "error": error})


def prune(session: Session, before: datetime) -> int:
    """Empties the payloads of what was delivered and due before then, and says how many; all else stays."""
    old = and_(_C.state == State.DELIVERED, _C.due < before, _C.payload != "")
    return session.connection().execute(update(TABLE).where(old).values(payload="")).rowcount


def due(session: Session, now: datetime) -> list[Promise]:
    """What is due and in nobody's hands, longest due first; of each channel one can be claimed at a time."""
    is_ready = or_(*ready(now))
    rows = session.connection().execute(select(TABLE).where(is_ready).order_by(_C.due, _C.key))
    return [_promise(row) for row in rows]


def find(session: Session, key: str) -> Promise | None:
    """The promise with this key."""
    row = session.connection().execute(select(TABLE).where(_C.key == key)).one_or_none()
    return None if row is None else _promise(row)


def last_sent(
    session: Session, *, report: str, surface: str, channel: str, before: datetime
) -> Promise | None:
    """The newest promise of this report to this channel, due before then, that its readers have or will get.

    Missed, failed and folded ones are not, and neither is one that was sent there in another channel's place
    or into a thread.
    """
    is_unsent = _C.state.in_([*LOST, State.FOLDED])
    own = and_(_C.surface == surface, _C.channel == channel, _C.report == report)
    chosen = (own, _C.stands_for == "", _C.follows == "", _C.due < before, ~is_unsent)
    newest = select(TABLE).where(*chosen).order_by(_C.due.desc(), _C.key.desc())
    row = session.connection().execute(newest.limit(1)).one_or_none()
    return None if row is None else _promise(row)


def listing(
    session: Session, *, states: Iterable[State] = State, since: datetime | None = None, limit: int = 50
) -> list[Promise]:
    """Promises in these states that were due since then, the latest first."""
    chosen = select(TABLE).order_by(_C.due.desc(), _C.key).limit(limit)
    wanted = set(states)
    if wanted != set(State):  # naming them all, the database would sort them all
        chosen = chosen.where(_C.state.in_(wanted))
    if since is not None:
        chosen = chosen.where(_C.due >= since)
    return [_promise(row) for row in session.connection().execute(chosen)]


def counts(session: Session, since: datetime) -> dict[tuple[str, str], dict[State, int]]:
    """By surface and channel, how many promises due since then stand in which state."""
    rows = session.connection().execute(
        select(_C.surface, _C.channel, _C.state, func.count())
        .where(_C.due >= since)
        .group_by(_C.surface, _C.channel, _C.state)
        .order_by(_C.surface, _C.channel, _C.state)
    )
    found: dict[tuple[str, str], dict[State, int]] = {}
    for surface, channel, state, count in rows:
        found.setdefault((surface, channel), {})[State(state)] = count
    return found


def summary(session: Session, since: datetime, *, late_after: timedelta) -> Summary:
    """What became of everything due since then; late is what came more than `late_after` behind time."""

    def count(*chosen: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((and_(*chosen), 1), else_=0), type_=Integer), 0)

    own, is_delivered = _C.stands_for == "", _C.state == State.DELIVERED
    is_late = delay_exceeds(session, late_after)
    is_final, is_folded = _C.state.in_(FINAL), _C.state == State.FOLDED
    found = select(
        count(own, ~is_folded).label("promised"),
        count(own, is_delivered).label("delivered"),
        count(own, is_delivered, is_late).label("late"),
        count(own, _C.state == State.FAILED).label("failed"),
        count(own, _C.state == State.MISSED).label("missed"),
        count(own, ~is_final).label("open"),
        count(is_delivered, _C.copies > 1).label("twice"),
        count(~own, is_delivered).label("stood_in"),
        count(is_folded).label("folded"),
    ).where(_C.due >= since)
    return Summary(**session.connection().execute(found).one()._mapping)


def _held(key: str, worker: str) -> ColumnElement[bool]:
    return and_(_C.key == key, _C.state == State.CLAIMED, _C.claimed_by == worker)


def _change(session: Session, chosen: ColumnElement[bool], values: dict[str, Any]) -> list[Promise]:
    rows = session.connection().execute(update(TABLE).where(chosen).values(values).returning(TABLE))
    return [_promise(row) for row in rows]


def _promise(row: Row[Any]) -> Promise:
    receipt = None
    if row.delivered_at is not None:
        notes = tuple(json.loads(row.notes))
        receipt = Receipt(row.receipt_channel, row.receipt_message, row.delivered_at, notes, row.copies)
    own = {field.name: getattr(row, field.name) for field in fields(Promise) if field.name != "receipt"}
    return Promise(**own | {"state": State(row.state), "receipt": receipt})
