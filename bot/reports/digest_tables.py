"""Every KPI of a report in one table, and the same as numbers: exactly what was printed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.languages import said, said_of
from bot.reply import Reply, Table
from bot.reports import words
from bot.reports.digest_account import Account
from bot.reports.digest_moves import Move
from bot.reports.digest_words import change_of, partial_of, value_of
from bot.reports.standing_words import goal_words, value_words
from kpi.calendar import day_of


def table_of_all(account: Account) -> Table:
    """The measured KPIs with value, change, target and age; the caption says how many there are not."""
    measured = [one for one in account.of_plan if one.standing.value is not None]
    rows = tuple((one.title, *_cells(one, account)) for one in measured)
    counted = said_of(len(rows), "{count} KPI measured", "{count} KPIs measured")
    caption = said("{counted}; change against {before}", counted=counted, before=account.stretch.ago)
    if missing := len(account.of_plan) - len(rows):
        caption = said("{caption}; {count} not measured", caption=caption, count=missing)
    at_close = words.day(account.stretch.last, account.last.moment.day)
    columns = (said("KPI"), at_close, said("Change"), said("Target, age"))
    return Table(columns, rows, frozenset({1, 2}), caption)


def table_reply(account: Account) -> Reply:
    """The table as a message of the thread."""
    table = table_of_all(account)
    return Reply(f"{table.caption}.", (table,))


def _cells(one: Move, account: Account) -> tuple[str, str, str]:
    standing, stretch = one.standing, account.stretch
    change = " · ".join(text for text in (change_of(one, stretch), partial_of(one)) if text)
    goal = said("no target")
    if standing.target is not None and standing.target.is_applicable:
        goal = goal_words(standing.target.goal, standing.kpi)
        goal = f"✓ {goal}" if standing.met else goal
    return value_of(one), change, ", ".join(text for text in (goal, _age(one, account)) if text)


def _age(one: Move, account: Account) -> str:
    """How old the number is; of a stretch further back the day it is of, where that is not the last."""
    standing, moment = one.standing, account.last.moment
    if standing.age is None or standing.reading.at is None:
        return ""
    if moment.as_of is None:
        return words.age(standing.age)
    read = day_of(standing.reading.at, moment.zone)
    return said("of {day}", day=words.day(read, moment.day)) if read < moment.day else ""


def figures(account: Account) -> Iterator[dict[str, Any]]:
    """The numbers that were printed, by KPI: a later job looks whether they still are what they were."""
    for one in account.of_plan:
        standing = one.standing
        if standing.value is None:
            continue
        yield {
            "kpi": one.ref.path,
            "day": account.stretch.last.isoformat(),
            "value": standing.value,
            "zone": standing.zone.value,
            "met": standing.met,
            "printed": value_words(standing),
            "settled": standing.reading.settled,
        }
