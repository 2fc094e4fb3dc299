"""`/kpi frameworks`: what is in use, since when, and what its files say that cannot all hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from pydantic import Field

from bot.commands.base import Args, Command, Context, Group, Subject
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Block, Bold, Note, Reply, Text, line, marked, note
from bot.reports import words
from bot.workspace import Use, Workspace, nearest, normal
from kpi.calendar import STEADY, Moment, day_of
from kpi.framework_report import findings
from storage import revisions
from storage.revisions import Kind, Revision

MOST_FINDINGS = 5


class FrameworksArgs(Args):
    name: str = Field("", description="One of them, with what its file says that cannot all hold.")

    usage: ClassVar[str] = "frameworks inferno"
    about: ClassVar[Subject] = Subject.FRAMEWORK


def run(args: FrameworksArgs, ctx: Context) -> Reply:
    uses = ctx.workspace.uses
    known = revisions.read(ctx.session)
    chosen = _chosen(args.name, uses) if args.name else uses
    shown = [ref for ref in ctx.workspace.kpis if ref.use in chosen]
    kpis = len(shown)
    said = f"{words.count(len(chosen), 'framework')} in use, {words.count(kpis, 'KPI')}."
    if len(chosen) == 1:
        said = f"{chosen[0].framework.title}: {_made_of(chosen[0], ctx.workspace)}."
    blocks: list[Block] = [line(Bold(said))]
    if ctx.workspace.trouble:
        blocks.append(Note(marked(ctx.workspace.trouble)))
    for use in chosen:
        if len(chosen) > 1:
            blocks.append(line(Bold(use.framework.key.capitalize()), f": {_made_of(use, ctx.workspace)}"))
        blocks += _about(use, known, ctx.moment)
    if len(chosen) == 1 and (found := _findings(chosen[0], ctx.workspace)):
        blocks += _remarks(found, chosen[0].framework.key)
    elif len(chosen) > 1:
        keys = [use.framework.key for use in chosen][:5]
        blocks.append(Actions(tuple(Action(key.capitalize(), f"frameworks {key}") for key in keys)))
    data = [_data(use, ctx.workspace, known) for use in chosen]
    return Reply(said, tuple(blocks), data={"frameworks": data})


def _chosen(name: str, uses: Sequence[Use]) -> tuple[Use, ...]:
    wanted = normal(name)
    found = tuple(use for use in uses if wanted in {normal(use.framework.key), normal(use.framework.title)})
    if not found:
        shown = {normal(use.framework.key): use.framework.key for use in uses}
        close = nearest(wanted[:100], shown) or tuple(shown.values())
        raise UserError(
            f"No framework “{shortened(name)}” is in use.",
            f"In use: {', '.join(f'`{key}`' for key in close)}. Others come in through kpi.yaml.",
        )
    return found


def _findings(use: Use, workspace: Workspace) -> list[str]:
    """What cannot all hold in its file; nothing where that could name a KPI the reader may not see."""
    is_whole = all(workspace.shows(use.framework.key, kpi.key) for kpi in use.framework.kpis)
    return findings(use.framework) if is_whole else []


def _remarks(found: Sequence[str], key: str) -> Iterator[Block]:
    """What does not fit together in the file: the first few, and where the rest is."""
    yield line(f"{words.count(len(found), 'remark')} on its file:")
    yield from (note(f"{at}. {one}") for at, one in enumerate(found[:MOST_FINDINGS], start=1))
    if len(found) > MOST_FINDINGS:
        yield Note(marked(f"{len(found) - MOST_FINDINGS} more: `kpi framework check {key}`."))


def _counted(use: Use, workspace: Workspace) -> tuple[int, int]:
    """How many KPIs and targets of it the reader may see."""
    kpis = [kpi for kpi in use.framework.kpis if workspace.shows(use.framework.key, kpi.key)]
    return len(kpis), sum(len(kpi.targets) + (kpi.pace is not None) for kpi in kpis)


def _made_of(use: Use, workspace: Workspace) -> str:
    """How much of what it holds, of what the reader may see: "95 KPIs, 235 targets, 3 zones"."""
    framework = use.framework
    kpis, targets = _counted(use, workspace)
    parts = [
        words.count(kpis, "KPI"),
        words.count(targets, "target"),
        words.count(len(framework.gates), "gate") if framework.gates else "",
        words.count(len(framework.zones), "zone") if framework.zones else "",
    ]
    return ", ".join(part for part in parts if part)


def _about(use: Use, known: Sequence[Revision], moment: Moment) -> list[Block]:
    """Its dates, and in small print since when its file reads as it does."""
    blocks: list[Block] = [Text(marked(_when(use, moment)))]
    if history := _history(use, known, moment):
        blocks.append(note(history))
    return blocks


def _when(use: Use, moment: Moment) -> str:
    """Its start and the horizon that comes next."""
    start = use.plan.start
    if start is None:
        return "No start is set: add `start:` in kpi.yaml."
    began = _started(start, moment)
    dated = [
        (deadline, horizon.title)
        for horizon in use.framework.horizons.values()
        if horizon.key != STEADY and (deadline := use.plan.deadline(horizon.key)) is not None
    ]
    ahead = min((pair for pair in dated if pair[0] >= moment.day), default=None)
    if ahead is None and not dated:
        key = next((one.key for one in use.framework.horizons.values() if one.key != STEADY), "")
        undated = f" No deadline is set: date {key} under `horizons:` in kpi.yaml." if key else ""
        return f"{began}.{undated}"
    if ahead is None:
        return f"{began}. Every deadline is past."
    days = (ahead[0] - moment.day).days
    left = "today" if days == 0 else f"{words.count(days, 'day')} left"
    return f"{began}. Next: {ahead[1]} on {words.day(ahead[0], moment.day)}, {left}."


def _started(start: date, moment: Moment) -> str:
    if start > moment.day:
        return f"Starts {words.day(start, moment.day)}"
    return f"Day {(moment.day - start).days} since {words.day(start, moment.day)}"


def _history(use: Use, known: Sequence[Revision], moment: Moment) -> str:
    """Since when the file reads as it does, and how many targets were changed by hand."""
    files = [one for one in known if (one.kind, one.subject) == (Kind.FRAMEWORK, use.framework.key)]
    parts = []
    if files:
        since = words.day(day_of(files[-1].recorded_at, moment.zone), moment.day)
        times = f" ({words.count(len(files) - 1, 'change')} since the first)" if len(files) > 1 else ""
        parts.append(f"File unchanged since {since}{times}")
    if changed := _changed(use, known):
        parts.append(f"{words.count(changed, 'target')} set in chat instead of the file")
    return " · ".join(parts)


def _changed(use: Use, known: Sequence[Revision]) -> int:
    """How many cells read otherwise than in the file."""
    begin = f"{use.framework.key}/"
    return len({one.subject for one in known if one.kind is Kind.TARGET and one.subject.startswith(begin)})


def _data(use: Use, workspace: Workspace, known: Sequence[Revision]) -> Mapping[str, Any]:
    framework = use.framework
    kpis, targets = _counted(use, workspace)
    return {
        "framework": framework.key,
        "title": framework.title,
        "start": None if use.plan.start is None else use.plan.start.isoformat(),
        "kpis": kpis,
        "targets": targets,
        "gates": [gate.key for gate in framework.gates],
        "zones": [zone.zone for zone in framework.zones],
        "changed_by_hand": _changed(use, known),
        "findings": _findings(use, workspace),
    }


COMMAND = Command(
    name="frameworks",
    summary="The frameworks in use: their start, next deadline, and what clashes.",
    example="frameworks inferno",
    args=FrameworksArgs,
    run=run,
    aliases=("framework",),
    group=Group.FRAMEWORKS,
)
