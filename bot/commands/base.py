"""What a command is: words in, a reply out, from storage alone.

A command never reaches the network; a refresh is asked for with `Context.enqueue` and said so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict

from bot.errors import UserError, shortened
from bot.reply import Reply
from bot.surfaces.base import Invocation
from bot.workspace import Workspace
from kpi.calendar import Moment
from storage import Session


@dataclass(frozen=True, slots=True)
class Context:
    """All that a command may know and do."""

    workspace: Workspace
    session: Session
    moment: Moment
    invocation: Invocation
    enqueue: Callable[[str], bool]  # ask for a source to be collected soon; False when no job runs here
    known_by: datetime | None = None  # nothing recorded later counts: an answer is told again as it was


class Args(BaseModel):
    """What a command is told, word by word. The fields are its positional words, in their order."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    usage: ClassVar[str] = ""

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
