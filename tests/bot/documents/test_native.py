"""Which shapes PowerPoint draws itself, and that it gets their exact numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from bot.charts.bullet import BulletChart, BulletRow
from bot.charts.burnup import BurnupChart
from bot.charts.foreseen import ForeseenStep
from bot.charts.funnel import FunnelBar, FunnelChart
from bot.charts.ladder import LadderChart
from bot.charts.mix import MixChart, MixRow
from bot.charts.scorecard import ScorecardCell, ScorecardChart
from bot.charts.style import LIGHT
from bot.charts.trend import TargetLine
from bot.charts.waterfall import WaterfallChart, WaterfallStep
from bot.documents.figures import NativeChart
from bot.documents.native import native
from bot.documents.paper import Page
from bot.reply import Chart
from tests.bot.documents.conftest import BERLIN, START, stars

_BULLET = BulletChart(
    "Against targets",
    "1 of 2 met",
    (
        BulletRow("Stars", "▲", "840", "≥ 5,000", 16.8, "16.8 %", is_met=False),
        BulletRow("Signups", "●", "520", "≥ 500", 104.0, "104 %", is_met=True),
        BulletRow("NPS", "○", note="no data"),
    ),
)
_MIX = MixChart("Mix", "", (MixRow("Search", 40, 33.5, "40 %", "33.5 %"), MixRow("Social", 60, None, "60 %")))
_FUNNEL = FunnelChart(
    "Funnel",
    "",
    (
        FunnelBar("Visitors", "1,000"),
        FunnelBar("Signups", "50", 5.0, "5 %", 10, "≥ 10 %", met=False),
        FunnelBar("Paid", note="no KPI counts it"),
    ),
)
_WATERFALL = WaterfallChart(
    "By country",
    "",
    start=3000,
    end=4000,
    start_name="15 Nov",
    end_name="22 Nov",
    start_label="3,000",
    end_label="4,000",
    steps=(WaterfallStep("Germany", 1400, "+1,400"), WaterfallStep("France", -400, "−400")),
)
_BURNUP = BurnupChart(
    title="Stars to Day 30",
    finding="",
    points=((START + timedelta(days=1), 10.0), (START + timedelta(days=2), 12.0)),
    start=START,
    deadline=START + timedelta(days=4),
    deadline_label="Day 4",
    target=TargetLine(20, "20 by 4 Oct"),
    zone="Europe/Berlin",
    landing_label="16",
    ahead=tuple(ForeseenStep(START + timedelta(days=day), 8.0 + 2 * day, 8.0, 20.0) for day in (2, 3, 4)),
)
_LADDER = LadderChart("Gate 2", "1 of 2", 1, 1, 0, 2)


def drawn(chart: Any) -> NativeChart:
    found = native(chart)
    assert isinstance(found, NativeChart)
    return found


def test_bars_against_targets_are_percents() -> None:
    found = drawn(_BULLET)
    assert found.categories == ("▲ Stars", "● Signups", "○ NPS: no data")
    assert found.series[0].values == (16.8, 104.0, None)
    assert found.series[0].labels is not None
    assert found.series[0].labels[0] == "840 · 16.8 % of ≥ 5,000"
    assert found.series[0].colors == {0: LIGHT.target, 1: LIGHT.line, 2: LIGHT.pace}  # as in the picture


def test_a_mix_is_planned_beside_actual() -> None:
    assert [series.values for series in drawn(_MIX).series] == [(40, 60), (33.5, None)]


def test_a_funnel_is_shares_of_its_first_step() -> None:
    found = drawn(_FUNNEL)
    assert found.series[0].values == (100, 5.0, None)
    assert found.categories[2] == "○ Paid: no KPI counts it"


def test_a_waterfall_stands_on_columns_without_ink() -> None:
    base, whole, up, down = drawn(_WATERFALL).series
    assert base.color == ""
    assert base.values == (None, 3000, 4000, None)
    assert whole.values == (3000, None, None, 4000)
    assert up.values == (None, 1400, None, None)
    assert down.values == (None, None, 400, None)


def test_a_burnup_is_what_was_reached_and_what_is_foreseen() -> None:
    found = drawn(_BURNUP)
    assert found.categories == tuple(date(2026, 10, day) for day in (1, 2, 3, 4))
    reached, mean, low, high, target = found.series
    assert reached.values == (10.0, 12.0, None, None)
    assert mean.values == (None, 12.0, 14.0, 16.0)
    assert (low.values[-1], high.values[-1]) == (8.0, 20.0)
    assert set(target.values) == {20}


def test_a_shape_without_a_way_is_a_picture() -> None:
    assert native(_LADDER) is None
    cells = (ScorecardCell("Stars", "●", "127", target="500", change="+8", side="better"),)
    assert native(ScorecardChart("Scorecard", "One is better", cells)) is None


@pytest.mark.parametrize(
    "chart",
    [
        stars(points=()),
        BulletChart("Bars", "", ()),
        MixChart("Mix", "", (MixRow("Search", 40, None),)),
        FunnelChart("Funnel", "", (FunnelBar("Visitors"),)),
        WaterfallChart("Fall", "", -5, 5, "a", "b", "", "", (WaterfallStep("x", 10, "+10"),)),
    ],
    ids=["trend", "bars", "mix", "funnel", "waterfall"],
)
def test_numbers_that_make_no_chart_are_a_picture(chart: Any) -> None:
    assert native(chart) is None


def test_hours_of_one_day_are_words_on_the_axis() -> None:
    hours = tuple((START + timedelta(hours=hour), float(hour)) for hour in range(3))
    found = drawn(stars(points=hours, open_since=None, pace=None, target=None))
    assert found.categories == ("00:00", "01:00", "02:00")


def test_a_range_has_both_ends() -> None:
    found = drawn(stars(target=TargetLine(100, "100 to 200", 200), pace=None))
    assert [set(series.values) for series in found.series[2:]] == [{100}, {200}]


@pytest.mark.parametrize(
    "chart", [_BULLET, _MIX, _FUNNEL, _WATERFALL, _BURNUP], ids=lambda chart: type(chart).__name__
)
def test_each_shape_is_written_with_its_numbers(opened: Callable[..., Any], chart: Any) -> None:
    deck = opened(Page("A page", blocks=(Chart(chart.title, "words", chart),)))
    found = next(shape.chart for shape in deck.slides[1].shapes if shape.has_chart)
    wanted = [series.values for series in drawn(chart).series]
    assert [tuple(series.values) for series in found.plots[0].series] == wanted


def test_days_are_days_in_the_zone_of_the_chart() -> None:
    moment = datetime(2026, 10, 31, 23, 30, tzinfo=BERLIN)
    found = drawn(stars(points=((moment, 1.0),), open_since=None, pace=None))
    assert found.categories == (date(2026, 10, 31),)
