"""What a post says beyond its report: why it came, what it covers, what it had to do without; and to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from bot import access
from bot.cadence import Owed
from bot.errors import UserError
from bot.jobs.folding import Unsent
from bot.jobs.freshness import Lack
from bot.jobs.subscribed import DIRECT
from bot.languages import said
from bot.reply import Reply, Visibility
from bot.reports import plans, words
from bot.reports.audiences import addressed
from bot.reports.plans import Plan
from bot.reports.upcoming import question_title
from bot.surfaces.base import Ask, Invocation
from bot.workspace import Workspace
from kpi.calendar import Moment

_EACH = 3  # sources with a line of their own


def asker(owed: Owed, surface: str, text: str = "") -> Invocation:
    """The person whose direct messages a schedule posts to, as if they asked. `surface` is the platform."""
    zone = owed.cadence.zone.key if owed.cadence.zone else ""
    via = owed.surface if owed.surface != surface else ""
    return Invocation(text, surface, owed.channel.removeprefix(DIRECT), zone=zone, via=via)


def seen(workspace: Workspace, owed: Owed, surface: str, *, is_shared: bool) -> Workspace:
    """The workspace as those who will read the post may see it."""
    if not owed.channel:  # the terminal
        return workspace
    if owed.channel.startswith(DIRECT):
        return access.view(workspace, asker(owed, surface))
    return access.channel_view(workspace, surface, owed.channel, is_shared=is_shared)


def plan_for(owed: Owed, workspace: Workspace, surface: str) -> Plan:
    """The report as it is meant for those who will read it. Raises `UserError` where nobody states it."""
    plan = plans.find(owed.report, workspace)
    if plan is None:
        raise UserError(f"There is no report “{owed.report}”.", "See `reports`.")
    if not owed.channel:  # the terminal
        return plan
    is_direct = owed.channel.startswith(DIRECT)
    person = workspace.person(surface, owed.channel.removeprefix(DIRECT)) if is_direct else None
    return addressed(plan, f"{surface}:{owed.channel}", person)


def answer(ask: Ask, owed: Owed, surface: str, workspace: Workspace) -> Reply:
    """What a person would be told who asked the question now, words and picture in one, and why it came."""
    invocation = asker(owed, surface, owed.question)
    reply = ask(invocation)
    if reply.follow:
        reply = reply.joined(ask(replace(invocation, text=reply.follow)))
    title = question_title(owed.question, workspace)
    reply = reply.noted(f"Your question “{title}”, {_rhythm(owed, workspace.zone)}.")
    return replace(reply, visibility=Visibility.CHANNEL)


def why(owed: Owed, zone: ZoneInfo) -> str:
    """Why somebody gets a report: empty in a channel, where nobody alone asked for it."""
    return f"Your subscription: {_rhythm(owed, zone)}." if owed.number else ""


def _rhythm(owed: Owed, zone: ZoneInfo) -> str:
    """ "every Monday at 09:00 Europe/Berlin, until you say `unsubscribe 7`"."""
    where = owed.cadence.zone or zone
    rhythm = f"{owed.cadence.words} at {owed.cadence.at:%H:%M} {where.key}"
    return f"{rhythm}, until you say `unsubscribe {owed.number}`"


def without(lacks: Sequence[Lack], moment: Moment) -> list[str]:
    """Which sources a report had to do without. One that was never read yet is not late."""
    known = [one for one in lacks if one.is_known]
    lines = [one.words(moment.zone, moment.now) for one in known[:_EACH]]
    more = tuple(one.source for one in known[_EACH:])
    return [*lines, said("Also without {sources}.", sources=words.listing(more, _EACH))] if more else lines


def with_lines(
    reply: Reply, lines: Sequence[str], *, unsent: Sequence[Unsent], lacks: Sequence[Lack]
) -> Reply:
    """The report with these lines as small print, and what they say as data."""
    for one in lines:
        reply = reply.noted(one)
    data = dict(reply.data)
    if unsent:
        data["unsent"] = [one.due.day.isoformat() for one in unsent]
    if folded := [one.due.day.isoformat() for one in unsent if one.why]:
        data["folded"] = folded
    if names := [lack.source for lack in lacks if lack.is_known]:
        data["without"] = names
    return replace(reply, data=data)
