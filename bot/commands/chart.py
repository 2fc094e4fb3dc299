"""`/kpi chart stars 365d`: how one KPI went, as a picture. It also follows the words of `/kpi stars`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from bot.charts.trend import describe
from bot.commands.base import Command, Context
from bot.commands.kpi import KpiArgs, pick, read_for
from bot.errors import shortened
from bot.languages import said_of
from bot.reply import Block, Chart, Note, Reply, line, marked
from bot.reports import happenings, words
from bot.reports.history import DEFAULT_DAYS, History, between, default_window, ends_of, reach
from bot.reports.landings import landing_of
from bot.reports.picture import MOST_NOTES, trend_chart
from bot.reports.snapshot import Snapshot, reaching_back
from bot.reports.standing_words import source_line
from bot.windows import Window
from bot.workspace import KpiRef
from kpi.calendar import day_of
from kpi.landing import Landing
from kpi.reading import needed
from kpi.standing_json import standing_json


class ChartArgs(KpiArgs):
    usage: ClassVar[str] = "chart stars 365d"


def run(args: ChartArgs, ctx: Context) -> Reply:
    picked = pick(args, ctx, "chart")
    return picked if isinstance(picked, Reply) else answer(*picked, ctx)


def answer(ref: KpiRef, named: Window | None, ctx: Context) -> Reply:
    """The KPI's trend over the days of the window; without one over the last closed days and today."""
    window = named or default_window(ctx.moment.today)
    snapshot = _read(ref, named, ctx)
    days = (window.start, window.end)
    happened = happenings.read(ctx.session, ctx.workspace, (ref,), days, ctx.moment)
    shown = happenings.foremost(happened, MOST_NOTES)
    past = replace(between(ref, snapshot, window), notes=shown)
    found = landing_of(ctx.session, ref, snapshot) if window.is_open else None
    landed = found if isinstance(found, Landing) else None
    blocks = tuple(_blocks(ref, snapshot, past, len(happened) - len(shown), landed))
    said = next((block.alt for block in blocks if isinstance(block, Chart)), _too_little(ref, window, ctx))
    return Reply(said, blocks or (line(said),), data=_data(ref, snapshot, past, landed))


def _read(ref: KpiRef, named: Window | None, ctx: Context) -> Snapshot:
    """What the words before the chart are made of, with the days that they did not read."""
    words_of = read_for(ref, named, ctx)
    if named is None:
        return reaching_back(ctx.session, words_of, ref, DEFAULT_DAYS)
    whole = reaching_back(ctx.session, words_of, ref, reach(named, ctx.moment.today))
    oldest = needed(ref.use.framework.key, ref.kpi, ends_of(named, ctx.moment)[0])
    since = {metric: min(at, oldest.get(metric, at)) for metric, at in words_of.since.items()}
    return replace(whole, since=since)


def _blocks(
    ref: KpiRef, snapshot: Snapshot, past: History, unnamed: int, landed: Landing | None
) -> Iterator[Block]:
    """The picture and its small print; of what happened `unnamed` are not marked in it."""
    if sum(value is not None for _, value in past.days) < 2:
        return
    # Runs are not kept as they were known: a fault that ends meanwhile must not tell words and picture apart.
    chart = trend_chart(ref, replace(snapshot.of(ref), fault=None), snapshot, past, landed)
    yield Chart(
        chart.title,
        "; ".join((describe(chart), *_noted(past, snapshot, unnamed))),
        chart,
        f"{ref.kpi.key}.png",
    )
    if source := source_line(snapshot.of(ref), ref, snapshot):
        yield Note(marked(source))


def _noted(past: History, snapshot: Snapshot, unnamed: int) -> Iterator[str]:
    """What is marked, in words, and how much more there was."""
    moment = snapshot.moment
    for one in past.notes:
        day = words.day(day_of(one.at, moment.zone), moment.day)
        yield f"{day}: {happenings.worded(one, shortened(' '.join(one.text.split())))}"
    if unnamed:
        yield said_of(unnamed, "{count} more note", "{count} more notes")


def _too_little(ref: KpiRef, window: Window, ctx: Context) -> str:
    today = ctx.moment.today
    if window.days == 1:
        return f"{ref.kpi.name}: one day is too little to draw."
    if window.text.endswith("d") and window.text[:-1].isdecimal():
        days = f"the last {window.text[:-1]} days"
    else:
        days = f"the days from {words.day(window.start, today)} to {words.day(window.end, today)}"
    return f"{ref.kpi.name}: fewer than two of {days} were measured, too few to draw."


def _data(ref: KpiRef, snapshot: Snapshot, past: History, landed: Landing | None) -> dict[str, object]:
    zone = snapshot.moment.zone
    days = {start.astimezone(zone).date().isoformat(): value for start, value in past.days}
    return {**standing_json(snapshot.of(ref), landed), "days": days}


COMMAND = Command(
    name="chart",
    summary="How one KPI went: its trend, target, pace and deadlines as a picture.",
    example="chart stars 365d",
    args=ChartArgs,
    run=run,
)
