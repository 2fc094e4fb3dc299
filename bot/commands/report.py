"""`/kpi report weekly for 2026-11-16`: a report as its reader would get it, before or after it is posted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice
from operator import attrgetter
from typing import ClassVar

from pydantic import Field

from bot.commands.base import Args, Command, Context, Group
from bot.errors import UserError, shortened
from bot.languages import speaking
from bot.reply import (
    Action,
    Actions,
    Block,
    Bold,
    Document,
    Heading,
    Reply,
    Visibility,
    line,
    note,
)
from bot.reports import daily, planned, plans, words
from bot.reports.audiences import addressed
from bot.reports.plans import Plan
from bot.reports.upcoming import Coming
from bot.workspace import nearest, normal
from kpi.calendar import Moment, day_start

MOST_BUTTONS = 5
MOST_LISTED = 12
LONGEST_LABEL = 30
DAILY = "daily"


class ReportArgs(Args):
    text: str = Field(
        "",
        description="Which report: weekly, hektor/monthly; a part of it; `for 2026-11-16`. None lists all.",
    )

    usage: ClassVar[str] = "report weekly for 2026-11-16"


def run(args: ReportArgs, ctx: Context) -> Reply:
    wanted, day = _split(args.text)
    if not wanted:
        return _list(ctx)
    name, part = _named(wanted, ctx)
    moment = ctx.moment if day is None else _as_on(day, ctx)
    with speaking(ctx.workspace.language):
        found = _composed(name, moment, ctx)
    frameworks = [use.framework.key.capitalize() for use in ctx.workspace.uses]
    then = f" for {day}" if day is not None else ""
    return _part(found, name, part, then) if part else _root(found, name, then, frameworks)


def _split(text: str) -> tuple[str, date | None]:
    """The words before `for`, and the day behind it. A part may be called "leads for sales" all the same."""
    said = " ".join(text.split())
    head, sign, tail = f" {said}".rpartition(" for ")
    if not sign or not tail[:1].isdigit():
        return said, None
    try:
        return head.strip(), date.fromisoformat(tail)
    except ValueError:
        raise UserError(f"“{shortened(tail, 40)}” is not a day.", "Write it as 2026-05-01.") from None


def _named(text: str, ctx: Context) -> tuple[str, str]:
    """The report that the first word names, and the part that the others do."""
    name, _, part = text.partition(" ")
    known = {one.casefold(): one for one in plans.names(ctx.workspace)}
    if (found := known.get(name.casefold())) is not None:
        return found, part
    near = nearest(name.casefold(), known)
    hint = f"Did you mean {' or '.join(f'`{one}`' for one in near)}?" if near else "`reports` lists them."
    raise UserError(f"There is no report “{shortened(name, 40)}”.", hint)


def _as_on(day: date, ctx: Context) -> Moment:
    """Nine in the morning of a past day, with what is known now."""
    if day > ctx.moment.today:
        raise UserError(f"{day} is still to come.", "A report is about days that are over.")
    zone = ctx.workspace.zone
    at = day_start(day, zone) + timedelta(hours=9)
    return ctx.moment.at(min(at, ctx.moment.now))


def _composed(name: str, moment: Moment, ctx: Context) -> Reply:
    """The whole report, cut to what may be seen by whoever asks."""
    seen = ctx.workspace
    if ctx.workspace_at is not None and moment.now != ctx.moment.now:
        seen = ctx.workspace_at(moment.now)
    if name == DAILY:
        return daily.compose(ctx.session, seen, moment, since=moment.today - timedelta(days=1))
    plan = plans.find(name, seen)
    if plan is None:
        raise UserError(f"There was no report “{name}” then.", "`reports` lists those there are.")
    return planned.compose(ctx.session, seen, moment, _for_reader(plan, ctx), workspace_at=ctx.workspace_at)


def _for_reader(plan: Plan, ctx: Context) -> Plan:
    """Without the parts that are meant for others; in a channel for everybody in it."""
    by = ctx.invocation
    if by.surface == "terminal":
        return plan
    if by.in_channel:
        return addressed(plan, ctx.place)
    return addressed(plan, f"{by.surface}:@{by.user}", ctx.workspace.person(by.surface, by.user))


def _root(found: Reply, name: str, then: str, frameworks: Sequence[str]) -> Reply:
    """The first message, with a button for each of the others."""
    parts = [title for one in found.thread if (title := _title(one))]
    actions = tuple(
        Action(_label(title, frameworks), f"report {name} {normal(title)}{then}") for title in parts
    )
    blocks: list[Block] = [block for block in found.blocks if not isinstance(block, Actions)]
    if told := _attached(found.documents):
        blocks.append(note(told))
    share = Action("Share", f"report {name}{then}", share=True)
    blocks.append(Actions((*actions[: MOST_BUTTONS - 1], share), actions[MOST_BUTTONS - 1 :]))
    data = {**found.data, "parts": parts, "documents": [one.filename for one in found.documents]}
    return replace(
        found, blocks=tuple(blocks), thread=(), documents=(), visibility=Visibility.PRIVATE, data=data
    )


def _part(found: Reply, name: str, part: str, then: str) -> Reply:
    """One message of the thread: the one whose heading holds the words."""
    by_title = {_title(one): one for one in found.thread if _title(one)}
    wanted = set(normal(part).split())
    fit = [one for title, one in by_title.items() if wanted <= set(normal(title).split())]
    exact = [one for title, one in by_title.items() if normal(title) == normal(part)]
    chosen = (exact or fit)[:1]
    if not chosen:
        titles = {normal(title): title for title in by_title}
        near = nearest(normal(part), titles) or tuple(titles.values())[:MOST_BUTTONS]
        hint = f"It has: {', '.join(near)}." if near else "It says all in one message."
        raise UserError(f"`{name}` has no part “{shortened(part, 40)}”.", hint)
    one = chosen[0]
    title = _title(one)
    actions = (
        Action("Whole report", f"report {name}{then}"),
        Action("Share", f"report {name} {normal(title)}{then}", share=True),
    )
    data = {"report": name, "part": title, **one.data}
    return replace(one, blocks=(*one.blocks, Actions(actions)), visibility=Visibility.PRIVATE, data=data)


def _title(reply: Reply) -> str:
    """What a message of the thread is about: its heading, else how it begins."""
    first = reply.blocks[0] if reply.blocks else None
    return first.text if isinstance(first, Heading) else re.split(r"[:;.]", reply.text, maxsplit=1)[0]


def _label(title: str, frameworks: Sequence[str]) -> str:
    """The title as a button says it: short, and without the framework that it is of."""
    of, sign, rest = title.partition(", ")
    told = rest if sign and of in frameworks else title
    return told if len(told) <= LONGEST_LABEL else f"{told[: LONGEST_LABEL - 1].rstrip()}…"


def _attached(documents: Sequence[Document]) -> str:
    names = ", ".join(one.filename for one in documents)
    return f"The post has {names} in its thread; `kpi report … --out` writes them." if names else ""


def _list(ctx: Context) -> Reply:
    """Every report by its name, what it is, and when it comes next."""
    names = [one for one in plans.names(ctx.workspace) if "/" not in one]
    found = [(plan, _next(plan, ctx)) for one in names if (plan := plans.find(one, ctx.workspace))]
    said = f"{words.count(len(found), 'report')}."
    blocks: list[Block] = [line(Bold(said))]
    for plan, when in found[:MOST_LISTED]:
        blocks.append(line(Bold(plan.name), f": {_about(plan, when)}"))
    if len(found) > MOST_LISTED:
        blocks.append(note(f"{len(found) - MOST_LISTED} more; `report` and its name shows any of them."))
    if ctx.workspace.uses:
        example = f"{ctx.workspace.uses[0].framework.key}/…"
        blocks.append(note(f"What one framework states alone goes by {example} and the report's name."))
    blocks.append(
        Actions(tuple(Action(plan.name, f"report {plan.name}") for plan, _ in found[:MOST_BUTTONS]))
    )
    data = [
        {"report": plan.name, "title": plan.title, "cadence": plan.cadence}
        | {"audience": plan.audience, "next": when}
        for plan, when in found
    ]
    return Reply(said, tuple(blocks), data={"reports": data})


def _next(plan: Plan, ctx: Context) -> str:
    """When it is posted next, by the clock of its schedule; empty where nothing posts it."""
    now, own = ctx.moment.now, ctx.workspace.zone
    found = []
    for one in ctx.workspace.schedule:
        if one.report == plan.name:
            zone = one.cadence.zone or own
            found += [Coming(at, zone, "", ()) for at in islice(one.cadence.upcoming(now, zone), 1)]
    return min(found, key=attrgetter("at")).clock(now) if found else ""


_CADENCES = {"real-time": "live", "biweekly": "every two weeks"}


def _about(plan: Plan, when: str) -> str:
    name = "" if plan.title.casefold() == plan.name else plan.title
    readers = f"for {plan.audience}" if plan.audience else ""
    parts = (
        name,
        _CADENCES.get(plan.cadence, plan.cadence),
        readers,
        f"next {when}" if when else "" if plan.cadence == plans.LIVE else "not scheduled",
    )
    return " · ".join(part for part in parts if part)


COMMAND = Command(
    name="report",
    summary="Any report as you may see it, whole or one part of it.",
    example="report weekly",
    args=ReportArgs,
    run=run,
    aliases=("reports",),
    group=Group.ASK,
)
