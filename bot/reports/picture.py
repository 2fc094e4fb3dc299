"""The trend chart of a KPI, from the same snapshot as its words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.charts.trend import Mark, TargetLine, TrendChart
from bot.errors import shortened
from bot.reports import words
from bot.reports.history import History, window_line
from bot.reports.snapshot import Snapshot
from bot.reports.standing_words import goal_words, headline, source_name, source_notes, value_words
from bot.workspace import KpiRef
from kpi.calendar import day_start
from kpi.quantity import Op, print_value
from kpi.standing import Standing

MOST_NOTES = 8
LONGEST_NOTE = 24


def trend_chart(ref: KpiRef, standing: Standing, snapshot: Snapshot, past: History) -> TrendChart:
    """Actual, target, pace and horizons over the days of `past`; the open day is hollow.

    A window that lies behind has its own finding, and the target and pace of its last day.
    """
    window = past.window
    if window is not None and not window.is_open:
        finding = window_line(ref, snapshot, window)
        standing = replace(snapshot.at_close(ref, window.end), age=None)
        pace = _until(_pace(standing, snapshot.moment.zone), snapshot.moment.close_of(window.end).now)
    else:
        finding = headline(standing).removeprefix(ref.kpi.name).strip()
        pace = _pace(standing, snapshot.moment.zone)
    points = [*past.days, *((past.today,) if past.today else ())]
    return TrendChart(
        title=ref.kpi.name,
        finding=finding,
        unit=ref.kpi.unit.name,
        points=tuple(points),
        open_since=snapshot.moment.midnight if past.today else None,
        last_label=_closed_label(standing, past),
        open_label=f"{value_words(standing)} so far" if past.today else "",
        target=_target(standing),
        pace=pace,
        marks=_marks(ref, past, snapshot),
        zone=snapshot.moment.zone.key,
        source=source_name(ref, snapshot),
        age="" if standing.age is None else words.age(standing.age),
        notice=source_notes(ref, snapshot).partition(":")[0],
    )


def _closed_label(standing: Standing, past: History) -> str:
    """The newest closed day's value, printed as exactly as the value beside its target."""
    values = [value for _, value in past.days if value is not None]
    return print_value(values[-1], standing.kpi.unit) if values else ""


def _target(standing: Standing) -> TargetLine | None:
    target = standing.target
    if target is None or target.goal.value is None or target.goal.op is Op.WORDS:
        return None
    title = "" if target.horizon == "steady" else f" by {target.title}"
    label = f"{goal_words(target.goal, standing.kpi)}{title}"
    return TargetLine(value=target.goal.value, high=target.goal.high, label=label)


_Line = tuple[tuple[datetime, float], tuple[datetime, float]]


def _pace(standing: Standing, zone: ZoneInfo) -> _Line | None:
    """The two ends of the pace line: the close of Day 0 and of the deadline."""
    pace = standing.pace
    if pace is None:
        return None
    ends = ((pace.start, pace.start_value), (pace.end, pace.end_value))
    (t0, v0), (t1, v1) = ((day_start(day + timedelta(days=1), zone), value) for day, value in ends)
    return (t0, v0), (t1, v1)


def _until(line: _Line | None, end: datetime) -> _Line | None:
    """The part of a line up to `end`: a picture of days gone by shows no other days."""
    if line is None or line[1][0] <= end:
        return line
    (t0, v0), (t1, v1) = line
    return ((t0, v0), (end, v0 + (v1 - v0) * ((end - t0) / (t1 - t0)))) if t0 < end else None


def _marks(ref: KpiRef, past: History, snapshot: Snapshot) -> tuple[Mark, ...]:
    """The deadlines of the KPI's targets that fall among the days shown, and what was noted on them."""
    moment, zone = snapshot.moment, snapshot.moment.zone
    first, last = past.days[0][0], moment.now
    if past.window is not None and not past.window.is_open:
        last = min(last, moment.close_of(past.window.end).now + timedelta(microseconds=1))
    found: dict[date, str] = {}
    for horizon in ref.kpi.targets:
        deadline = ref.use.plan.deadline(horizon)
        if deadline is not None and horizon != "steady":
            found[deadline] = ref.use.framework.horizons[horizon].title
    ends = [Mark(day_start(day + timedelta(days=1), zone), title) for day, title in sorted(found.items())]
    noted = [Mark(one.at, shortened(one.text, LONGEST_NOTE)) for one in past.notes[-MOST_NOTES:]]
    return tuple(mark for mark in (*ends, *noted) if first <= mark.at <= last)
