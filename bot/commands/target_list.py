"""The targets of one KPI, or what was changed by hand, each with who changed it, when and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bot.commands.base import Context
from bot.reply import Action, Actions, Block, Bold, Note, Reply, line, marked
from bot.reports import words
from bot.reports.provenance import author_name, target_subject
from bot.reports.provenance_words import with_deadline
from bot.workspace import KpiRef, Workspace
from kpi.framework import Kpi
from kpi.horizon import placed, target_in_force
from kpi.quantity import Goal, QuantityFault, parse_goal, print_goal, print_value
from kpi.retarget import written_text
from kpi.unit import BARE
from storage import revisions
from storage.revisions import Kind, Revision

MOST_SHOWN = 10
LONGEST_EXAMPLE = 30
"""Characters of a target that stands in a hint as an example."""


def answer(ref: KpiRef, ctx: Context) -> Reply:
    """The KPI's targets, each with what became of it."""
    framework = ref.use.framework
    in_force = target_in_force(ref.kpi, framework, ref.use.plan, ctx.moment.day)
    changes = {key: revisions.of_target(ctx.session, target_subject(ref, key)) for key in framework.horizons}
    count = words.count(len(ref.kpi.targets), "target")
    changed = sum(map(len, changes.values()))
    said = f"{ref.kpi.name}: {count}, {words.count(changed, 'change')} so far."
    blocks: list[Block] = [line(Bold(said))]
    for key in framework.horizons:
        if key not in ref.kpi.targets and not changes[key]:
            continue
        mark = " · in force" if in_force is not None and in_force.horizon == key else ""
        blocks.append(line(f"{_cell(ref, key, ctx)}{mark}"))
        blocks += [line(_history_line(one, ctx)) for one in reversed(changes[key])]
        if changes[key]:
            blocks.append(line(f"– The framework's file: {_written(ref, key)}"))
    blocks.append(Note(marked(f"Change one: `{example(ref, ctx.workspace)}`.")))
    share = Action("Share", f"target {ref.path}", share=True)
    blocks.append(Actions((Action("What it is", f"show {ref.path}"), share)))
    return Reply(said, tuple(blocks), data=_data(ref, changes))


def overview(ctx: Context) -> Reply:
    """The targets that were changed by hand and still differ from their framework's file, newest first."""
    workspace = ctx.workspace
    changed = list(_changed(workspace))
    kept = {one.subject: one for one in revisions.read(ctx.session) if one.kind is Kind.TARGET}
    found = [(ref, key, kept[at]) for ref, key in changed if (at := target_subject(ref, key)) in kept]
    found.sort(key=lambda one: one[2].number, reverse=True)
    were = "was" if len(found) == 1 else "were"
    said = f"{words.count(len(found), 'target')} {were} changed by hand."
    if not found:
        said = "No target was changed by hand: the frameworks' files hold."
    blocks: list[Block] = [line(Bold(said))]
    blocks += [line(_changed_line(*one, ctx)) for one in found[:MOST_SHOWN]]
    if len(found) > MOST_SHOWN:
        blocks.append(Note(marked(f"{len(found) - MOST_SHOWN} more: `audit target`.")))
    refs = {ref.path: ref for ref in (*(one[0] for one in found), *_with_number(workspace))}
    if first := next(iter(refs.values()), None):
        name = workspace.own_name(first).lower()
        blocks.append(Note(marked(f"One KPI's targets: `target {name}`.")))
        blocks.append(Note(marked(f"Change one: `{example(first, workspace)}`.")))
        blocks.append(Actions((Action(first.kpi.name[:60], f"target {first.path}"),)))
    data = [_change_data(*one) for one in found]
    return Reply(said, tuple(blocks), data={"changed": data})


def _changed(workspace: Workspace) -> Iterator[tuple[KpiRef, str]]:
    """The cells that read otherwise than in their framework's file, with their horizons."""
    for ref in workspace.kpis:
        for key in ref.use.framework.horizons:
            if written_text(ref.kpi, key) != _in_file(ref, key):
                yield ref, key


