"""`/kpi note stars 12 Nov: Show HN`: what happened on a day, so that charts can say it.

A kind may come first: `note incident stars: checkout was down`, `note campaign: autumn mail`.
"""

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
from bot.languages import said
from bot.reply import Action, Actions, Block, Bold, Reply, line, note
from bot.reports import happenings, words
from storage.annotations import NOTE, Annotation, add

LONGEST = 200


class NoteArgs(Args):
    text: str = Field("", description="What happened; a kind, a KPI, a framework or a day may come first.")

    usage: ClassVar[str] = "note stars 12 Nov: Show HN"


def run(args: NoteArgs, ctx: Context) -> Reply:
    text = tuple(args.text.split())
    if not text:
        return notes.answer((), "", ctx)
    found = understood(text, ctx.workspace, ctx.moment.day)
    if len(found.kpis) > 1:
        on = f" {found.day.isoformat()}" if found.day else ""
        kind = "" if found.kind == NOTE else f"{found.kind} "
        ask = f"notes {kind}{{}}" if found.is_subject_alone else f"note {kind}{{}}{on}: {prose(found.text)}"
        return which(found.name, found.kpis, ask)
    if found.is_subject_alone:
        return notes.answer(found.kpis, found.framework, ctx, "" if found.kind == NOTE else found.kind)
    access.require("note", ctx.workspace, ctx.invocation)
    if not any(char.isalnum() for char in found.text):
        raise UserError(said("The note says nothing."), said("Say `{ask}`.", ask=args.usage))
    if len(found.text) > LONGEST:
        told = said(
            "The note has {count} characters; {most} fit on a chart.", count=len(found.text), most=LONGEST
        )
        raise UserError(told, said("Say it shorter."))
    return _keep(found, ctx)


def _keep(found: Noted, ctx: Context) -> Reply:
    subject = found.kpis[0].path if found.kpis else found.framework
    day = found.day or ctx.moment.day
    made = Annotation(subject, _instant(day, ctx), found.text, ctx.author, ctx.moment.now, found.kind)
    add(ctx.session, made)
    kind = "" if found.kind == NOTE else f"{found.kind}: "
    ctx.audit("note", subject, after=f"{day.isoformat()}: {kind}{found.text}")
    told = said(
        "Noted for {day} on {charts}: {what}.",
        day=words.day(day, ctx.moment.day),
        charts=_where(found, ctx),
        what=f"“{found.text}”" if found.kind == NOTE else happenings.worded(made),
    )
    blocks: list[Block] = [line(Bold(told))]
    if not subject:
        blocks.append(note(said("For one KPI, put its name before a colon.")))
    asks: tuple[Action, ...] = ()
    if found.kpis:
        asks = (Action(said("Show it"), subject), Action(said("Its notes"), f"notes {subject}"))
    blocks.append(Actions(asks or (Action(said("Latest notes"), f"notes {subject}".strip()),)))
    data = {"subject": subject, "day": day.isoformat(), "at": made.at.isoformat()}
    return Reply(told, tuple(blocks), data={**data, "text": found.text, "kind": found.kind})


def _where(found: Noted, ctx: Context) -> str:
    if found.kpis:
        return found.kpis[0].kpi.name
    titles = {use.framework.key: use.framework.title for use in ctx.workspace.uses}
    if not found.framework:
        return said("every chart")
    return said("every chart of {framework}", framework=titles[found.framework])


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
