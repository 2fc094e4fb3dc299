"""`/kpi notes stars`: what people noted, the latest first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from pydantic import Field

from bot.commands.base import Args, Command, Context, Subject
from bot.commands.cells import one_name
from bot.commands.kpi import which
from bot.reply import Block, Bold, Note, Reply, line, marked
from bot.reports import words
from bot.reports.provenance import author_name
from bot.workspace import KpiRef, Workspace, normal
from kpi.calendar import day_of
from kpi.metric import EPOCH
from storage.annotations import Annotation, between

MOST_SHOWN = 10
_ENDLESS = datetime(9000, 1, 1, tzinfo=UTC)


class NotesArgs(Args):
    subject: str = Field("", description="A KPI or a framework; none lists all notes.")

    usage: ClassVar[str] = "notes stars"
    about: ClassVar[Subject] = Subject.FRAMEWORK


def run(args: NotesArgs, ctx: Context) -> Reply:
    text = normal(args.subject)
    frameworks = tuple(use.framework.key for use in ctx.workspace.uses if normal(use.framework.key) == text)
    if not text or frameworks:
        return answer((), frameworks[0] if frameworks else "", ctx)
    found = one_name(args.subject, ctx.workspace, args.usage)
    return which(args.subject, found, "notes {}") if len(found) > 1 else answer(found, "", ctx)


def answer(kpis: tuple[KpiRef, ...], framework: str, ctx: Context) -> Reply:
    """The latest notes that the charts of a KPI or a framework show, or all that the reader may see."""
    workspace = ctx.workspace
    if kpis:
        of, subjects = f" on {kpis[0].kpi.name}", ["", kpis[0].use.framework.key, kpis[0].path]
    else:
        uses = [use for use in workspace.uses if not framework or use.framework.key == framework]
        keys = [use.framework.key for use in uses]
        of = f" on {uses[0].framework.title}" if framework else ""
        subjects = ["", *keys, *(ref.path for ref in workspace.kpis if ref.use.framework.key in keys)]
    found = between(ctx.session, subjects, EPOCH, _ENDLESS, as_of=ctx.moment.as_of)
    found = [one for one in found if ctx.moment.as_of is None or one.at <= ctx.moment.now]
    said = f"{words.count(len(found), 'note')}{of}." if found else f"No note{of} yet."
    blocks: list[Block] = [line(Bold(said))]
    latest = found[: -MOST_SHOWN - 1 : -1]
    blocks += [line(_line(one, ctx)) for one in latest]
    if len(found) > len(latest):
        blocks.append(Note(marked(f"The latest {len(latest)}; charts show the others.")))
    if not found:
        name = workspace.own_name(kpis[0]).lower() if kpis else framework
        ask = f"note {name}: what happened" if name else "note what happened"
        blocks.append(Note(marked(f"Write one: `{ask}`.")))
    return Reply(said, tuple(blocks), data={"notes": [_data(one) for one in reversed(found)]})


def _line(one: Annotation, ctx: Context) -> str:
    day = words.day(day_of(one.at, ctx.moment.zone), ctx.moment.day)
    return (
        f"{day} · {_subject(one.subject, ctx.workspace)}{one.text} ({author_name(one.author, ctx.workspace)})"
    )


def _subject(subject: str, workspace: Workspace) -> str:
    """Whose note it is, before its text; nothing for every chart."""
    if not subject:
        return ""
    titles = {use.framework.key: use.framework.title for use in workspace.uses}
    found = workspace.find_kpi(subject) if "/" in subject else ()
    return f"{found[0].kpi.name if found else titles.get(subject, subject)}: "


def _data(one: Annotation) -> dict[str, str]:
    return {"subject": one.subject, "at": one.at.isoformat(), "text": one.text, "author": one.author}


COMMAND = Command(
    name="notes",
    summary="The latest notes on charts.",
    example="notes stars",
    args=NotesArgs,
    run=run,
    aliases=("annotations",),
)
