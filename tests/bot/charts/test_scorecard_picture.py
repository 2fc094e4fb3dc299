from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from bot.charts.scorecard import MOST_CELLS, ScorecardCell, ScorecardChart
from bot.charts.style import LIGHT
from tests.bot.charts.golden_images import assert_looks_as_it_did, count_of, pixels_of

LAST = datetime(2026, 11, 22, tzinfo=ZoneInfo("Europe/Berlin"))


def daily(values: list[float | None]) -> tuple[tuple[datetime, float | None], ...]:
    first = LAST - timedelta(days=len(values) - 1)
    return tuple((first + timedelta(days=day), value) for day, value in enumerate(values))


RISING: list[float | None] = [300 + 9.0 * day + 40 * math.sin(day) for day in range(28)]
GAPPY: list[float | None] = [None if 8 <= day < 13 else value for day, value in enumerate(RISING)]
LONE: list[float | None] = [None if day % 3 else value for day, value in enumerate(RISING)]
OPEN = (*daily(RISING), (LAST + timedelta(days=1), 480.0))
CELLS = (
    ScorecardCell(
        "GitHub Stars", "●", "12,345", target="≥ 50,000", change="+38 (+3%)", side="better",
        points=OPEN, open_since=LAST + timedelta(days=1),
    ),
    ScorecardCell(
        "Website Visitors per Month from Organic Search", "◆", "8,200 visitors/month",
        change="−1,234,567 visitors (−99.5%)", side="worse", points=daily(GAPPY),
    ),
    ScorecardCell("Net Promoter Score", "○", "no number yet", is_known=False),
    ScorecardCell("新しい登録者 🚀", "✓", "4.2 h", target="< 4 h", change="unchanged", points=daily(LONE)),
    ScorecardCell("Отток", "▲", "$1,234,567", change="+1.5 points", side="worse", points=daily([5.0] * 28)),
    ScorecardCell("Uptime", "·", "99.95%", late="3 days ago", points=daily([1e308, -1e308, 1e308, None])),
)  # fmt: skip
CHART = ScorecardChart(
    title="All daily metrics",
    finding="1 better, 2 worse, 1 unchanged",
    cells=CELLS,
    ago="the week before",
    span="26 Oct to 22 Nov",
    period="16 to 22 Nov",
    source="github 13 h ago",
    notice="sample data",
)


@pytest.mark.parametrize("name", ["light", "dark", "many", "few"])
def test_looks_as_it_did(name: str) -> None:
    charts = {
        "light": CHART,
        "dark": replace(CHART, dark=True),
        "many": replace(CHART, cells=(*CELLS, *CELLS, CELLS[0])),
        "few": replace(CHART, cells=CELLS[:3]),
    }
    assert_looks_as_it_did(charts[name].png(), f"scorecard-{name}")


@pytest.mark.parametrize(("count", "columns"), [(1, 2), (4, 2), (5, 3), (12, 3), (13, 3)])
def test_a_few_cells_stand_in_two_columns(count: int, columns: int) -> None:
    chart = replace(CHART, cells=(CELLS[0],) * count)
    assert chart.columns == columns
    assert (len(chart.shown), chart.left_out) == (min(count, MOST_CELLS), max(0, count - MOST_CELLS))
    assert pixels_of(chart.png()).shape[1] == 1600


def _columns_drawn(values: list[float | None]) -> int:
    """In how many columns of pixels the line of a lone cell is."""
    cell = ScorecardCell("x", "", "", points=daily(values))
    picture = pixels_of(replace(CHART, cells=(cell,), notice="").png()).astype(int)
    blue = np.array([int(LIGHT.line[at : at + 2], 16) for at in (1, 3, 5)])
    return int((np.abs(picture - blue) <= 6).all(axis=2).any(axis=0).sum())


def test_a_gap_breaks_the_line() -> None:
    whole: list[float | None] = [float(day % 5) for day in range(30)]
    broken = [None if 10 <= day < 20 else value for day, value in enumerate(whole)]
    assert _columns_drawn(whole) - _columns_drawn(broken) > 150


def test_the_open_day_is_hollow() -> None:
    closed = replace(CHART, cells=(replace(CELLS[0], open_since=None),)).png()
    still_open = replace(CHART, cells=(CELLS[0],)).png()
    assert closed != still_open
    assert count_of(still_open, LIGHT.line) < count_of(closed, LIGHT.line)


def test_better_is_blue_and_worse_is_orange() -> None:
    cell = ScorecardCell("x", "", "1", change="+1,000", side="better")
    better, worse = (replace(CHART, cells=(replace(cell, side=side),)).png() for side in ("better", "worse"))
    assert count_of(better, LIGHT.line) > 500
    assert count_of(better, LIGHT.target) == 0
    assert count_of(worse, LIGHT.target) > 500
    assert count_of(worse, LIGHT.line) == 0


@pytest.mark.parametrize("values", [[], [None, None], [7.0], [0.0, 0.0], [float("nan"), 5.0], [1e-310, 0.0]])
def test_whatever_was_measured_can_be_drawn(values: list[float | None]) -> None:
    cell = ScorecardCell("x", "●", "1", points=daily(values))
    assert replace(CHART, cells=(cell,)).png().startswith(b"\x89PNG")
