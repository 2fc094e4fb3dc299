"""`/kpi note stars 12 Nov: Show HN`: what happened on a day, so that charts can say it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import ClassVar

from pydantic import Field

from bot import access
from bot.commands import notes
from bot.commands.base import Args, Command, Context, Group
from bot.commands.kpi import which
from bot.commands.note_words import Noted, understood
from bot.commands.retyped import prose
from bot.errors import UserError
from bot.reply import Action, Actions, Block, Bold, Reply, line, note
from bot.reports import words
from storage.annotations import Annotation, add

LONGEST = 200


class NoteArgs(Args):
    text: str = Field("", description="What happened; a KPI, a framework or a day may stand before it.")

    usage: ClassVar[str] = "note stars 12 Nov: Show HN"


def run(args: NoteArgs, ctx: Context) -> Reply:
    said = tuple(args.text.split())
    if not said:
        return notes.answer((), "", ctx)
    found = understood(said, ctx.workspace, ctx.moment.day)
    if len(found.kpis) > 1:
        on = f" {found.day.isoformat()}" if found.day else ""
        ask = "notes {}" if found.is_subject_alone else f"note {{}}{on}: {prose(found.text)}"
        return which(found.name, found.kpis, ask)
    if found.is_subject_alone:
        return notes.answer(found.kpis, found.framework, ctx)
    access.require("note", ctx.workspace, ctx.invocation)
    if not any(char.isalnum() for char in found.text):
        raise UserError("The note says nothing.", f"Say `{args.usage}`.")
    if len(found.text) > LONGEST:
        raise UserError(
            f"The note has {len(found.text)} characters; {LONGEST} fit on a chart.", "Say it shorter."
        )
    return _keep(found, ctx)


def _keep(found: Noted, ctx: Context) -> Reply:
    subject = found.kpis[0].path if found.kpis else found.framework
    day = found.day or ctx.moment.day
    made = Annotation(subject, _instant(day, ctx), found.text, ctx.author, ctx.moment.now)
    add(ctx.session, made)
    ctx.audit("note", subject, after=f"{day.isoformat()}: {found.text}")
    where = _where(found, ctx)
    said = f"Noted for {words.day(day, ctx.moment.day)} on {where}: “{found.text}”."
    blocks: list[Block] = [line(Bold(said))]
    if not subject:
        blocks.append(note("For one KPI, put its name before a colon."))
    asks = (Action("Show it", subject), Action("Its notes", f"notes {subject}")) if found.kpis else ()
    blocks.append(Actions(asks or (Action("Latest notes", f"notes {subject}".strip()),)))
    data = {"subject": subject, "day": day.isoformat(), "at": made.at.isoformat(), "text": found.text}
    return Reply(said, tuple(blocks), data=data)


def _where(found: Noted, ctx: Context) -> str:
    if found.kpis:
        return found.kpis[0].kpi.name
    titles = {use.framework.key: use.framework.title for use in ctx.workspace.uses}
    return f"every chart of {titles[found.framework]}" if found.framework else "every chart"


def _instant(day: date, ctx: Context) -> datetime:
    """Now for today, the noon of any other day: it lies on that day whatever the clocks do."""
    if day == ctx.moment.day:
        return ctx.moment.now
    return datetime.combine(day, time(12), ctx.moment.zone).astimezone(UTC)


COMMAND = Command(
    name="note",
    summary="Note what happened on a day; charts show it.",
    example="note stars 12 Nov: Show HN",
    args=NoteArgs,
    run=run,
    aliases=("annotate",),
    writes=True,
    group=Group.CHANGE,
)
