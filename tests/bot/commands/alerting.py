"""Alerts in storage, and a workspace whose rules they are of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.workspace import Workspace
from kpi.alerts import Item, Phase
from storage import SessionFactory, alerts
from storage.alert_rows import ALERTS, ITEMS, item_values
from storage.engine import insert_into
from tests.bot.commands.posted import DANA, NPS_PATH, RAJ, SAM, Place, place, secret
from tests.factories import NOW, NPS, STARS, framework, workspace

RULES = (
    {
        "key": "low_nps",
        "severity": "critical",
        "title": "Low NPS",
        "text": "NPS under 30",
        "when": {"kpi": "growth.net_promoter_score", "below": 30},
    },
    {
        "key": "slow",
        "severity": "warning",
        "text": "Page slow",
        "when": {"measure": "last(web.latency)", "above": 2},
    },
    {"key": "press", "severity": "celebrate", "text": "Tier-1 press", "by_hand": "a mention in the press"},
    {
        "key": "impact",
        "severity": "critical",
        "text": "Escalation",
        "when": {"firing": "low_nps", "at_least": 2},
        "by_hand": "customer impact",
    },
)
LOW_NPS, SLOW = "acme/low_nps", "acme/slow"
EVIDENCE = {"name": "Net Promoter Score", "value": 24, "limit": 30, "op": "below"}
SINCE = NOW - timedelta(hours=2)


def ruled() -> Workspace:
    weekly = {"key": "weekly", "title": "Weekly", "cadence": "weekly", "sections": ["Growth"]}
    stated = framework(STARS, {**NPS, "owner": "Raj"}, alerts=list(RULES), reports=[weekly])
    return workspace(stated, people=(DANA, RAJ, SAM))


def fired(
    sessions: SessionFactory,
    rule: str = LOW_NPS,
    subject: str = NPS_PATH,
    *,
    severity: str = "critical",
    evidence: Mapping[str, Any] = EVIDENCE,
    at: datetime = SINCE,
    **columns: Any,
) -> int:
    """Opens an alert on one subject, as the job does."""
    values = {**alerts.blank(rule, severity, at), "key": f"{rule}/{subject}/{at.isoformat()}", **columns}
    held = Item(rule, subject, 1, Phase.FIRING, at, at, fired_at=at, value=24.0, evidence=evidence)
    with sessions.begin() as session:
        made = insert_into(session, ALERTS).values(values).returning(ALERTS.c.number)
        number: int = session.connection().execute(made).scalar_one()
        rows = item_values(replace(held, alert=number))
        session.connection().execute(insert_into(session, ITEMS).values(rows))
        alerts.keep_event(session, alerts.Event(number, at, "fired", data={"subjects": [subject]}))
    return number


def slow(sessions: SessionFactory, **columns: Any) -> int:
    """The page is slow: a warning on a measure."""
    told = {"name": "Latency", "unit": "seconds", "value": 3, "limit": 2, "op": "above"}
    return fired(sessions, SLOW, "", severity="warning", evidence=told, **columns)


def desk(sessions: SessionFactory, *, is_secret: bool = False) -> Place:
    """Somebody to talk to; Dana asks where nobody else is named."""
    return place(sessions, secret(ruled()) if is_secret else ruled())
