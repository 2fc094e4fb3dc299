"""`/kpi sources`: what is connected, when it was last read, and what is wrong with it."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from pydantic import Field

from bot.commands.base import Args, Command, Context
from bot.errors import UserError
from bot.reply import Block, Bold, Reply, line, note
from bot.reports import words
from bot.workspace import Source, nearest, normal
from storage import runs
from storage.runs import Run


class SourcesArgs(Args):
    refresh: str = Field("", description="A source to read again now.")

    usage: ClassVar[str] = "sources github"


def run(args: SourcesArgs, ctx: Context) -> Reply:
    asked = _refresh(args.refresh, ctx) if args.refresh else ""
    last = runs.last_by_source(ctx.session)
    sources = ctx.workspace.sources
    broken = [source for source in sources if (found := last.get(source.name)) and found.faults]
    said = (
        f"{words.count(len(sources), 'source')}, {len(broken)} failing."
        if broken
        else f"{words.count(len(sources), 'source')}, all fine."
    )
    if not sources:
        said = "No source is connected."
    blocks: list[Block] = [line(Bold(asked or said))]
    for source in sources:
        blocks += _source_blocks(source, last.get(source.name), ctx)
    if not sources:
        blocks.append(
            note(
                "Add one under `sources:` in kpi.yaml, import a file with `kpi import`, or `record` a value."
            )
        )
    return Reply(
        asked or said, tuple(blocks), data={"sources": [_data(one, last.get(one.name)) for one in sources]}
    )


def _refresh(name: str, ctx: Context) -> str:
    by_name = {normal(source.name): source for source in ctx.workspace.sources}
    source = by_name.get(normal(name.removeprefix("refresh ")))
    if source is None:
        close = nearest(normal(name)[:100], {key: one.name for key, one in by_name.items()})
        hint = f"Nearest: {', '.join(f'`{one}`' for one in close)}." if close else "`sources` lists them."
        raise UserError(f"No source “{name[:60]}”.", hint)
    if not ctx.enqueue(source.name):
        raise UserError(
            "Nothing collects here.", f"Run `kpi collect {source.name}`, or ask the bot that runs."
        )
    return f"{source.name} is being read again; ask once more in a moment."


def _source_blocks(source: Source, last: Run | None, ctx: Context) -> list[Block]:
    now = ctx.moment.now
    if last is None:
        return [line(f"○ {source.name}: not read yet")]
    if last.finished_at is None:
        return [line(f"… {source.name}: being read, for {_short(now - last.started_at)}")]
    when = words.age(now - last.finished_at)
    if not last.faults:
        kept = f"{last.written.new:,} new, {last.written.restated:,} restated"
        return [line(f"✓ {source.name}: {when}, {kept}"), *([note(source.note)] if source.note else [])]
    mark = "▲" if not (last.written.new or last.written.unchanged or last.written.restated) else "◆"
    blocks: list[Block] = [line(f"{mark} {source.name}: {when}, {words.count(len(last.faults), 'fault')}")]
    blocks += [note(words.told(fault.message, fault.hint)) for fault in last.faults[:4]]
    return blocks


def _short(elapsed: timedelta) -> str:
    return words.age(elapsed).removesuffix(" ago")


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
)
