"""`/kpi subscribe stars 09:00 monday`: a report or an answer, sent to whoever asks, in their own time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from pydantic import Field

from bot import access
from bot.cadence import ASKED
from bot.commands.base import Args, Command, Context, Group
from bot.commands.cadences import DEFAULT, DEFAULT_TIME, wish
from bot.errors import UserError, shortened
from bot.reply import Action, Actions, Bold, Note, Reply, line, marked
from bot.reports import plans
from bot.reports.upcoming import next_times, offset, own_zone, rule_words, subject_of, title_of, wall
from bot.settings_access import known_zone
from bot.workspace import normal
from storage import subscriptions
from storage.subscriptions import Subscription

MOST = 20
"""Subscriptions a person may have."""

LONGEST_QUESTION = 200
_REPORT_WORDS = frozenset({"update", "report", "the", "to", "digest"})
_LEAD_IN = frozenset({"to", "me", "for"})


class SubscribeArgs(Args):
    question: str = Field(description="`daily` for the daily update, or any question: stars, gate phase1.")
    cadence: str = Field("", description="When: 09:00 weekdays, 08:30 monday, 09:00 2nd business day.")
    zone: str = Field("", description="The time zone; yours if none is named: Europe/London.")

    usage: ClassVar[str] = "subscribe stars 09:00 monday Europe/London"

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        while len(words) > 1 and words[0].casefold() in _LEAD_IN:
            words = words[1:]
        if not words:
            raise UserError("Say what you want to be sent.", "For example `subscribe daily`.")
        found = wish(words)
        if not found.question:
            raise UserError("Say what to send then.", "For example `subscribe stars 09:00 monday`.")
        return cls(question=found.question, cadence=found.cadence, zone=found.zone)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be sent: a report by its name, or a question that was tried."""

    report: str
    question: str = ""


def run(args: SubscribeArgs, ctx: Context) -> Reply:
    if ctx.invocation.surface == access.TERMINAL:
        raise UserError("A terminal has no direct messages.", "Subscribe in Slack or Discord.")
    asked = _asked(args, ctx)
    return asked if isinstance(asked, Reply) else _subscribed(asked, args, ctx)


def _asked(args: SubscribeArgs, ctx: Context) -> _Asked | Reply:
    """What is to be sent, or the question which of several KPIs is meant. Raises `UserError`."""
    plain = [word for word in normal(args.question).split() if word not in _REPORT_WORDS]
    if len(plain) == 1 and plain[0] in plans.names(ctx.workspace):
        return _Asked(plain[0])
    if len(args.question) > LONGEST_QUESTION:
        raise UserError("That is too long a question to send.", "Name one KPI, for example `stars`.")
    if "as-of" in args.question.casefold():
        raise UserError("A subscription tells how it is then.", "Leave out `as-of`.")
    # It is read where nobody else reads along, so what is shown in this channel alone is not for it.
    own = replace(ctx.invocation, channel=None, is_shared=False, in_channel=False, text=args.question)
    seen = access.view(ctx.workspace, own)
    assert ctx.understand is not None  # the dispatcher gives it to every command
    found, words = ctx.understand(args.question, seen)
    if found.writes:
        raise UserError(f"`{found.name}` changes something.", "Subscribe to a question: `subscribe stars`.")
    tried = replace(ctx, workspace=seen, invocation=own, enqueue=lambda _source: False)
    reply = found.run(found.args.read(words), tried)
    if "ambiguous" in reply.data:
        return _which(reply, " ".join(part for part in (args.cadence, args.zone) if part))
    if found.name == "kpi":
        path = f"{reply.data['framework']}/{reply.data['kpi']}"
        window = words[-1] if "window" in reply.data else ""  # as it was said: last quarter moves on
        return _Asked(ASKED, f"{path} {window}".rstrip())
    return _Asked(ASKED, args.question)


def _which(reply: Reply, cadence: str) -> Reply:
    """The same question, its buttons subscribing to what they name."""
    blocks = tuple(
        Actions(tuple(replace(one, ask=f"subscribe {one.ask} {cadence}".rstrip()) for one in block.actions))
        if isinstance(block, Actions)
        else block
        for block in reply.blocks
    )
    return replace(reply, blocks=blocks)


def _subscribed(asked: _Asked, args: SubscribeArgs, ctx: Context) -> Reply:
    by = ctx.invocation
    zone, why = _zone(args, ctx)
    cadence = args.cadence or _usual(asked.report, ctx)
    one = Subscription(0, by.ledger, by.user, asked.report, asked.question, cadence, zone.key, ctx.moment.now)
    own = subscriptions.of(ctx.session, by.ledger, by.user)
    if len(own) >= MOST:
        raise UserError(f"You have {MOST} subscriptions already.", "End one first: `subscriptions`.")
    if next(next_times(one, ctx.workspace, ctx.moment.now), None) is None:
        raise UserError(f"“{shortened(cadence)}” never comes.", "Say other days.")
    number = subscriptions.add(ctx.session, one)
    if number is None:
        same = next(had for had in own if replace(had, number=0, created_at=one.created_at) == one)
        return _said(same, ctx, why, is_new=False)
    ctx.audit("subscribe", subject_of(one), after=f"{cadence} {zone.key}")
    return _said(replace(one, number=number), ctx, why, is_new=True)


def _zone(args: SubscribeArgs, ctx: Context) -> tuple[ZoneInfo, str]:
    if args.zone:
        return known_zone(args.zone), "as you said"
    person = ctx.workspace.person(ctx.invocation.surface, ctx.invocation.user)
    return own_zone(person, ctx.invocation.zone, ctx.workspace)


def _usual(report: str, ctx: Context) -> str:
    """On weekdays, at the time at which the schedule posts the report."""
    at = next((one.cadence.at for one in ctx.workspace.schedule if one.report == report), None)
    return DEFAULT if at is None else DEFAULT.replace(DEFAULT_TIME, f"{at:%H:%M}")


def _said(one: Subscription, ctx: Context, why: str, *, is_new: bool) -> Reply:
    now, zone = ctx.moment.now, ZoneInfo(one.zone)
    rule, title = rule_words(one, ctx.workspace), title_of(one, ctx.workspace)
    said = f"{'Subscribed' if is_new else 'You have that already'}: {title}, {rule}."
    times = list(islice(next_times(one, ctx.workspace, now), 2))
    blocks = (
        line(Bold(said)),
        line(f"Next: {' and '.join(wall(at, zone, now) for at in times)}."),
        line(f"{zone.key}{'' if zone.key == 'UTC' else f', {offset(now, zone)} now'}: {why}."),
        Note(marked(f"By direct message. To end it: `unsubscribe {one.number}`.")),
        Actions((Action("End it", f"unsubscribe {one.number}"), Action("All of mine", "subscriptions"))),
    )
    data = {
        "number": one.number,
        "report": one.report,
        "question": one.question,
        "cadence": one.cadence,
        "zone": one.zone,
        "next": [at.isoformat() for at in times],
        "new": is_new,
    }
    return Reply(said, blocks, data=data)


COMMAND = Command(
    name="subscribe",
    summary="Get a report or an answer by direct message, when you want it.",
    example="subscribe daily 08:30 weekdays",
    args=SubscribeArgs,
    run=run,
    aliases=("sub",),
    writes=True,
    group=Group.CHANGE,
)
