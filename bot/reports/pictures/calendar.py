"""What each day brought of one KPI: the count of a flow, the change of a level, or a value of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise, starmap
from statistics import fmean

from bot.charts.calendar import CalendarChart, CalendarDay, CalendarShade, describe
from bot.languages import day, said, said_of, weekday
from bot.reply import Chart
from bot.reports import words
from bot.reports.closes import WorkspaceAt
from bot.reports.dashboards import ONE_DAY
from bot.reports.digest_moves import closed
from bot.reports.figures import print_change, print_value
from bot.reports.periods import Stretch
from bot.reports.pictures.reach import days_read
from bot.reports.plans import Section
from bot.reports.snapshot import Snapshot
from bot.reports.standing_words import source_name, source_notes
from bot.workspace import KpiRef
from kpi.calendar import Moment, day_of, day_start
from kpi.expression import Arithmetic, Call, Node
from kpi.measure import parse
from kpi.metric import Kind, Metric
from kpi.quantity import Better
from kpi.reading import is_entered
from kpi.unit import BARE, Unit, counted_in

DAYS = 182
"""Half a year, where the part does not say how far back."""

MOST_DAYS = 371
"""A year of whole weeks: narrower cells tell nobody anything."""

LEAST = 7
"""Fewer measured days are no calendar."""

_SHADES = 4
_DAY = timedelta(days=1)


def days_needed(section: Section, moment: Moment, stretch: Stretch) -> int:
    """How many closed days have to be read for the whole picture: one more than it shows."""
    return (moment.today - stretch.last).days + _wanted(section)


def chart(
    section: Section, snapshot: Snapshot, stretch: Stretch, workspace_at: WorkspaceAt | None = None
) -> Chart | None:
    """The first KPI of the part that says something of each single day, and was measured on a week of them.

    Its days end with the stretch, and begin where it was first measured or what was read begins.
    """
    for ref in section.refs:
        if ref.path not in snapshot.standings or (daily := _daily(ref, snapshot)) is None:
            continue
        last = closed(snapshot, [ref], stretch.last, workspace_at)
        days = _days(daily, last, _wanted(section))
        if sum(one.is_known for one in days) >= LEAST:
            drawn = _calendar(ref, daily, days, last)
            return Chart(drawn.title, describe(drawn), drawn, "calendar.png")
    return None


def _wanted(section: Section) -> int:
    return min(section.rule.days or DAYS, MOST_DAYS)


@dataclass(frozen=True, slots=True)
class _Daily:
    """A KPI as its single day reads it, and whether that is a change of a level."""

    ref: KpiRef
    is_change: bool
    is_amount: bool  # days add up; of shares, durations and scores they do not


def _daily(ref: KpiRef, snapshot: Snapshot) -> _Daily | None:
    """None for what people enter, for cohorts, and for quotients: no single day has one of its own."""
    kpi = ref.kpi
    if kpi.measure is None or kpi.matures is not None:
        return None
    root, kinds = parse(kpi.measure).root, set[Kind]()
    own = _of_one_day(root, snapshot.series.metrics, kinds)
    if own is None or len(kinds) != 1:
        return None
    unit = counted_in(kpi.unit) if kpi.unit.is_rate else kpi.unit
    day_ref = KpiRef(ref.use, replace(kpi, measure=str(own), unit=unit, history=None))
    return _Daily(day_ref, Kind.LEVEL in kinds, Kind.RATIO not in kinds)


def _of_one_day(node: Node, metrics: Mapping[str, Metric], kinds: set[Kind]) -> Node | None:
    """The measure with every window one day long; `kinds` takes down what its metrics are."""
    if isinstance(node, Arithmetic) and node.sign in "+-":
        left, right = (_of_one_day(part, metrics, kinds) for part in (node.left, node.right))
        return None if left is None or right is None else replace(node, left=left, right=right)
    if not isinstance(node, Call):
        return None
    known = metrics.get(node.query.metric)
    kind = known.kind if known is not None else _guessed(node.query.function)
    is_counted = node.query.function == "count"
    kinds.add(Kind.FLOW if is_counted else kind)
    is_coarse = known is not None and known.every > _DAY  # what counts by the month has no days
    if is_coarse or (kind is Kind.RATIO and node.query.function == "change"):
        return None
    if is_counted or (kind is Kind.RATIO and node.query.function != "last"):
        return replace(node, query=replace(node.query, window=ONE_DAY))
    is_flow = kind is Kind.FLOW
    function, window = ("sum", ONE_DAY) if is_flow else ("last", None)
    return replace(node, query=replace(node.query, function=function, window=window))


def _guessed(function: str) -> Kind:
    """An unknown metric counts as a level, unless the function makes sense of flows alone."""
    return Kind.FLOW if function == "sum" else Kind.LEVEL


def _days(daily: _Daily, last: Snapshot, wanted: int) -> tuple[CalendarDay, ...]:
    """The closed days from the first one with a value on."""
    measure, moment = parse(daily.ref.kpi.measure or ""), last.moment
    count = days_read(measure.since, last, wanted + daily.is_change)
    closures = last.workspace.calendar.closures
    found = [moment.today - timedelta(days=back) for back in range(count, 0, -1)]
    values = [_value(daily, last, own) for own in found]
    if daily.is_change:
        found, values = found[1:], list(starmap(_grown, pairwise(values)))
    days = [
        CalendarDay(day_start(own, moment.zone), value, own in closures(own.year))
        for own, value in zip(found, values, strict=True)
    ]
    first = next((at for at, one in enumerate(days) if one.is_known), len(days))
    return tuple(days[first:])


def _grown(before: float | None, after: float | None) -> float | None:
    """What one day changed; where the day before was not measured, nobody knows on which of them it did."""
    return None if before is None or after is None else after - before


def _value(daily: _Daily, last: Snapshot, own: date) -> float | None:
    """What was measured on the day itself; an entry by hand is about more than one day."""
    close = last.moment.close_of(own)
    reading = last.read(daily.ref, close)
    if reading.value is None or reading.at is None or is_entered(daily.ref.kpi, reading):
        return None
    return reading.value if reading.at >= day_start(own, close.zone) else None


def _calendar(ref: KpiRef, daily: _Daily, days: tuple[CalendarDay, ...], last: Snapshot) -> CalendarChart:
    standing, shown = last.of(ref), _printer(daily)
    known = [(one.at, one.value) for one in days if one.value is not None]
    values = [value for _, value in known]
    is_less = ref.kpi.better is Better.LOWER
    high, low = max(values), min(values)
    best, worst = (low, high) if is_less else (high, low)
    is_judged = ref.kpi.better is not Better.NONE
    is_apart = low != high
    return CalendarChart(
        title=_title(ref, daily),
        finding=_finding(daily, values, days),
        days=days,
        shades=shades_of(values, shown),
        zone=last.moment.zone.key,
        best=_newest(known, best) if is_apart else None,
        best_label=_named(said("best") if is_judged else said("most"), known, best, shown, last),
        worst=_newest(known, worst) if is_apart else None,
        worst_label=_named(said("worst") if is_judged else said("least"), known, worst, shown, last),
        source=source_name(ref, last),
        age="" if standing.age is None else words.age(standing.age),
        notice=source_notes(ref, last).partition(":")[0],
    )


Printer = Callable[[float], str]
_Known = Sequence[tuple[datetime, float]]


def _printer(daily: _Daily) -> Printer:
    """A count without its unit, which the title has; a change with its sign."""
    unit = daily.ref.kpi.unit
    bare: Unit = BARE if unit.kind == "count" else unit
    if not daily.is_change:
        return lambda value: print_value(value, bare)
    return lambda value: print_change(value, bare) if value else print_value(0.0, bare)


def _title(ref: KpiRef, daily: _Daily) -> str:
    if daily.is_change:
        return said("{name}, daily change", name=ref.kpi.name)
    return said("{name}, day by day", name=ref.kpi.name)


def _finding(daily: _Daily, values: Sequence[float], days: Sequence[CalendarDay]) -> str:
    """The average day; of amounts what they add up to as well."""
    shown, missing = _printer(daily), len(days) - len(values)
    mean = fmean(values)
    digits = 0 if abs(mean) >= 100 else 1 if abs(mean) >= 10 else 2
    average = shown(round(mean, digits))
    if daily.is_amount:
        told = said_of(
            len(values),
            "{average} on one day",
            "{average} a day on average, {total} in {count} days",
            average=average,
            total=shown(sum(values)),
        )
    else:
        told = said_of(
            len(values),
            "{average} on the only day",
            "{average} on average over {count} days",
            average=average,
        )
    if not missing:
        return told
    return f"{told}; " + said_of(missing, "one day without data", "{count} days without data")


def _newest(known: _Known, value: float) -> datetime:
    return max(at for at, one in known if one == value)


def _named(name: str, known: _Known, value: float, shown: Printer, last: Snapshot) -> str:
    """The day of a value: the newest one, and how many there are."""
    zone, count = last.moment.zone, sum(one == value for _, one in known)
    newest = day_of(_newest(known, value), zone)
    on = f"{weekday(newest, short=True)} {day(newest, year=newest.year != last.moment.day.year)}"
    slots = {"name": name, "value": shown(value), "day": on}
    return said_of(count, "{name}: {value}, {day}", "{name}: {value} on {count} days, last {day}", **slots)


def shades_of(values: Sequence[float], shown: Printer) -> tuple[CalendarShade, ...]:
    """Quarters of the days above zero, halves of those below it, and zero by itself."""
    above, below = sorted(v for v in values if v > 0), sorted(v for v in values if v < 0)
    found = [CalendarShade(part[0], -count, _between(part, shown)) for part, count in _below(below)]
    if 0 in values:
        found.append(CalendarShade(0.0, 0, shown(0.0)))
    parts = _parts(above, _SHADES)
    first = _SHADES + 1 - len(parts) if len(parts) < _SHADES else 1
    return (*found, *(CalendarShade(p[0], first + at, _between(p, shown)) for at, p in enumerate(parts)))


def _below(values: Sequence[float]) -> list[tuple[list[float], int]]:
    parts = _parts(values, 2)
    return [(part, len(parts) - at) for at, part in enumerate(parts)]


def _parts(values: Sequence[float], most: int) -> list[list[float]]:
    """Sorted values in at most so many groups of about one size; equal values stay together."""
    if not values:
        return []
    edges = _edges(values, most)
    if len(edges) < most:  # many days with one value: then each value counts once
        edges = _edges(sorted(set(values)), most)
    ends = [*edges[1:], math.inf]
    groups = ([v for v in values if low <= v < high] for low, high in zip(edges, ends, strict=True))
    return [group for group in groups if group]


def _edges(values: Sequence[float], most: int) -> list[float]:
    """Where groups of about one size begin."""
    count = len(values)
    return sorted({values[at * count // most] for at in range(most)})


def _between(part: Sequence[float], shown: Printer) -> str:
    low, high = shown(part[0]), shown(part[-1])
    return low if low == high else said("{low} to {high}", low=low, high=high)
