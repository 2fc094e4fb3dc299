"""`/kpi sources`: what is connected, when it was last read, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from bot.commands.base import Args, Command, Context, Group
from bot.errors import UserError, shortened
from bot.reply import Block, Bold, Note, Reply, line, marked, note
from bot.reports import words
from bot.workspace import Source, nearest, normal
from storage import runs
from storage.runs import Run

SHOWN_FAULTS = 4


class SourcesArgs(Args):
    refresh: str = Field("", description="A source to read again now.")

    usage: ClassVar[str] = "sources github"


def run(args: SourcesArgs, ctx: Context) -> Reply:
    if ctx.moment.as_of is not None:
        raise UserError("Sources are shown as they are now.", "Leave out `as-of`.")
    asked = _refresh(args.refresh, ctx) if args.refresh else ""
    last = runs.last_by_source(ctx.session)
    sources = ctx.workspace.sources
    said = asked or _headline(sources, last)
    blocks: list[Block] = [line(Bold(said))]
    for source in sources:
        blocks += _source_blocks(source, last.get(source.name), ctx)
    if not sources:
        hint = "Add one under `sources:` in kpi.yaml, import a file with `kpi import`, or `record` a value."
        blocks.append(Note(marked(hint)))
    return Reply(said, tuple(blocks), data={"sources": [_data(one, last.get(one.name)) for one in sources]})


def _headline(sources: Sequence[Source], last: Mapping[str, Run]) -> str:
    """How many there are, and how many of them fail or were never read."""
    if not sources:
        return "No source is connected."
    failing = sum(bool(source.name in last and last[source.name].faults) for source in sources)
    unread = sum(source.name not in last for source in sources)
    not_read = "not read yet" if len(sources) == 1 else f"{unread} not read yet"
    parts = [f"{failing} failing" if failing else "", not_read if unread else ""]
    said = ", ".join(part for part in parts if part) or ("fine" if len(sources) == 1 else "all fine")
    return f"{words.count(len(sources), 'source')}, {said}."


def _refresh(name: str, ctx: Context) -> str:
    by_name = {normal(source.name): source for source in ctx.workspace.sources}
    source = by_name.get(normal(name.removeprefix("refresh ")))
    if source is None:
        close = nearest(normal(name)[:100], {key: one.name for key, one in by_name.items()})
        hint = f"Nearest: {', '.join(f'`{one}`' for one in close)}." if close else "`sources` lists them."
        raise UserError(f"No source “{shortened(name)}”.", hint)
    if not ctx.enqueue(source.name):
        raise UserError(
            "Nothing collects here.", f"Run `kpi collect {source.name}`, or ask the bot that runs."
        )
    return f"{source.name} is being read again; ask once more in a moment."


def _source_blocks(source: Source, last: Run | None, ctx: Context) -> list[Block]:
    said = [note(source.note)] if source.note else []
    if last is None or last.finished_at is None:
        return [line(f"○ {source.name}: not read yet"), *said]
    when = words.age(ctx.moment.now - last.finished_at)
    if not last.faults:
        kept = f"{last.written.new:,} new, {last.written.restated:,} restated"
        return [line(f"✓ {source.name}: {when}, {kept}"), *said]
    mark = "▲" if not (last.written.new or last.written.unchanged or last.written.restated) else "◆"
    told = [Note(marked(words.told(fault.message, fault.hint))) for fault in last.faults[:SHOWN_FAULTS]]
    more = len(last.faults) - len(told)
    rest = [note(f"… and {words.count(more, 'more fault')}")] if more else []
    return [
        line(f"{mark} {source.name}: {when}, {words.count(len(last.faults), 'fault')}"),
        *told,
        *rest,
        *said,
    ]


def _data(source: Source, last: Run | None) -> dict[str, object]:
    finished = last.finished_at if last else None
    return {
        "source": source.name,
        "collector": source.collector,
        "finished_at": finished.isoformat() if finished else None,
        "faults": [
            {"kind": fault.kind, "message": fault.message, "hint": fault.hint}
            for fault in (last.faults if last else ())
        ],
    }


COMMAND = Command(
    name="sources",
    summary="What is connected, how fresh it is, and what fails.",
    example="sources",
    args=SourcesArgs,
    run=run,
    aliases=("source",),
    group=Group.OPERATE,
)
