"""What one command answers, and what it asks of storage to do so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import event

from bot.commands.base import Command, Context
from bot.dispatch import refusal
from bot.errors import UserError
from bot.reply import Reply
from bot.surfaces.base import Invocation
from bot.workspace import Workspace
from kpi.calendar import Moment
from kpi.metric import Sample
from storage import Engine, SessionFactory
from tests.factories import NOW, YESTERDAY, each_day, store

ANSWERED_FROM = Invocation("", "slack", "U0DANA", "C0TEAM")


def answer(
    command: Command,
    text: str,
    used: Workspace,
    sessions: SessionFactory,
    *,
    now: datetime = NOW,
    by: Invocation = ANSWERED_FROM,
) -> Reply:
    """The reply to the words behind the command's name."""
    with sessions.begin() if command.writes else sessions.read() as session:
        asked = replace(by, text=f"{command.name} {text}".strip())
        context = Context(used, session, Moment(now, used.zone), asked, lambda _source: False)
        try:
            return command.run(command.args.read(tuple(text.split())), context)
        except UserError as fault:
            return refusal(fault.message, fault.hint)


def entered(framework: str, values: Mapping[str, float | Sequence[float]]) -> list[Sample]:
    """Entries by hand of KPIs by key; of several the last one is yesterday's."""
    return [
        sample
        for key, value in values.items()
        for sample in each_day(
            f"entry.{framework}.{key}", value if isinstance(value, Sequence) else [value], until=YESTERDAY
        )
    ]


def enter(sessions: SessionFactory, framework: str, values: Mapping[str, float | Sequence[float]]) -> None:
    store(sessions, entered(framework, values))


def withheld(used: Workspace, *paths: str) -> Workspace:
    """The workspace of a reader who is not shown these KPIs."""
    return replace(used, withheld=dict.fromkeys(paths, "It is for others.\nAsk them."))


def statements(
    command: Command, text: str, used: Workspace, *, engine: Engine, sessions: SessionFactory
) -> int:
    """How many statements the answer takes."""
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("PRAGMA"):  # said once a connection, whatever is asked
            found.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        reply = answer(command, text, used, sessions)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert "error" not in reply.data
    return len(found)
