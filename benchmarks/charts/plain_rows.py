"""Bullet, scorecard, ladder, funnel and mix as one draws them with pyplot: bars, ticks and annotations."""

from __future__ import annotations

import math
from itertools import accumulate

from benchmarks.charts.plain import BOLD, LABEL, LOOK, SMALL, VALUE, Around, bare, finished, sheet
from bot.charts.bullet import FULL, BulletChart
from bot.charts.funnel import FunnelChart
from bot.charts.ladder import LadderChart
from bot.charts.mix import MixChart
from bot.charts.scorecard import ScorecardChart

_MARKERS = {"●": "o", "◆": "D", "▲": "^", "○": "o"}


def bullet(chart: BulletChart, height: int) -> bytes:
    """Bars over bands, with the target as a line and a marker a row."""
    figure, axes = sheet(height)
    places = list(range(len(chart.rows)))
    colors = {"●": LOOK.line, "◆": LOOK.pace, "▲": LOOK.target, "○": LOOK.paper}
    known = [place for place in places if chart.rows[place].percent is not None]
    for band, shade in zip(chart.bands, (LOOK.grid, LOOK.band, LOOK.paper), strict=True):
        high = FULL if band.high is None else band.high
        axes.barh(known, high - band.low, left=band.low, height=0.6, color=shade)
    for place, row in enumerate(chart.rows):
        axes.plot(
            [-105], [place], marker=_MARKERS[row.mark], markersize=14, color=colors[row.mark],
            markeredgecolor=LOOK.pace, clip_on=False,
        )  # fmt: skip
        if row.percent is None:
            axes.text(0, place, row.note, fontsize=LABEL, color=LOOK.muted, va="center")
        else:
            axes.barh(place, min(row.percent, FULL), height=0.42, color=colors[row.mark])
            axes.text(
                FULL + 45, place, row.percent_label,
                fontsize=LABEL, **BOLD, color=colors[row.mark], ha="right", va="center",
            )  # fmt: skip
        axes.text(FULL + 95, place, row.value, fontsize=LABEL, **BOLD, ha="right", va="center")
        axes.text(FULL + 105, place, row.target, fontsize=LABEL, color=LOOK.muted, va="center")
    axes.vlines([100] * len(known), [one - 0.35 for one in known], [one + 0.35 for one in known], lw=3)
    axes.set_yticks(places, [row.name for row in chart.rows])
    for x, words in ((100, "100%"), (FULL + 75, "value"), (FULL + 105, chart.target_title)):
        axes.text(x, -0.8, words, fontsize=SMALL, color=LOOK.muted)
    for place, words in enumerate(("▲ <70%", "◆ 70–90%", "● ≥90%")):
        axes.text(-100 + 55 * place, -0.8, words[2:], fontsize=SMALL, color=LOOK.muted)
        axes.plot([-105 + 55 * place], [-1], marker=_MARKERS[words[0]], color=colors[words[0]], clip_on=False)
    bare(axes)
    axes.set(xlim=(0, FULL + 190), ylim=(len(places) - 0.5, -1))
    footer = f"{chart.period} · {chart.source}"
    return finished(figure, Around(chart.title, chart.finding, footer, chart.notice), left=0.25)


def scorecard(chart: ScorecardChart, height: int) -> bytes:
    """A grid of small axes, one a KPI."""
    figure, grid = sheet(height, rows=math.ceil(len(chart.cells) / chart.columns), columns=chart.columns)
    for cell, axes in zip(chart.cells, grid.flat, strict=True):
        days = [at for at, _ in cell.points]
        values = [math.nan if value is None else value for _, value in cell.points]
        axes.plot(days, values, color=LOOK.line, linewidth=3)
        axes.plot(days[-1:], values[-1:], "o", color=LOOK.line, markersize=10)
        gaps = [at for at, value in cell.points if value is None]
        if gaps:
            axes.axvspan(gaps[0], gaps[-1], color=LOOK.band)
        for x, y, words, size, color in (
            (0.08, 1.0, cell.name, LABEL, LOOK.ink),
            (0, 0.8, cell.value, VALUE, LOOK.ink),
            (0.55, 0.8, cell.target, SMALL, LOOK.muted),
            (0, 0.64, f"{cell.change}, {cell.side}", SMALL, LOOK.line),
        ):
            axes.text(x, y, words, transform=axes.transAxes, fontsize=size, color=color, va="top")
        axes.plot(0.03, 0.95, _MARKERS[cell.mark], transform=axes.transAxes, color=LOOK.line, markersize=12)
        axes.set_ylim(
            min(one for one in values if one == one), 2.2 * max(one for one in values if one == one)
        )
        axes.axis("off")
    figure.text(0.03, 1 - 170 / height, chart.legend, fontsize=SMALL, color=LOOK.muted, va="top")
    footer = f"{chart.period} · {chart.source}"
    return finished(figure, Around(chart.title, chart.finding, footer, chart.notice))


