"""`/kpi why stars`: where every figure comes from: formula, inputs, sources, people, target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field

from bot.commands.base import Args, Command, Context, Subject
from bot.commands.cells import one_name, same_time
from bot.commands.kpi import which
from bot.reply import Action, Actions, Block, Bold, Note, Reply, line, marked
from bot.reports.asks import View, asked_line
from bot.reports.provenance import Provenance, provenance
from bot.reports.provenance_json import provenance_json
from bot.reports.provenance_words import explained, inputs_table
from bot.reports.snapshot import Snapshot, load
from bot.reports.standing_words import headline
from bot.workspace import KpiRef


class WhyArgs(Args):
    name: str = Field("", description="The KPI: its name, an alias, or its key.")

    usage: ClassVar[str] = "why stars"
    about: ClassVar[Subject] = Subject.KPI


def run(args: WhyArgs, ctx: Context) -> Reply:
    found = one_name(args.name, ctx.workspace, args.usage)
    return which(args.name, found, "why {}") if len(found) > 1 else answer(found[0], ctx)


def answer(ref: KpiRef, ctx: Context) -> Reply:
    """Everything behind the standing of `ref`, from the same reading of storage as the standing itself."""
    snapshot = load(ctx.session, ctx.workspace, ctx.moment, (ref,), known_by=ctx.known_by)
    limits = [at for at in (ctx.moment.as_of, ctx.known_by) if at is not None]
    found = provenance(ctx.session, ref, snapshot, known_by=min(limits, default=None))
    said = headline(found.standing)
    asked = asked_line(ctx.session, ref, View(ctx.workspace, ctx.moment)) if not limits else ""
    blocks = tuple(_blocks(ref, found, snapshot, asked))
    return Reply(said, blocks, data=provenance_json(found, ref))


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
    then = same_time(snapshot.moment)
    yield Actions(
        (
            Action("Show it", f"show {ref.path}{then}"),
            Action("Its targets", f"target {ref.path}"),
            Action("Share", f"why {ref.path}{then}", share=True),
        )
    )


COMMAND = Command(
    name="why",
    summary="Where each figure of a KPI comes from, down to the sample and the person.",
    example="why stars",
    args=WhyArgs,
    run=run,
    aliases=("explain", "provenance"),
)
