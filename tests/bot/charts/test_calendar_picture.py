from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from bot.charts.calendar import CalendarChart, CalendarDay, CalendarShade, describe
from bot.charts.style import LIGHT
from tests.bot.charts.golden_images import assert_looks_as_it_did, count_of, pixels_of

BERLIN = ZoneInfo("Europe/Berlin")
SHADES = (
    CalendarShade(-12, -2, "−12 to −5"),
    CalendarShade(-4, -1, "−4 to −1"),
    CalendarShade(0, 0, "0"),
    CalendarShade(1, 1, "+1 to +4"),
    CalendarShade(5, 2, "+5 to +9"),
    CalendarShade(10, 3, "+10 to +19"),
    CalendarShade(20, 4, "+20 to +110"),
)
DARKEST = "#0b4387"


def days(count: int) -> tuple[CalendarDay, ...]:
    """Every shade, a few days without data and a holiday each month, up to Sunday, 22 November."""
    first = datetime(2026, 11, 22, tzinfo=BERLIN) - timedelta(days=count - 1)
    found = []
    for number in range(count):
        at = first + timedelta(days=number)
        value = None if number % 37 in (9, 10) else round(9 * math.sin(number / 5) + number % 7)
        found.append(CalendarDay(at, value, is_holiday=at.day == 3))
    return tuple(found)


HALF_YEAR = days(182)
CHART = CalendarChart(
    title="GitHub Stars, daily change",
    finding="+2.95 a day on average, +507 in 172 days; 10 days without data",
    days=HALF_YEAR,
    shades=SHADES,
    zone="Europe/Berlin",
    best=HALF_YEAR[132].at,
    best_label="best: +15, Sun 4 Oct",
    worst=HALF_YEAR[23].at,
    worst_label="worst: −7, Wed 17 Jun",
    source="github",
    age="3 h ago",
    notice="sample data",
)
YEAR = replace(CHART, days=days(371), title="Website Traffic, day by day", notice="")
FEW = replace(CHART, days=HALF_YEAR[-18:], best=HALF_YEAR[-2].at, worst=None, worst_label="")


@pytest.mark.parametrize("name", ["light", "dark", "year", "few"])
def test_looks_as_it_did(name: str) -> None:
    charts = {"light": CHART, "dark": replace(CHART, dark=True), "year": YEAR, "few": FEW}
    assert_looks_as_it_did(charts[name].png(), f"calendar-{name}")


def shaded(value: float | None) -> CalendarChart:
    """Four weeks of one value, without a frame or a dot."""
    some = tuple(replace(one, value=value, is_holiday=False) for one in HALF_YEAR[-28:])
    return replace(CHART, days=some, best=None, worst=None)


@pytest.mark.parametrize(("value", "color"), [(25.0, DARKEST), (2.0, "#cfe1f5"), (-8.0, "#c2620f")])
def test_a_day_has_the_shade_of_its_value(value: float, color: str) -> None:
    own = count_of(shaded(value).png(), color)
    other = count_of(shaded(7.0).png(), color)  # the legend alone
    assert own - other == pytest.approx(28 * 58 * 48, rel=0.05)


def test_a_zero_is_an_empty_frame_and_no_data_a_cross() -> None:
    zero, silent, full = (shaded(value).png() for value in (0.0, None, 25.0))
    frames, crosses = (count_of(png, LIGHT.pace) for png in (zero, silent))
    assert frames > 28 * 400
    assert 28 * 60 < crosses < frames
    assert count_of(full, LIGHT.pace) < 28 * 60
    for png in (zero, silent):
        assert count_of(png, LIGHT.paper) > 900 * 1600 * 0.75


def test_days_stand_in_the_row_of_their_weekday() -> None:
    (monday,) = (one for one in HALF_YEAR[-7:] if one.at.weekday() == 0)
    one = replace(CHART, days=(replace(monday, value=25.0),), best=None, worst=None)
    other = replace(one, days=(replace(monday, value=25.0, at=monday.at + timedelta(days=6)),))
    blue = [int(DARKEST[at : at + 2], 16) for at in (1, 3, 5)]
    tops = []
    for chart in (one, other):
        off = np.abs(pixels_of(chart.png())[:660, 100:400].astype(int) - blue).max(axis=2)
        tops.append(int(np.flatnonzero((off <= 6).any(axis=1)).min()))
    assert tops[1] - tops[0] == 6 * 54


def test_a_clock_change_moves_no_day() -> None:
    """25 October 2026 lasts 25 hours in Berlin."""
    first = datetime(2026, 10, 24, 22, tzinfo=UTC)  # Sunday in Berlin, Saturday in UTC
    chart = replace(shaded(25.0), days=(CalendarDay(first, 25.0),))
    assert chart.png() != replace(chart, zone="UTC").png()
    assert "25 Oct" in describe(chart)


@pytest.mark.parametrize(
    "changes",
    [
        {"days": ()},
        {"days": HALF_YEAR[:1]},
        {"shades": ()},
        {"days": tuple(replace(one, value=math.nan) for one in HALF_YEAR)},
        {"days": days(1000)},
        {"title": "T" * 500, "finding": "word " * 400, "best_label": "b" * 500, "worst_label": "w" * 500},
        {"shades": tuple(replace(one, label="9" * 400) for one in SHADES)},
        {"best": None, "worst": None, "source": "", "age": "", "notice": ""},
    ],
)
def test_any_days_and_words_are_drawn(changes: dict[str, Any]) -> None:
    assert replace(CHART, **changes).png().startswith(b"\x89PNG")


def test_says_its_days_and_the_best_and_the_worst() -> None:
    assert describe(CHART) == (
        "Calendar, GitHub Stars, daily change, 25 May to 22 Nov; +2.95 a day on average, +507 in 172 days; "
        "10 days without data; best: +15, Sun 4 Oct; worst: −7, Wed 17 Jun"
    )
    assert "17 Nov 2025 to 22 Nov 2026" in describe(replace(YEAR, best_label="", worst_label=""))
    assert describe(replace(CHART, days=())) == "Calendar, GitHub Stars, daily change: no data yet"
