"""A workspace to talk to: the time moves on as a test says, and files may be edited in between."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.commands import COMMANDS
from bot.dispatch import Dispatcher
from bot.reply import Reply
from bot.surfaces.base import Invocation
from bot.timeline import Timeline
from bot.workspace import Person, Workspace
from storage import SessionFactory
from tests.factories import NOW

DANA = Person("Dana", {"slack": "U0DANA"}, "admin")
LEE = Person("Lee", {"slack": "U0LEE"}, "editor")
SAM = Person("Sam", {"slack": "U0SAM"}, "reader")


@dataclass
class Talk:
    """Somebody who asks; `later` lets time pass."""

    sessions: SessionFactory
    timeline: Timeline
    now: datetime = NOW

    def __call__(
        self, text: str, *, user: str = "U0DANA", surface: str = "slack", channel: str | None = "C0TEAM"
    ) -> Reply:
        return Dispatcher(self.timeline, self.sessions, COMMANDS, lambda: self.now)(
            Invocation(text, surface, user, channel)
        )

    def later(self, **passed: float) -> None:
        self.now += timedelta(**passed)


def talk(workspace: Workspace, sessions: SessionFactory, *, now: datetime = NOW) -> Talk:
    uses = tuple(replace(use, file=use.framework) for use in workspace.uses)
    return Talk(sessions, Timeline(replace(workspace, uses=uses)), now)
