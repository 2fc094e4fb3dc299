"""Cells of a part of a report: the value at the close, its change, and the days before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.charts.scorecard import MOST_CELLS, ScorecardChart, describe
from bot.reports.pictures import scorecard
from bot.workspace import Workspace
from kpi.framework_rules import Cadence
from kpi.metric import Sample
from storage import SessionFactory
from tests.bot.commands.answering import enter
from tests.bot.reports.pictures.parts import part, read
from tests.factories import NOW, NPS, STARS, TODAY, ZONE, each_day, framework, store, workspace


def drawn(
    sessions: SessionFactory,
    used: Workspace,
    *,
    cadence: Cadence = "weekly",
    history_days: int = 90,
    **rule: Any,
) -> ScorecardChart | None:
    section = part(used, **({"everything": True} | rule))
    found = scorecard.chart(section, *read(sessions, used, cadence=cadence, history_days=history_days))
    if found is None:
        return None
    assert isinstance(found.drawing, ScorecardChart)
    assert found.alt == describe(found.drawing)
    return found.drawing


def test_a_cell_has_value_change_side_and_days(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(1000, 1100)))
    chart = drawn(sessions, workspace())
    assert chart is not None
    stars, nps = chart.cells
    assert (stars.name, stars.mark, stars.value, stars.target) == ("GitHub Stars", "–", "1,099", "≥ 5,000")
    assert (stars.change, stars.side) == ("+7 (+0.6%)", "better")
    assert [value for _, value in stars.points] == [float(value) for value in range(1072, 1100)]
    assert stars.open_since is None
    assert (nps.is_known, nps.mark, nps.value, nps.points) == (False, "○", "no number yet", ())
    assert chart.finding == "Against the week before: 1 better · 1 not measured"
    assert (chart.ago, chart.span, chart.period) == ("the week before", "26 Oct to 22 Nov", "16 to 22 Nov")


def test_today_is_open(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [5.0] * 40))
    morning = NOW - timedelta(hours=1)
    store(sessions, [Sample("github.stars", morning, 9.0)])
    chart = drawn(sessions, workspace())
    assert chart is not None
    stars = chart.cells[0]
    assert stars.points[-1] == (morning, 9.0)
    assert stars.open_since == datetime(2026, 11, 23, tzinfo=ZONE)
    assert (stars.value, stars.change, stars.side) == ("5", "unchanged", "")


def test_a_day_without_a_reading_is_a_gap(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [1, None, 3]))
    chart = drawn(sessions, workspace())
    assert chart is not None
    assert [value for _, value in chart.cells[0].points[-4:]] == [None, 1, None, 3]
    assert (chart.cells[0].change, chart.cells[0].side) == ("first reading", "")


def test_lower_can_be_better(sessions: SessionFactory) -> None:
    errors = {"name": "Errors", "unit": "errors", "better": "lower", "targets": {"day90": "<2"}}
    store(sessions, each_day("entry.acme.growth.errors", [float(9 - day // 5) for day in range(30)]))
    chart = drawn(sessions, workspace(framework(errors)))
    assert chart is not None
    assert chart.cells[0].change.startswith("−")
    assert chart.cells[0].side == "better"


def test_nothing_measured_is_no_picture(sessions: SessionFactory) -> None:
    assert drawn(sessions, workspace()) is None


def test_the_days_are_those_the_part_asks_for(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(1000, 1100)))
    chart = drawn(sessions, workspace(), days=7)
    assert chart is not None
    assert len(chart.cells[0].points) == 7


def test_what_was_not_read_is_no_gap(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", [float(value) for value in range(300)]))
    chart = drawn(sessions, workspace(), days=200)
    assert chart is not None
    values = [value for _, value in chart.cells[0].points]
    assert None not in values
    assert 88 <= len(values) < 120


def test_a_month_is_compared_with_the_month_before(sessions: SessionFactory) -> None:
    store(sessions, each_day("github.stars", range(1000, 1100)))
    chart = drawn(sessions, workspace(), cadence="monthly")
    assert chart is not None
    assert (chart.cells[0].value, chart.cells[0].change) == ("1,077", "+31 (+3%)")
    assert (chart.period, chart.span) == ("October 2026", "1 to 31 Oct")


def test_of_many_those_that_moved_most_come_first(sessions: SessionFactory) -> None:
    kpis = [{**NPS, "name": f"Figure {at}", "aliases": [], "targets": {}} for at in range(15)]
    for at in range(15):
        key = f"entry.acme.growth.figure_{at}"
        store(sessions, each_day(key, [100.0, 100.0 + at]))
        store(sessions, each_day(key, [100.0], until=TODAY - timedelta(days=20)))
    chart = drawn(sessions, workspace(framework(*kpis)))
    assert chart is not None
    assert [cell.name for cell in chart.shown] == [f"Figure {at}" for at in range(3, 15)]
    assert chart.left_out == 15 - MOST_CELLS
    assert all(cell.points for cell in chart.shown)
    assert not any(cell.points for cell in chart.cells[MOST_CELLS:])


@pytest.mark.parametrize("cadence", ["daily", "biweekly", "quarterly", "yearly"])
def test_every_cadence_has_its_own(sessions: SessionFactory, cadence: Cadence) -> None:
    enter(sessions, "acme", {"growth.net_promoter_score": [float(day) for day in range(800)]})
    chart = drawn(sessions, workspace(framework(STARS, NPS)), cadence=cadence, history_days=800)
    assert chart is not None
    assert "better" in chart.finding
