"""`/kpi enter nps 52`: the answer to a number that is asked for, held against its history first."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from bot.commands.base import Command, Context, Group
from bot.commands.kpi import which
from bot.commands.record import (
    SURE,
    RecordArgs,
    Subject,
    instant_of,
    kept,
    noon_of,
    parsed,
    retyped,
    strangeness,
    subject_of,
    understood,
)
from bot.reply import Action, Actions, Block, Bold, Reply, Text, line, marked
from kpi.asking import Term
from storage import asking

LONGEST_ASK = 80
"""Of a button's question: one that is longer fits no button of Discord's."""


class EnterArgs(RecordArgs):
    usage: ClassVar[str] = "enter nps 52 for yesterday October survey"


def run(args: EnterArgs, ctx: Context) -> Reply:
    told, found = understood(args, ctx)
    if len(found) > 1:
        return which(told.subject, found, retyped("enter {}", told))
    subject = subject_of(told.subject, ctx.workspace)
    at = instant_of(told.day, ctx) if told.day else _asked_for(subject, ctx)
    value = parsed(told.plain_value, subject)
    if not told.is_sure and (strange := strangeness(ctx, subject, value, at)):
        return _doubted(told, subject, strange)
    return kept(told, ctx, subject=subject, at=at)


def _asked_for(subject: Subject, ctx: Context) -> datetime:
    """The last day of the period that is asked for; now where nothing is."""
    request = asking.of(ctx.session, subject.ref.path) if subject.ref else None
    if request is None or not request.is_open:
        return ctx.moment.now
    return noon_of(Term.of(request.period).last, ctx)


def _doubted(args: RecordArgs, subject: Subject, strange: str) -> Reply:
    """Nothing is kept yet: it is asked whether the value is meant."""
    sure = f"{args.plain_value}{SURE}"
    message, hint = strange, f"If “{args.plain_value}” is right, write `{sure}` as the value."
    path = subject.ref.path if subject.ref else subject.metric
    again = retyped(f"enter {path}", args.model_copy(update={"value": sure}))
    blocks: list[Block] = [line(Bold(f"{subject.name} is not kept yet. {message}")), Text(marked(hint))]
    if len(again) <= LONGEST_ASK:
        blocks.append(Actions((Action(f"Yes, {args.plain_value} is right", again),)))
    return Reply(f"{message} {hint}", tuple(blocks), data={"error": message, "hint": hint})


COMMAND = Command(
    name="enter",
    summary="Answer for a number I am asked for; a slip is noticed.",
    example="enter nps 52 for yesterday October survey",
    args=EnterArgs,
    run=run,
    writes=True,
    group=Group.CHANGE,
    beside="record",
)
