"""One KPI on its way from the start to its deadline, and where it is expected to land."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bot.charts.burnup import BurnupChart, describe
from bot.charts.trend import Point
from bot.languages import day, said
from bot.reply import Chart
from bot.reports import words
from bot.reports.closes import WorkspaceAt
from bot.reports.digest_moves import closed
from bot.reports.figures import print_value
from bot.reports.history import history
from bot.reports.landing_words import likely, printed, why_none
from bot.reports.landings import reckoned, target_of
from bot.reports.periods import Stretch
from bot.reports.picture import pace_line, steps_ahead, target_line
from bot.reports.pictures.reach import days_read, needs_of
from bot.reports.plans import Section
from bot.reports.snapshot import Snapshot
from bot.reports.standing_words import source_name, source_notes, spoken_unit
from bot.workspace import KpiRef
from kpi.calendar import Moment, day_of, day_start
from kpi.landing import Landing, NoLanding
from kpi.pace import Pace

_LEAST_DAYS = 56
"""How many days are read at least, to show a line where the start lies near."""

_DAY = timedelta(days=1)


def days_needed(section: Section, moment: Moment, stretch: Stretch) -> int:
    """How many closed days have to be read for the line: since the start, eight weeks at least."""
    start = section.use.plan.start
    first = stretch.last - timedelta(days=_LEAST_DAYS)
    return (moment.today - (first if start is None else min(start, first))).days


def chart(
    section: Section, snapshot: Snapshot, stretch: Stretch, workspace_at: WorkspaceAt | None = None
) -> Chart | None:
    """The first KPI of the part with a pace to a deadline that was measured since its start, amounts first.

    Its days end with the stretch, and begin where what was read begins. None where no KPI has both.
    """
    for ref in sorted(section.refs, key=lambda one: not _is_amount(one)):
        if ref.path not in snapshot.standings:
            continue
        last = closed(snapshot, [ref], stretch.last, workspace_at)
        pace = last.of(ref).pace
        drawn = None if pace is None else _burnup(ref, last, pace)
        if drawn is not None:
            return Chart(drawn.title, describe(drawn), drawn, "burnup.png")
    return None


def _burnup(ref: KpiRef, last: Snapshot, pace: Pace) -> BurnupChart | None:
    standing, zone, until = last.of(ref), last.moment.zone, last.moment.today - _DAY
    target, line = standing.target, target_line(standing)
    wanted = max(_LEAST_DAYS + 1, (until - pace.start).days + 1)
    past = history(ref, last, days_read(needs_of(ref), last, wanted))
    start, deadline = (day_start(one + _DAY, zone) for one in (pace.start, pace.end))
    points = [(day_start(day_of(at, zone) + _DAY, zone), value) for at, value in past.days]
    shown = tuple(point for point in points if start <= point[0] <= deadline)
    measured = [point for point in shown if point[1] is not None]
    if target is None or line is None or not measured:
        return None
    found = None if target_of(ref, last) is None else reckoned(ref, target, last)
    landed = found if isinstance(found, Landing) else None
    shape = None if landed is None else printed(landed, ref.kpi)
    return BurnupChart(
        title=ref.kpi.name,
        finding=_finding(ref, measured[-1], pace, found, last),
        points=shown,
        start=start,
        deadline=deadline,
        deadline_label=f"{target.title}, {_dated(pace, until)}",
        target=line,
        zone=zone.key,
        unit=ref.kpi.unit.name,
        last_label=_shown(ref, measured[-1][1], pace),
        landing_label="" if shape is None else shape.value,
        range_label="" if shape is None else said("{low} to {high}", low=shape.low, high=shape.high),
        chance_label="" if landed is None else likely(landed, standing, target),
        pace=pace_line(standing, zone),
        pace_label=_rough(ref, pace.expected_on(_closing(measured[-1][0], last)), pace),
        ahead=() if landed is None else steps_ahead(landed, measured[-1], zone),
        source=source_name(ref, last),
        age="" if standing.age is None else words.age(standing.age),
        notice=source_notes(ref, last).partition(":")[0],
    )


def _closing(at: datetime, last: Snapshot) -> date:
    """The day that closes at an instant."""
    return day_of(at - timedelta(microseconds=1), last.moment.zone)


def _shown(ref: KpiRef, value: float | None, pace: Pace) -> str:
    return "" if value is None else print_value(value, spoken_unit(ref.kpi), against=pace.end_value)


def _rough(ref: KpiRef, value: float, pace: Pace) -> str:
    """What the pace asks for, as exact as it deserves."""
    digits = _digits(abs(value), is_count=ref.kpi.unit.kind == "count")
    return print_value(round(value, digits), spoken_unit(ref.kpi), against=pace.end_value)


def _digits(size: float, *, is_count: bool) -> int:
    """How many decimals of a number of this size are worth saying."""
    if size >= 100 or (is_count and size >= 10):
        return 0
    return 1 if (is_count and size >= 1) or size >= 10 else 2


def _finding(
    ref: KpiRef, newest: Point, pace: Pace, found: Landing | NoLanding | None, last: Snapshot
) -> str:
    """Where it lands; without a landing where it stands."""
    until = last.moment.today - _DAY
    needed, end = _shown(ref, pace.end_value, pace), _dated(pace, until)
    if isinstance(found, Landing):
        shape = printed(found, ref.kpi)
        if shape.low == shape.high:
            return said(
                "Lands at {landing} on {day}; {needed} needed", landing=shape.value, day=end, needed=needed
            )
        landing = {"landing": shape.value, "low": shape.low, "high": shape.high, "day": end}
        return said(
            "Lands at {landing} ({low} to {high}) on {day}; {needed} needed", needed=needed, **landing
        )
    value, on = _shown(ref, newest[1], pace), day(_closing(newest[0], last))
    if until >= pace.end:
        return said("{value} by {day}; {needed} needed", value=value, day=on, needed=needed)
    told = said("{value} by {day}; {needed} needed by {end}", value=value, day=on, needed=needed, end=end)
    return " ".join(part for part in (f"{told}.", "" if found is None else why_none(found)) if part)


def _dated(pace: Pace, until: date) -> str:
    return day(pace.end, year=pace.end.year != until.year)


def _is_amount(ref: KpiRef) -> bool:
    """Whether it is an amount of something: shares, speeds and durations have a level that they keep to."""
    return ref.kpi.unit.kind in ("count", "money", "bytes") and not ref.kpi.unit.is_rate
