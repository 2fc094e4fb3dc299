"""The days ahead of a trend: a band to the deadline, its dashed mean, and what it says in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.charts.foreseen import ForeseenStep
from bot.charts.trend import Mark, TargetLine, TrendChart, describe
from tests.bot.charts.golden_images import assert_looks_as_it_did, count_of

START = datetime(2026, 9, 1, tzinfo=UTC)
DAY = timedelta(days=1)
POINTS = tuple((START + day * DAY, 1000 + 31.0 * day + 60 * (day % 7 > 4)) for day in range(60))
BAND = "#cfe1f5"


def ahead(days: int, per_day: float, spread: float) -> tuple[ForeseenStep, ...]:
    at, value = POINTS[-1]
    return tuple(
        ForeseenStep(
            at + day * DAY,
            value + per_day * day,
            value + per_day * day - spread * day**0.5,
            value + per_day * day + 1.5 * spread * day**0.5,
        )
        for day in range(days + 1)
    )


CHART = TrendChart(
    title="GitHub Stars",
    finding="2,829 · 57% of target",
    points=POINTS,
    zone="UTC",
    unit="stars",
    last_label="2,829",
    target=TargetLine(5000, "≥ 5,000 by Day 90"),
    pace=((START, 1000), (POINTS[-1][0] + 31 * DAY, 5000)),
    marks=(Mark(POINTS[-1][0] + 31 * DAY, "Day 90"),),
    ahead=ahead(31, 30, 40),
    landing_label="3,760",
    range_label="3,540 to 4,090",
    chance_label="under 1% chance of 5,000",
    source="github",
    age="3 h ago",
)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_looks_as_it_did(name: str) -> None:
    assert_looks_as_it_did(replace(CHART, dark=name == "dark").png(), f"trend-landing-{name}")


def test_without_days_ahead_there_is_no_band() -> None:
    assert count_of(CHART.png(), BAND) > 8000
    assert count_of(replace(CHART, ahead=(), landing_label="").png(), BAND) < 200


@pytest.mark.parametrize(
    "changes",
    [
        {"ahead": ahead(400, 30, 40)},  # far beyond the time shown
        {"ahead": ahead(31, 30, 1e9)},  # wider than any scale
        {"ahead": ahead(31, -1e12, 0)},
        {"ahead": ahead(0, 30, 40)},
        {"landing_label": "9" * 300, "range_label": "9" * 300},
        {"points": POINTS[-1:]},
        {"points": (), "pace": None},
    ],
)
def test_any_days_ahead_are_drawn(changes: dict[str, Any]) -> None:
    assert replace(CHART, **changes).png().startswith(b"\x89PNG")


def test_it_says_where_it_lands() -> None:
    assert describe(CHART).endswith(
        "; it lands at 3,760, 80% sure within 3,540 to 4,090; under 1% chance of 5,000"
    )
    assert "lands" not in describe(replace(CHART, ahead=()))
