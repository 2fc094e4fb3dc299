"""`/kpi subscriptions`: what is sent to whoever asks, when next, and how to end it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from bot.commands.base import Args, Command, Context
from bot.commands.present import only_present
from bot.errors import shortened
from bot.reply import Action, Actions, Block, Bold, Reply, Text, line, marked, note
from bot.reports import words
from bot.reports.upcoming import next_times, offset, rule_words, title_of, until, wall
from storage import subscriptions
from storage.subscriptions import Subscription

MOST_BUTTONS = 4
LONGEST_LABEL = 35


class SubscriptionsArgs(Args):
    usage: ClassVar[str] = "subscriptions"


def run(_args: SubscriptionsArgs, ctx: Context) -> Reply:
    only_present(ctx, "Subscriptions are shown")
    found = subscriptions.of(ctx.session, ctx.invocation.ledger, ctx.invocation.user)
    if not found:
        return nothing("You have no subscriptions.")
    now = ctx.moment.now
    soonest = min(found, key=lambda one: _next(one, ctx) or datetime.max.replace(tzinfo=now.tzinfo))
    said = f"{words.count(len(found), 'subscription')}, the next {_when(soonest, ctx)}."
    blocks: list[Block] = [line(Bold(said)), *_lines(found, ctx)]
    blocks.append(note("They come by direct message, each in its own time zone."))
    return Reply(
        said, (*blocks, end_actions(found, ctx)), data={"subscriptions": [_data(one, ctx) for one in found]}
    )


def nothing(said: str) -> Reply:
    """There is none, and how to have one."""
    ask = Text(marked("Say `subscribe daily`, or a question: `subscribe stars 09:00 monday`."))
    button = Actions((Action("Subscribe to the daily update", "subscribe daily"),))
    return Reply(said, (line(Bold(said)), ask, button), data={"subscriptions": []})


def _lines(found: Sequence[Subscription], ctx: Context) -> Iterator[Block]:
    for one in found:
        yield line(
            Bold(f"{one.number}. {title_of(one, ctx.workspace)}"), f", {rule_words(one, ctx.workspace)}"
        )
        at, zone = _next(one, ctx), ZoneInfo(one.zone)
        if at is not None:
            yield note(f"Next {wall(at, zone, ctx.moment.now)} {offset(at, zone)}, {zone.key}")


def _next(one: Subscription, ctx: Context) -> datetime | None:
    return next(next_times(one, ctx.workspace, ctx.moment.now), None)


def _when(one: Subscription, ctx: Context) -> str:
    at = _next(one, ctx)
    return "never" if at is None else until(at, ctx.moment.now)


def end_actions(found: Sequence[Subscription], ctx: Context) -> Actions:
    """A button that ends each of the first few, and one for all of them."""
    ends = [
        Action(shortened(f"End {title_of(one, ctx.workspace)}", LONGEST_LABEL), f"unsubscribe {one.number}")
        for one in found[:MOST_BUTTONS]
    ]
    every = [Action("End all", "unsubscribe all")] if len(found) > 1 else []
    return Actions((*ends, *every))


def _data(one: Subscription, ctx: Context) -> dict[str, object]:
    at = _next(one, ctx)
    return {
        "number": one.number,
        "report": one.report,
        "question": one.question,
        "cadence": one.cadence,
        "zone": one.zone,
        "next": None if at is None else at.isoformat(),
    }


COMMAND = Command(
    name="subscriptions",
    summary="What I am sent by direct message, and when next.",
    example="subscriptions",
    args=SubscriptionsArgs,
    run=run,
    aliases=("subs", "subscribed"),
)
