"""`/kpi notes stars`: what people noted and what sources told of, the latest first; or `notes incidents`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from bot.commands.base import Args, Command, Context, Subject
from bot.commands.cells import one_name
from bot.commands.kpi import which
from bot.languages import said
from bot.reply import Block, Bold, Link, Note, Plain, Reply, Span, line, marked
from bot.reports import happenings, words
from bot.reports.provenance import author_name
from bot.workspace import KpiRef, Workspace, normal
from kpi.calendar import day_of
from storage.annotations import KINDS, Annotation

MOST_SHOWN = 10
_KINDS = {word: kind for kind in KINDS for word in (kind, f"{kind}s")}


class NotesArgs(Args):
    subject: str = Field("", description="A KPI, a framework, a kind such as incidents; none lists all.")

    usage: ClassVar[str] = "notes stars"
    about: ClassVar[Subject] = Subject.FRAMEWORK


def run(args: NotesArgs, ctx: Context) -> Reply:
    kind, subject = _kind_of(args.subject, ctx.workspace)
    text = normal(subject)
    frameworks = tuple(use.framework.key for use in ctx.workspace.uses if normal(use.framework.key) == text)
    if not text or frameworks:
        return answer((), frameworks[0] if frameworks else "", ctx, kind)
    found = one_name(subject, ctx.workspace, args.usage)
    if len(found) > 1:
        return which(subject, found, f"notes {kind} {{}}" if kind else "notes {}")
    return answer(found, "", ctx, kind)


def _kind_of(subject: str, workspace: Workspace) -> tuple[str, str]:
    """A kind at the beginning or the end, and the rest; none in what names a KPI as a whole."""
    parts = subject.split()
    if parts and not workspace.find_kpi(subject):
        for at, rest in ((0, parts[1:]), (-1, parts[:-1])):
            if kind := _KINDS.get(parts[at].casefold()):
                return kind, " ".join(rest)
    return "", subject


def answer(kpis: tuple[KpiRef, ...], framework: str, ctx: Context, kind: str = "") -> Reply:
    """The latest on the charts of a KPI, of a framework, or of all that the reader may see; of one kind, or
    of all."""
    workspace = ctx.workspace
    refs = kpis[:1] or tuple(
        ref for ref in workspace.kpis if not framework or ref.use.framework.key == framework
    )
    read = happenings.latest(ctx.session, workspace, refs, ctx.moment, kind)
    found, told = read.found, _finding(read, _name(kpis, framework, workspace), kind)
    blocks: list[Block] = [line(Bold(told))]
    latest = found[: -MOST_SHOWN - 1 : -1]
    blocks += [line(*_line(one, ctx)) for one in latest]
    if len(found) > len(latest):
        last = said("The latest {count}; charts show the others.", count=len(latest))
        blocks.append(Note(marked(last)))
    if not found:
        name = workspace.own_name(kpis[0]).lower() if kpis else framework
        asked = " ".join(filter(None, ("note", kind, name)))
        ask = said("{asked}: what happened", asked=asked) if kind or name else said("note what happened")
        blocks.append(Note(marked(said("Write one: `{ask}`.", ask=ask))))
    return Reply(told, tuple(blocks), data={"notes": [_data(one) for one in reversed(found)]})


def _name(kpis: Sequence[KpiRef], framework: str, workspace: Workspace) -> str:
    """On whose charts: of a KPI, of a framework; empty for all."""
    if kpis:
        return kpis[0].kpi.name
    titles = {use.framework.key: use.framework.title for use in workspace.uses}
    return titles.get(framework, "")


def _finding(read: happenings.Latest, name: str, kind: str) -> str:
    if not read.count:
        what = happenings.kind_word(kind)
        return (
            said("No {kind} on {name} yet.", kind=what, name=name)
            if name
            else said("No {kind} yet.", kind=what)
        )
    number = happenings.counted(kind, read.count)
    if not read.is_all:
        number = said("{number} or more", number=number)
    return said("{number} on {name}.", number=number, name=name) if name else said("{number}.", number=number)


def _line(one: Annotation, ctx: Context) -> tuple[Span, ...]:
    """Its day, whose it is and what it was, with a way to where more is said of it, and who told of it."""
    day = words.day(day_of(one.at, ctx.moment.zone), ctx.moment.day)
    told = happenings.worded(one)
    what: Span = Link(one.url, told) if one.url else Plain(told)
    subject = _subject(one.subject, ctx.workspace)
    return Plain(f"{day} · {subject}"), what, Plain(f" ({_who(one, ctx.workspace)})")


def _who(one: Annotation, workspace: Workspace) -> str:
    if not one.source:
        return author_name(one.author, workspace)
    return next(
        (each.title or each.name for each in workspace.sources if each.name == one.source), one.source
    )


def _subject(subject: str, workspace: Workspace) -> str:
    """Whose note it is, before its text; nothing for every chart, and of a source's."""
    if not subject or ":" in subject:
        return ""
    titles = {use.framework.key: use.framework.title for use in workspace.uses}
    found = workspace.find_kpi(subject) if "/" in subject else ()
    return f"{found[0].kpi.name if found else titles.get(subject, subject)}: "


def _data(one: Annotation) -> dict[str, str]:
    about = {"subject": one.subject, "at": one.at.isoformat(), "text": one.text, "author": one.author}
    return {**about, "kind": one.kind, "source": one.source, "url": one.url}


COMMAND = Command(
    name="notes",
    summary="The latest notes, releases and incidents on charts.",
    example="notes stars",
    args=NotesArgs,
    run=run,
    aliases=("annotations",),
)
