"""`/kpi chart stars 365d`: how one KPI went, as a picture. It also follows the words of `/kpi stars`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from bot.charts.trend import describe
from bot.commands.base import Command, Context
from bot.commands.kpi import KpiArgs, pick
from bot.reply import Block, Chart, Note, Reply, line, marked
from bot.reports.history import CHANGE_DAYS, History, history
from bot.reports.picture import trend_chart
from bot.reports.snapshot import Snapshot, load, reaching_back
from bot.reports.standing_words import source_line
from bot.workspace import KpiRef
from kpi.standing_json import standing_json


class ChartArgs(KpiArgs):
    usage: ClassVar[str] = "chart stars 365d"


def run(args: ChartArgs, ctx: Context) -> Reply:
    picked = pick(args, ctx.workspace, "chart")
    return picked if isinstance(picked, Reply) else answer(*picked, ctx)


def answer(ref: KpiRef, days: int, ctx: Context) -> Reply:
    """The KPI's trend over the last `days` closed days and today."""
    judged = load(
        ctx.session, ctx.workspace, ctx.moment, (ref,), history_days=CHANGE_DAYS, known_by=ctx.known_by
    )  # what the words are made of
    snapshot = reaching_back(ctx.session, judged, ref, days)
    past = history(ref, snapshot, days)
    blocks = tuple(_blocks(ref, snapshot, past))
    said = next((block.alt for block in blocks if isinstance(block, Chart)), _too_little(ref, days))
    return Reply(said, blocks or (line(said),), data=_data(ref, snapshot, past))


def _blocks(ref: KpiRef, snapshot: Snapshot, past: History) -> Iterator[Block]:
    if sum(value is not None for _, value in past.days) < 2:
        return
    # Runs are not kept as they were known: a fault that ends meanwhile must not tell words and picture apart.
    chart = trend_chart(ref, replace(snapshot.of(ref), fault=None), snapshot, past)
    yield Chart(chart.title, describe(chart), chart, f"{ref.kpi.key}.png")
    if source := source_line(snapshot.of(ref), ref, snapshot):
        yield Note(marked(source))


def _too_little(ref: KpiRef, days: int) -> str:
    return f"{ref.kpi.name}: fewer than two of the last {days} days were measured, too few to draw."


def _data(ref: KpiRef, snapshot: Snapshot, past: History) -> dict[str, object]:
    zone = snapshot.moment.zone
    days = {start.astimezone(zone).date().isoformat(): value for start, value in past.days}
    return {**standing_json(snapshot.of(ref)), "days": days}


COMMAND = Command(
    name="chart",
    summary="How one KPI went: its trend, target, pace and deadlines as a picture.",
    example="chart stars 365d",
    args=ChartArgs,
    run=run,
)
