"""The trend chart of a KPI, from the same snapshot as its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from bot.charts.foreseen import ForeseenStep
from bot.charts.trend import Mark, MarkKind, TargetLine, TrendChart
from bot.languages import said
from bot.reports import words
from bot.reports.figures import print_value
from bot.reports.happenings import foremost, sifted
from bot.reports.history import History, edges, value_before
from bot.reports.landing_words import likely, printed
from bot.reports.snapshot import Snapshot
from bot.reports.standing_words import goal_words, headline, source_name, source_notes, value_words
from bot.reports.window_words import window_line
from bot.reports.zone_limits import zone_limits
from bot.workspace import KpiRef
from kpi.calendar import STEADY, day_start
from kpi.landing import Landing
from kpi.pace import Pace
from kpi.quantity import Op
from kpi.standing import Standing
from kpi.unit import BARE
from storage.annotations import Annotation

MOST_NOTES = 8
LONGEST_NOTE = 28
_KINDS: Mapping[str, MarkKind] = {kind: kind for kind in get_args(MarkKind)}


def trend_chart(
    ref: KpiRef, standing: Standing, snapshot: Snapshot, past: History, landing: Landing | None = None
) -> TrendChart:
    """Actual, target, pace, horizons and `landing` over the days of `past`; the open day is hollow.

    A window that lies behind has its own finding, the target and pace of its last day, and no landing.
    """
    window = past.window
    if window is not None and not window.is_open:
        finding = window_line(ref, edges(ref, snapshot, window), window, snapshot.moment)
        standing = replace(snapshot.at_close(ref, window.end), age=None)
        pace = _until(pace_line(standing, snapshot.moment.zone), snapshot.moment.close_of(window.end).now)
        landing = None
    else:
        finding = headline(standing).removeprefix(ref.kpi.name).strip()
        pace = pace_line(standing, snapshot.moment.zone)
    points = [*past.days, *((past.today,) if past.today else ())]
    entries = tuple(one for one in past.entries if points and one[0] <= points[-1][0])
    began = value_before(ref, snapshot, window) if window is not None else None
    chart = TrendChart(
        title=ref.kpi.name,
        finding=finding,
        unit=ref.kpi.unit.name,
        points=tuple(points),
        open_since=snapshot.moment.midnight if past.today else None,
        began=began,
        first_label="" if began is None else _first_label(ref, began),
        entries=entries,
        last_label=_closed_label(standing, past),
        open_label=_open_label(standing, is_entry=past.today in entries) if past.today else "",
        target=target_line(standing),
        pace=pace,
        marks=_marks(ref, past, snapshot),
        zone=snapshot.moment.zone.key,
        source=source_name(ref, snapshot),
        age="" if standing.age is None else words.age(standing.age),
        notice=source_notes(ref, snapshot).partition(":")[0],
        zones=zone_limits(ref, standing),
    )
    return chart if landing is None else _with_landing(chart, landing, standing, snapshot.moment.zone)


def _first_label(ref: KpiRef, began: float) -> str:
    """What it was when the window began; things are counted without saying once more what they are."""
    return print_value(began, BARE if ref.kpi.unit.kind == "count" else ref.kpi.unit)


def _with_landing(chart: TrendChart, found: Landing, standing: Standing, zone: ZoneInfo) -> TrendChart:
    """The chart with the days ahead up to the deadline."""
    closed = chart.split()[0]
    if not closed or standing.target is None:
        return chart
    shape = printed(found, standing.kpi)
    return replace(
        chart,
        ahead=steps_ahead(found, closed[-1], zone),
        landing_label=shape.value,
        range_label=said("{low} to {high}", low=shape.low, high=shape.high),
        chance_label=likely(found, standing, standing.target),
    )


def steps_ahead(
    found: Landing, newest: tuple[datetime, float | None], zone: ZoneInfo
) -> tuple[ForeseenStep, ...]:
    """The days ahead at their closes, from the newest value on."""
    at, value = newest
    begun = () if value is None else (ForeseenStep(at, value, value, value),)
    return (
        *begun,
        *(
            ForeseenStep(day_start(one.day + timedelta(days=1), zone), one.mean, one.low, one.high)
            for one in found.way
        ),
    )


def _open_label(standing: Standing, *, is_entry: bool) -> str:
    value = value_words(standing)
    return said("{value} today", value=value) if is_entry else said("{value} so far", value=value)


def _closed_label(standing: Standing, past: History) -> str:
    """The newest closed day's value, printed as exactly as the value beside its target."""
    values = [value for _, value in past.days if value is not None]
    return print_value(values[-1], standing.kpi.unit) if values else ""