def ladder(chart: LadderChart, height: int) -> bytes:
    """A bar a KPI, the line at what is needed, and the nearest in columns."""
    figure, axes = sheet(height)
    met, short = chart.achieved, chart.achieved + chart.short
    axes.bar(range(met), 1, width=0.7, color=LOOK.line)
    axes.bar(range(met, short), 1, width=0.7, facecolor="none", edgecolor=LOOK.ink, linewidth=2)
    axes.bar(range(short, chart.total), 1, width=0.7, facecolor="none", edgecolor=LOOK.pace, linestyle=":")
    axes.vlines(chart.needed - 0.5, -0.1, 1.15, color=LOOK.target, linewidth=4)
    axes.text(
        chart.needed - 0.5, 1.2, f"{chart.needed} needed", fontsize=LABEL, color=LOOK.target, ha="center"
    )
    for place, (mark, _, words) in enumerate(chart.counted):
        axes.text(15 * place, -0.4, f"{mark} {words}", fontsize=LABEL, **BOLD)
    axes.text(0, -1.0, "Nearest", fontsize=SMALL, color=LOOK.muted)
    for row, step in enumerate(chart.nearest):
        for x, words in ((0, step.name), (19, step.value), (28, f"→ {step.target}"), (44, step.left)):
            axes.text(x, -1.4 - 0.4 * row, words, fontsize=LABEL, ha="right" if x == 44 else "left")
    missing = "Not measured or judged: " + ", ".join(chart.missing)
    axes.text(0, -3.5, missing, fontsize=SMALL, color=LOOK.muted)
    axes.set(xlim=(-0.5, chart.total), ylim=(-3.6, 1.5))
    axes.axis("off")
    footer = f"{chart.period} · {chart.source}"
    return finished(figure, Around(chart.title, chart.finding, footer, chart.notice))


def funnel(chart: FunnelChart, height: int) -> bytes:
    """A bar a step inside the bar of the step before, its target as a tick, its rate beside it."""
    figure, axes = sheet(height)
    reached = list(accumulate((one.rate or 100.0 for one in chart.bars), lambda a, b: a * b / 100))
    whole = chart.overall
    assert whole is not None
    bars = [*chart.bars, whole]
    lengths, before = [*reached, whole.rate or 0.0], [reached[0], *reached[:-1], 100.0]
    places = list(range(len(bars)))
    axes.barh(places, before, height=0.35, color=LOOK.grid)
    axes.barh(places, lengths, height=0.35, color=[LOOK.line] * len(reached) + [LOOK.pace])
    for place, bar in enumerate(bars):
        axes.text(0, place - 0.3, bar.name, fontsize=LABEL, **BOLD)
        axes.text(30, place - 0.3, bar.count_label, fontsize=SMALL, color=LOOK.muted)
        if bar.rate is None or bar.target is None:
            continue
        color = LOOK.line if bar.met else LOOK.target
        at = before[place] * bar.target / 100
        axes.vlines(at, place - 0.25, place + 0.25, color=LOOK.target, linewidth=4)
        axes.text(103, place - 0.1, f"{bar.mark} {bar.rate_label}", fontsize=VALUE, **BOLD, color=color)
        axes.text(105, place + 0.25, f"of {bar.target_label}", fontsize=SMALL, color=LOOK.muted)
    axes.axhline(len(reached) - 0.6, color=LOOK.grid, linewidth=2)
    axes.set(xlim=(0, 128), ylim=(len(bars) - 0.6, -0.7))
    axes.axis("off")
    footer = f"{chart.period} · {chart.source}"
    return finished(figure, Around(chart.title, chart.finding, footer, chart.notice))


def mix(chart: MixChart, height: int) -> bytes:
    """Two bars a channel: the plan hatched, the actual share filled."""
    figure, axes = sheet(height)
    places = range(len(chart.rows))
    planned, actual = ([one.planned or 0 for one in chart.rows], [one.actual or 0 for one in chart.rows])
    upper = axes.barh(
        [one - 0.2 for one in places], planned,
        height=0.38, facecolor=LOOK.paper, edgecolor=LOOK.pace, hatch="///", label="planned",
    )  # fmt: skip
    lower = axes.barh([one + 0.2 for one in places], actual, height=0.38, color=LOOK.line, label="actual")
    axes.bar_label(upper, [one.planned_label for one in chart.rows], fontsize=SMALL, padding=8)
    axes.bar_label(
        lower, [one.actual_label for one in chart.rows], fontsize=SMALL, padding=8, color=LOOK.line
    )
    for place, row in enumerate(chart.rows):
        axes.text(55, place, row.difference, fontsize=LABEL, **BOLD, ha="right", va="center")
    axes.set_yticks(places, [one.name for one in chart.rows])
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, fontsize=SMALL, frameon=False)
    bare(axes)
    axes.set(xlim=(0, 56), ylim=(len(chart.rows) - 0.5, -0.5))
    footer = f"{chart.period} · {chart.source}"
    return finished(figure, Around(chart.title, chart.finding, footer, chart.notice), left=0.28)
