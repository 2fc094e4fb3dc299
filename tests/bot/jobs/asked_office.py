"""People who are asked for numbers: two of a small company, one in India, and somebody who has to know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from bot.commands import COMMANDS
from bot.dispatch import Dispatcher
from bot.frozen import thaw
from bot.jobs.asking import AskForNumbers
from bot.reply import Reply
from bot.settings_asks import AskEntry, AsksEntry
from bot.surfaces.base import Invocation
from bot.timeline import Timeline
from bot.workspace import Person, Workspace
from storage import SessionFactory, asking, promises
from storage.asking import Request
from storage.promises import Promise
from tests.factories import NPS, STARS, framework, workspace

DANA = Person("Dana", {"slack": "U0DANA"}, "editor")
RAJ = Person("Raj", {"slack": "U0RAJ", "discord": "5550001"}, "editor", (), "Asia/Kolkata")
LEE = Person("Lee", {"slack": "U0LEE"}, "admin")
NPS_PATH, MRR_PATH, CHURN_PATH = (f"acme/growth.{key}" for key in ("net_promoter_score", "mrr", "churn_rate"))
_MRR = {"name": "MRR", "unit": "$", "better": "higher", "targets": {"day90": "$20K"}}
_CHURN = {"name": "Churn Rate", "aliases": ["churn"], "unit": "%", "better": "lower"}
MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
"""10:00 in Berlin, on the first business day of November."""


def used(*people: Person, **changed: object) -> Workspace:
    """A company that asks Dana for two numbers a month and Raj for one; Lee answers for the framework."""
    of = framework(
        STARS,
        {**NPS, "asked": "monthly", "owner": "Dana"},
        {**_MRR, "asked": "monthly", "owner": "@dana"},
        {**_CHURN, "asked": "monthly", "owner": "Raj", **changed},
        governance={"owner": "Lee"},
    )
    return workspace(of, people=people or (DANA, RAJ, LEE), start=date(2026, 9, 1))


@dataclass
class Office:
    """A bot that asks, and the people it asks."""

    sessions: SessionFactory
    workspace: Workspace = field(default_factory=used)
    now: datetime = MONDAY

    def __post_init__(self) -> None:
        self.timeline = Timeline(self.workspace)
        self.ask = self.asker("slack")

    def asker(self, *surfaces: str, **names: str) -> AskForNumbers:
        return AskForNumbers(self.timeline, self.sessions, lambda: self.now, surfaces, names)

    def say(self, text: str, user: str = "U0DANA") -> Reply:
        answered = Dispatcher(self.timeline, self.sessions, COMMANDS, lambda: self.now)
        return answered(Invocation(text, "slack", user, "D1"))

    def change(self, changed: Workspace) -> None:
        self.timeline.change(changed)

    def settings(self, kpis: Mapping[str, AskEntry] | None = None, **asks: object) -> None:
        known = AsksEntry.model_validate(asks).model_copy(update={"kpis": kpis or {}})
        self.change(replace(self.timeline.files, asks=known))

    def after(self, **passed: float) -> None:
        self.now += timedelta(**passed)

    def ledger(self) -> list[Promise]:
        """Every promise, in the order of their keys."""
        with self.sessions.read() as session:
            return sorted(promises.listing(session), key=lambda one: (one.due, one.key))

    def told(self, user: str, day: int, month: int = 11) -> Reply | None:
        """What a person was told on a day."""
        with self.sessions.read() as session:
            found = promises.find(session, f"asks/slack:@{user}/2026-{month:02}-{day:02}")
        return None if found is None else thaw(found.payload)

    def request(self, path: str = NPS_PATH) -> Request:
        with self.sessions.read() as session:
            found = asking.of(session, path)
        assert found is not None
        return found
