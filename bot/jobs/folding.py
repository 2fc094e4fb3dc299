"""What is kept back on purpose or was never sent: why, and how the post that follows says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.cadence import DAILY, Owed
from bot.jobs.begun import Due
from bot.jobs.subscribed import DIRECT
from bot.languages import day_of_month, said, said_of
from bot.reports import plans, words
from bot.settings_channels import budget_of
from bot.workspace import Workspace
from kpi.calendar import day_of, day_start
from storage import Session, posted
from storage.promise_sql import LOST
from storage.promises import Promise, State

NOTHING_CHANGED = "nothing changed"
"""Why a report was folded that is posted only where something did; every other reason is the budget."""

IS_WORTH_POSTING = "is_worth_posting"
"""What a report says of itself in its data, where it is not always posted."""

_ONE_BY_ONE = 3  # posts that were not sent, each with its day
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Unsent:
    """A report that nobody ever got. `why` is empty where that was no intention."""

    due: Due
    why: str = ""


def unsent(due: Due, promise: Promise | None) -> Unsent | None:
    """What became of an earlier report; None where its readers have it, or still get it."""
    if promise is None or promise.state in LOST:
        return Unsent(due)
    if promise.state is State.FOLDED:
        return Unsent(due, promise.error)
    is_only_entered = promise.state is State.OWED and not promise.payload
    return Unsent(due) if is_only_entered else None


def used_up(session: Session, workspace: Workspace, owed: Owed, platform: str, due: datetime) -> str:
    """Why a channel takes no daily report any more in the week of `due`; empty where it does.

    What people ask for, and what comes once a week or less often, is never kept back.
    """
    limit = budget_of(workspace.budget, f"{platform}:{owed.channel}")
    is_direct = not owed.channel or owed.channel.startswith(DIRECT)
    if limit is None or is_direct or owed.number or not is_daily(owed.report, workspace):
        return ""
    today = day_of(due, workspace.zone)
    monday = today - timedelta(days=today.weekday())
    start, end = (day_start(day, workspace.zone) for day in (monday, monday + _WEEK))
    used = posted.used(session, owed.surface, owed.channel, start, end)
    return f"{used} of {limit} messages of this week are used" if used >= limit else ""


def is_daily(report: str, workspace: Workspace) -> bool:
    """Whether it is a report of every day."""
    plan = None if report == DAILY else plans.find(report, workspace)
    return report == DAILY or (plan is not None and plan.cadence == "daily")


def kept_back(
    session: Session, workspace: Workspace, owed: Owed, platform: str, due: datetime
) -> Iterator[str]:
    """What a longer report says of the updates that its channel's budget has kept back since the last one."""
    if not owed.channel or is_daily(owed.report, workspace):
        return
    since = owed.cadence.before(due, workspace.zone) or due - _WEEK
    found = posted.folded(session, owed.surface, owed.channel, since, due)
    count = sum(one.error != NOTHING_CHANGED for one in found)
    if not count:
        return
    updates = said_of(count, "{count} update was folded", "{count} updates were folded")
    limit = budget_of(workspace.budget, f"{platform}:{owed.channel}")
    if limit is None:  # there was one then
        yield said("{updates}: the channel's budget was used up.", updates=updates)
    else:
        yield said("{updates}: this channel takes {limit} messages a week.", updates=updates, limit=limit)


def covering(some: Sequence[Unsent], since: date, today: date) -> str:
    """What an update covers, and in place of which others."""
    last = today - timedelta(days=1)
    days = words.day(since, today) if since >= last else _span(since, last, today)
    told = "; ".join(_clauses(DAILY, "", some, today))
    if all(one.why for one in some):
        return said("Covers {days}; {folded}.", days=days, folded=told)
    return said("Covers {days}: {unsent}.", days=days, unsent=told)


def instead(plan: plans.Plan, some: Sequence[Unsent], today: date) -> str:
    """Which reports before this one nobody got."""
    told = "; ".join(_clauses(plan.name, plan.title, some, today))
    return f"{told[:1].upper()}{told[1:]}."


def _clauses(report: str, title: str, some: Sequence[Unsent], today: date) -> Iterator[str]:
    """First what was lost, then what was folded, by why."""
    for why in sorted({_reason(one) for one in some}):
        days = [one.due.day for one in some if _reason(one) == why]
        what = _named(report, title, days, today)
        if why:
            yield said("folded: {reports} ({why})", reports=what.rstrip(","), why=why)
        elif len(days) == 1:
            yield said("{report} was not sent", report=what)
        else:
            yield said("{reports} were not sent", reports=what)


def _reason(one: Unsent) -> str:
    if not one.why:
        return ""
    return said("nothing changed") if one.why == NOTHING_CHANGED else said("the week's messages were used up")


def _named(report: str, title: str, days: Sequence[date], today: date) -> str:
    """ "the updates of 20 and 21 Nov", "5 updates, of 17 to 21 Nov,"."""
    if len(days) > _ONE_BY_ONE:
        span = _span(days[0], days[-1], today)
        return said("{reports}, of {days},", reports=_many(report, title, len(days)), days=span)
    is_one = len(days) == 1
    return said("{reports} of {days}", reports=_some(report, title, is_one=is_one), days=_days(days, today))


def _some(report: str, title: str, *, is_one: bool) -> str:
    """One report, or a few of a kind."""
    match report:
        case "daily":
            return said("the update") if is_one else said("the updates")
        case "weekly":
            return said("the weekly review") if is_one else said("the weekly reviews")
        case "sprint":
            return said("the sprint report") if is_one else said("the sprint reports")
        case "monthly":
            return said("the monthly report") if is_one else said("the monthly reports")
        case "quarterly":
            return said("the quarterly report") if is_one else said("the quarterly reports")
        case "yearly":
            return said("the annual report") if is_one else said("the annual reports")
    return f"“{title}”"


def _many(report: str, title: str, count: int) -> str:
    """So many reports that their days are not named."""
    if report == DAILY:
        return said_of(count, "{count} update", "{count} updates")
    if report in plans.CADENCES:
        return said_of(count, "{count} report", "{count} reports")
    return f"“{title}” ({count})"


def _days(days: Sequence[date], today: date) -> str:
    """ "22 Nov", "20, 21 and 22 Nov"."""
    *others, last = days
    if not others:
        return words.day(last, today)
    is_one_month = len({(one.year, one.month) for one in days}) == 1
    before = ", ".join(day_of_month(one) if is_one_month else words.day(one, today) for one in others)
    return said("{first} and {last}", first=before, last=words.day(last, today))


def _span(first: date, last: date, today: date) -> str:
    """ "20 to 22 Nov", "30 Nov to 2 Dec"."""
    is_one_month = (first.year, first.month) == (last.year, last.month)
    begin = day_of_month(first) if is_one_month else words.day(first, today)
    return said("{first} to {last}", first=begin, last=words.day(last, today))
