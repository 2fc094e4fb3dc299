"""`/kpi funnel leads`: how many reach each step, at which rate, and where most are lost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from bot.commands.base import Args, Command, Context, Group, Subject
from bot.commands.cells import same_time
from bot.commands.naming import RuleRef, choices, find, which
from bot.errors import UserError
from bot.reply import Action, Actions, Block, Bold, Reply, line, note
from bot.reports import words
from bot.reports.funnels import (
    funnel_json,
    funnel_line,
    headline,
    overall_lines,
    standing_of,
    step_lines,
)
from bot.reports.rows import hidden_words, is_unheard_of, shown_kpis, small_print
from bot.reports.snapshot import Snapshot, load
from bot.workspace import KpiRef, Workspace, normal
from kpi.framework_rules import Funnel
from kpi.funnel import kpis_of

MOST_BUTTONS = 5
FunnelRef = RuleRef[Funnel]


class FunnelArgs(Args):
    name: str = Field("", description="The funnel: a word of its title, or a framework. None lists them all.")

    usage: ClassVar[str] = "funnel activation"
    about: ClassVar[Subject] = Subject.FRAMEWORK


def run(args: FunnelArgs, ctx: Context) -> Reply:
    funnels = [
        RuleRef(use, one)
        for use in ctx.workspace.uses
        for one in use.framework.funnels
        if shown_kpis(use, kpis_of(one), ctx.workspace)[0]
        and not is_unheard_of(use, kpis_of(one), ctx.workspace)
    ]
    if not funnels:
        raise UserError(
            _none(ctx.workspace), "A framework file states them under `funnels:`; HEKTOR has nine."
        )
    found = find("funnel", args.name, funnels, ctx.workspace)
    snapshot = load(
        ctx.session, ctx.workspace, ctx.moment, _kpis(found, ctx.workspace), known_by=ctx.known_by
    )
    if len(found) == 1:
        return _one(found[0], snapshot)
    if _is_list(args.name, ctx.workspace):
        return _list(found, snapshot, args.name)
    return which("funnel", found, same_time(ctx.moment))


def _none(workspace: Workspace) -> str:
    names = [use.framework.title for use in workspace.uses]
    return f"{names[0]} states no funnels." if len(names) == 1 else "No framework in use states funnels."


def _is_list(name: str, workspace: Workspace) -> bool:
    """Whether all of them, or all of a framework, are asked for."""
    keys = {normal(use.framework.key) for use in workspace.uses}
    return all(word in keys for word in normal(name).split())


def _kpis(found: Sequence[FunnelRef], workspace: Workspace) -> tuple[KpiRef, ...]:
    shown = [ref for one in found for ref in shown_kpis(one.use, kpis_of(one.rule), workspace)[0]]
    return tuple({ref.path: ref for ref in shown}.values())


def _one(ref: FunnelRef, snapshot: Snapshot) -> Reply:
    found = standing_of(ref.use, ref.rule, snapshot)
    refs, hidden = shown_kpis(ref.use, kpis_of(ref.rule), snapshot.workspace)
    blocks: list[Block] = [line(Bold(headline(found)))]
    blocks += [line(text) for text in (*step_lines(found, snapshot), *overall_lines(found, snapshot))]
    small = [ref.use.framework.title, ref.rule.note, hidden_words(len(hidden)), small_print(refs, snapshot)]
    blocks.append(note(" · ".join(part for part in small if part)))
    then = same_time(snapshot.moment)
    share = Action("Share", f"funnel {ref.path}{then}", share=True)
    return Reply(
        headline(found),
        (*blocks, Actions((Action("All funnels", f"funnels{then}"), share))),
        data=funnel_json(found),
    )


def _list(refs: Sequence[FunnelRef], snapshot: Snapshot, asked: str) -> Reply:
    found = [standing_of(ref.use, ref.rule, snapshot) for ref in refs]
    short = sum(one.weakest is not None for one in found)
    unknown = sum(not one.rated for one in found)
    said = f"{words.count(len(found), 'funnel')}: {short} short of a stated rate, {unknown} without any rate."
    order = sorted(zip(refs, found, strict=True), key=lambda pair: not pair[1].rated)  # what is known first
    lines = tuple(line(funnel_line(one)) for _, one in order)
    then = same_time(snapshot.moment)
    share = Action("Share", f"funnels {asked}".strip() + then, share=True)
    asks = (*choices("funnel", [ref for ref, _ in order[:MOST_BUTTONS]], then), share)
    small = small_print(_kpis(refs, snapshot.workspace), snapshot)
    return Reply(
        said,
        (line(Bold(said)), *lines, note(f"✓ met, – short, ○ not known · {small}"), Actions(asks)),
        data={"funnels": [funnel_json(one) for one in found]},
    )


COMMAND = Command(
    name="funnel",
    summary="Steps with counts and rates against the stated ones.",
    example="funnel activation",
    args=FunnelArgs,
    run=run,
    aliases=("funnels",),
    group=Group.FRAMEWORKS,
)
