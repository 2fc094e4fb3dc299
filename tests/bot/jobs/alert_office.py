"""A small company with alert rules: its samples, its people, its chat, and as many processes as wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from bot.jobs.alert_roots import KeepAlerts
from bot.jobs.alert_scene import Stage
from bot.jobs.alerting import Alerting
from bot.jobs.deliver import Deliver
from bot.jobs.evaluate import Board, Evaluate
from bot.settings_alerts import AlertsEntry
from bot.surfaces.base import Surface
from bot.timeline import Timeline
from bot.workspace import Person, Use, Workspace
from collectors import METRICS
from kpi.calendar import Plan, day_start
from kpi.framework_file import parse_framework
from kpi.metric import Sample
from storage import SessionFactory, alerts, promises, samples
from storage.alerts import Alert, Event
from storage.promises import Promise
from tests.bot.jobs.scripted_chat import ScriptedChat
from tests.bot.jobs.world import BERLIN, NINE, Clock
from tests.factories import lines

CHANNEL = "C0ALERTS"
FRAMEWORK = """
framework: acme
title: Acme
horizons: {day90: {title: Day 90}}
governance:
  owner: Head
  owners: {Growth: Gus}
sections:
  - title: Growth
    kpis:
      - {name: Stars, unit: stars, better: higher, owner: Ana, targets: {day90: "5000"},
         measure: last(github.stars)}
      - {name: Forks, unit: forks, better: higher, targets: {day90: "100"}, measure: last(github.forks)}
alerts:
  - key: few_stars
    severity: warning
    title: Few stars
    text: Fewer than 100 stars
    when: {kpi: growth.stars, below: 100}
    clears_at: 110
    act_within: 1 hour
  - key: behind
    severity: warning
    title: Behind
    text: A KPI under half of its target
    when: {percent_of_target: any, below: 50}
    unless_firing: [few_stars]
  - key: thousand
    severity: celebrate
    title: 1,000 stars
    text: 1,000 stars
    when: {kpi: growth.stars, at_least: 1000}
    every: 1000
  - key: flagged
    severity: critical
    title: Customer impact
    text: A customer is affected
    by_hand: Customers are affected
    act_within: immediately
"""
ALERTS: Mapping[str, Any] = {"channels": [f"slack:{CHANNEL}"], "rules": {"acme/behind": "off"}}
PEOPLE = (
    Person("Ana", {"slack": "U0ANA"}, "editor"),
    Person("Gus", {"slack": "U0GUS"}, "editor"),
    Person("Head", {"slack": "U0HEAD"}, "admin"),
)


def company(framework: str = FRAMEWORK, **alerting: Any) -> Workspace:
    """The workspace; `alerting` replaces what kpi.yaml says under `alerts`."""
    found = parse_framework(framework, "acme.yaml")
    use = Use(found, Plan(NINE.date().replace(day=1), BERLIN))
    entry = AlertsEntry.model_validate({**ALERTS, **alerting})
    return Workspace("Acme", BERLIN, (use,), METRICS, people=PEOPLE, alerts=entry)


@dataclass
class Office:
    """One database, one chat, and as many processes as a test starts."""

    sessions: SessionFactory
    workspace: Workspace = field(default_factory=company)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.chat = ScriptedChat(self.clock)
        self.one = self.process("one")

    @property
    def surfaces(self) -> dict[str, Surface]:
        return {"slack": self.chat}

    def process(self, worker: str) -> Process:
        return Process(self, worker)

    def change(self, **values: Any) -> None:
        """The files say something else."""
        self.workspace = replace(self.workspace, **values)
        self.one = self.process("one")

    def stars(self, *values: float, metric: str = "github.stars", at: datetime | None = None) -> None:
        """Readings, a second apart, now or at some time."""
        first = at or self.clock()
        found = [Sample(metric, first + timedelta(seconds=n), one) for n, one in enumerate(values)]
        with self.sessions.begin() as session:
            samples.write(session, found, self.clock())

    async def look(self, *values: float, **forward: float) -> None:
        """Time goes by, a number is read, the KPIs are judged, and what is owed is sent."""
        self.clock.forward(**forward)
        if values:
            self.stars(*values)
        self.one.evaluate()
        await self.settle()

    async def settle(self) -> None:
        """Send what is owed and change what stands, until nothing is due at this moment."""
        for _ in range(3):
            await self.send()
            await self.one.keep()
            self.clock.forward(seconds=5)
        await self.send()

    async def send(self) -> None:
        await Deliver(self.sessions, self.surfaces, "sender", self.clock, self.workspace.zone)()

    def alerts(self) -> list[Alert]:
        """All of them, the oldest first."""
        with self.sessions.read() as session:
            return alerts.recent(session)[::-1]

    def events(self, number: int) -> list[Event]:
        with self.sessions.read() as session:
            return alerts.events(session, [number])

    def kinds(self, number: int) -> list[str]:
        return [one.kind for one in self.events(number)]

    def ledger(self) -> list[Promise]:
        with self.sessions.read() as session:
            return promises.listing(session)[::-1]

    def posts(self) -> list[tuple[str, str]]:
        """What stands in the chat: where, and its first line."""
        return [(one.channel, lines(one.reply)[0]) for one in self.chat.posts]

    def edits(self) -> list[str]:
        """The first lines of what messages were changed to."""
        return [lines(one.reply)[0] for one in self.chat.edits]

    def midnight(self, days_ago: int = 0) -> datetime:
        return day_start(self.clock().astimezone(BERLIN).date() - timedelta(days=days_ago), BERLIN)


class Process:
    """The jobs as one process runs them."""

    def __init__(self, office: Office, worker: str) -> None:
        timeline = Timeline(office.workspace)
        self.stage = Stage(timeline, outsiders={("slack", CHANNEL): False})
        self.alerting = Alerting(self.stage, office.sessions)
        self.evaluate = Evaluate(timeline, office.sessions, office.clock, Board(), self.alerting)
        self.keep = KeepAlerts(self.stage, office.sessions, office.clock, office.surfaces, worker)
