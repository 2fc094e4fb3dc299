"""Charts of changes, days and cohorts: as much as reports show, other words and numbers every time."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.charts.burnup import BurnupChart
from bot.charts.calendar import CalendarChart, CalendarDay, CalendarShade
from bot.charts.cohort import CohortCell, CohortChart, CohortColumn, CohortRow
from bot.charts.foreseen import ForeseenStep
from bot.charts.trend import TargetLine
from bot.charts.waterfall import WaterfallChart, WaterfallStep

ZONE = ZoneInfo("Europe/Berlin")
_START, _DEADLINE = datetime(2026, 9, 2, tzinfo=ZONE), datetime(2026, 12, 1, tzinfo=ZONE)
_DAY = timedelta(days=1)
_SHADES = (
    CalendarShade(-12, -2, "−12 to −5"),
    CalendarShade(-4, -1, "−4 to −1"),
    CalendarShade(0, 0, "0"),
    CalendarShade(1, 1, "+1 to +4"),
    CalendarShade(5, 2, "+5 to +9"),
    CalendarShade(10, 3, "+10 to +19"),
)


def waterfall(seed: int) -> WaterfallChart:
    """A change made of five parts, one of them against it."""
    changes = (900.0 + seed, 420.0 - seed, -310.0 + seed, 150.0, 40.0)
    start, whole = 10_300.0 + seed, sum(changes)
    steps = tuple(
        WaterfallStep(f"Source {place} of {seed}", one, f"{one:+,.0f}", f"{one / whole:.0%}")
        for place, one in enumerate(changes)
    )
    return WaterfallChart(
        title=f"Visits of site {seed} by channel",
        finding=f"{whole:+,.0f} since 15 Nov: source {seed} {changes[0]:+,.0f}",
        start=start,
        end=start + whole,
        start_name="15 Nov",
        end_name="22 Nov",
        start_label=f"{start:,.0f}",
        end_label=f"{start + whole:,.0f}",
        steps=steps,
        change_label=f"{whole:+,.0f}",
        period="16 to 22 Nov",
        source=f"plausible {seed} h ago",
        notice="sample data",
    )


def burnup(seed: int) -> BurnupChart:
    """Fifty-four days with a gap on the way to a deadline, and where they lead."""
    values = [310 + 38 * day + 40 * math.sin(day / 3 + seed) + seed for day in range(54)]
    points = tuple(
        (_START + day * _DAY, None if 30 <= day < 36 else value) for day, value in enumerate(values)
    )
    begun, count = points[-1][0], (_DEADLINE - points[-1][0]).days
    means = [(values[-1] + 39 * one, 46 * math.sqrt(one * (1 + one / 50))) for one in range(count + 1)]
    ahead = tuple(
        ForeseenStep(begun + one * _DAY, mean, mean - half, mean + half)
        for one, (mean, half) in enumerate(means)
    )
    last = ahead[-1]
    return BurnupChart(
        title=f"GitHub stars of repository {seed}",
        finding=f"Lands at {last.mean:,.0f} on 30 Nov; 5,000 needed",
        points=points,
        start=_START,
        deadline=_DEADLINE,
        deadline_label="Day 90, 30 Nov",
        target=TargetLine(5000, "≥ 5,000 by Day 90"),
        zone=ZONE.key,
        unit="stars",
        last_label=f"{values[-1]:,.0f}",
        landing_label=f"{last.mean:,.0f}",
        range_label=f"{last.low:,.0f} to {last.high:,.0f}",
        pace=((_START, 310), (_DEADLINE, 5000)),
        pace_label="3,072",
        ahead=ahead,
        source="github",
        age=f"{seed} h ago",
        notice="sample data",
    )


def calendar(seed: int) -> CalendarChart:
    """Half a year of days, some of them without data."""
    first = datetime(2026, 11, 22, tzinfo=ZONE) - timedelta(days=181)
    days = []
    for number in range(182):
        at = first + number * _DAY
        value = None if number % 37 in (9, 10) else round(9 * math.sin(number / 5 + seed) + number % 7)
        days.append(CalendarDay(at, value, is_holiday=at.day == 3))
    return CalendarChart(
        title=f"GitHub stars of repository {seed}, daily change",
        finding=f"+2.95 a day on average, +{500 + seed} in 172 days",
        days=tuple(days),
        shades=_SHADES,
        zone=ZONE.key,
        best=days[132].at,
        best_label=f"best: +{seed}, Sun 4 Oct",
        worst=days[23].at,
        worst_label=f"worst: −{seed}, Wed 17 Jun",
        source="github",
        age=f"{seed} h ago",
        notice="sample data",
    )


def cohort(seed: int) -> CohortChart:
    """Eight weeks of starts, three rates, the newest not ripe yet."""
    rows = []
    for place in range(8):
        rates = (55 + place + seed / 10, 35 + place + seed / 10, 12 + place + seed / 10)
        ripe = min(3, 8 - place)
        known = tuple(CohortCell(one, f"{one:.1f}%") for one in rates[:ripe])
        rows.append(
            CohortRow(f"Week {place} of {seed}", (*known, *(CohortCell(None, is_ripe=False),) * (3 - ripe)))
        )
    return CohortChart(
        title=f"Activation by week of start, {seed}",
        finding=f"First query {60 + seed / 10:.1f}% of those who began in week {seed}",
        columns=(
            CohortColumn("First query", "after 7 days", "≥ 60%"),
            CohortColumn("7-day active", "after 8 days", "≥ 40%"),
            CohortColumn("30-day active", "after 31 days"),
        ),
        rows=tuple(rows),
        period="began 28 Sep to 22 Nov",
        source=f"mixpanel {seed} h ago",
        notice="sample data",
    )
