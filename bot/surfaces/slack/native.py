"""Trends as Slack's own chart block: pure, and only where the block says no less than the picture would.

https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block. The block knows no gaps, no
hollow points and at most twenty of them. A day that is not over is left to the words below the chart, and
what cannot be shown in twenty honest points stays a picture. slack_sdk has no model of it: a plain dict.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from bot.charts.numerals import print_short
from bot.charts.trend import TrendChart
from bot.reply import Chart
from bot.surfaces.foreign import clean, cut
from bot.surfaces.slack import limits
from bot.surfaces.slack.wording import literal
from kpi.calendar import day_of

Block = dict[str, Any]
Point = tuple[datetime, float]

LEAST_POINTS = 3
"""Fewer are a sentence, not a line."""
WEEK = 7
LARGEST = 1e15
"""Beyond it a browser no longer tells whole numbers apart."""

MISFIT = 0.05
"""How far a day may lie from the line through the weeks' closes, as a share of what is shown."""
READABLE = 0.08
"""The share of the height that the values have to keep beside the target, as in the picture."""


@dataclass(frozen=True, slots=True)
class _Line:
    """The points to show, and what they are where they are not all."""

    points: list[Point]
    which: str = ""


def native_block(chart: Chart) -> Block | None:
    """Slack's own chart of a trend, or None where the picture says more."""
    drawing = chart.drawing
    if not isinstance(drawing, TrendChart):
        return None
    line = _line(drawing) if _is_plain(drawing) else None
    labels = [] if line is None else [_label(at, drawing) for at, _ in line.points]
    if line is None or len(set(labels)) < max(LEAST_POINTS, len(labels)):
        return None
    goals = _goals(drawing, line.points)
    own = "Value" if _name(drawing.title) in goals else _name(drawing.title)
    series = {own: [value for _, value in line.points], **goals}
    if len(series) > limits.CHART_SERIES:
        return None
    shown = [_series(name, labels, values) for name, values in series.items()]
    body = {"type": "line", "series": shown, "axis_config": _axes(drawing, labels)}
    return {"type": "data_visualization", "title": _title(drawing.title, line.which), "chart": body}


def _is_plain(drawing: TrendChart) -> bool:
    """Whether every goal is a number that Slack's chart can hold; `_closed` sees to the values."""
    target = [] if drawing.target is None else [drawing.target.value, drawing.target.high or 0.0]
    return all(abs(one) <= LARGEST for one in [*target, *(value for _, value in drawing.pace or ())])


def _line(drawing: TrendChart) -> _Line | None:
    """The closed days of the trend in at most twenty points; None where that would mislead."""
    points = _closed(drawing)
    if points is None or len(points) <= limits.CHART_POINTS:
        return None if points is None else _Line(points)
    if not _is_daily(points, ZoneInfo(drawing.zone)):
        return None
    weeks = points[::-1][::WEEK][::-1]
    if len(weeks) <= limits.CHART_POINTS and _fits(weeks, points):
        return _Line(weeks, "weekly closes")
    if len(points) < 2 * limits.CHART_POINTS:
        return _Line(points[-limits.CHART_POINTS :], f"last {limits.CHART_POINTS} days")
    return None


def _closed(drawing: TrendChart) -> list[Point] | None:
    """The points of closed periods in order of time, or None where one of them has no value.

    Before the first entry by hand there is nothing to miss; nowhere else may a value be missing.
    """
    ordered = sorted(drawing.points, key=lambda point: point[0])
    if drawing.open_since is not None:
        ordered = [point for point in ordered if point[0] < drawing.open_since]
    if drawing.entries:
        known = [value is not None for _, value in ordered]
        ordered = ordered[known.index(True) :] if True in known else []
    points = [(at, value) for at, value in ordered if value is not None and abs(value) <= LARGEST]
    return points if len(points) == len(ordered) else None


def _is_daily(points: Sequence[Point], zone: ZoneInfo) -> bool:
    days = [day_of(at, zone).toordinal() for at, _ in points]
    return all(after - before == 1 for before, after in pairwise(days))


def _fits(weeks: Sequence[Point], points: Sequence[Point]) -> bool:
    """Whether the line through `weeks` passes near every one of `points` that it spans."""
    spanned = [point for point in points if point[0] >= weeks[0][0]]
    values = [value for _, value in spanned]
    allowed = MISFIT * (max(values) - min(values))
    return all(abs(_at(weeks, at) - value) <= allowed for at, value in spanned)


def _at(line: Sequence[Point], moment: datetime) -> float:
    """The height of a line of points at a moment between its ends."""
    after = min(bisect_right([at for at, _ in line], moment), len(line) - 1)
    (t0, v0), (t1, v1) = line[after - 1], line[after]
    return v0 + (v1 - v0) * ((moment - t0) / (t1 - t0))


def _goals(drawing: TrendChart, points: Sequence[Point]) -> dict[str, list[float]]:
    """The target and the pace as lines of their own, where the values stay readable beside them."""
    found: dict[str, list[float]] = {}
    target, pace = drawing.target, drawing.pace
    if target is not None and target.high is None:
        found[f"Target {print_short(target.value, drawing.unit)}"] = [target.value] * len(points)
    elif target is not None and target.high is not None:
        found[f"From {print_short(target.value, drawing.unit)}"] = [target.value] * len(points)
        found[f"To {print_short(target.high, drawing.unit)}"] = [target.high] * len(points)
    if pace is not None and len(pace) > 1 and pace[0][0] <= points[0][0] and points[-1][0] <= pace[-1][0]:
        found["Pace"] = [_at(pace, at) for at, _ in points]
    own = [value for _, value in points]
    return {_name(name): line for name, line in found.items() if _is_readable(own, line)}


def _is_readable(own: Sequence[float], line: Sequence[float]) -> bool:
    """Whether the values keep their shape on one height with `line`: the rule of the picture."""
    whole = [*own, *line]
    span = max(own) - min(own)
    if not all(map(math.isfinite, line)):
        return False
    return span <= MISFIT * max(map(abs, own)) or span >= READABLE * (max(whole) - min(whole))


def _series(name: str, labels: Sequence[str], values: Sequence[float]) -> Block:
    data = [{"label": label, "value": _short(value)} for label, value in zip(labels, values, strict=True)]
    return {"name": name, "data": data}


def _short(value: float) -> float | int:
    """The value without the tail that binary fractions leave."""
    rounded = float(f"{value:.10g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded


def _label(at: datetime, drawing: TrendChart) -> str:
    day = day_of(at, ZoneInfo(drawing.zone))
    return f"{day.day} {day:%b}"


def _axes(drawing: TrendChart, labels: list[str]) -> Block:
    axes: Block = {"categories": labels, "x_label": cut(f"Days in {drawing.zone}", limits.CHART_AXIS)}
    if unit := literal(" ".join(clean(drawing.unit).split()), limits.CHART_AXIS):
        axes["y_label"] = unit
    return axes


def _title(title: str, which: str) -> str:
    suffix = f", {which}" if which else ""
    return _words(title, limits.CHART_TITLE - len(suffix)) + suffix


def _name(text: str) -> str:
    return _words(text, limits.CHART_NAME)


def _words(text: str, limit: int) -> str:
    return literal(" ".join(clean(text).split()), limit) or "KPI"
