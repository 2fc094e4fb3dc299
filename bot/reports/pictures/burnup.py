"""One KPI on its way from the start to its deadline, and where it lands if the last days go on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from bot.charts.burnup import BurnupChart, BurnupStep, describe
from bot.charts.trend import Point
from bot.languages import day, said, said_of
from bot.reply import Chart
from bot.reports import words
from bot.reports.closes import WorkspaceAt
from bot.reports.digest_moves import closed
from bot.reports.figures import print_value
from bot.reports.history import History, history
from bot.reports.periods import Stretch
from bot.reports.picture import pace_line, target_line
from bot.reports.pictures.reach import days_read, needs_of
from bot.reports.plans import Section
from bot.reports.snapshot import Snapshot
from bot.reports.standing_words import source_name, source_notes, spoken_unit
from bot.workspace import KpiRef
from kpi.calendar import Moment, day_of, day_start
from kpi.drift import LEAST, Outlook, drift
from kpi.expression import Arithmetic
from kpi.measure import parse
from kpi.pace import Pace
from kpi.reading import is_running_total
from kpi.standing import Standing
from kpi.unit import BARE

FITTED = 56
"""From how many days at most the drift is taken: eight weeks, so that each weekday counts alike."""

_MOST_STEPS = 60
_DAY = timedelta(days=1)
_NEVER_NEGATIVE = frozenset({"last", "sum", "count", "mean", "median", "p95", "min", "max"})


def days_needed(section: Section, moment: Moment, stretch: Stretch) -> int:
    """How many closed days have to be read for the whole picture: those since the start, or of the drift."""
    start = section.use.plan.start
    first = stretch.last - timedelta(days=FITTED)
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
    wanted = max(FITTED + 1, (until - pace.start).days + 1)
    past = history(ref, last, days_read(needs_of(ref), last, wanted))
    start, deadline = (day_start(one + _DAY, zone) for one in (pace.start, pace.end))
    points = [(day_start(day_of(at, zone) + _DAY, zone), value) for at, value in past.days]
    shown = tuple(point for point in points if start <= point[0] <= deadline)
    measured = [point for point in shown if point[1] is not None]
    if target is None or line is None or not measured:
        return None
    left = (pace.end - until).days
    outlook = _outlook(ref, standing, past, left) if left > 0 else None
    landing, low, high = _landing(ref, outlook, pace)
    return BurnupChart(
        title=ref.kpi.name,
        finding=_finding(ref, measured[-1], pace, outlook, last),
        points=shown,
        start=start,
        deadline=deadline,
        deadline_label=f"{target.title}, {_dated(pace, until)}",
        target=line,
        zone=zone.key,
        unit=ref.kpi.unit.name,
        last_label=_shown(ref, measured[-1][1], pace),
        landing_label=landing,
        range_label=said("{low} to {high}", low=low, high=high) if low else "",
        pace=pace_line(standing, zone),
        pace_label=_rough(ref, (pace.expected_on(_closing(measured[-1][0], last)),), pace)[0],
        ahead=_steps(outlook, measured[-1], until, last),
        source=source_name(ref, last),
        age="" if standing.age is None else words.age(standing.age),
        notice=source_notes(ref, last).partition(":")[0],
    )


def _closing(at: datetime, last: Snapshot) -> date:
    """The day that closes at an instant."""
    return day_of(at - timedelta(microseconds=1), last.moment.zone)


def _outlook(ref: KpiRef, standing: Standing, past: History, left: int) -> Outlook | None:
    """The drift of the last eight weeks."""
    if not _is_amount(ref):
        return None
    made = {at for at, _ in past.entries} if ref.kpi.measure is None else None
    # On a day after an entry nothing was measured: the value only holds.
    values = [value if made is None or at in made else None for at, value in past.days][-FITTED - 1 :]
    known = [value for value in values if value is not None]
    is_count = _is_count(ref, standing) and min(known, default=-1.0) >= 0
    is_growing = is_running_total(ref.use.framework.key, ref.kpi)
    return drift(values, left, floor=0.0 if is_count else None, is_growing=is_growing and is_count)


def _is_count(ref: KpiRef, standing: Standing) -> bool:
    """Whether the value can never be negative: an amount of things, and no difference of two."""
    unit = standing.kpi.unit
    if ref.kpi.measure is None:
        return unit.kind in ("count", "bytes") and unit.numerator != "count:nps"
    measure = parse(ref.kpi.measure)
    is_plain = not isinstance(measure.root, Arithmetic) or "-" not in measure.text
    return is_plain and all(query.function in _NEVER_NEGATIVE for query in measure.queries)


def _shown(ref: KpiRef, value: float | None, pace: Pace) -> str:
    return "" if value is None else print_value(value, spoken_unit(ref.kpi), against=pace.end_value)


def _landing(ref: KpiRef, outlook: Outlook | None, pace: Pace) -> tuple[str, str, str]:
    """Mean, low and high at the deadline; the unit stands with the first."""
    if outlook is None:
        return "", "", ""
    mean, low, high = _rough(ref, (outlook.mean[-1], outlook.low80[-1], outlook.high80[-1]), pace)
    return mean, low, high


def _rough(ref: KpiRef, values: Sequence[float], pace: Pace) -> list[str]:
    """What was reckoned, as exact as it deserves; a counted thing is named behind the first number alone."""
    unit = ref.kpi.unit
    digits = _digits(max(map(abs, values)), is_count=unit.kind == "count")
    units = [spoken_unit(ref.kpi), *[BARE if unit.kind == "count" else unit] * (len(values) - 1)]
    return [
        print_value(round(value, digits), one, against=pace.end_value)
        for value, one in zip(values, units, strict=True)
    ]


def _digits(size: float, *, is_count: bool) -> int:
    """How many decimals of an outlook of this size are worth saying."""
    if size >= 100 or (is_count and size >= 10):
        return 0
    return 1 if (is_count and size >= 1) or size >= 10 else 2


def _finding(ref: KpiRef, newest: Point, pace: Pace, outlook: Outlook | None, last: Snapshot) -> str:
    """Where it lands; without an outlook where it stands."""
    until = last.moment.today - _DAY
    needed, end = _shown(ref, pace.end_value, pace), _dated(pace, until)
    if outlook is not None:
        landing, low, high = _landing(ref, outlook, pace)
        return said_of(
            outlook.days,
            "Lands at {landing} ({low} to {high}) on {day} if the last day goes on; {needed} needed",
            "Lands at {landing} ({low} to {high}) on {day} if the last {count} days go on; {needed} needed",
            landing=landing, low=low, high=high, day=end, needed=needed,
        )  # fmt: skip
    value, on = _shown(ref, newest[1], pace), day(_closing(newest[0], last))
    if until >= pace.end:
        return said("{value} by {day}; {needed} needed", value=value, day=on, needed=needed)
    told = said("{value} by {day}; {needed} needed by {end}", value=value, day=on, needed=needed, end=end)
    if not _is_amount(ref):
        return told
    return f"{told}. " + said("Fewer than {count} days were measured: too few to look ahead.", count=LEAST)


def _dated(pace: Pace, until: date) -> str:
    return day(pace.end, year=pace.end.year != until.year)


def _is_amount(ref: KpiRef) -> bool:
    """Whether it is an amount of something: shares, speeds and durations have a level that they keep to."""
    return ref.kpi.unit.kind in ("count", "money", "bytes") and not ref.kpi.unit.is_rate


def _steps(outlook: Outlook | None, begun: Point, until: date, last: Snapshot) -> tuple[BurnupStep, ...]:
    """The days ahead, from the last value on; of a long way every few days, and the deadline itself."""
    if outlook is None or begun[1] is None:
        return ()
    count = len(outlook.mean)
    every = -(-count // _MOST_STEPS)
    kept = [ahead for ahead in range(count) if (count - 1 - ahead) % every == 0]
    first = BurnupStep(begun[0], begun[1], begun[1], begun[1])
    zone = last.moment.zone
    return (
        first,
        *(
            BurnupStep(
                day_start(until + timedelta(days=ahead + 2), zone),
                outlook.mean[ahead],
                outlook.low80[ahead],
                outlook.high80[ahead],
            )
            for ahead in kept
        ),
    )
