"""Alerts: what fires and what fired, and what people do about it.

Every act of a person is guarded by the alert's state, writes what happened and a line of the audit trail, and
has the alert looked at at once, so that its message is changed within seconds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, select, update
from sqlmodel import Session

from kpi.alerts import CELEBRATE, Item, Phase, State
from storage import audit
from storage.alert_rows import ALERTS, EVENTS, ITEMS, alerts_of, as_json, events_of, item_of
from storage.alert_rows import KINDS as KINDS
from storage.alert_rows import NOT_USEFUL as NOT_USEFUL
from storage.alert_rows import USEFUL as USEFUL
from storage.alert_rows import Alert as Alert
from storage.alert_rows import Event as Event
from storage.audit import Act
from storage.engine import insert_into

_C = ALERTS.c
_IS_OPEN = _C.resolved_at.is_(None)


def open_alerts(session: Session, about: str = "") -> list[Alert]:
    """Those that are not over, the oldest first; with `about` those with a subject that begins so.

    Celebrations are over as soon as they are told.
    """
    chosen = select(ALERTS).where(_IS_OPEN).order_by(_C.fired_at, _C.number)
    if about:
        own = (ITEMS.c.alert == _C.number) & ITEMS.c.subject.startswith(about, autoescape=True)
        chosen = chosen.where(exists().where(own))
    return alerts_of(session, chosen)


def find(session: Session, number: int) -> Alert | None:
    """The alert with this number."""
    return next(iter(alerts_of(session, select(ALERTS).where(_C.number == number))), None)


def numbered(session: Session, numbers: Collection[int]) -> list[Alert]:
    """The alerts with these numbers."""
    return alerts_of(session, select(ALERTS).where(_C.number.in_(numbers))) if numbers else []


def recent(
    session: Session, *, since: datetime | None = None, limit: int = 50, rule: str | None = None
) -> list[Alert]:
    """Those that fired since then, celebrations too, of one rule or of all, the newest first."""
    chosen = select(ALERTS).order_by(_C.fired_at.desc(), _C.number.desc()).limit(limit)
    if since is not None:
        chosen = chosen.where(_C.fired_at >= since)
    return alerts_of(session, chosen if rule is None else chosen.where(_C.rule == rule))


def events(session: Session, numbers: Collection[int]) -> list[Event]:
    """What happened to these alerts, the first first."""
    if not numbers:
        return []
    chosen = select(EVENTS).where(EVENTS.c.alert.in_(numbers)).order_by(EVENTS.c.id)
    return events_of(session.connection().execute(chosen))


def items(session: Session, rules: Collection[str] | None = None) -> list[Item]:
    """What is pending or firing, of these rules or of all."""
    chosen = select(ITEMS).where(ITEMS.c.resolved_at.is_(None)).order_by(ITEMS.c.id)
    if rules is not None:
        chosen = chosen.where(ITEMS.c.rule.in_(rules))
    return [item_of(row) for row in session.connection().execute(chosen)]


def muted(session: Session, since: datetime, now: datetime) -> list[Alert]:
    """What fired from `since` up to `now` and was told to nobody, because it was muted; the oldest first."""
    of = select(ITEMS.c.alert).where(
        ITEMS.c.is_silent, ITEMS.c.alert.is_not(None), ITEMS.c.fired_at >= since, ITEMS.c.fired_at <= now
    )
    return alerts_of(session, select(ALERTS).where(_C.number.in_(of)).order_by(_C.fired_at, _C.number))


def raise_by_hand(  # noqa: PLR0913 - each by its name
    session: Session,
    rule: str,
    severity: str,
    *,
    text: str,
    url: str = "",
    author: str,
    now: datetime,
) -> int:
    """Opens an alert that a person flags, and returns its number. It fires until a person resolves it; what
    is to be celebrated is over once it is told.

    What one person says twice in one instant, word for word, is one alert.
    """
    what = hashlib.blake2b(repr((text, url)).encode(), digest_size=6).hexdigest()
    key = f"raised/{rule}/{now.isoformat()}/{author}/{what}"
    values = {**blank(rule, severity, now), "key": key, "text": text, "url": url}
    if severity == CELEBRATE:
        values |= over("", now)
    opened = insert_into(session, ALERTS).values(values).on_conflict_do_nothing(index_elements=["key"])
    connection = session.connection()
    number: int | None = connection.execute(opened.returning(_C.number)).scalar_one_or_none()
    if number is None:
        return int(connection.execute(select(_C.number).where(_C.key == key)).scalar_one())
    keep_event(session, Event(number, now, "raised", author, text, {"url": url} if url else {}))
    audit.write(session, Act(now, author, "raise", _subject(number), after=text, note=rule))
    return number


def acknowledge(session: Session, number: int, author: str, now: datetime) -> bool:
    """Somebody has it. False where somebody had it already, or it is over."""
    values = {"state": State.ACKNOWLEDGED.value, "acknowledged_at": now, "acknowledged_by": author}
    if not _change(session, number, now, values, _C.state == State.FIRING.value):
        return False
    keep_event(session, Event(number, now, "acknowledged", author))
    _audited(session, Act(now, author, "acknowledge", _subject(number), "firing", "acknowledged"))
    return True


def assign(session: Session, number: int, to: str, author: str, now: datetime) -> bool:
    """Give it to somebody: a person's name in the workspace, or slack:U0123. False where they have it, or it
    is over."""
    before = _column(session, number, _C.assigned_to)
    if not _change(session, number, now, {"assigned_to": to}, _IS_OPEN & (_C.assigned_to != to)):
        return False
    keep_event(session, Event(number, now, "assigned", author, to))
    _audited(session, Act(now, author, "assign", _subject(number), before or "", to))
    return True


def snooze(session: Session, number: int, until: datetime | None, author: str, now: datetime) -> bool:
    """Hear nothing of it until then; None: until it is resolved. False where it is over, or snoozed just so.

    Raises ValueError for a snooze that would be over when it begins.
    """
    if until is not None and until <= now:
        raise ValueError(f"A snooze from {now} until {until} would last no time")
    is_other = _C.snoozed_until.is_distinct_from(until) | (_C.snoozed_for_good != (until is None))
    values = {"snoozed_until": until, "snoozed_for_good": until is None}
    before = _column(session, number, _C.snoozed_until)
    if not _change(session, number, now, values, _IS_OPEN & is_other):
        return False
    ends = until.isoformat() if until is not None else "resolved"
    keep_event(session, Event(number, now, "snoozed", author, data={"until": ends}))
    was = before.isoformat() if before is not None else ""
    _audited(session, Act(now, author, "snooze", _subject(number), was, ends))
    return True


def wake(session: Session, number: int, author: str, now: datetime) -> bool:
    """End its snooze before its time. False where it is over, or not snoozed.

    What the bot had to say meanwhile is not told afterwards: its message says how it is now.
    """
    was = find(session, number)
    if was is None or not was.is_snoozed(now):
        return False
    guard = _IS_OPEN & (_C.snoozed_for_good | _C.snoozed_until.is_not(None))
    if not _change(session, number, now, {"snoozed_until": None, "snoozed_for_good": False}, guard):
        return False
    if was.is_told:
        unsaid = (EVENTS.c.alert == number) & (EVENTS.c.author == "") & ~EVENTS.c.is_told
        session.connection().execute(update(EVENTS).where(unsaid).values(is_told=True))
    keep_event(session, Event(number, now, "woken", author))
    before = "resolved" if was.snoozed_until is None else was.snoozed_until.isoformat()
    _audited(session, Act(now, author, "unsnooze", _subject(number), before, "ended"))
    return True


def note(session: Session, number: int, text: str, author: str, now: datetime) -> bool:
    """Write something down in its thread; also when it is over. False where there is no such alert."""
    if not _change(session, number, now, {}, _C.number == number):
        return False
    keep_event(session, Event(number, now, "noted", author, text))
    _audited(session, Act(now, author, "note", _subject(number), after=text))
    return True


def opine(session: Session, number: int, opinion: str, author: str, now: datetime) -> bool:
    """Say whether it was useful: "useful" or "not useful". False where just that was said already, or there
    is no such alert.

    Raises ValueError for any other opinion.
    """
    if opinion not in (USEFUL, NOT_USEFUL):
        raise ValueError(f"{opinion!r} is no opinion: say {USEFUL!r} or {NOT_USEFUL!r}")
    before = _column(session, number, _C.opinion)
    if not _change(session, number, now, {"opinion": opinion}, _C.opinion != opinion):
        return False
    keep_event(session, Event(number, now, "opinion", author, opinion))
    _audited(session, Act(now, author, "opinion", _subject(number), before or "", opinion))
    return True


def resolve(session: Session, number: int, author: str, now: datetime, text: str = "") -> bool:
    """Declare it over, with all that it tells of. False where it is over already.

    What still holds does not fire again before it did not hold for once.
    """
    before = _column(session, number, _C.state)
    if not _change(session, number, now, over(author, now), _IS_OPEN):
        return False
    dismiss(session, number, now)
    keep_event(session, Event(number, now, "resolved", author, text))
    _audited(session, Act(now, author, "resolve", _subject(number), str(before), "resolved", note=text))
    return True


def blank(rule: str, severity: str, now: datetime) -> dict[str, Any]:
    """The columns of an alert that fires now, is told of nowhere yet and is to be looked at at once."""
    unsaid = ("text", "url", "day", "acknowledged_by", "assigned_to", "resolved_by", "opinion")
    return dict.fromkeys(unsaid, "") | {
        "rule": rule,
        "severity": severity,
        "state": State.FIRING.value,
        "fired_at": now,
        "event_at": now,
        "speaks_at": now,
        "look_at": now,
        "snoozed_for_good": False,
        "level": 0,
        "is_told": False,
        "version": 1,
    }


def over(author: str, now: datetime) -> dict[str, Any]:
    """The columns that say that an alert is over."""
    return {
        "state": State.RESOLVED.value,
        "resolved_at": now,
        "resolved_by": author,
        "act_by": None,
        "snoozed_until": None,
        "snoozed_for_good": False,
    }


def keep_event(session: Session, event: Event) -> None:
    """Write down what happened."""
    values = {
        "alert": event.alert,
        "at": event.at,
        "kind": event.kind,
        "author": event.author,
        "text": event.text,
        "data": as_json(event.data),
        "is_told": event.is_told,
    }
    session.connection().execute(insert_into(session, EVENTS).values(values))


def dismiss(session: Session, number: int, now: datetime) -> None:
    """A person has put an end to everything that an alert tells of."""
    chosen = (ITEMS.c.alert == number) & ITEMS.c.resolved_at.is_(None)
    ended = {"phase": Phase.RESOLVED.value, "resolved_at": now, "is_dismissed": True}
    session.connection().execute(update(ITEMS).where(chosen).values(ended))


def _change(
    session: Session, number: int, now: datetime, values: Mapping[str, Any], guard: ColumnElement[bool]
) -> bool:
    """Whether the alert was there to be changed, and was; then it is looked at at once."""
    changed = {**values, "version": _C.version + 1, "look_at": now}
    done = update(ALERTS).where(_C.number == number, guard).values(changed)
    return session.connection().execute(done).rowcount == 1


def _column(session: Session, number: int, column: ColumnElement[Any]) -> Any:
    return session.connection().execute(select(column).where(_C.number == number)).scalar_one_or_none()


def _subject(number: int) -> str:
    return f"alert {number}"


def _audited(session: Session, act: Act) -> None:
    audit.write(session, act)
