"""`/kpi stars`: where one KPI stands, in a few lines and one chart."""

from __future__ import annotations

import re
from typing import ClassVar, Self

from pydantic import Field

from bot.charts.trend import describe
from bot.commands.base import Args, Command, Context
from bot.errors import UserError
from bot.reply import Action, Actions, Block, Bold, Chart, Reply, line, note, spans
from bot.reports.history import History, history
from bot.reports.picture import trend_chart
from bot.reports.snapshot import Snapshot, load
from bot.reports.standing_words import (
    change_line,
    headline,
    no_number_lines,
    pace_line,
    source_line,
    target_line,
)
from bot.workspace import KpiRef, Workspace
from kpi.standing import Standing
from kpi.standing_json import standing_json

DEFAULT_DAYS = 90
MOST_DAYS = 3660
_WINDOW = re.compile(r"(\d{1,5})\s*(d|day|days|w|week|weeks|m|month|months|y|year|years)", re.IGNORECASE)
_DAYS_IN = {"d": 1, "w": 7, "m": 30, "y": 365}


class KpiArgs(Args):
    name: str = Field("", description="The KPI: its name, an alias, or its key.")
    days: int = Field(
        DEFAULT_DAYS, ge=2, le=MOST_DAYS, description="How much history the chart shows: 90d, 12w."
    )

    usage: ClassVar[str] = "stars 90d"

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        window = _WINDOW.fullmatch(words[-1]) if len(words) > 1 else None
        if window is None:
            return cls(name=" ".join(words))
        days = int(window[1]) * _DAYS_IN[window[2][0].lower()]
        if not 2 <= days <= MOST_DAYS:
            raise UserError(
                f"{words[-1]} is not a stretch that can be drawn.",
                f"Take 2d to {MOST_DAYS}d, e.g. `stars 90d`.",
            )
        return cls(name=" ".join(words[:-1]), days=days)


def run(args: KpiArgs, ctx: Context) -> Reply:
    found = ctx.workspace.find_kpi(args.name)
    if not found:
        raise unknown_kpi(args.name, ctx.workspace)
    if len(found) > 1:
        return which(args.name, found)
    return answer(found[0], args.days, ctx)


def answer(ref: KpiRef, days: int, ctx: Context) -> Reply:
    """The KPI's standing with its history."""
    snapshot = load(ctx.session, ctx.workspace, ctx.moment, (ref,), history_days=days)
    standing = snapshot.of(ref)
    past = history(ref, snapshot, days)
    blocks = _blocks(ref, standing, snapshot, past)
    return Reply(headline(standing), blocks, data=standing_json(standing))


def _blocks(ref: KpiRef, standing: Standing, snapshot: Snapshot, past: History) -> tuple[Block, ...]:
    moment = snapshot.moment
    blocks: list[Block] = [line(Bold(headline(standing)))]
    if standing.value is None:
        blocks += [line(text) for text in no_number_lines(standing, ref, snapshot)]
    lines = (target_line(standing, moment), pace_line(standing), change_line(standing, past))
    blocks += [line(text) for text in lines if text]
    if sum(value is not None for _, value in past.days) >= 2:
        chart = trend_chart(ref, standing, snapshot, past)
        blocks.append(Chart(chart.title, describe(chart), chart, f"{ref.kpi.key}.png"))
    blocks.append(note(source_line(standing, ref, snapshot)))
    blocks.append(_actions(ref, len(past.days)))
    return tuple(blocks)


def _actions(ref: KpiRef, days: int) -> Actions:
    other = 365 if days <= DEFAULT_DAYS else DEFAULT_DAYS
    return Actions(
        (
            Action("Show a year" if other == 365 else "Show 90 days", f"{ref.path} {other}d"),
            Action("Share", f"{ref.path} {days}d", share=True),
        )
    )


def which(name: str, found: tuple[KpiRef, ...], ask: str = "{}") -> Reply:
    """A name that fits several KPIs asks which one is meant; `ask` is what to ask with its path put in."""
    said = f"{len(found)} KPIs are called “{name}”: which one?"
    choices = tuple(Action(_section(ref)[:70], ask.format(ref.path)) for ref in found[:5])
    lines = tuple(line(Bold(ref.kpi.name), spans(f" · {_section(ref)}")[0]) for ref in found[:5])
    return Reply(
        said, (line(said), *lines, Actions(choices)), data={"ambiguous": [ref.path for ref in found]}
    )


def _section(ref: KpiRef) -> str:
    return f"{ref.use.framework.title}: {ref.kpi.section.rsplit(' > ', 1)[-1]}"


def unknown_kpi(name: str, workspace: Workspace) -> UserError:
    """The refusal for a name that no KPI has, with the nearest ones."""
    close = workspace.nearest_names(name)
    shown = name if len(name) <= 60 else f"{name[:60]}…"
    hint = f"Nearest: {', '.join(f'`{one}`' for one in close)}. " if close else ""
    return UserError(f"No KPI “{shown}”.", f"{hint}`list` shows all {len(workspace.kpis)}.")


COMMAND = Command(
    name="kpi",
    summary="Where one KPI stands: value, target, pace, change, chart.",
    example="stars 90d",
    args=KpiArgs,
    run=run,
)
