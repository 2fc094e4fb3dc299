"""`/kpi sources`: what is connected, when it was last read, what it feeds, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from bot.commands.base import Args, Command, Context, Group
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Block, Bold, Note, Reply, line, marked, note
from bot.reports import words
from bot.reports.source_health import Health, data, detail_lines, health, healths, lost_words
from bot.workspace import Source, nearest, normal

SHOWN_FAULTS = 4


class SourcesArgs(Args):
    name: str = Field("", description="One source; `refresh NAME` reads it again now.")

    usage: ClassVar[str] = "sources github"


def run(args: SourcesArgs, ctx: Context) -> Reply:
    if ctx.moment.as_of is not None:
        raise UserError("Sources are shown as they are now.", "Leave out `as-of`.")
    if normal(args.name).startswith("refresh "):
        return _refreshed(_named(args.name.strip()[len("refresh ") :], ctx), ctx)
    if args.name:
        return _one(_named(args.name, ctx), ctx)
    found = healths(ctx.session, ctx.workspace, ctx.moment)
    said = _headline(found)
    blocks: list[Block] = [line(Bold(said))]
    for one in found:
        blocks += _blocks(one, ctx)
    if not found:
        hint = "Connect one with `kpi sources add`, import a file with `kpi import`, or `record` a value."
        blocks.append(Note(marked(hint)))
    return Reply(said, tuple(blocks), data={"sources": [data(one) for one in found]})


def _headline(found: Sequence[Health]) -> str:
    """How many there are, and how many of them fail or were never read."""
    if not found:
        return "No source is connected."
    failing = sum(bool(one.last and one.last.faults) for one in found)
    unread = sum(one.last is None for one in found)
    not_read = "not read yet" if len(found) == 1 else f"{unread} not read yet"
    parts = [f"{failing} failing" if failing else "", not_read if unread else ""]
    said = ", ".join(part for part in parts if part) or ("fine" if len(found) == 1 else "all fine")
    return f"{words.count(len(found), 'source')}, {said}."


def _named(name: str, ctx: Context) -> Source:
    """The source of that name. Raises `UserError` with the nearest ones."""
    by_name = {normal(source.name): source for source in ctx.workspace.sources}
    source = by_name.get(normal(name))
    if source is None:
        close = nearest(normal(name)[:100], {key: one.name for key, one in by_name.items()})
        hint = f"Nearest: {', '.join(f'`{one}`' for one in close)}." if close else "`sources` lists them."
        raise UserError(f"No source “{shortened(name)}”.", hint)
    return source


def _refreshed(source: Source, ctx: Context) -> Reply:
    if not ctx.enqueue(source.name):
        raise UserError(
            "Nothing collects here.", f"Run `kpi collect {source.name}`, or ask the bot that runs."
        )
    said = f"{source.name} is being read again; ask once more in a moment."
    blocks = (line(Bold(said)), Actions((Action("Show it", f"sources {source.name}"),)))
    return Reply(said, blocks, data={"source": source.name})


def _one(source: Source, ctx: Context) -> Reply:
    found = health(ctx.session, ctx.workspace, ctx.moment, source)
    said = _state(found, ctx)
    blocks: list[Block] = [line(Bold(said)), *(line(one) for one in detail_lines(found, ctx.moment))]
    blocks += _faults(found)
    if source.note:
        blocks.append(note(source.note))
    again = Action("Read again", f"sources refresh {source.name}")
    blocks.append(Actions((again, Action("All sources", "sources"))))
    return Reply(said, tuple(blocks), data=dict(data(found)))


def _state(one: Health, ctx: Context) -> str:
    """ "✓ github: 12 min ago, 41 new, 0 restated, next in 48 min"."""
    name = one.source.name
    if one.last is None or one.last.finished_at is None:
        return f"○ {name}: not read yet"
    when = words.age(ctx.moment.now - one.last.finished_at)
    if one.last.faults:
        mark = "▲" if one.brought_nothing else "◆"
        return f"{mark} {name}: {when}, {words.count(len(one.last.faults), 'fault')}{_next(one, ctx)}"
    kept = f"{one.last.written.new:,} new, {one.last.written.restated:,} restated"
    return f"✓ {name}: {when}, {kept}{_next(one, ctx)}"


def _next(one: Health, ctx: Context) -> str:
    following = one.next_at()
    if following is None or following <= ctx.moment.now:
        return ""
    minutes = round((following - ctx.moment.now).total_seconds() / 60)
    return f", next in {minutes} min" if minutes < 120 else f", next in {round(minutes / 60)} h"


def _blocks(one: Health, ctx: Context) -> list[Block]:
    said = [note(one.source.note)] if one.source.note else []
    losing = [note(lost_words(one, ctx.moment.today))] if one.lost else []
    return [line(_state(one, ctx)), *losing, *_faults(one), *said]


def _faults(one: Health) -> list[Block]:
    """Each fault once: parts that are refused alike say the same."""
    every = one.last.faults if one.last else ()
    found = list(dict.fromkeys(words.told(fault.message, fault.hint) for fault in every))
    told: list[Block] = [Note(marked(said)) for said in found[:SHOWN_FAULTS]]
    more = len(found) - len(told)
    return [*told, *([note(f"… and {words.count(more, 'more fault')}")] if more else [])]


COMMAND = Command(
    name="sources",
    summary="What is connected, how fresh it is, what it feeds, and what fails.",
    example="sources",
    args=SourcesArgs,
    run=run,
    aliases=("source",),
    group=Group.OPERATE,
)
