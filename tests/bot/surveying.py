"""A workspace with surveys, the job that holds them, and people who answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.commands import COMMANDS
from bot.dispatch import Dispatcher
from bot.frozen import thaw
from bot.jobs.surveys import RunSurveys
from bot.reply import Reply
from bot.settings_surveys import SurveyEntry
from bot.surfaces.base import Invocation
from bot.timeline import Timeline
from bot.workspace import Person, Workspace
from storage import SessionFactory, promises
from storage.promises import Promise
from tests.bot.jobs.world import DAILY, small_workspace

BERLIN = ZoneInfo("Europe/Berlin")
OPENS = datetime(2026, 10, 1, 8, 0, tzinfo=UTC)
"""The first business day of the fourth quarter, 10:00 in Berlin."""
CLOSES = datetime(2026, 10, 8, 8, 0, tzinfo=UTC)
PEOPLE = tuple(Person(f"p{number}", {"slack": f"U{number:03}"}, groups=("devs",)) for number in range(8))
USUAL = {"kind": "nps", "question": "Would you recommend Acme?", "to": ["devs"], "every": "quarterly"}


def entry(**said: object) -> SurveyEntry:
    return SurveyEntry.model_validate(USUAL | said)


def surveyed(**entries: SurveyEntry) -> Workspace:
    return replace(
        small_workspace(), people=PEOPLE, schedule=(DAILY,), surveys=entries or {"developers": entry()}
    )


@dataclass
class Office:
    """The bot among its people."""

    sessions: SessionFactory
    workspace: Workspace = field(default_factory=surveyed)
    at: datetime = OPENS

    def __post_init__(self) -> None:
        self.timeline = Timeline(self.workspace)
        self.job = self.process()
        self._ask = Dispatcher(self.timeline, self.sessions, COMMANDS, self.now)

    def now(self) -> datetime:
        return self.at

    def process(self, **names: str) -> RunSurveys:
        return RunSurveys(self.timeline, self.sessions, self.now, names=names)

    def go(self, at: datetime) -> int:
        """Let the job run at that time; how many posts are owed by it."""
        self.at = at
        return self.job()

    def say(self, text: str, user: str = "U001", **how: object) -> Reply:
        where: Mapping[str, object] = {"surface": "slack"} | how
        return self._ask(Invocation(text, user=user, **where))  # type: ignore[arg-type]

    def answer(self, *scores: int, name: str = "developers") -> None:
        """One answer of each of the first people."""
        for number, score in enumerate(scores):
            reply = self.say(f"survey answer {name} {score}", f"U{number:03}")
            assert "error" not in reply.data, reply.text

    def owed(self, what: str, name: str = "developers") -> list[Promise]:
        """What is owed of a survey: its `question`, its `reminder`, its `result`."""
        with self.sessions.read() as session:
            found = promises.listing(session, limit=200)
        return [
            one for one in found if one.key.startswith(f"survey#{name}#") and one.key.endswith(f"/{what}")
        ]

    def post(self, what: str, name: str = "developers") -> Reply:
        return thaw(self.owed(what, name)[0].payload)
