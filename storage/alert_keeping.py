"""How the bot itself keeps alerts: one look at all rules is one transaction, and no two are taken at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, text, update
from sqlmodel import Session

from kpi.alerts import Item
from storage.alert_rows import (
    ALERTS,
    EVENTS,
    ITEMS,
    LOOKS,
    Alert,
    Event,
    alerts_of,
    events_of,
    item_of,
    item_values,
)
from storage.engine import insert_into

_LOCK = 0x6B70695F616C72  # "kpi_alr": the advisory lock of every process that changes alerts
_C = ALERTS.c
_KEY = ("rule", "subject", "number")
_CHANGING = tuple(one.name for one in fields(Item) if one.name not in _KEY)

Key = tuple[str, str]
LAST: Key = ("", "")
"""Under which the time of the newest look stands."""


def lock(session: Session) -> None:
    """No other process changes alerts until this transaction ends. People may: they change single rows."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def past(session: Session, keys: Collection[Key]) -> dict[Key, Item]:
    """The newest episode that is over, of each of these subjects."""
    if not keys:
        return {}
    rules, subjects = {rule for rule, _ in keys}, {subject for _, subject in keys}
    chosen = select(ITEMS).where(
        ITEMS.c.rule.in_(rules), ITEMS.c.subject.in_(subjects), ITEMS.c.resolved_at.is_not(None)
    )
    rows = session.connection().execute(chosen.order_by(ITEMS.c.number))
    return {(row.rule, row.subject): item_of(row) for row in rows if (row.rule, row.subject) in keys}


def looks(session: Session) -> dict[Key, datetime]:
    """When each was looked at for the first time; under `LAST`, when all were looked at last."""
    return {(row.rule, row.subject): row.at for row in session.connection().execute(select(LOOKS))}


def looked(session: Session, keys: Iterable[Key], now: datetime) -> None:
    """Keep the first looks, and that this was the newest one."""
    connection = session.connection()
    rows = [{"rule": rule, "subject": subject, "at": now} for rule, subject in keys]
    if rows:
        connection.execute(insert_into(session, LOOKS).on_conflict_do_nothing(), rows)
    last = insert_into(session, LOOKS).values(rule=LAST[0], subject=LAST[1], at=now)
    connection.execute(last.on_conflict_do_update(index_elements=["rule", "subject"], set_={"at": now}))


def save(session: Session, items: Iterable[Item]) -> None:
    """Keep the episodes as they are now."""
    rows = [item_values(one) for one in items]
    if rows:
        statement = insert_into(session, ITEMS)
        changed = {name: statement.excluded[name] for name in _CHANGING}
        session.connection().execute(
            statement.on_conflict_do_update(index_elements=list(_KEY), set_=changed), rows
        )


def drop(session: Session, items: Iterable[Item]) -> None:
    """Forget episodes that were over before they fired."""
    for one in items:
        own = (ITEMS.c.rule == one.rule) & (ITEMS.c.subject == one.subject) & (ITEMS.c.number == one.number)
        session.connection().execute(delete(ITEMS).where(own, ITEMS.c.fired_at.is_(None)))


def joinable(session: Session, rules: Collection[str], day: str, since: datetime) -> list[Alert]:
    """The alerts of these rules that began on this day or since then, newest first; none raised by hand."""
    if not rules:
        return []
    is_near = or_(_C.day == day, _C.fired_at > since)
    chosen = select(ALERTS).where(_C.rule.in_(rules), _C.day != "", is_near)
    return alerts_of(session, chosen.order_by(_C.fired_at.desc(), _C.number.desc()).with_for_update())


def count_of_day(session: Session, rule: str, day: str) -> int:
    """How many alerts of a rule began on that day."""
    chosen = select(func.count()).select_from(ALERTS).where(_C.rule == rule, _C.day == day)
    return int(session.connection().execute(chosen).scalar_one())


def add(session: Session, values: Mapping[str, Any]) -> int:
    """Open an alert and return its number."""
    added = insert_into(session, ALERTS).values(values).returning(_C.number)
    return int(session.connection().execute(added).scalar_one())


def change(session: Session, number: int, values: Mapping[str, Any], *, counts: bool = True) -> None:
    """Change an alert whose row is held. With `counts` it is another version of it."""
    changed = {**values, "version": _C.version + 1} if counts else dict(values)
    session.connection().execute(update(ALERTS).where(_C.number == number).values(changed))


def held(session: Session, numbers: Collection[int]) -> dict[int, Alert]:
    """These alerts, and nobody else changes them until this transaction ends."""
    if not numbers:
        return {}
    chosen = select(ALERTS).where(_C.number.in_(numbers)).with_for_update()
    return {one.number: one for one in alerts_of(session, chosen)}


def due(session: Session, now: datetime) -> list[int]:
    """The alerts about which something is to be done by now: one seek where there are none."""
    chosen = select(_C.number).where(_C.look_at <= now).order_by(_C.look_at, _C.number)
    return list(session.connection().execute(chosen).scalars())


def untold(session: Session, number: int) -> list[Event]:
    """What is still owed to the thread of an alert, the first first."""
    chosen = select(EVENTS).where(EVENTS.c.alert == number, EVENTS.c.is_told.is_(False))
    return events_of(session.connection().execute(chosen.order_by(EVENTS.c.id)))


def told(session: Session, events: Collection[Event]) -> None:
    """These are owed to nobody any more."""
    if events:
        chosen = EVENTS.c.id.in_([one.id for one in events])
        session.connection().execute(update(EVENTS).where(chosen).values(is_told=True))


def episodes(session: Session, keys: Collection[Key]) -> dict[Key, list[Item]]:
    """All episodes of these subjects, oldest first."""
    found: dict[Key, list[Item]] = {}
    if not keys:
        return found
    rules, subjects = {rule for rule, _ in keys}, {subject for _, subject in keys}
    chosen = select(ITEMS).where(ITEMS.c.rule.in_(rules), ITEMS.c.subject.in_(subjects))
    for row in session.connection().execute(chosen.order_by(ITEMS.c.number)):
        if (row.rule, row.subject) in keys:
            found.setdefault((row.rule, row.subject), []).append(item_of(row))
    return found


def fired_since(session: Session, since: datetime) -> list[Item]:
    """What fired on data that ended after then, and is told by an alert."""
    chosen = select(ITEMS).where(ITEMS.c.alert.is_not(None), ITEMS.c.fired_on > since).order_by(ITEMS.c.id)
    return [item_of(row) for row in session.connection().execute(chosen)]
