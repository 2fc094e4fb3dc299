"""What a command is: words in, a reply out, from storage alone.

A command never reaches the network; a refresh is asked for with `Context.enqueue` and said so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict

from bot.errors import UserError, shortened
from bot.reply import Reply
from bot.reports.places import Places
from bot.surfaces.base import Invocation
from bot.workspace import Workspace
from kpi.calendar import Moment
from storage import Session, audit


@dataclass(frozen=True, slots=True)
class Context:
    """All that a command may know and do."""

    workspace: Workspace
    session: Session
    moment: Moment
    invocation: Invocation
    enqueue: Callable[[str], bool]  # ask for a source to be collected soon; False when no job runs here
    known_by: datetime | None = None  # nothing recorded later counts: an answer is told again as it was
    workspace_at: Callable[[datetime], Workspace] | None = None  # frameworks and targets as they stood then
    understand: Callable[[str, Workspace], tuple[Command, tuple[str, ...]]] | None = None
    """The command that another question means to a reader, and what it is told. Raises `UserError`."""

    @property
    def author(self) -> str:
        """Who asks, by surface: `slack:U0123`."""
        return f"{self.invocation.surface}:{self.invocation.user}"

    @property
    def place(self) -> str:
        """From where, by surface: `slack:C0123`, or only `terminal`."""
        channel = self.invocation.channel
        return f"{self.invocation.surface}:{channel}" if channel else self.invocation.surface

    @property
    def places(self) -> Places:
        """How channels are written to whoever asks."""
        return Places(self.invocation.surface, self.invocation.ledger)

    def audit(
        self, action: str, subject: str, *, before: str = "", after: str = "", reason: str = ""
    ) -> None:
        """Writes down what is being done, in the transaction of the deed."""
        audit.write(
            self.session,
            audit.Act(self.moment.now, self.author, action, subject, before, after, reason, self.place),
        )


class Subject(StrEnum):
    """What the words behind a command name, so that phrases and suggestions know it too."""

    KPI = "kpi"
    KPIS = "kpis"  # two or more
    FRAMEWORK = "framework"
    OTHER = ""


class Group(StrEnum):
    """Under which heading help shows a command."""

    ASK = "Ask"
    FRAMEWORKS = "Gates and frameworks"
    CHANGE = "Change"
    OPERATE = "Operate"


class Args(BaseModel):
    """What a command is told, word by word. The fields are its positional words, in their order."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    usage: ClassVar[str] = ""
    about: ClassVar[Subject] = Subject.OTHER

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        """Fill the fields in order; the last one takes the rest of the words."""
        names = list(cls.model_fields)
        if not names:
            if words:
                raise UserError(
                    f"“{shortened(' '.join(words))}” is more than this command takes.", f"Say `{cls.usage}`."
                )
            return cls()
        filled: dict[str, Any] = dict(zip(names[:-1], words, strict=False))
        rest = words[len(names) - 1 :]
        if rest:
            filled[names[-1]] = " ".join(rest)
        missing = [name for name in names if name not in filled and cls.model_fields[name].is_required()]
        if missing:
            raise UserError(f"The {missing[0].replace('_', ' ')} is missing.", f"Say `{cls.usage}`.")
        return cls.model_validate(filled)


@dataclass(frozen=True, slots=True)
class Command:
    """One thing people can say to the bot."""

    name: str
    summary: str
    example: str
    args: type[Args]
    run: Callable[[Any, Context], Reply]
    aliases: tuple[str, ...] = ()
    writes: bool = False
    group: Group = Group.ASK
    beside: str = ""
    """The command whose counterpart it is: the overview names that one alone, and its page names this."""