def _with_number(workspace: Workspace) -> Iterator[KpiRef]:
    return (ref for ref in workspace.kpis if any(one.is_numeric for one in ref.kpi.targets.values()))


def _changed_line(ref: KpiRef, horizon: str, change: Revision, ctx: Context) -> str:
    title = ref.use.framework.horizons[horizon].title
    at = words.clock(change.recorded_at, ctx.moment.zone, ctx.moment.day)
    who = f"{author_name(change.author, ctx.workspace)} {at}"
    return f"{ref.kpi.name}, {title}: {_written(ref, horizon)} → {change.text}, {who}: {change.reason}"


def _change_data(ref: KpiRef, horizon: str, change: Revision) -> dict[str, str]:
    return {
        "kpi": ref.path,
        "horizon": horizon,
        "file": _in_file(ref, horizon),
        "text": change.text,
        "author": change.author,
        "at": change.recorded_at.isoformat(),
        "reason": change.reason,
    }


def _data(ref: KpiRef, changes: Mapping[str, Sequence[Revision]]) -> dict[str, object]:
    return {
        "kpi": ref.kpi.key,
        "framework": ref.use.framework.key,
        "targets": {
            key: {
                "text": written_text(ref.kpi, key),
                "changes": [
                    {
                        "text": one.text,
                        "author": one.author,
                        "at": one.recorded_at.isoformat(),
                        "reason": one.reason,
                    }
                    for one in found
                ],
            }
            for key, found in changes.items()
            if found or key in ref.kpi.targets
        },
    }


def _cell(ref: KpiRef, horizon: str, ctx: Context) -> str:
    target = ref.kpi.targets.get(horizon)
    if target is None:
        title = ref.use.framework.horizons[horizon].title
        return f"{title}: no target any more, the file has moved on"
    found = placed(target, ref.use.framework, ref.use.plan, ctx.moment.day)
    return with_deadline(target.goal.text, found, ctx.moment)


def _in_file(ref: KpiRef, horizon: str) -> str:
    own = (ref.use.file or ref.use.framework).by_key.get(ref.kpi.key)
    return "" if own is None else written_text(own, horizon)


def _written(ref: KpiRef, horizon: str) -> str:
    return _in_file(ref, horizon) or "no target"


def _history_line(one: Revision, ctx: Context) -> str:
    at = words.clock(one.recorded_at, ctx.moment.zone, ctx.moment.day)
    return f"– {at} {author_name(one.author, ctx.workspace)} set {one.text}: {one.reason}"


def example(ref: KpiRef, workspace: Workspace) -> str:
    """How to change one of its targets, as a person would say it."""
    numeric = (key for key, one in ref.kpi.targets.items() if one.is_numeric)
    horizon = next(iter((*numeric, *ref.kpi.targets, *ref.use.framework.horizons)))
    name = workspace.own_name(ref).lower()
    return f"target {name} {horizon} {likely_target(ref.kpi, horizon)} because …"


def likely_target(kpi: Kpi, horizon: str) -> str:
    """A short text that could stand there: the number of its target, or of another one of the KPI's."""
    own = kpi.targets.get(horizon)
    numeric = [one for one in (own, *kpi.targets.values()) if one is not None and one.is_numeric]
    if numeric:
        return _bare(numeric[0].goal, kpi)
    if own is not None and own.is_applicable:
        return own.goal.text if len(own.goal.text) <= LONGEST_EXAMPLE else "TARGET"
    return "100"


def _bare(goal: Goal, kpi: Kpi) -> str:
    """The goal as its number alone, where that still says the same."""
    value = goal.value or 0.0
    plain = (print_value(value, BARE if kpi.unit.kind == "count" else kpi.unit),)
    for text in (*plain, print_goal(replace(goal, qualifier=""), kpi.unit)):
        try:
            read = parse_goal(text, unit=kpi.unit, better=kpi.better)
        except QuantityFault:
            continue
        if (read.op, read.value, read.high) == (goal.op, goal.value, goal.high):
            return text
    return goal.text
