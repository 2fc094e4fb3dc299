"""Where a report's numbers come from: to when they reach, how old each source is, which of them fail."""

from __future__ import annotations

from datetime import timedelta

from bot.languages import day, said, said_of
from bot.reports import words
from bot.reports.digest_account import Account
from bot.reports.rows import hidden_words
from bot.reports.standing_words import source_names, source_notes

MOST_NAMED = 4
NAMED_OLDEST = 2


def small_print(account: Account) -> str:
    """To when the numbers reach, and how old the sources are by now; of many only the oldest."""
    moment, stretch = account.now.moment, account.stretch
    is_near = stretch.last.year == moment.today.year
    until = day(stretch.last, year=not is_near)
    parts = [said("Closed days to {day}, {zone}", day=until, zone=moment.zone.key)]
    ages = sorted(_ages(account).items(), key=lambda one: one[1], reverse=True)
    named = ages if len(ages) <= MOST_NAMED else ages[:NAMED_OLDEST]
    told = [f"{name} {words.age(age)}" for name, age in named]
    if len(ages) > MOST_NAMED:
        count = said_of(len(ages), "{count} source", "{count} sources")
        parts.append(said("{sources}, the oldest: {names}", sources=count, names=", ".join(told)))
    else:
        parts += told
    parts += sorted({text for ref in account.plan.refs if (text := source_notes(ref, account.now))})
    return " · ".join(parts)


def source_lines(account: Account) -> tuple[str, ...]:
    """The sources by their age by now, the newest first: "3 h ago: github, stripe"."""
    found: dict[str, list[str]] = {}
    for name, age in sorted(_ages(account).items(), key=lambda one: one[1]):
        found.setdefault(words.age(age), []).append(name)
    return tuple(f"{age}: {', '.join(sorted(names))}" for age, names in found.items())


def failing(account: Account) -> str:
    """The sources behind the report that fail; empty where none does."""
    faults = (account.now.of(ref).fault for ref in account.plan.refs)
    names = sorted({fault.source for fault in faults if fault is not None})
    return said("failing: {sources}", sources=", ".join(names)) if names else ""


def hidden(account: Account) -> str:
    """How many KPIs of the report this place may not see; empty for none."""
    keys = {(one.use.framework.key, key) for one in account.plan.sections for key in one.hidden}
    return hidden_words(len(keys))


def _ages(account: Account) -> dict[str, timedelta]:
    """How old the newest reading of each source is."""
    found: dict[str, timedelta] = {}
    for ref in account.plan.refs:
        standing = account.now.of(ref)
        if standing.value is None or standing.age is None:
            continue
        for name in source_names(ref, account.now):
            found[name] = min(found.get(name, standing.age), standing.age)
    return found
