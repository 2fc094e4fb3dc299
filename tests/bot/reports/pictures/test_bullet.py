"""Bars of a part of a report, from the standings at the close of its stretch."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.charts.bullet import BulletBand, BulletChart, describe
from bot.reports.pictures import bullet
from bot.workspace import Source, Workspace
from storage import SessionFactory
from storage.runs import Fault
from tests.bot.commands.answering import enter, withheld
from tests.bot.reports.pictures.parts import part, read
from tests.factories import NPS, STARS, TODAY, each_day, fail, framework, store, workspace

ERRORS = {"name": "Errors", "unit": "errors", "better": "lower", "targets": {"month6": "<2"}}
BRAND = {"name": "Brand", "better": "none", "targets": {"day90": "Market leader"}}
SHARE = {"name": "Direct", "unit": "%", "better": "none", "targets": {"day90": "20%"}}
ZONES = [
    {"zone": "green", "at_least": 90},
    {"zone": "yellow", "at_least": 70, "below": 90},
    {"zone": "red", "below": 70},
]


def drawn(sessions: SessionFactory, used: Workspace, **rule: Any) -> BulletChart | None:
    section = part(used, **(rule or {"everything": True}))
    found = bullet.chart(section, *read(sessions, used))
    if found is None:
        return None
    assert isinstance(found.drawing, BulletChart)
    assert found.alt == describe(found.drawing)
    return found.drawing


def test_a_row_is_the_standing_at_the_close_of_the_stretch(sessions: SessionFactory) -> None:
    store(
        sessions, each_day("github.stars", range(1000, 1100)), each_day("github.stars", [4000], until=TODAY)
    )
    chart = drawn(sessions, workspace())
    assert chart is not None
    row = chart.rows[0]
    assert (row.name, row.mark, row.value, row.target) == ("GitHub Stars", "–", "1,099", "≥ 5,000")
    assert row.percent == pytest.approx(21.98)
    assert (row.percent_label, row.is_met, row.note) == ("22%", False, "")
    assert chart.finding == (
        "0 of 1 target met; furthest off: GitHub Stars, 22% of target; 1 not measured or judged"
    )
    assert (chart.title, chart.period, chart.source) == ("Growth", "16 to 22 Nov", "github 13 h ago")
    assert chart.target_title == "target by Day 90"
    assert (chart.rows[1].mark, chart.rows[1].note) == ("○", "no number yet")
    assert chart.rows[1].percent is None


def test_the_furthest_comes_first_and_what_has_no_bar_last(sessions: SessionFactory) -> None:
    own = framework(BRAND, STARS, NPS, ERRORS, SHARE)
    keys = {"net_promoter_score": 60, "errors": 0, "direct": 25}
    enter(sessions, "acme", {f"growth.{key}": value for key, value in keys.items()})
    store(sessions, each_day("github.stars", [2500]))
    chart = drawn(sessions, workspace(own))
    assert chart is not None
    assert [row.name for row in chart.rows] == ["GitHub Stars", "Net Promoter Score", "Errors", "Brand"]
    assert [row.mark for row in chart.rows] == ["–", "✓", "✓", "○"]
    errors, brand = chart.rows[2:]
    assert (errors.percent, errors.percent_label, errors.is_met, errors.note) == (None, "", True, "")
    assert (errors.due, errors.target) == ("by Month 6", "< 2")
    assert (brand.target, brand.note) == ("“Market leader”", "waits for a judgement")


def test_lower_is_better_is_a_percent_like_any_other(sessions: SessionFactory) -> None:
    enter(sessions, "acme", {"growth.errors": 4})
    chart = drawn(sessions, workspace(framework(ERRORS)))
    assert chart is not None
    assert (chart.rows[0].percent, chart.rows[0].is_met) == (50, False)


def test_zones_are_those_of_the_framework(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [1000]))
    chart = drawn(sessions, workspace(framework(zones=ZONES)))
    assert chart is not None
    assert chart.bands == (BulletBand("▲", 0, 70), BulletBand("◆", 70, 90), BulletBand("●", 90, None))
    assert chart.rows[0].mark == "▲"
    plain = drawn(sessions, workspace())
    assert plain is not None
    assert (plain.bands, plain.rows[0].mark) == ((), "–")


def test_without_a_number_there_is_no_picture(sessions: SessionFactory) -> None:
    assert drawn(sessions, workspace()) is None
    enter(sessions, "acme", {"growth.direct": 25})
    assert drawn(sessions, workspace(framework(SHARE, BRAND))) is None


def test_a_source_that_fails_is_named(sessions: SessionFactory) -> None:
    enter(sessions, "acme", {"growth.net_promoter_score": 60})
    fail(sessions, "github", Fault("AuthFailed", "GitHub refused the token", "Make a new one"))
    fault = drawn(sessions, workspace())
    assert fault is not None
    assert fault.rows[1].note == "no number, github fails"


def test_sample_data_is_said_and_an_old_stretch_has_no_ages(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [1.0] * 60))
    noted = Source("sample", "sample", ("github.stars",), 60.0, "sample data: not yours")
    used = workspace(sources=(noted,))
    chart = drawn(sessions, used)
    assert chart is not None
    assert chart.notice == "sample data"
    monthly = bullet.chart(part(used, everything=True), *read(sessions, used, cadence="monthly"))
    assert monthly is not None
    assert isinstance(monthly.drawing, BulletChart)
    assert (monthly.drawing.period, monthly.drawing.source) == ("October 2026", "sample")


def test_what_a_reader_may_not_see_has_no_row(sessions: SessionFactory) -> None:
    enter(sessions, "acme", {"growth.net_promoter_score": 60})
    store(sessions, each_day("github.stars", [1.0]))
    chart = drawn(sessions, withheld(workspace(), "acme/growth.github_stars"))
    assert chart is not None
    assert [row.name for row in chart.rows] == ["Net Promoter Score"]


def test_many_sources_are_counted(sessions: SessionFactory) -> None:
    kpis = [
        {**STARS, "name": f"Figure {at}", "aliases": [], "measure": f"last(github.{metric})"}
        for at, metric in enumerate(("stars", "forks", "watchers", "open_issues"))
    ]
    names = ("stars", "forks", "watchers", "open_issues")
    sources = [Source(f"git{at}", "github", (f"github.{one}",), 60.0) for at, one in enumerate(names)]
    for at, one in enumerate(names):
        store(sessions, each_day(f"github.{one}", [5.0], until=TODAY - timedelta(days=1 + at)))
    chart = drawn(sessions, workspace(framework(*kpis), sources=sources))
    assert chart is not None
    assert chart.source == "4 sources, the oldest 3 days ago"
