"""`/kpi why stars last week`: what changed, who moved it and what fell into the same days; and `why stars`,
where every figure comes from besides: formula, inputs, sources, people, target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

from bot.commands.base import Command, Context
from bot.commands.cells import same_time
from bot.commands.kpi import KpiArgs, pick
from bot.reply import Action, Actions, Block, Bold, Divider, Note, Reply, line, marked, note
from bot.reports.asks import View, asked_line
from bot.reports.explained import Asked, Explanation, explain, read_for
from bot.reports.explained_gauge import last_of
from bot.reports.explained_json import explained_json
from bot.reports.explained_words import finding, is_cut, lines, range_words
from bot.reports.missing_words import no_number_lines
from bot.reports.provenance import Provenance, provenance
from bot.reports.provenance_json import provenance_json
from bot.reports.provenance_words import explained, inputs_table
from bot.reports.snapshot import Snapshot, load
from bot.reports.standing_words import headline
from bot.windows import Window
from bot.workspace import KpiRef

_SOURCE = frozenset({"source", "sources", "provenance", "origin"})
"""Behind the name of a KPI: only where its number comes from."""

_CHART_DAYS = 28
"""So much of a chart is shown before the days of a change."""


class WhyArgs(KpiArgs):
    usage: ClassVar[str] = "why stars last week"


def run(args: WhyArgs, ctx: Context) -> Reply:
    args, is_source = _without_source(args, ctx)
    picked = pick(args, ctx, "why")
    if isinstance(picked, Reply):
        return picked
    ref, window = picked
    if is_source:
        return origin(ref, ctx)
    return answer(ref, ctx) if window is None else change(ref, window, ctx)


def _without_source(args: WhyArgs, ctx: Context) -> tuple[WhyArgs, bool]:
    """What is asked without the word `source` behind it, and whether it was there; a name may end with it."""
    name, _, last = args.name.rpartition(" ")
    find = ctx.workspace.find_kpi
    is_asked = last.casefold() in _SOURCE and bool(name) and not find(args.name)
    return (args.model_copy(update={"name": name}), True) if is_asked else (args, False)


def answer(ref: KpiRef, ctx: Context) -> Reply:
    """What changed of late, and where the standing comes from, from one reading of storage."""
    asked = Asked(ref, known_by=ctx.known_by)
    snapshot = read_for(ctx.session, ctx.workspace, ctx.moment, asked)
    said, blocks, data = _origin(ref, snapshot, ctx)
    then = same_time(snapshot.moment)
    if snapshot.of(ref).value is None or ref.kpi.is_judged:
        return Reply(said, (*blocks, _origin_actions(ref, then)), data=data)
    found = explain(ctx.session, snapshot, asked)
    told = finding(found, snapshot)
    changed = (line(Bold(told)), *_told(found, snapshot))
    actions = _actions(ref, found, snapshot, f"why {ref.path}{then}")
    more = (Action("Its targets", f"target {ref.path}"), *actions.more)
    parts: tuple[Block, ...] = (*changed, Divider(), *blocks)
    if found.change.missing:  # nobody asked about these days: what is known comes first
        told, parts = said, (*blocks, Divider(), *changed)
    return Reply(
        told,
        (*parts, replace(actions, more=more)),
        data={**data, "explained": explained_json(found)},
    )


def change(ref: KpiRef, window: Window, ctx: Context) -> Reply:
    """What changed in the days that are named."""
    asked = Asked(ref, window, ctx.known_by)
    snapshot = read_for(ctx.session, ctx.workspace, ctx.moment, asked)
    found = explain(ctx.session, snapshot, asked)
    told, then = finding(found, snapshot), same_time(snapshot.moment)
    standing = snapshot.of(ref)
    blocks: list[Block] = [line(Bold(told)), *_told(found, snapshot)]
    if found.change.missing and standing.value is None:  # it is not these days alone
        told = headline(standing)
        blocks = [line(Bold(told)), *_why_none(ref, found, snapshot)]
    if is_cut(window):
        blocks.append(note("Today is not over, so it is left out."))
    actions = _actions(ref, found, snapshot, f"why {ref.path} {window.text}{then}")
    where = Action("Where it comes from", f"why {ref.path} source{then}")
    data = {
        "kpi": ref.kpi.key,
        "name": ref.kpi.name,
        "framework": ref.use.framework.key,
        "unit": ref.kpi.unit.name,
        "explained": explained_json(found),
    }
    return Reply(told, (*blocks, replace(actions, more=(where, *actions.more))), data=data)


def origin(ref: KpiRef, ctx: Context) -> Reply:
    """Everything behind the standing of `ref`, from the same reading of storage as the standing itself."""
    snapshot = load(ctx.session, ctx.workspace, ctx.moment, (ref,), known_by=ctx.known_by)
    said, blocks, data = _origin(ref, snapshot, ctx)
    return Reply(said, (*blocks, _origin_actions(ref, same_time(snapshot.moment), " source")), data=data)


def _why_none(ref: KpiRef, found: Explanation, snapshot: Snapshot) -> Iterator[Block]:
    """Why there is no number at all, and what would bring one."""
    reasons = no_number_lines(snapshot.of(ref), ref, snapshot)
    for text in reasons or (found.change.missing,):
        if text:
            yield line(*marked(text))


def _told(found: Explanation, snapshot: Snapshot) -> Iterator[Block]:
    for text in lines(found, snapshot):
        yield line(*marked(text))


def _origin(
    ref: KpiRef, snapshot: Snapshot, ctx: Context
) -> tuple[str, tuple[Block, ...], dict[str, object]]:
    limits = [at for at in (ctx.moment.as_of, ctx.known_by) if at is not None]
    found = provenance(ctx.session, ref, snapshot, known_by=min(limits, default=None))
    asked = asked_line(ctx.session, ref, View(ctx.workspace, ctx.moment)) if not limits else ""
    blocks = tuple(_blocks(ref, found, snapshot, asked))
    return headline(found.standing), blocks, provenance_json(found, ref)


def _blocks(ref: KpiRef, found: Provenance, snapshot: Snapshot, asked: str) -> Iterator[Block]:
    yield line(Bold(headline(found.standing)))
    every = [*explained(found, ref, snapshot), *([("Asked", asked)] if asked else [])]
    for label, text in every:
        yield line(Bold(f"{label}:"), " ", *marked(text))
    if table := inputs_table(found, snapshot):
        yield table
    framework = ref.use.framework
    where = f"line {ref.kpi.line} of {framework.source}" if framework.source else framework.title
    measured = f". It says: “{ref.kpi.source}”" if ref.kpi.source else ""
    yield Note(marked(f"{framework.title}, {where}{measured}"))


def _origin_actions(ref: KpiRef, then: str, source: str = "") -> Actions:
    return Actions(
        (
            Action("Show it", f"show {ref.path}{then}"),
            Action("Its targets", f"target {ref.path}"),
            Action("Share", f"why {ref.path}{source}{then}", share=True),
        )
    )


def _actions(ref: KpiRef, found: Explanation, snapshot: Snapshot, share: str) -> Actions:
    """The days of the change drawn, with some weeks before them, and what else to do about it."""
    days, then = found.change.days, same_time(snapshot.moment)
    first = min(days.first, found.change.earlier.first, last_of(days) - timedelta(days=_CHART_DAYS))
    span = f"{first.isoformat()} to {last_of(days).isoformat()}"
    now = snapshot.moment.as_of is None
    noted = (Action("Note what happened…", ref.path, form="note"),) if now else ()
    odd: tuple[Action, ...] = ()
    if found.change.side == 0 and found.change.side_before:
        earlier = found.change.earlier
        ask = f"why {ref.path} {earlier.first.isoformat()} to {last_of(earlier).isoformat()}{then}"
        odd = (Action(f"Why {range_words(earlier, snapshot.moment.day)}", ask),)
    is_drawn = not found.change.missing or snapshot.of(ref).value is not None
    chart = (Action("Chart", f"chart {ref.path} {span}{then}"),) if is_drawn else ()
    return Actions(
        (
            *odd,
            *chart,
            Action("History", f"history {ref.path} {span}{then}"),
            *noted,
            Action("Share", share, share=True),
        )
    )


COMMAND = Command(
    name="why",
    summary="What changed and who moved it, and where each figure comes from.",
    example="why stars last week",
    args=WhyArgs,
    run=run,
    aliases=("explain", "provenance"),
)
