"""`/kpi snooze 12 until monday`: nobody hears of an alert till then; it lives on, and speaks again."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from pydantic import Field

from bot import access
from bot.commands import spans
from bot.commands.alerts import listed
from bot.commands.base import Args, Command, Context, Group
from bot.commands.numbered import again, named, require_open, split_number
from bot.errors import UserError
from bot.reply import Bold, Reply, line, note
from bot.reports.alert_buttons import buttons
from bot.reports.alert_data import data_of
from bot.reports.upcoming import day_words, own_zone
from storage import alerts

MORNING = time(8)
"""When a snooze until a day ends: nobody wants to hear of it at midnight."""

USUAL = "1h"
HINT = "Say 1h, 4h, until monday or until resolved."
_FOR_GOOD = frozenset({"resolved", "over", "it is over", "it's over", "done", "fixed", "resolve"})
_LEAD_IN = frozenset({"until", "till", "til"})


class SnoozeArgs(Args):
    alert: str = Field("", description="Its number; none lists the open ones.")
    until: str = Field("", description="1h, 4h, until monday, until resolved; an hour where nothing is said.")

    usage: ClassVar[str] = "snooze 12 until monday"

    @classmethod
    def read(cls, words: tuple[str, ...]) -> Self:
        number, rest = split_number(words)
        return cls(alert=number, until=" ".join(rest))


def run(args: SnoozeArgs, ctx: Context) -> Reply:
    alert = named(args.alert, ctx, "snooze")
    if alert is None:
        return listed(ctx)
    access.require("acknowledge", ctx.workspace, ctx.invocation)
    require_open(alert, ctx)
    person = ctx.workspace.person(ctx.invocation.surface, ctx.invocation.user)
    zone, _ = own_zone(person, ctx.invocation.zone, ctx.workspace)
    until = None
    if not _is_for_good(args.until):
        until = _until((args.until or USUAL).split(), ctx.moment.now, zone)
    when = "until it is over" if until is None else f"until {day_words(until, zone, ctx.moment.now)}"
    if not alerts.snooze(ctx.session, alert.number, until, ctx.author, ctx.moment.now):
        raise UserError(f"Alert {alert.number} is snoozed {when} already.", HINT)
    alert = again(alert, ctx)
    said = f"Alert {alert.number} is snoozed {when}."
    ends = "If it holds then, its thread says so. " if until is not None else "It speaks when it is over. "
    usual = "" if args.until else "An hour, since no end was named. "
    blocks = (line(Bold(said)), note(f"{usual}{ends}Times in {zone.key}."), buttons(alert))
    return Reply(said, blocks, data={"alerts": [data_of(alert)]})


def _is_for_good(text: str) -> bool:
    said = text.casefold().split()
    return " ".join(said[1:] if said and said[0] in _LEAD_IN else said) in _FOR_GOOD


def _until(words: list[str], now: datetime, zone: ZoneInfo) -> datetime:
    """The end that is named, and nothing behind it. Raises `UserError`."""
    length = spans.length(words)
    if not length or length < len(words):
        raise UserError(f"“{' '.join(words)[:40]}” is no time.", HINT)
    try:
        found = spans.until(words, now, zone).astimezone(zone)
    except UserError as fault:
        message = fault.message.replace("A silence", "A snooze")
        raise UserError(message, HINT) from None
    is_day_alone = found.time() == time(0) and ":" not in words[-1]
    return datetime.combine(found.date(), MORNING, zone).astimezone(UTC) if is_day_alone else found


COMMAND = Command(
    name="snooze",
    summary="Hear nothing of an alert for a while; it always ends.",
    example="snooze 12 4h",
    args=SnoozeArgs,
    run=run,
    aliases=("postpone",),
    writes=True,
    group=Group.CHANGE,
    beside="alerts",
)
