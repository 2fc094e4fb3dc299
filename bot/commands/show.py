"""`/kpi show stars`: what a KPI is, in its document's words; where it stands is one button away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar

from pydantic import Field

from bot.commands.base import Args, Command, Context, Subject
from bot.commands.cells import one_name, same_time
from bot.commands.kpi import which
from bot.reply import Action, Actions, Block, Bold, Note, Reply, line, marked
from bot.reports import words
from bot.reports.provenance_words import with_deadline
from bot.workspace import KpiRef, Restriction
from kpi.calendar import EVEN, WEEKDAYS, Rhythm
from kpi.framework import Target
from kpi.horizon import placed, target_in_force
from kpi.quantity import Better
from kpi.standing_json import target_json
from kpi.unit import Unit

_BETTER = {
    Better.HIGHER: "higher is better",
    Better.LOWER: "lower is better",
    Better.NONE: "neither way is better",
}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class ShowArgs(Args):
    name: str = Field("", description="The KPI: its name, an alias, or its key.")

    usage: ClassVar[str] = "show stars"
    about: ClassVar[Subject] = Subject.KPI


def run(args: ShowArgs, ctx: Context) -> Reply:
    found = one_name(args.name, ctx.workspace, args.usage)
    return which(args.name, found, "show {}") if len(found) > 1 else answer(found[0], ctx)


def answer(ref: KpiRef, ctx: Context) -> Reply:
    """The KPI as its framework states it; nothing is measured for it."""
    kpi, framework = ref.kpi, ref.use.framework
    said = f"{kpi.name}: {_BETTER[kpi.better]}{_counted(kpi.unit)}."
    blocks: list[Block] = [line(Bold(said))]
    blocks.append(line(f"{framework.title} · {kpi.section}"))
    blocks += _targets(ref, ctx)
    blocks += [line(Bold(f"{label}:"), f" {text}") for label, text in _facts(ref, ctx) if text]
    blocks.append(Note(marked(f"`{ref.path}` · line {kpi.line} of {framework.source or framework.title}")))
    then = same_time(ctx.moment)
    blocks.append(
        Actions(
            (
                Action("Where it stands", f"{ref.path}{then}", primary=True),
                Action("Why", f"why {ref.path}{then}"),
                Action("Target history", f"target {ref.path}"),
                Action("Share", f"show {ref.path}{then}", share=True),
            )
        )
    )
    return Reply(said, tuple(blocks), data=_data(ref, ctx))


def _counted(unit: Unit) -> str:
    return f", in {unit.name}" if unit.name else ""


def _targets(ref: KpiRef, ctx: Context) -> Iterator[Block]:
    """Every target in its author's words, the one in force marked."""
    kpi, use = ref.kpi, ref.use
    in_force = target_in_force(kpi, use.framework, use.plan, ctx.moment.day)
    if not kpi.targets:
        yield line("It has no target.")
    for key, target in kpi.targets.items():
        mark = "→" if in_force is not None and key == in_force.horizon else "·"
        force = " · in force" if mark == "→" else ""
        yield line(f"{mark} {_target(target, ref, ctx)}{force}")
    if kpi.baseline_text:
        yield line(Bold("Baseline:"), f" {kpi.baseline_text}")
    if kpi.pace is not None:
        yield line(Bold("Its own pace:"), f" {kpi.pace.goal.text}")


def _target(target: Target, ref: KpiRef, ctx: Context) -> str:
    found = placed(target, ref.use.framework, ref.use.plan, ctx.moment.day)
    return with_deadline(target.goal.text, found, ctx.moment)


def _facts(ref: KpiRef, ctx: Context) -> Iterator[tuple[str, str]]:
    """What else the framework and the workspace say of it; empty where they say nothing."""
    kpi = ref.kpi
    yield "Also called", ", ".join(kpi.aliases)
    yield "Measured as", kpi.measure or "entered by hand"
    yield "The document says", f"“{kpi.source}”" if kpi.source else ""
    yield "Owner", ref.use.framework.owner_of(kpi)
    yield "Note", kpi.note
    yield "Counts", f"only what is at least {_days(kpi.matures)} old" if kpi.matures else ""
    yield "History", f"no number before {_days(kpi.history)} of data" if kpi.history else ""
    yield "Rhythm", _rhythm(kpi.rhythm or ref.use.plan.rhythm)
    yield "Scores", "" if kpi.scored else "it is left out of every score"
    if audiences := [_audience(one) for one in ctx.workspace.restrictions if one.covers(ref)]:
        yield "Seen by", "; and ".join(audiences)


def _days(stretch: timedelta) -> str:
    return words.count(stretch.days, "day")


def _rhythm(weights: Rhythm) -> str:
    """How its pace is spread over a week; an even one is not worth a line."""
    if len(set(weights)) == 1 or weights == EVEN:
        return ""
    if weights == WEEKDAYS:
        return "its pace counts weekdays only"
    spread = ", ".join(f"{day} {weight}" for day, weight in zip(_DAYS, weights, strict=True) if weight)
    return f"its pace is spread as {spread}"


def _audience(one: Restriction) -> str:
    """Whom a restriction lets in."""
    roles = tuple(f"{role}s" for role in one.roles)
    channels = (
        (words.count(len(one.channels), "channel of its own", "channels of its own"),) if one.channels else ()
    )
    who = ", ".join((*one.people, *one.groups, *roles, *channels)) or "nobody in chat"
    return f"{who} (ask {one.ask})" if one.ask else who


def _data(ref: KpiRef, ctx: Context) -> dict[str, Any]:
    kpi, use = ref.kpi, ref.use
    in_force = target_in_force(kpi, use.framework, use.plan, ctx.moment.day)
    return {
        "kpi": kpi.key,
        "framework": use.framework.key,
        "path": ref.path,
        "name": kpi.name,
        "section": kpi.section,
        "aliases": list(kpi.aliases),
        "unit": kpi.unit.name,
        "better": kpi.better.value,
        "baseline": kpi.baseline,
        "baseline_text": kpi.baseline_text,
        "targets": [
            target_json(placed(one, use.framework, use.plan, ctx.moment.day)) for one in kpi.targets.values()
        ],
        "in_force": None if in_force is None else in_force.horizon,
        "measure": kpi.measure,
        "document_says": kpi.source,
        "owner": ref.use.framework.owner_of(kpi),
        "note": kpi.note,
        "line": kpi.line,
        "matures_days": None if kpi.matures is None else kpi.matures.days,
        "history_days": None if kpi.history is None else kpi.history.days,
        "rhythm": None if kpi.rhythm is None else list(kpi.rhythm),
    }


COMMAND = Command(
    name="show",
    summary="What a KPI is: its targets, measure, unit and owner.",
    example="show stars",
    args=ShowArgs,
    run=run,
    aliases=("define", "definition"),
)
