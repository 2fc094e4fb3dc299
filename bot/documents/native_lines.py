"""Trends and burn-ups as PowerPoint's own lines: a gap stays a gap, and what is not over is dashed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from bot import languages
from bot.charts.burnup import BurnupChart
from bot.charts.style import LIGHT
from bot.charts.trend import TrendChart
from bot.documents.figures import NativeChart, Series, joined, print_format
from bot.languages import said
from kpi.calendar import day_of


def trend(chart: TrendChart) -> NativeChart | None:
    if not chart.measured:
        return None
    points = sorted(chart.points, key=lambda point: point[0])
    known = dict(chart.measured)
    closed, still_open = chart.split()
    zone = ZoneInfo(chart.zone)
    moments = sorted({at for at, _ in points} | {at for at, _ in chart.pace or ()})
    series = [
        Series(
            chart.title,
            tuple(known.get(at) if _is_closed(at, chart) else None for at in moments),
            labels={moments.index(closed[-1][0]): chart.label_last(closed[-1][1])} if closed else None,
            has_dots=len(closed) == 1,
        )
    ]
    if still_open:
        series.append(
            Series(
                said("period still open"),
                tuple(None if _is_closed(at, chart) else known.get(at) for at in moments),
                has_dots=True,
                is_hollow=True,
                is_told_below=True,
                labels={moments.index(still_open[-1][0]): chart.label_open(still_open[-1][1])},
            )
        )
    series += _goals(chart, moments)
    values = [value for _, value in chart.measured]
    return NativeChart(
        "line",
        chart.title,
        chart.finding,
        joined(chart.source, chart.age, chart.notice, *marks_of(chart)),
        _days(moments, zone),
        tuple(series),
        number_format=print_format(values, chart.unit),
    )


def marks_of(chart: TrendChart) -> list[str]:
    """The moments marked on a chart, with their days: PowerPoint's own lines have no place for them."""
    zone = ZoneInfo(chart.zone)
    return [f"{languages.day(day_of(mark.at, zone))} {mark.label}" for mark in chart.marks]


def _is_closed(at: datetime, chart: TrendChart) -> bool:
    return chart.open_since is None or at < chart.open_since


def burnup(chart: BurnupChart) -> NativeChart | None:
    """What was reached, what is foreseen with the ends of its band, the pace and the target."""
    if not chart.measured:
        return None
    known = dict(chart.measured)
    moments = sorted({at for at, _ in chart.points} | {step.at for step in chart.ahead} | {chart.deadline})
    last, value = chart.measured[-1]
    series = [
        Series(
            chart.title,
            tuple(known.get(at) for at in moments),
            labels={moments.index(last): chart.label_last(value)},
        )
    ]
    if chart.ahead:
        label = chart.landing_label and {moments.index(chart.ahead[-1].at): chart.landing_label}
        ways = (
            (said("foreseen"), LIGHT.ink, {step.at: step.mean for step in chart.ahead}, label or None),
            (said("lower end (80%)"), LIGHT.line, {step.at: step.low for step in chart.ahead}, None),
            (said("upper end (80%)"), LIGHT.line, {step.at: step.high for step in chart.ahead}, None),
        )
        series += [
            Series(name, tuple(steps.get(at) for at in moments), color, is_dashed=True, labels=labels)
            for name, color, steps, labels in ways
        ]
    series += _goals(chart, moments)
    values = [value for _, value in chart.measured]
    days = [at - timedelta(microseconds=1) for at in moments]  # each stands at the end of its day
    return NativeChart(
        "line",
        chart.title,
        chart.finding,
        joined(chart.deadline_label, chart.source, chart.age, chart.notice),
        _days(days, ZoneInfo(chart.zone)),
        tuple(series),
        number_format=print_format(values, chart.unit),
    )


def _goals(chart: TrendChart | BurnupChart, moments: list[datetime]) -> list[Series]:
    """The target, or both ends of its range, and the pace, along the whole chart."""
    found: list[Series] = []
    if chart.target is not None:
        ends = dict.fromkeys((chart.target.value, chart.target.high))
        name = said("target {target}", target=chart.target.label)
        for at, end in enumerate(end for end in ends if end is not None):
            label = name if at == 0 else said("upper end of the target")
            found.append(Series(label, (end,) * len(moments), color=LIGHT.target))
    if chart.pace:
        values = tuple(_between(chart.pace, at) for at in moments)
        found.append(Series(said("pace"), values, color=LIGHT.pace, is_dashed=True))
    return found


def _between(corners: tuple[tuple[datetime, float], ...], at: datetime) -> float | None:
    """The value of a line through the corners; None before and after it."""
    for (first, low), (last, high) in pairwise(corners):
        if first <= at <= last:
            share = (at - first) / (last - first) if last > first else 1.0
            return low + (high - low) * share
    return None


def _days(moments: list[datetime], zone: ZoneInfo) -> tuple[str, ...] | tuple[date, ...]:
    """One day a moment; where a day has several, its hours too, as words."""
    days = tuple(day_of(at, zone) for at in moments)
    if len(set(days)) == len(days):
        return days
    if len(set(days)) == 1:
        return tuple(f"{at.astimezone(zone):%H:%M}" for at in moments)
    return tuple(f"{languages.day(day_of(at, zone))} {at.astimezone(zone):%H:%M}" for at in moments)
