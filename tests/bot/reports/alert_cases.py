"""Alerts to make words of: one of each kind, with the evidence that conditions leave behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.alerting import RuleRef
from bot.reports.alert_posts import AlertView, root
from bot.reports.snapshot import Snapshot
from bot.workspace import Person, Workspace
from kpi.alert_rules import AlertRule
from kpi.alerts import Item, Phase, State
from kpi.calendar import Moment
from kpi.metric import SeriesSet
from storage.alerts import Alert, Event
from tests.factories import NOW, NPS, STARS, ZONE, framework, lines, workspace

NPS_PATH, STARS_PATH = "acme/growth.net_promoter_score", "acme/growth.github_stars"
DANA = Person("Dana", {"slack": "U0DANA"}, "admin")
RAJ = Person("Raj", {"slack": "U0RAJ"}, "editor")
SINCE = NOW - timedelta(minutes=6)


def used() -> Workspace:
    return workspace(framework(STARS, {**NPS, "owner": "Dana"}), people=(DANA, RAJ))


def rule(when: Mapping[str, Any] | None = None, **more: Any) -> AlertRule:
    given = {"key": "rule", "severity": "warning", "text": "Page down (at once)", "when": when}
    return AlertRule.model_validate({**given, **more})


def item(subject: str = "", found: float | None = None, /, **evidence: Any) -> Item:
    return Item(
        "acme/rule",
        subject,
        1,
        Phase.FIRING,
        SINCE,
        SINCE,
        fired_at=SINCE,
        value=found,
        worst=found,
        evidence=evidence,
        alert=12,
    )


def alert(*items: Item, severity: str = "warning", **more: Any) -> Alert:
    fresh = Alert(
        number=12,
        key="acme/rule/2026-11-23",
        rule="acme/rule",
        severity=severity,
        state=State.FIRING,
        text="",
        url="",
        fired_at=SINCE,
        event_at=SINCE,
        act_by=None,
        acknowledged_at=None,
        acknowledged_by="",
        assigned_to="",
        resolved_at=None,
        resolved_by="",
        snoozed_until=None,
        snoozed_for_good=False,
        level=0,
        reminded_at=None,
        speaks_at=SINCE,
        items=items,
    )
    return replace(fresh, **more)


def over(*items: Item, **more: Any) -> Alert:
    ended = tuple(replace(one, phase=Phase.RESOLVED, resolved_at=NOW) for one in items)
    return alert(*ended, state=State.RESOLVED, resolved_at=NOW, **more)


def view(of: AlertRule | None, *events: Event, snapshot: Snapshot | None = None, **more: Any) -> AlertView:
    place = used()
    moment = Moment(NOW, ZONE)
    ref = None if of is None else RuleRef("acme/rule", of, place.uses[0])
    read = snapshot or Snapshot(moment, place, SeriesSet(), {}, {})
    return AlertView(place, read, moment, ref, events, **more)


def happened(kind: str, author: str = "", text: str = "", at: datetime = NOW, **data: Any) -> Event:
    return Event(12, at, kind, author, text, data)


def post(of: Alert, seen: AlertView) -> list[str]:
    """The lines of a message without its small print."""
    return lines(root(of, seen))[:-1]
