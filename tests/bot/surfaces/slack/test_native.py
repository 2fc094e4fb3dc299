"""Slack's own charts: what they show is what was measured, and what they cannot show stays a picture."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.charts.trend import TargetLine
from bot.reply import Chart
from bot.surfaces.slack import limits
from bot.surfaces.slack.native import native_block
from tests.bot.surfaces.samples import CHART
from tests.bot.surfaces.slack.shapes import check_chart
from tests.bot.surfaces.slack.trends import FIRST, rising, trend


def series(block: dict[str, Any] | None) -> dict[str, list[float]]:
    """The values of each line by its name."""
    assert block is not None
    check_chart(block)
    return {one["name"]: [p["value"] for p in one["data"]] for one in block["chart"]["series"]}


def labels(block: dict[str, Any] | None) -> list[str]:
    assert block is not None
    found: list[str] = block["chart"]["axis_config"]["categories"]
    return found


def test_up_to_twenty_days_are_shown_as_they_are() -> None:
    block = native_block(trend(rising(20), unit="stars", zone="Europe/Berlin"))
    assert series(block) == {"GitHub Stars": rising(20)}
    assert block is not None
    assert block["title"] == "GitHub Stars"
    assert block["chart"]["type"] == "line"
    assert labels(block)[0] == "25 Aug"
    assert block["chart"]["axis_config"]["x_label"] == "Days in Europe/Berlin"
    assert block["chart"]["axis_config"]["y_label"] == "stars"


def test_a_long_steady_line_is_shown_by_the_closes_of_its_weeks() -> None:
    block = native_block(trend(rising(90)))
    [(_, shown)] = series(block).items()
    assert shown == rising(90)[::-1][::7][::-1]
    assert block is not None
    assert block["title"] == "GitHub Stars, weekly closes"
    assert labels(block)[-1] == "22 Nov"


def test_a_line_that_its_weeks_would_hide_is_shown_by_its_last_days() -> None:
    weekly = [3.0 if day % 7 < 5 else 30.0 for day in range(30)]
    block = native_block(trend(weekly))
    assert block is not None
    assert block["title"] == "GitHub Stars, last 20 days"
    assert series(block) == {"GitHub Stars": weekly[-20:]}


@pytest.mark.parametrize(
    "chart",
    [
        CHART,  # a picture that says nothing of what is in it
        trend([3.0 if day % 7 < 5 else 30.0 for day in range(90)]),  # twenty days are too few of ninety
        trend(rising(365)),  # more weeks than points
        trend([1.0, 2.0, None, 4.0, 5.0]),
        trend([None, 2.0, 3.0, 4.0]),
        trend([1.0, 2.0, 3.0, None]),
        trend([1.0, 2.0, math.inf, 4.0]),
        trend([1.0, 2.0]),
        trend([]),
        trend([None, None, None]),
        trend([1.0, None, 3.0, 4.0], entries=((FIRST, 1.0),)),
        trend([1.0, 1.0, 3.0, None], entries=((FIRST, 1.0),)),  # the next entry is overdue
    ],
)
def test_what_it_cannot_say_stays_a_picture(chart: Chart) -> None:
    assert native_block(chart) is None


def test_hours_stay_a_picture() -> None:
    chart = trend(rising(30))
    drawing: Any = chart.drawing
    hours = tuple((FIRST + timedelta(hours=hour), value) for hour, (_, value) in enumerate(drawing.points))
    assert native_block(replace(chart, drawing=replace(drawing, points=hours))) is None
    assert native_block(replace(chart, drawing=replace(drawing, points=hours[:10]))) is None


def test_a_day_that_is_not_over_is_left_to_the_words() -> None:
    chart = trend(rising(14), open_day=990.0)
    assert series(native_block(chart)) == {"GitHub Stars": rising(14)}
    assert "period still open" in chart.alt


def test_before_the_first_entry_nothing_is_missing() -> None:
    chart = trend([None, None, 1.0, 1.0, 3.0], entries=((FIRST + timedelta(days=2), 1.0),))
    assert series(native_block(chart)) == {"GitHub Stars": [1.0, 1.0, 3.0]}
    assert labels(native_block(chart)) == ["27 Aug", "28 Aug", "29 Aug"]


def test_the_target_and_the_pace_are_lines_of_their_own() -> None:
    pace = ((FIRST - timedelta(days=10), 900.0), (FIRST + timedelta(days=30), 1_060.0))
    block = native_block(trend(rising(14), target=TargetLine(1_000.0, "1,000"), pace=pace))
    shown = series(block)
    assert shown["Target 1,000"] == [1_000.0] * 14
    assert shown["Pace"][0] == 940.0
    assert shown["Pace"][10] == 980.0


def test_a_range_is_two_lines() -> None:
    block = native_block(trend(rising(14), unit="$", target=TargetLine(950.0, "950 to 990", 990.0)))
    assert list(series(block)) == ["GitHub Stars", "From $950", "To $990"]


def test_a_target_so_far_off_that_the_line_would_be_flat_is_left_out() -> None:
    chart = trend([90.0 + 9 * day for day in range(14)], target=TargetLine(50_000.0, "50,000"))
    assert list(series(native_block(chart))) == ["GitHub Stars"]
    assert "target 50,000" in chart.alt


def test_a_pace_that_begins_later_is_left_out() -> None:
    pace = ((FIRST + timedelta(days=3), 900.0), (FIRST + timedelta(days=30), 1_060.0))
    assert list(series(native_block(trend(rising(14), pace=pace)))) == ["GitHub Stars"]


def test_a_kpi_by_the_name_of_a_line_hides_none() -> None:
    pace = ((FIRST, 900.0), (FIRST + timedelta(days=30), 1_060.0))
    assert list(series(native_block(trend(rising(14), title="Pace", pace=pace)))) == ["Value", "Pace"]


def test_numbers_lose_the_tail_of_binary_fractions() -> None:
    block = native_block(trend([0.1 + 0.2, 1 / 3, 2.0]))
    assert json.dumps(list(series(block).values())) == "[[0.3, 0.3333333333, 2]]"


def test_long_names_are_cut_with_a_mark() -> None:
    block = native_block(trend(rising(90), title="A KPI with a <!channel> name " * 4))
    assert block is not None
    assert len(block["title"]) == limits.CHART_TITLE
    assert block["title"].endswith("…, weekly closes")
    assert "<!" not in json.dumps(block)
    check_chart(block)


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(
        st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True), st.floats(-1e6, 1e6)),
        max_size=160,
    ),
    title=st.text(max_size=60),
    goal=st.floats(allow_nan=False),
    is_range=st.booleans(),
    unit=st.text(max_size=60),
)
def test_whatever_is_measured_slack_takes_it_or_it_stays_a_picture(
    values: list[float | None], title: str, goal: float, is_range: bool, unit: str
) -> None:
    target = TargetLine(goal, "x", goal + 1 if is_range else None)
    chart = replace(CHART, drawing=replace(trend(values).drawing, title=title, unit=unit, target=target))  # type: ignore[type-var]
    block = native_block(chart)
    if block is not None:
        check_chart(block)
        assert all(value is not None and math.isfinite(value) for value in values)
