"""Somebody who subscribes and silences: their own zone, a schedule, and time that moves on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from bot.cadence import Cadence, Owed
from bot.commands import COMMANDS
from bot.dispatch import Dispatcher
from bot.reply import Reply
from bot.surfaces.base import Invocation
from bot.timeline import Timeline
from bot.workspace import Person, Restriction, Workspace
from kpi.workdays import MONDAY_TO_FRIDAY
from storage import SessionFactory
from tests.factories import NOW, NPS, STARS, framework, workspace

DANA = Person("Dana", {"slack": "U0DANA"}, "admin")
RAJ = Person("Raj", {"slack": "U0RAJ"}, "editor", zone="Asia/Kolkata")
SAM = Person("Sam", {"slack": "U0SAM"})
NPS_PATH, STARS_PATH = "acme/growth.net_promoter_score", "acme/growth.github_stars"
DAILY = Owed("daily", "slack", "C0TEAM", Cadence(time(8, 30), MONDAY_TO_FRIDAY))


def used(*, people: Sequence[Person] = (DANA, RAJ, SAM), schedule: Sequence[Owed] = (DAILY,)) -> Workspace:
    return replace(workspace(framework(STARS, NPS), people=people), schedule=tuple(schedule))


def secret(of: Workspace, path: str = NPS_PATH) -> Workspace:
    """The same, with a KPI for Raj and the channel C0CARE alone."""
    only = Restriction(kpis=frozenset({path}), people=("Raj",), channels=("slack:C0CARE",), ask="@raj")
    return replace(of, restrictions=(only,))


@dataclass
class Place:
    """A workspace to talk to."""

    sessions: SessionFactory
    workspace: Workspace
    now: datetime = NOW

    def __call__(
        self,
        text: str,
        *,
        user: str = "U0DANA",
        surface: str = "slack",
        channel: str | None = "C0TEAM",
        zone: str = "",
        via: str = "",
        is_shared: bool = False,
    ) -> Reply:
        asked = Invocation(text, surface, user, channel, is_shared, zone=zone, via=via)
        return Dispatcher(Timeline(self.workspace), self.sessions, COMMANDS, lambda: self.now)(asked)

    def later(self, **passed: float) -> None:
        self.now += timedelta(**passed)


def place(sessions: SessionFactory, of: Workspace | None = None, *, now: datetime = NOW) -> Place:
    return Place(sessions, of or used(), now)
