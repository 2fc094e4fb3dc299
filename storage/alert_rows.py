"""Alerts, their items and their events as plain objects, and how they are read from their rows."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select
from sqlmodel import Session, SQLModel

from kpi.alerts import Item, Phase, State
from storage.tables_alerts import AlertEventRow, AlertItemRow, AlertLookRow, AlertRow

ALERTS = SQLModel.metadata.tables[AlertRow.__tablename__]
ITEMS = SQLModel.metadata.tables[AlertItemRow.__tablename__]
EVENTS = SQLModel.metadata.tables[AlertEventRow.__tablename__]
LOOKS = SQLModel.metadata.tables[AlertLookRow.__tablename__]

KINDS = (
    "fired", "joined", "worsened", "resolved", "acknowledged", "assigned", "snoozed", "woken", "noted",
    "opinion", "escalated", "reminded", "corrected", "raised",
)  # fmt: skip
"""What can happen to an alert."""

USEFUL, NOT_USEFUL = "useful", "not useful"


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as it stands, with all that it tells of."""

    number: int
    key: str
    rule: str  # hektor/traffic_drop
    severity: str
    state: State
    text: str  # what a person said who raised it; empty otherwise
    url: str
    fired_at: datetime
    event_at: datetime  # by the data: the time limit to act counts from then
    act_by: datetime | None  # then it is escalated, once more
    acknowledged_at: datetime | None
    acknowledged_by: str  # surface and id: slack:U0123
    assigned_to: str  # a person's name in the workspace, or slack:U0123
    resolved_at: datetime | None
    resolved_by: str  # empty where it was over by itself
    snoozed_until: datetime | None
    snoozed_for_good: bool  # until it is resolved
    level: int  # how often it was escalated
    reminded_at: datetime | None
    speaks_at: datetime  # before then, quiet hours say, it is told nowhere
    items: tuple[Item, ...] = ()
    opinion: str = ""  # "useful", "not useful", or nothing said yet
    version: int = 1
    day: str = ""  # on which its subjects are gathered
    is_told: bool = False  # its messages are in the ledger

    @property
    def is_open(self) -> bool:
        return self.state is not State.RESOLVED

    def is_snoozed(self, now: datetime) -> bool:
        """Whether somebody wants to hear nothing of it now."""
        until = self.snoozed_until
        return self.is_open and (self.snoozed_for_good or (until is not None and now < until))


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to an alert."""

    alert: int
    at: datetime
    kind: str  # one of KINDS
    author: str = ""  # surface and id: slack:U0123; "" for the bot
    text: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)  # plain JSON
    id: int = 0  # given when it is kept
    is_told: bool = False


def as_json(value: Mapping[str, Any]) -> str:
    """Raises ValueError for what is no JSON, such as NaN."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False)


def item_values(item: Item) -> dict[str, Any]:
    """The columns of an item."""
    values = {one.name: getattr(item, one.name) for one in fields(Item)}
    return values | {"phase": item.phase.value, "evidence": as_json(item.evidence)}


def item_of(row: Row[Any]) -> Item:
    """The item that a row holds."""
    own = {one.name: getattr(row, one.name) for one in fields(Item)}
    return Item(**own | {"phase": Phase(row.phase), "evidence": json.loads(row.evidence)})


def alerts_of(session: Session, chosen: Select[Any]) -> list[Alert]:
    """The chosen alerts with their items: two statements, one where there are none."""
    rows = session.connection().execute(chosen).all()
    items = items_of(session, [row.number for row in rows])
    return [_alert(row, tuple(items.get(row.number, ()))) for row in rows]


def items_of(session: Session, numbers: Collection[int]) -> dict[int, list[Item]]:
    """By alert, what it tells of, the first that fired first."""
    found: defaultdict[int, list[Item]] = defaultdict(list)
    if numbers:
        chosen = select(ITEMS).where(ITEMS.c.alert.in_(numbers)).order_by(ITEMS.c.fired_at, ITEMS.c.id)
        for row in session.connection().execute(chosen):
            found[row.alert].append(item_of(row))
    return dict(found)


def events_of(rows: Iterable[Row[Any]]) -> list[Event]:
    """The events that rows hold."""
    return [
        Event(row.alert, row.at, row.kind, row.author, row.text, json.loads(row.data), row.id, row.is_told)
        for row in rows
    ]


def _alert(row: Row[Any], items: tuple[Item, ...]) -> Alert:
    own = {one.name: getattr(row, one.name) for one in fields(Alert) if one.name not in ("items", "state")}
    return Alert(**own, state=State(row.state), items=items)
