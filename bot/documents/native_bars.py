"""Bars, funnels and waterfalls as PowerPoint's own."""

from __future__ import annotations

from bot.charts import bullet
from bot.charts.bullet import BulletChart
from bot.charts.funnel import FunnelBar, FunnelChart
from bot.charts.mix import MixChart
from bot.charts.rows import mark_color
from bot.charts.style import LIGHT
from bot.charts.waterfall import WaterfallChart
from bot.documents.figures import NativeChart, Series, joined, print_format
from bot.languages import said


def bars(chart: BulletChart) -> NativeChart | None:
    rows = chart.shown
    if not any(row.percent is not None for row in rows):
        return None
    labels = {}
    for at, row in enumerate(rows):
        share = said("{percent} of {target}", percent=row.percent_label, target=row.target)
        labels[at] = f"{row.value} · {share}" if row.percent_label else row.note or row.value
    series = Series(
        said("% of target"),
        tuple(row.percent for row in rows),
        labels=labels,
        colors={at: mark_color(LIGHT, row.mark) for at, row in enumerate(rows)},
    )
    names = tuple(
        _named(f"{row.mark} {row.name}".strip(), row.note if row.percent is None else "") for row in rows
    )
    return NativeChart(
        "bar",
        chart.title,
        chart.finding,
        joined(said("the line is 100% of the target"), chart.period, chart.source, chart.notice),
        names,
        (series,),
        rule=100,
        top=max(bullet.FULL, *(row.percent or 0 for row in rows)) if _is_tame(rows) else 2 * bullet.FULL,
        is_keyed=False,
    )


def _named(name: str, why: str) -> str:
    """A row without a number says why in its name, for there is no bar to write it on."""
    return f"{name}: {why}" if why else name


def _is_tame(rows: tuple[bullet.BulletRow, ...]) -> bool:
    """Whether no bar is so long that it would dwarf the others."""
    return all((row.percent or 0) <= 2 * bullet.FULL for row in rows)


def shares(chart: MixChart) -> NativeChart | None:
    rows = chart.shown
    if not any(row.actual is not None for row in rows):
        return None
    planned = {at: row.planned_label for at, row in enumerate(rows) if row.planned is not None}
    actual = {at: row.actual_label for at, row in enumerate(rows) if row.actual is not None}
    return NativeChart(
        "bar",
        chart.title,
        chart.finding,
        joined(chart.note, chart.period, chart.source, chart.notice),
        tuple(_named(row.name, row.actual_label if row.actual is None else "") for row in rows),
        (
            Series(said("planned"), tuple(row.planned for row in rows), color=LIGHT.pace, labels=planned),
            Series(said("actual"), tuple(row.actual for row in rows), labels=actual),
        ),
        number_format=print_format([0.0], "%"),
    )


def funnel(chart: FunnelChart) -> NativeChart | None:
    """Each step as a share of the first; what nobody measured has no bar."""
    if len(chart.shown) < 2 or not any(bar.rate is not None for bar in chart.shown):
        return None
    return NativeChart(
        "bar",
        chart.title,
        chart.finding,
        joined(_overall(chart.overall), chart.period, chart.source, chart.notice),
        tuple(_step(bar, is_first=not at) for at, bar in enumerate(chart.shown)),
        (
            Series(
                said("% of the first step"),
                tuple(100 * length if is_known else None for length, is_known in chart.lengths),
                labels={at: _rate(bar, is_first=not at) for at, bar in enumerate(chart.shown)},
                colors={at: LIGHT.target for at, bar in enumerate(chart.shown) if bar.met is False},
            ),
        ),
        number_format=print_format([0.5], "%"),
        top=150,  # room for the words behind the longest bar
        is_keyed=False,
    )


def _step(bar: FunnelBar, *, is_first: bool) -> str:
    if is_first:
        return bar.name
    return _named(f"{bar.mark} {bar.name}", bar.note if bar.rate is None else "")


def _rate(bar: FunnelBar, *, is_first: bool) -> str:
    target = said("target {goal}", goal=bar.target_label) if bar.target_label and not is_first else ""
    return joined(bar.count_label, bar.rate_label or ("" if is_first else bar.note), target)


def _overall(bar: FunnelBar | None) -> str:
    return "" if bar is None else ": ".join(filter(None, (bar.name, _rate(bar, is_first=False))))


def waterfall(chart: WaterfallChart) -> NativeChart | None:
    """Steps on columns without ink. Below zero these would hang the wrong way: then the picture is shown."""
    levels = chart.levels
    if min(chart.start, chart.end, *levels) < 0:
        return None
    count = len(chart.steps)
    lower = tuple(min(levels[at], levels[at + 1]) for at in range(count))
    rises = tuple(step.change if step.change >= 0 else None for step in chart.steps)
    falls = tuple(-step.change if step.change < 0 else None for step in chart.steps)
    return NativeChart(
        "stacked",
        chart.title,
        chart.finding,
        joined(chart.period, chart.source, chart.notice),
        (
            f"{chart.start_name}\n{chart.start_label}",
            *(f"{step.name}\n{step.change_label}" for step in chart.steps),
            f"{chart.end_name}\n{chart.end_label}",
        ),
        (
            Series(said("begins at"), (None, *lower, None), color=""),
            Series(said("whole"), (chart.start, *[None] * count, chart.end), color=LIGHT.pace),
            Series(said("up"), (None, *rises, None)),
            Series(said("down"), (None, *falls, None), color=LIGHT.target),
        ),
        number_format=print_format(levels, ""),
    )
