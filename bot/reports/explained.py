"""A change explained: what moved, who moved it, what is usual, and what fell into the same days.

A share is arithmetic and is stated as one; what fell into the same days is told as a coincidence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.reports.explained_beside import Beside, beside
from bot.reports.explained_change import Change, change_of, history_needed
from bot.reports.explained_entered import HISTORY_DAYS, entered_change, entry_of
from bot.reports.explained_gauge import Gauge, last_of
from bot.reports.explained_happened import Happened, happened
from bot.reports.noteworthy import days_back
from bot.reports.snapshot import Snapshot, load, reaching_back
from bot.windows import Window
from bot.workspace import KpiRef, Workspace
from kpi.calendar import Moment, day_start
from kpi.cohort import ripe
from kpi.explain import Manner, Members, Side, Sides, breakdowns, members, quotient, ranked, sides
from kpi.measure import Measure, parse
from kpi.metric import to_micros
from kpi.movers import Breakdown, decompose_kpi, labels_of
from kpi.reading import is_entered, needed
from storage import Session
from storage.entries import Entry

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Part:
    """A change told apart by one label, with who is new and who is gone."""

    found: Breakdown
    members: Members | None
    of: str = ""  # the side of a quotient that it is about


@dataclass(frozen=True, slots=True)
class Explanation:
    """All there is to say of one change. `expected` is a line of whoever foresaw what was to come."""

    change: Change
    parts: tuple[Part, ...] = ()  # from the label that explains most
    sides: Sides | None = None
    beside: tuple[Beside, ...] = ()  # where it cannot be told apart: what its source counts beside it
    happened: tuple[Happened, ...] = ()
    entered: Entry | None = None  # who stands behind a number entered by hand
    expected: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be explained. Without a window the newest days that are unlike others, or else a week.
    `known_by`: what was recorded later does not count."""

    ref: KpiRef
    window: Window | None = None
    known_by: datetime | None = None


def read_for(session: Session, workspace: Workspace, moment: Moment, asked: Asked) -> Snapshot:
    """What an explanation is made of; a year of it where that is not much."""
    ref, known_by = asked.ref, asked.known_by
    days = HISTORY_DAYS if ref.kpi.measure is None else history_needed(ref, asked.window, moment)
    found = load(session, workspace, moment, (ref,), history_days=days, known_by=known_by)
    # Read again by the clock of then, further history could not be told from what was recorded since.
    more = 0 if known_by is not None or ref.kpi.measure is None else days_back((ref,), found)
    if more <= days:
        return found
    oldest = moment.close_of(moment.today - timedelta(days=more))
    since = needed(ref.use.framework.key, ref.kpi, oldest)
    return replace(reaching_back(session, found, ref, more), since={**found.since, **since})


def explain(session: Session, snapshot: Snapshot, asked: Asked, *, expected: str = "") -> Explanation:
    """The change that is asked about, by a snapshot of `read_for`, in a fixed number of statements."""
    ref = asked.ref
    is_by_hand = is_entered(ref.kpi, snapshot.of(ref).reading)
    change = (entered_change if is_by_hand else change_of)(ref, snapshot, asked.window)
    near = happened(session, ref, snapshot, change.days, asked.known_by) if change.days.count > 0 else ()
    if is_by_hand:
        return Explanation(change, happened=near, entered=entry_of(session, change, asked.known_by))
    if change.missing or not change.told_apart:
        return Explanation(change, happened=near, expected=expected)
    gauge = Gauge(ref, snapshot, change.manner)
    parts, both = _told_apart(gauge, change)
    others = () if parts or both or not change.is_news else beside(session, gauge, change, asked.known_by)
    return Explanation(change, parts, both, others, near, expected=expected)


def _told_apart(gauge: Gauge, change: Change) -> tuple[tuple[Part, ...], Sides | None]:
    """By every label there is; of a quotient whose parts do not add up, the side that moved more."""
    kpi, series = gauge.kpi(change.days.count), gauge.snapshot.series
    measure, between = parse(kpi.measure or ""), _between(gauge, change)
    read_at = tuple(ripe(kpi, one) for one in between)
    both = sides(measure, series, *read_at)
    key = gauge.ref.use.framework.key
    whole = (
        decompose_kpi(key, kpi, series=series, between=between, by=by) for by in labels_of(measure, series)
    )
    found = ranked(one for one in whole if one is not None)
    if found or both is None:
        return tuple(_part(one, measure, gauge, change) for one in found), both
    side, moved = _moved_more(measure, both)
    return tuple(
        _part(one, side, gauge, change, of=moved.name) for one in ranked(breakdowns(side, series, *read_at))
    ), both


def _moved_more(measure: Measure, both: Sides) -> tuple[Measure, Side]:
    upper, lower = quotient(measure) or (measure, measure)
    if abs(both.upper.share) >= abs(both.lower.share):
        return upper, both.upper
    return lower, both.lower


def _between(gauge: Gauge, change: Change) -> tuple[Moment, Moment]:
    """The two closes that are held against each other."""
    close = gauge.snapshot.moment.close_of
    if change.manner in (Manner.LEVEL, Manner.VALUE):
        return close(change.days.first - _DAY), close(last_of(change.days))
    return close(last_of(change.earlier)), close(last_of(change.days))


def _part(found: Breakdown, measure: Measure, gauge: Gauge, change: Change, *, of: str = "") -> Part:
    earlier, _ = _between(gauge, change)
    since = change.days.first if gauge.is_stretched else last_of(change.days)
    fresh = to_micros(day_start(since, gauge.zone))
    until = to_micros(earlier.now)
    return Part(found, members(found, measure, gauge.snapshot.series, until=until, since=fresh), of)
