"""The targets of one KPI as a reply, each with who changed it, when and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.commands.base import Context
from bot.reply import Block, Bold, Note, Reply, line, marked
from bot.reports import words
from bot.reports.provenance import author_name, target_subject
from bot.reports.standing_words import deadline_words
from bot.workspace import KpiRef
from kpi.horizon import placed, target_in_force
from kpi.retarget import written_text
from storage import revisions
from storage.revisions import Revision


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
        blocks.append(line(Bold(f"{_cell(ref, key, ctx)}{mark}")))
        blocks += [line(_history_line(one, ctx)) for one in reversed(changes[key])]
        if changes[key]:
            blocks.append(line(f"– The framework's file: {_written(ref, key)}"))
    blocks.append(Note(marked(f"Change one: `{example(ref)}`.")))
    return Reply(said, tuple(blocks), data=_data(ref, changes))


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
    due = "at all times" if horizon == "steady" else deadline_words(found, ctx.moment)
    return f"{target.goal.text} {due}"


def _written(ref: KpiRef, horizon: str) -> str:
    own = (ref.use.file or ref.use.framework).by_key.get(ref.kpi.key)
    return ("" if own is None else written_text(own, horizon)) or "no target"


def _history_line(one: Revision, ctx: Context) -> str:
    at = words.clock(one.recorded_at, ctx.moment.zone, ctx.moment.day)
    return f"– {at} {author_name(one.author, ctx.workspace)} set {one.text}: {one.reason}"


def example(ref: KpiRef) -> str:
    """How to change one of its targets."""
    horizon = next(iter(ref.kpi.targets), None) or next(iter(ref.use.framework.horizons))
    return f"target {ref.path} {horizon} {written_text(ref.kpi, horizon) or '100'} because …"
