"""What a command answers to a text, by the grammar alone: no dispatcher between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.commands import COMMANDS, compare, history, search
from bot.commands.base import Context
from bot.grammar import understand
from bot.reply import Reply
from bot.surfaces.base import Invocation
from bot.workspace import Workspace
from kpi.calendar import Moment
from storage import SessionFactory
from tests.factories import NOW

EVERY = tuple(
    {one.name: one for one in (*COMMANDS, history.COMMAND, compare.COMMAND, search.COMMAND)}.values()
)


def told(
    text: str,
    used: Workspace,
    sessions: SessionFactory,
    *,
    now: datetime = NOW,
    as_of: datetime | None = None,
    workspace_at: Callable[[datetime], Workspace] | None = None,
) -> Reply:
    """The answer to `text`; a refusal is raised."""
    command, words = understand(text, used, EVERY)
    with sessions.read() as session:
        context = Context(
            used,
            session,
            Moment(now, used.zone, as_of=as_of),
            Invocation(text, "slack", "U0DANA"),
            lambda _source: False,
            workspace_at=workspace_at,
        )
        return command.run(command.args.read(words), context)
