"""`/kpi stars`: where one KPI stands, in a few lines; its chart follows them (`bot.commands.chart`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Self

from pydantic import Field

from bot.commands.base import Args, Command, Context
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Block, Bold, Note, Reply, Text, line, marked
from bot.reports.history import CHANGE_DAYS, can_be_drawn, changes
from bot.reports.snapshot import Snapshot, load
from bot.reports.standing_words import (
    change_line,
    headline,
    no_number_lines,
    pace_line,
    source_line,
    target_line,
)
from bot.workspace import KpiRef, Workspace, normal
from kpi.standing import Standing
from kpi.standing_json import standing_json

DEFAULT_DAYS = 90
MOST_DAYS = 3660
MOST_CHOICES = 5
LONGEST_LABEL = 70
_WINDOW = re.compile(r"(\d{1,5})\s*(d|day|days|w|week|weeks|m|month|months|y|year|years)", re.IGNORECASE)
_DAYS_IN = {"d": 1, "w": 7, "m": 30, "y": 365}


class KpiArgs(Args):
    name: str = Field("", description="The KPI: its name, an alias, or its key.")
    window: str = Field("", description="How much history the chart shows: 90d, 12w, 6m, 1y.")

    usage: ClassVar[str] = "stars 90d"

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        """The last word is a window where it looks like one; whether it ends a name, `run` knows."""
        if len(words) > 1 and _WINDOW.fullmatch(words[-1]):
            return cls(name=" ".join(words[:-1]), window=words[-1])
        return cls(name=" ".join(words))


def run(args: KpiArgs, ctx: Context) -> Reply:
    picked = pick(args, ctx.workspace)
    return picked if isinstance(picked, Reply) else answer(*picked, ctx)


def pick(args: KpiArgs, workspace: Workspace, command: str = "") -> tuple[KpiRef, int] | Reply:
    """The KPI that is meant, and the days to draw; or the question which one is, to be asked of `command`.

    Raises `UserError` where there is none. A word like 30d may end the name; behind a path it never does.
    """
    find = workspace.find_kpi
    if not normal(args.name):
        raise UserError("The KPI is missing.", f"Say `{args.usage}`, or `list` for all of them.")
    found, days = find(args.name), DEFAULT_DAYS
    is_path = len(found) == 1 and found[0].path == args.name
    if args.window and not is_path and (longer := find(f"{args.name} {args.window}")):
        name, window, found = f"{args.name} {args.window}", "", longer
    else:
        name, window, days = args.name, args.window, _days(args)
    if not found:
        raise unknown_kpi(name, workspace)
    if len(found) > 1:
        return which(name, found, f"{command} {{}} {window}".strip())
    return found[0], days


def _days(args: KpiArgs) -> int:
    """The days that the window stretches over. Raises `UserError` where they cannot be drawn."""
    match = _WINDOW.fullmatch(args.window)
    days = int(match[1]) * _DAYS_IN[match[2][0].lower()] if match else DEFAULT_DAYS
    if not 2 <= days <= MOST_DAYS:
        raise UserError(
            f"{args.window} is not a stretch that can be drawn.",
            f"Take 2d to {MOST_DAYS}d, e.g. `{args.usage}`.",
        )
    return days


def answer(ref: KpiRef, days: int, ctx: Context) -> Reply:
    """The KPI's standing and its latest changes: no more is read than they need."""
    snapshot = load(
        ctx.session, ctx.workspace, ctx.moment, (ref,), history_days=CHANGE_DAYS, known_by=ctx.known_by
    )
    standing = snapshot.of(ref)
    blocks = (*_blocks(ref, standing, snapshot), _actions(ref, days))
    follow = _chart_of(ref, days, snapshot)
    return Reply(headline(standing), blocks, data=standing_json(standing), follow=follow)


def _chart_of(ref: KpiRef, days: int, snapshot: Snapshot) -> str:
    """The question for the chart of exactly the samples behind these words; empty where there is none."""
    now, known = snapshot.moment.now, snapshot.learned_at
    # Recorded by a clock ahead of this one: no question of the past could ask for the same samples.
    is_ahead = snapshot.moment.as_of is None and known > now
    if is_ahead or not can_be_drawn(ref, snapshot, days):
        return ""
    return f"chart {ref.path} {days}d as-of {now.isoformat()} known {known.isoformat()}"


def _blocks(ref: KpiRef, standing: Standing, snapshot: Snapshot) -> Iterator[Block]:
    moment = snapshot.moment
    yield line(Bold(headline(standing)))
    if standing.value is None:
        yield from (Text(marked(text)) for text in no_number_lines(standing, ref, snapshot) if text)
    lines = (
        target_line(standing, moment),
        pace_line(standing),
        change_line(standing, changes(ref, snapshot)),
    )
    yield from (Text(marked(text)) for text in lines if text)
    if source := source_line(standing, ref, snapshot):
        yield Note(marked(source))


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
    said = f"{len(found)} KPIs are called “{shortened(name)}”: which one?"
    shown = found[:MOST_CHOICES]
    choices = tuple(
        Action(label, ask.replace("{}", ref.path, 1))
        for label, ref in zip(_labels(shown), shown, strict=True)
    )
    lines = tuple(line(Bold(ref.kpi.name), f" · {_section(ref)}") for ref in shown)
    return Reply(
        said, (line(said), *lines, Actions(choices)), data={"ambiguous": [ref.path for ref in found]}
    )


def _labels(refs: Sequence[KpiRef]) -> tuple[str, ...]:
    """The shortest words that tell these KPIs apart."""
    manners: tuple[Callable[[KpiRef], str], ...] = (
        lambda ref: ref.kpi.name,
        lambda ref: ref.use.framework.title,
        _section,
        lambda ref: f"{ref.kpi.name}, {ref.kpi.section}",
    )
    for manner in manners:
        labels = tuple(manner(ref)[:LONGEST_LABEL] for ref in refs)
        if len(set(labels)) == len(refs):
            return labels
    return tuple(ref.path for ref in refs)


def _section(ref: KpiRef) -> str:
    return f"{ref.use.framework.title}: {ref.kpi.section.rsplit(' > ', 1)[-1]}"


def unknown_kpi(name: str, workspace: Workspace) -> UserError:
    """The refusal for a name that no KPI has, with the nearest ones."""
    close = workspace.nearest_names(name)
    hint = f"Nearest: {', '.join(f'`{one}`' for one in close)}. " if close else ""
    return UserError(f"No KPI “{shortened(name)}”.", f"{hint}`list all` shows all {len(workspace.kpis)}.")


COMMAND = Command(
    name="kpi",
    summary="Where one KPI stands: value, target, pace, change, chart.",
    example="stars 90d",
    args=KpiArgs,
    run=run,
)
