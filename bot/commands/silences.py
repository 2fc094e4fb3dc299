"""`/kpi silences`: what is kept quiet, by whom, why and until when, and what ended lately."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from bot.access import TERMINAL
from bot.commands.base import Args, Command, Context, Group
from bot.commands.present import only_present
from bot.errors import UserError, shortened
from bot.reply import (
    Action,
    Actions,
    Block,
    Bold,
    Heading,
    Mention,
    Plain,
    Reply,
    Span,
    Text,
    line,
    marked,
    note,
)
from bot.reports import words
from bot.reports.alert_data import data_of
from bot.reports.alert_lists import Views, finding_words
from bot.reports.provenance import author_name
from bot.reports.silenced import is_seen, left_words, subject_words
from bot.reports.upcoming import day_words, own_zone
from storage import silences
from storage.alerts import Alert
from storage.silences import Silence

LATELY = timedelta(days=7)
MOST_ENDED = 5
MOST_ACTIVE = 15
MOST_BUTTONS = 5
LONGEST_LABEL = 35


class SilencesArgs(Args):
    usage: ClassVar[str] = "silences"


def run(_args: SilencesArgs, ctx: Context) -> Reply:
    only_present(ctx, "Silences are shown")
    return listed(ctx)


def listed(ctx: Context) -> Reply:
    """What is silenced, and what was until lately. Raises `UserError` where outsiders read the reasons."""
    if ctx.invocation.is_shared:
        raise UserError("People outside your company read here.", "Ask me in a channel of your own.")
    now = ctx.moment.now
    active = [one for one in silences.active(ctx.session, now) if is_seen(one, ctx.workspace)]
    person = ctx.workspace.person(ctx.invocation.surface, ctx.invocation.user)
    zone, _ = own_zone(person, ctx.invocation.zone, ctx.workspace)
    snoozed = _snoozed(ctx)
    said = _headline(active, snoozed, ctx, zone)
    blocks: list[Block] = [line(Bold(said))]
    for one in active[:MOST_ACTIVE]:
        blocks += _lines(one, ctx, zone)
    if len(active) > MOST_ACTIVE:
        blocks.append(line(f"{len(active) - MOST_ACTIVE} more."))
    blocks += _snoozed_lines(snoozed, ctx, zone)
    blocks += _ended(ctx, now, zone)
    if active:
        blocks.append(note(f"Times in {zone.key}. What is silenced leads no update."))
        blocks.append(_actions(active, ctx))
    else:
        blocks.append(Text(marked("To silence something: `silence stars 2d why`.")))
    told = {"silences": [data(one) for one in active], "snoozed": [data_of(one) for one in snoozed]}
    return Reply(said, tuple(blocks), data=told)


def _snoozed(ctx: Context) -> list[Alert]:
    """The alerts that nobody wants to hear of now."""
    found = Views(ctx.workspace, ctx.moment).still(ctx.session)
    return [one for one in found if one.is_snoozed(ctx.moment.now)]


def _snoozed_lines(found: Sequence[Alert], ctx: Context, zone: ZoneInfo) -> Iterator[Block]:
    if not found:
        return
    yield Heading("Snoozed alerts")
    views, now = Views(ctx.workspace, ctx.moment), ctx.moment.now
    for one in found[:MOST_ACTIVE]:
        until = one.snoozed_until
        ends = "until it is over" if until is None else f"until {day_words(until, zone, now)}"
        yield line(Bold(f"Alert {one.number}"), f" {ends}: {finding_words(one, views.of(one))}")
    if len(found) > MOST_ACTIVE:
        yield line(f"{len(found) - MOST_ACTIVE} more.")
    asks = (Action(f"End snooze of {one.number}", f"unsnooze {one.number}") for one in found[:MOST_BUTTONS])
    yield Actions(tuple(asks))


def _headline(active: Sequence[Silence], snoozed: Sequence[Alert], ctx: Context, zone: ZoneInfo) -> str:
    if not active:
        also = f"; {words.count(len(snoozed), 'alert')} snoozed" if snoozed else ""
        return f"Nothing is silenced{also}."
    first = subject_words(active[0].subject, ctx.workspace)
    when = day_words(active[0].until, zone, ctx.moment.now)
    return f"{words.count(len(active), 'silence')}; the first ends {when}: {first}."


def _lines(one: Silence, ctx: Context, zone: ZoneInfo) -> Iterator[Block]:
    now = ctx.moment.now
    yield line(
        Bold(f"{one.number}. {subject_words(one.subject, ctx.workspace)}"),
        f" until {day_words(one.until, zone, now)}, {left_words(one, now)}",
    )
    yield note(_who(one.author, ctx), f": {one.reason}" if one.reason else " gave no reason")


def _who(author: str, ctx: Context) -> Span:
    """Their name; of somebody whom kpi.yaml does not know, what their own surface calls them."""
    surface, _, user = author.partition(":")
    name = author_name(author, ctx.workspace)
    is_here = surface == ctx.invocation.surface != TERMINAL
    is_unknown = is_here and ctx.workspace.person(surface, user) is None
    return Mention(name, {surface: user}) if is_unknown else Plain(name)


def _ended(ctx: Context, now: datetime, zone: ZoneInfo) -> Iterator[Block]:
    """Those that ended within a week, the latest first."""
    over = [(min(one.until, one.ended_at or one.until), one) for one in silences.history(ctx.session)]
    lately = [(at, one) for at, one in over if now - LATELY <= at <= now and is_seen(one, ctx.workspace)]
    if lately:
        yield Heading("Ended lately")
    for at, one in sorted(lately, key=lambda pair: pair[0], reverse=True)[:MOST_ENDED]:
        by = (", by ", _who(one.ended_by, ctx)) if one.ended_by else ()
        yield line(f"{subject_words(one.subject, ctx.workspace)}: {day_words(at, zone, now)}", *by)


def _actions(active: Sequence[Silence], ctx: Context) -> Actions:
    return Actions(
        tuple(
            Action(
                shortened(f"End {subject_words(one.subject, ctx.workspace)}", LONGEST_LABEL),
                f"unsilence {one.number}",
            )
            for one in active[:MOST_BUTTONS]
        )
    )


def data(one: Silence) -> dict[str, object]:
    return {
        "number": one.number,
        "subject": one.subject or "all",
        "until": one.until.isoformat(),
        "author": one.author,
        "reason": one.reason,
    }


COMMAND = Command(
    name="silences",
    summary="What is silenced, by whom and until when.",
    example="silences",
    args=SilencesArgs,
    run=run,
    aliases=("mutes", "silenced", "muted"),
    group=Group.OPERATE,
)
