"""What a post says beyond its report: why it came, what it covers, what it had to do without; and to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from bot import access
from bot.cadence import Owed
from bot.jobs.freshness import Lack
from bot.jobs.subscribed import DIRECT
from bot.reply import Reply, Visibility
from bot.reports import words
from bot.reports.upcoming import question_title
from bot.surfaces.base import Ask, Invocation
from bot.workspace import Workspace
from kpi.calendar import Moment

_ONE_BY_ONE = 3  # updates that were not sent, each named
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


def folded(unsent: Sequence[date], since: date, today: date) -> str:
    """What a report covers in place of those that were never sent."""
    last = today.fromordinal(today.toordinal() - 1)
    covers = f"Covers {words.day(since, today)}" if since >= last else f"Covers {_span(since, last, today)}"
    if len(unsent) == 1:
        return f"{covers}: the update of {words.day(unsent[0], today)} was not sent."
    if len(unsent) > _ONE_BY_ONE:
        return f"{covers}: {len(unsent)} updates, of {_span(unsent[0], unsent[-1], today)}, were not sent."
    is_one_month = len({(one.year, one.month) for one in unsent}) == 1
    others = ", ".join(str(one.day) if is_one_month else words.day(one, today) for one in unsent[:-1])
    return f"{covers}: the updates of {others} and {words.day(unsent[-1], today)} were not sent."


def _span(first: date, last: date, today: date) -> str:
    """ "20 to 22 Nov", "30 Nov to 2 Dec"."""
    is_one_month = (first.year, first.month) == (last.year, last.month)
    return f"{first.day if is_one_month else words.day(first, today)} to {words.day(last, today)}"


def without(lacks: Sequence[Lack], moment: Moment) -> list[str]:
    """Which sources a report had to do without. One that was never read yet is not late."""
    known = [one for one in lacks if one.is_known]
    lines = [one.words(moment.zone, moment.now) for one in known[:_EACH]]
    more = tuple(one.source for one in known[_EACH:])
    return [*lines, f"Also without {words.listing(more, _EACH)}."] if more else lines


def with_lines(reply: Reply, lines: Sequence[str], *, unsent: Sequence[date], lacks: Sequence[Lack]) -> Reply:
    """The report with these lines as small print, and what they say as data."""
    for one in lines:
        reply = reply.noted(one)
    data = dict(reply.data)
    if unsent:
        data["unsent"] = [day.isoformat() for day in unsent]
    if names := [lack.source for lack in lacks if lack.is_known]:
        data["without"] = names
    return replace(reply, data=data)
