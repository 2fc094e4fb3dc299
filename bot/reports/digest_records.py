"""How rare a move is among those of the equal stretches before it: "the largest rise in 12 weeks"."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bot.languages import said_of
from bot.reports.digest_account import CHART_DAYS, Account
from bot.reports.digest_moves import Move
from bot.reports.history import closing

LEAST = {"weekly": 5, "biweekly": 4}
"""So many stretches, its own among them, make it worth saying; longer ones have too short a past."""


def record_of(move: Move, account: Account) -> str:
    """Of how many weeks or sprints it is the largest move its way; empty where that is no news."""
    cadence = account.stretch.cadence
    if not move.delta or move.ref.kpi.measure is None or cadence not in LEAST:
        return ""
    count = 1
    for earlier in _earlier(move, account):
        if earlier is None or (earlier >= move.delta if move.delta > 0 else earlier <= move.delta):
            break
        count += 1
    if count < LEAST[cadence]:
        return ""
    is_up, is_week = move.delta > 0, cadence == "weekly"
    if is_up and is_week:
        return said_of(count, "largest rise in {count} week", "largest rise in {count} weeks")
    if is_week:
        return said_of(count, "largest fall in {count} week", "largest fall in {count} weeks")
    if is_up:
        return said_of(count, "largest rise in {count} sprint", "largest rise in {count} sprints")
    return said_of(count, "largest fall in {count} sprint", "largest fall in {count} sprints")


def _earlier(move: Move, account: Account) -> Iterator[float | None]:
    """The moves of the stretches before, the newest first, as far as was read; None for one with a gap."""
    later, days, stretch = move.before, account.stretch.days, account.stretch
    for back in range(2, CHART_DAYS // days + 1):
        close = account.last.moment.close_of(stretch.last - timedelta(days=back * days))
        value = closing(move.ref, account.last, close)
        yield None if later is None or value is None else later - value
        later = value
