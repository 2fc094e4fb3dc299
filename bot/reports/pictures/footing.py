"""What every picture of several KPIs says beside them: marks, and who says the numbers and when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from bot.languages import said, said_of
from bot.reports import words
from bot.reports.snapshot import Snapshot
from bot.reports.standing_words import source_names, source_notes, state_mark
from bot.workspace import KpiRef
from kpi.calendar import Moment
from kpi.standing import Standing, Zone

MOST_SOURCES = 3
"""How many sources a footer names."""

_MARKS = {Zone.GREEN: "●", Zone.YELLOW: "◆", Zone.RED: "▲"}


def mark_of(standing: Standing) -> str:
    """The zone of a KPI; where its framework draws none, whether its target is met."""
    return _MARKS.get(standing.zone) or state_mark(standing)


def source_words(refs: Iterable[KpiRef], closed: Snapshot, now: Moment) -> str:
    """Who says the numbers, each with the age of its oldest one: "github 13 h ago, by hand 3 days ago".

    Many are counted. Of a stretch that ended before yesterday the period says how old they are.
    """
    ages: dict[str, timedelta] = {}
    for ref in refs:
        standing = closed.of(ref)
        if standing.value is None or standing.age is None:
            continue
        for name in source_names(ref, closed):
            ages[name] = max(ages.get(name, standing.age), standing.age)
    is_recent = closed.moment.day >= now.today - timedelta(days=1)
    if len(ages) > MOST_SOURCES:
        count = said_of(len(ages), "{count} source", "{count} sources")
        oldest = words.age(max(ages.values()))
        return said("{sources}, the oldest {age}", sources=count, age=oldest) if is_recent else count
    named = (f"{name} {words.age(age)}".strip() if is_recent else name for name, age in sorted(ages.items()))
    return ", ".join(one for one in named if one)


def notice(refs: Iterable[KpiRef], snapshot: Snapshot) -> str:
    """What must be said of numbers like these: that they are sample data."""
    notes = (source_notes(ref, snapshot).partition(":")[0] for ref in refs)
    return ", ".join(dict.fromkeys(one for one in notes if one))
