"""How long a chart takes, against the plain `plt.subplots` … `savefig` way of drawing the same figure.

Both draw the same content at the same size in the same process, in turn, warm, and no picture twice: what
is remembered from one picture to the next is only what remains the same in real use.
"""

from __future__ import annotations

import json
import math
import statistics
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt
from matplotlib import dates, font_manager

import bot.charts.style as style
from bot.charts.trend import Mark, TargetLine, TrendChart

ROUNDS = 40
PROMISED = 0.40
_FONT = Path(style.__file__).parent / "fonts" / "Inter-Regular.ttf"
_ZONE = ZoneInfo("Europe/Berlin")


def sample(seed: int) -> TrendChart:
    """Ninety days of stars with a gap, a pace and three horizons, different for every seed."""
    start = datetime(2026, 8, 25, tzinfo=_ZONE)
    values = [1000 + 9 * day + 40 * math.sin(day / 4 + seed) + seed for day in range(90)]
    points = tuple(
        (start + timedelta(days=day), None if 30 <= day < 34 else value) for day, value in enumerate(values)
    )
    end = start + timedelta(days=120)
    return TrendChart(
        title=f"GitHub stars of repository {seed}",
        finding=f"{values[-1]:,.0f} stars, {values[-1] / 30:.1f} % of the way to 3,000",
        points=points,
        zone=_ZONE.key,
        last_label=f"{values[-1]:,.0f}",
        target=TargetLine(3000, "3,000 by 23 Dec"),
        pace=((start, 1000.0), (end, 3000.0)),
        marks=tuple(Mark(start + timedelta(days=days), f"Day {days}") for days in (30, 60, 90)),
        source="GitHub, 06:02",
        age=f"{seed} min ago",
        notice="sample data",
    )


def plain(chart: TrendChart) -> bytes:
    """The same figure by the usual means."""
    look = style.LIGHT
    figure: Any
    axes: Any  # takes datetimes, though its types say otherwise
    figure, axes = plt.subplots(figsize=(style.WIDTH / 100, style.HEIGHT / 100), dpi=100)
    times = [at for at, _ in chart.points]
    values = [math.nan if value is None else value for _, value in chart.points]
    axes.plot(times, values, color=look.line, linewidth=4.3)
    axes.plot(times[-1:], values[-1:], "o", color=look.line, markersize=16)
    axes.annotate(
        chart.last_label, (times[-1], values[-1]), xytext=(20, -8), textcoords="offset points", fontsize=34
    )
    assert chart.target is not None
    assert chart.pace is not None
    axes.axhline(chart.target.value, color=look.target, linewidth=3.6)
    axes.annotate(f"target {chart.target.label}", (times[0], chart.target.value), fontsize=27, va="top")
    axes.plot(
        [at for at, _ in chart.pace],
        [value for _, value in chart.pace],
        color=look.pace,
        linewidth=2.9,
        linestyle="--",
    )
    axes.annotate("pace", (times[45], 1900), fontsize=27)
    for mark in chart.marks:
        axes.axvline(mark.at, color=look.pace, linewidth=1.8, linestyle=":")
        axes.annotate(mark.label, (mark.at, 3200), fontsize=27, ha="center", annotation_clip=False)
    axes.axvspan(times[29], times[34], color=look.band)
    axes.set_ylim(0, 3160)
    axes.grid(axis="y", color=look.grid)
    axes.tick_params(labelsize=27)
    axes.xaxis.set_major_locator(dates.MonthLocator())
    axes.xaxis.set_major_formatter(dates.DateFormatter("%b"))
    figure.suptitle(chart.title, x=0.03, ha="left", fontsize=40)
    figure.text(0.03, 0.86, chart.finding, fontsize=30, color=look.muted)
    figure.text(0.03, 0.03, f"{chart.source} · {chart.age} · {chart.zone}", fontsize=25, color=look.muted)
    figure.text(0.97, 0.03, chart.notice, fontsize=25, ha="right", backgroundcolor=look.notice)
    figure.subplots_adjust(left=0.08, right=0.93, top=0.72, bottom=0.17)
    file = BytesIO()
    figure.savefig(file, format="png")
    plt.close(figure)
    return file.getvalue()


def run() -> dict[str, float | int | bool | str]:
    """Medians in milliseconds, and their ratio."""
    font_manager.fontManager.addfont(str(_FONT))
    with mpl.rc_context({"font.family": "Inter"}):
        for seed in (-1, -2, -3):
            plain(sample(seed))
            sample(seed).png()
        pairs = [
            (_milliseconds(lambda c: c.png(), seed), _milliseconds(plain, seed)) for seed in range(ROUNDS)
        ]
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    return {
        "benchmark": "chart",
        "pixels": f"{style.WIDTH}x{style.HEIGHT}",
        "rounds": ROUNDS,
        "ours_ms": round(ours, 2),
        "plain_ms": round(theirs, 2),
        "ratio": round(ours / theirs, 3),
        "promised_ratio": PROMISED,
        "kept": ours <= PROMISED * theirs,
    }


def _milliseconds(draw: Callable[[TrendChart], bytes], seed: int) -> float:
    chart = sample(seed)
    began = time.perf_counter()
    draw(chart)
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    print(json.dumps(run()))
