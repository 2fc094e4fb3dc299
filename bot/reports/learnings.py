"""What a long report teaches: its biggest wins and misses, what was noted, which targets were changed.

All of it is numbers and notes: nothing is concluded that nobody measured or wrote.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from bot.languages import said, said_of
from bot.reply import Block, Bold, Text, line
from bot.reports import happenings
from bot.reports.digest_account import Account
from bot.reports.digest_moves import Move
from bot.reports.digest_words import move_line
from bot.reports.provenance import author_name
from kpi.calendar import day_start
from kpi.trend import Trend
from storage import Session, revisions
from storage.revisions import Kind, Revision

MOST = 5
MOST_NOTES = 12


def changed_targets(session: Session, account: Account) -> tuple[Revision, ...]:
    """The targets of the report's KPIs that were changed by hand in its stretch, oldest first."""
    zone, stretch = account.last.moment.zone, account.stretch
    start = day_start(stretch.first, zone)
    end = day_start(stretch.last + timedelta(days=1), zone)
    shown = {ref.path for ref in account.plan.refs}
    return tuple(
        one
        for one in revisions.read(session)
        if one.kind is Kind.TARGET
        and start <= one.recorded_at < end
        and one.subject.rpartition("@")[0] in shown
    )


def learned(account: Account, targets: Sequence[Revision]) -> tuple[str, tuple[Block, ...]] | None:
    """The finding and what stands below it; None where nothing changed and nothing was written."""
    wins = [one for one in account.moved if one.turned is True or one.way is Trend.BETTER][:MOST]
    misses = _misses(account, wins)
    blocks = (
        *_moves(said("Biggest wins"), wins, account),
        *_moves(said("Biggest misses"), misses, account),
        *_noted(account),
        *_retargeted(targets, account),
    )
    if not blocks:
        return None
    met = said_of(
        sum(one.turned is True for one in account.distinct), "{count} target won", "{count} targets won"
    )
    lost = said("{count} lost", count=sum(one.turned is False for one in account.distinct))
    changed = said_of(len(targets), "{count} target changed", "{count} targets changed")
    return f"{met}, {lost}, {changed}.", blocks


def _misses(account: Account, wins: Sequence[Move]) -> list[Move]:
    """Targets lost, then those that are due or off track, the furthest first, then what got worse unmet."""
    lost = [one for one in account.moved if one.turned is False]
    due = sorted((one for one in account.distinct if one.is_red), key=_reached)
    worse = [one for one in account.moved if one.way is Trend.WORSE and one.held is not True]
    won = {one.ref.path for one in wins}
    found = {one.ref.path: one for one in (*lost, *due, *worse) if one.ref.path not in won}
    return list(found.values())[:MOST]


def _reached(one: Move) -> float:
    percent = one.standing.percent_of_target
    return 100.0 if percent is None else percent


def _moves(title: str, moves: Sequence[Move], account: Account) -> Iterator[Text]:
    if moves:
        yield line(Bold(title))
    yield from (line(move_line(one, account.stretch)) for one in moves)


def _noted(account: Account) -> Iterator[Text]:
    """What happened, and what people wrote, by its day."""
    moment = account.last.moment
    if account.notes:
        yield line(Bold(said("What was noted")))
    for one in account.notes[:MOST_NOTES]:
        yield line(happenings.line(one, moment))
    if (more := len(account.notes) - MOST_NOTES) > 0:
        yield line(said_of(more, "{count} more note.", "{count} more notes."))


def _retargeted(targets: Sequence[Revision], account: Account) -> Iterator[Text]:
    """Which targets were changed, from what to what, by whom and why."""
    if targets:
        yield line(Bold(said("Targets changed")))
    names = {ref.path: ref.kpi.name for ref in account.plan.refs}
    for one in targets:
        path, _, horizon = one.subject.rpartition("@")
        told = said(
            "{kpi}, {horizon}: {before} → {after}, {author}",
            kpi=names[path],
            horizon=_title(account, path, horizon),
            before=one.replaced or said("none"),
            after=one.text,
            author=author_name(one.author, account.last.workspace),
        )
        yield line(f"{told}: {one.reason}" if one.reason else told)


def _title(account: Account, path: str, horizon: str) -> str:
    """What the framework of a KPI calls a horizon."""
    ref = next(one for one in account.plan.refs if one.path == path)
    known = ref.use.framework.horizons.get(horizon)
    return horizon if known is None else known.title