def target_line(standing: Standing) -> TargetLine | None:
    """The line of the target in force; None where it is no number."""
    target = standing.target
    if target is None or target.goal.value is None or target.goal.op is Op.WORDS:
        return None
    goal = goal_words(target.goal, standing.kpi)
    is_steady = target.horizon == STEADY
    label = goal if is_steady else said("{goal} by {horizon}", goal=goal, horizon=target.title)
    return TargetLine(value=target.goal.value, high=target.goal.high, label=label)


_Line = tuple[tuple[datetime, float], ...]


def pace_line(standing: Standing, zone: ZoneInfo) -> _Line | None:
    """The corners of the pace line: the closes of Day 0, of the deadline, and where its week bends it."""
    pace = standing.pace
    if pace is None:
        return None
    between = (pace.start + timedelta(days=number) for number in range(1, pace.days))
    bends = [day for day in between if _bends(pace, day)]
    corners = [
        (pace.start, pace.start_value),
        *((day, pace.expected_on(day)) for day in bends),
        (pace.end, pace.end_value),
    ]
    return tuple((day_start(day + timedelta(days=1), zone), value) for day, value in corners)


def _bends(pace: Pace, day: date) -> bool:
    """Whether the line is steeper or flatter on the day after `day`."""
    return pace.weights[day.weekday()] != pace.weights[(day.weekday() + 1) % 7]


def _until(line: _Line | None, end: datetime) -> _Line | None:
    """The part of a line up to `end`: a picture of days gone by shows no other days."""
    if line is None or line[-1][0] <= end:
        return line
    kept = [point for point in line if point[0] < end]
    if not kept:
        return None
    (t0, v0), (t1, v1) = kept[-1], line[len(kept)]
    return (*kept, (end, v0 + (v1 - v0) * ((end - t0) / (t1 - t0))))


def _marks(ref: KpiRef, past: History, snapshot: Snapshot) -> tuple[Mark, ...]:
    """The deadlines of the KPI's targets that fall among the days shown, and what was noted on them."""
    moment, zone = snapshot.moment, snapshot.moment.zone
    first, last = past.days[0][0], moment.now
    if past.window is not None and not past.window.is_open:
        last = min(last, moment.close_of(past.window.end).now + timedelta(microseconds=1))
    found: dict[date, str] = {}
    for horizon in ref.kpi.targets:
        deadline = ref.use.plan.deadline(horizon)
        if deadline is not None and horizon != STEADY:
            found[deadline] = ref.use.framework.horizons[horizon].title
    ends = [Mark(day_start(day + timedelta(days=1), zone), title) for day, title in sorted(found.items())]
    noted = [
        Mark(one.at, _label(one.text), _KINDS.get(one.kind, "note")) for one in _told(ref, past, snapshot)
    ]
    return tuple(mark for mark in (*ends, *noted) if first <= mark.at <= last)


def _told(ref: KpiRef, past: History, snapshot: Snapshot) -> Sequence[Annotation]:
    """What happened that matters to the KPI: what its history was given, else what the snapshot holds."""
    if past.notes or not snapshot.happened:
        return past.notes[-MOST_NOTES:]
    first = past.days[0][0] if past.days else snapshot.moment.now
    found = [one for one in snapshot.happened if first <= one.at <= snapshot.moment.now]
    mattering = sifted(found, (ref,), snapshot.workspace, snapshot.moment.zone)
    return foremost(mattering, MOST_NOTES)


def _label(text: str) -> str:
    """A note above its line: as many of its words as there is room for."""
    text = " ".join(text.split())
    if len(text) <= LONGEST_NOTE:
        return text
    start, space, _ = text[:LONGEST_NOTE].rpartition(" ")
    kept = start if space and 2 * len(start) > LONGEST_NOTE else text[: LONGEST_NOTE - 1]
    return f"{kept.rstrip(' ,;:.–-')}…"
