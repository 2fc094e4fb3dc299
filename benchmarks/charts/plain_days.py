"""Waterfall, burn-up, calendar and cohorts as one draws them with pyplot."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import numpy as np
from matplotlib import dates
from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap, ListedColormap
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MultipleLocator

from benchmarks.charts.plain import BOLD, LABEL, LOOK, SMALL, VALUE, Around, bare, finished, sheet
from bot.charts.burnup import BurnupChart
from bot.charts.calendar import CalendarChart
from bot.charts.cohort import CohortChart
from bot.charts.waterfall import WaterfallChart

_SHADES = ("#c2620f", "#f3c99c", "#ffffff", "#cfe1f5", "#8fbbe9", "#3d82cd")
_MONTHS = ("Jun", "Jul", "Aug", "Sep", "Oct", "Nov")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def waterfall(chart: WaterfallChart, height: int) -> bytes:
    """Floating bars from the first value to the last, with lines between them."""
    figure, axes = sheet(height)
    levels, steps = chart.levels, chart.steps
    places = [*range(1, len(steps) + 1)]
    last = len(steps) + 1
    low = min(chart.start, chart.end, *levels) - 0.4 * (max(levels) - min(levels))
    axes.barh([0, last], [chart.start - low, chart.end - low], left=low, height=0.55, color=LOOK.pace)
    bars = axes.barh(
        places, [abs(one.change) for one in steps], height=0.55,
        left=[min(levels[place - 1], levels[place]) for place in places],
        color=[LOOK.line if one.change > 0 else LOOK.paper for one in steps],
        edgecolor=[LOOK.line if one.change > 0 else LOOK.target for one in steps],
    )  # fmt: skip
    for bar, one in zip(bars, steps, strict=True):
        bar.set_hatch("" if one.change > 0 else "///")
    edge = max(chart.start, chart.end, *levels)
    _write_changes(axes, chart, edge, edge - low)
    axes.vlines(levels, range(len(levels)), [one + 1 for one in range(len(levels))], color=LOOK.pace, lw=1.5)
    axes.set_yticks(range(last + 1), [chart.start_name, *(one.name for one in steps), chart.end_name])
    bare(axes)
    axes.set(xlim=(low, edge + 0.31 * (edge - low)), ylim=(last + 0.5, -0.5))
    around = Around(chart.title, chart.finding, f"{chart.period} · {chart.source}", chart.notice)
    return finished(figure, around, left=0.25)


def _write_changes(axes: Any, chart: WaterfallChart, edge: float, room: float) -> None:
    """The change behind each bar, its share at the edge, and both values."""
    levels = chart.levels
    for place, one in enumerate(chart.steps, 1):
        color, right = LOOK.line if one.change > 0 else LOOK.target, max(levels[place - 1], levels[place])
        axes.text(
            right + 0.01 * room,
            place,
            one.change_label,
            fontsize=LABEL,
            **BOLD,
            color=color,
            va="center",
        )
        axes.text(
            edge + 0.3 * room,
            place,
            one.share_label,
            fontsize=SMALL,
            color=LOOK.muted,
            ha="right",
            va="center",
        )
    for place, label in ((0, chart.start_label), (len(levels), chart.end_label)):
        at = chart.start if place == 0 else chart.end
        axes.text(at + 0.01 * room, place, label, fontsize=LABEL, **BOLD, va="center")


def burnup(chart: BurnupChart, height: int) -> bytes:
    """Lines for actual, pace and target, a band for what is ahead."""
    figure, axes = sheet(height)
    days = [at for at, _ in chart.points]
    values = [math.nan if value is None else value for _, value in chart.points]
    assert chart.pace is not None
    axes.plot(days, values, color=LOOK.line, linewidth=4.3)
    axes.plot(days[-1:], values[-1:], "o", color=LOOK.line, markersize=14)
    axes.annotate(
        chart.last_label, (days[-1], values[-1]), (8, -40),
        textcoords="offset points", fontsize=VALUE, **BOLD, color=LOOK.line,
    )  # fmt: skip
    axes.plot(*zip(*chart.pace, strict=True), color=LOOK.pace, linewidth=2.2, linestyle="--")
    axes.annotate("pace", (days[35], 2700), fontsize=SMALL, color=LOOK.muted)
    axes.axhline(chart.target.value, color=LOOK.target, linewidth=3.6)
    axes.annotate(
        f"target {chart.target.label}", (days[0], chart.target.value - 400), fontsize=SMALL, color=LOOK.target
    )
    _draw_ahead(axes, chart)
    axes.axvline(chart.deadline, color=LOOK.pace, linestyle=":")
    axes.annotate(
        chart.deadline_label, (chart.deadline, 5300), fontsize=SMALL, ha="center", annotation_clip=False
    )
    gaps = [at for at, value in chart.points if value is None]
    axes.axvspan(gaps[0], gaps[-1], color=LOOK.band)
    axes.set(ylim=(0, 5100), xlim=(chart.start, chart.deadline))
    axes.grid(axis="y", color=LOOK.grid)
    axes.tick_params(labelsize=LABEL)
    axes.yaxis.set_major_locator(MultipleLocator(2000))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value / 1000:g}K" if value else "0")
    axes.xaxis.set_major_locator(dates.MonthLocator())
    axes.xaxis.set_major_formatter(dates.DateFormatter("%b"))
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    footer = f"{chart.source} · {chart.age} · {chart.zone}"
    return finished(figure, Around(chart.title, chart.finding, footer, chart.notice), left=0.07, right=0.82)


def _draw_ahead(axes: Any, chart: BurnupChart) -> None:
    """Where it leads: the band with its edges and its middle, and what it ends at."""
    ahead = [one.at for one in chart.ahead]
    axes.fill_between(
        ahead, [one.low for one in chart.ahead], [one.high for one in chart.ahead], color="#cfe1f5"
    )
    for line, style in (("low", "-"), ("high", "-"), ("mean", ":")):
        axes.plot(
            ahead, [getattr(one, line) for one in chart.ahead], color=LOOK.line, linestyle=style, lw=1.5
        )
    end = chart.ahead[-1]
    axes.plot([end.at], [end.mean], "o", markersize=12, markerfacecolor=LOOK.paper, color=LOOK.line)
    axes.annotate(
        chart.landing_label, (end.at, end.mean), (12, 0), textcoords="offset points", fontsize=SMALL
    )
    axes.annotate(
        chart.range_label, (end.at, end.mean), (12, -34), textcoords="offset points", fontsize=SMALL
    )


def calendar(chart: CalendarChart, height: int) -> bytes:
    """A mesh of weeks and weekdays, crosses and dots on it, frames around two days, a legend below."""
    figure, axes = sheet(height)
    first = chart.days[0].at - timedelta(days=chart.days[0].at.weekday())
    spots = [(((one.at - first).days) // 7, one.at.weekday(), one) for one in chart.days]
    grid = np.full((7, spots[-1][0] + 1), math.nan)
    for week, weekday, one in spots:
        grid[weekday, week] = math.nan if one.value is None else one.value
    bounds = [shade.low - 0.5 for shade in chart.shades] + [120]
    colors, norm = ListedColormap(_SHADES), BoundaryNorm(bounds, len(_SHADES))
    axes.pcolormesh(grid, cmap=colors, norm=norm, edgecolors=LOOK.paper, linewidth=4)
    for marker, found in (
        ("x", [(week, day) for week, day, one in spots if one.value is None]),
        ("o", [(week + 0.25, day - 0.25) for week, day, one in spots if one.is_holiday]),
    ):
        axes.plot(
            [x + 0.5 for x, _ in found], [y + 0.5 for _, y in found], marker, color=LOOK.ink, markersize=9
        )
    for week, day, one in spots:
        if one.value == 0 or one.at in (chart.best, chart.worst):
            style = "--" if one.at == chart.worst else "-"
            axes.add_patch(Rectangle((week + 0.08, day + 0.08), 0.84, 0.84, fill=False, lw=2.5, ls=style))
    axes.set_yticks([one + 0.5 for one in range(7)], _WEEKDAYS)
    axes.set_xticks([2 + 4.35 * one for one in range(len(_MONTHS))], _MONTHS)
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelsize=SMALL)
    axes.invert_yaxis()
    axes.set_frame_on(False)
    handles = [
        Patch(color=color, label=shade.label) for color, shade in zip(_SHADES, chart.shades, strict=True)
    ]
    handles += [Patch(fill=False, label=label) for label in ("no data", "holiday", chart.best_label)]
    handles += [Patch(fill=False, linestyle="--", label=chart.worst_label)]
    axes.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0, -0.02), ncols=4, fontsize=SMALL, frameon=False
    )
    footer = f"{chart.source} · {chart.age} · {chart.zone}"
    around = Around(chart.title, chart.finding, footer, chart.notice, below=330)
    return finished(figure, around, left=0.1)


def cohort(chart: CohortChart, height: int) -> bytes:
    """A mesh of rates with their numbers on it; what is not ripe is hatched."""
    figure, axes = sheet(height)
    grid = np.array(
        [[math.nan if cell.value is None else cell.value for cell in row.cells] for row in chart.rows]
    )
    colors = LinearSegmentedColormap.from_list("rates", ["#eef4fb", "#7fa9d9"])
    axes.pcolormesh(grid, cmap=colors, vmin=0, vmax=70, edgecolors=LOOK.paper, linewidth=4)
    for y, row in enumerate(chart.rows):
        for x, cell in enumerate(row.cells):
            if cell.is_known:
                axes.text(x + 0.5, y + 0.5, cell.label, fontsize=LABEL, **BOLD, ha="center", va="center")
            else:
                axes.add_patch(Rectangle((x, y), 1, 1, fill=False, hatch="//", edgecolor=LOOK.grid, lw=0))
    axes.set_yticks([one + 0.5 for one in range(len(chart.rows))], [row.name for row in chart.rows])
    heads = [f"{one.name}\n{one.age_label}\n{one.target_label}" for one in chart.columns]
    axes.set_xticks([one + 0.5 for one in range(len(heads))], heads)
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelsize=SMALL)
    axes.invert_yaxis()
    axes.set_frame_on(False)
    figure.text(0.03, 95 / height, "hatched: not ripe yet", fontsize=SMALL, color=LOOK.muted)
    footer = f"{chart.period} · {chart.source}"
    around = Around(chart.title, chart.finding, footer, chart.notice, above=330, below=140)
    return finished(figure, around, left=0.22)
