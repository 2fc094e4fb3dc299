"""`/kpi attribution channels`: where traffic, leads and deals come from, beside the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from pydantic import Field

from bot.commands.base import Args, Command, Context, Group, Subject
from bot.commands.cells import same_time
from bot.commands.naming import RuleRef, choices, find
from bot.errors import UserError
from bot.reply import Action, Actions, Block, Bold, Heading, Reply, line, note
from bot.reports.rows import hidden_words, nothing, row, shown_kpis, small_print, valued
from bot.reports.shares import planned_place, points_off, share_row
from bot.reports.snapshot import Snapshot, load
from bot.workspace import KpiRef, Workspace, normal
from kpi.framework_rules import Attribution
from kpi.quantity import print_change, print_value
from kpi.scoring import exact
from kpi.standing_json import standing_json
from kpi.unit import PERCENT

AttributionRef = RuleRef[Attribution]


class AttributionArgs(Args):
    name: str = Field("", description="Which one: channels, referrers, social, or a framework. None: all.")

    usage: ClassVar[str] = "attribution channels"
    about: ClassVar[Subject] = Subject.FRAMEWORK


def run(args: AttributionArgs, ctx: Context) -> Reply:
    known = [
        RuleRef(use, one)
        for use in ctx.workspace.uses
        for one in use.framework.attribution
        if shown_kpis(use, one.kpis, ctx.workspace)[0]
    ]
    if not known:
        titles = " and ".join(use.framework.title for use in ctx.workspace.uses)
        raise UserError(f"No attribution is stated by {titles}.", "HEKTOR states five: `attribution hektor`.")
    found = _merged(find("attribution", args.name, known, ctx.workspace))
    refs = _kpis(found, ctx.workspace)
    snapshot = load(ctx.session, ctx.workspace, ctx.moment, refs, known_by=ctx.known_by)
    said = _headline(found, refs, snapshot)
    blocks: list[Block] = [line(Bold(said))]
    for one in found:
        blocks += _blocks(one, snapshot, is_alone=len(found) == 1)
    blocks.append(note(_small_print(found, snapshot)))
    then = same_time(ctx.moment)
    asks = choices("attribution", found, then) if len(found) > 1 else ()
    ask = f"attribution {found[0].path}" if len(found) == 1 else f"attribution {args.name}".strip()
    blocks.append(Actions((*asks[:4], Action("Share", f"{ask}{then}", share=True))))
    return Reply(said, tuple(blocks), data={"attribution": [_data(one, snapshot) for one in found]})


def _merged(found: Sequence[AttributionRef]) -> tuple[AttributionRef, ...]:
    """Each once: of two that share out the same whole among the same KPIs, the first."""
    kept: dict[tuple[object, ...], AttributionRef] = {}
    for one in found:
        kept.setdefault((one.use.framework.key, one.rule.kind, one.rule.of, one.rule.kpis), one)
    return tuple(kept.values())


def _kpis(found: Sequence[AttributionRef], workspace: Workspace) -> tuple[KpiRef, ...]:
    shown = [ref for one in found for ref in shown_kpis(one.use, one.rule.kpis, workspace)[0]]
    return tuple({ref.path: ref for ref in shown}.values())


def _headline(found: Sequence[AttributionRef], refs: Sequence[KpiRef], snapshot: Snapshot) -> str:
    """The largest deviation from a plan, or how much is measured."""
    measured = sum(snapshot.of(ref).value is not None for ref in refs)
    name = found[0].rule.title if len(found) == 1 else "Attribution"
    if len(refs) == 1:
        standing = snapshot.of(refs[0])
        return f"{name}: {valued(standing) if measured else nothing(standing)}."
    if not measured:
        return f"{name}: none of its {len(refs)} parts is measured yet."
    mixes = {key for one in found if one.rule.kind == "mix" for key in one.rule.kpis}
    off = [
        (abs(points), ref, points)
        for ref in refs
        if ref.kpi.key in mixes and (points := points_off(snapshot.of(ref))) is not None
    ]
    said = f"{name}: {measured} of {len(refs)} measured"
    if not off:
        return f"{said}."
    _, ref, points = max(off, key=lambda one: one[0])
    if not points:
        return f"{said}, the mix is as planned."
    return f"{said}; furthest from its plan: {ref.kpi.name}, {print_change(points, ref.kpi.unit)}."


def _blocks(one: AttributionRef, snapshot: Snapshot, *, is_alone: bool) -> Iterator[Block]:
    if not is_alone:
        yield Heading(one.rule.title)
    refs, hidden = shown_kpis(one.use, one.rule.kpis, snapshot.workspace)
    match one.rule.kind:
        case "ranking":
            lines = tuple(_ranking(refs, snapshot))
        case "total":
            lines = tuple(row(ref, snapshot) for ref in refs)
        case _:
            lines = tuple(share_row(ref, snapshot) for ref in refs)
    yield from (line(text) for text in lines)
    if one.rule.kind == "mix" and (added := _sum_words(refs, snapshot)):
        yield line(added)
    if one.rule.kind == "total" and one.rule.tools:
        yield note(f"Measured by {' and '.join(one.rule.tools)}.")
    if hidden:
        yield note(hidden_words(len(hidden)))


def _ranking(refs: Sequence[KpiRef], snapshot: Snapshot) -> Iterator[str]:
    """By what was measured, the greatest first, each with the place it was planned to take."""
    values = {ref.path: value for ref in refs if (value := snapshot.of(ref).value) is not None}
    for ref in sorted(refs, key=lambda one: (one.path not in values, -values.get(one.path, 0.0))):
        if ref.path not in values:
            yield share_row(ref, snapshot)
            continue
        place = 1 + sum(value > values[ref.path] for value in values.values())
        yield f"{place}. {share_row(ref, snapshot).removeprefix('· ')}"


def _sum_words(refs: Sequence[KpiRef], snapshot: Snapshot) -> str:
    """What the measured shares of one whole add up to, where that is not all of it."""
    values = [snapshot.of(ref).value for ref in refs]
    total = sum(exact(value) for value in values if value is not None)
    missing = sum(value is None for value in values)
    if missing == len(values) or total == 100:
        return ""
    rest = f", {missing} not measured" if missing else ": the shares do not make a whole"
    return f"Together {print_value(float(total), PERCENT, against=100.0)}{rest}."


def _small_print(found: Sequence[AttributionRef], snapshot: Snapshot) -> str:
    kinds = {one.rule.kind for one in found}
    said = {
        "mix": "A planned mix is neither met nor missed: the difference is in points.",
        "shares": "Shares of different wholes: they need not add up.",
    }
    whole = found[0].rule.of if len(found) == 1 else ""
    wholes = [] if normal(whole) in normal(found[0].rule.title) else [f"Of {whole}."]
    notes = [one.rule.note for one in found if one.rule.note]
    parts = [*(text for kind, text in said.items() if kind in kinds), *notes, *wholes]
    return f"{' '.join(parts)} {small_print(_kpis(found, snapshot.workspace), snapshot)}".strip()


def _data(one: AttributionRef, snapshot: Snapshot) -> Mapping[str, Any]:
    refs, hidden = shown_kpis(one.use, one.rule.kpis, snapshot.workspace)
    return {
        "attribution": one.rule.key,
        "framework": one.use.framework.key,
        "title": one.rule.title,
        "kind": one.rule.kind,
        "of": one.rule.of,
        "hidden": len(hidden),
        "kpis": [
            standing_json(snapshot.of(ref))
            | {"points_off_plan": points_off(snapshot.of(ref)) if one.rule.kind == "mix" else None}
            | {"planned_place": planned_place(snapshot.of(ref)) if one.rule.kind == "ranking" else None}
            for ref in refs
        ],
    }


COMMAND = Command(
    name="attribution",
    summary="Where traffic, leads and deals come from, beside the plan.",
    example="attribution channels",
    args=AttributionArgs,
    run=run,
    aliases=("attributions",),
    group=Group.FRAMEWORKS,
)
