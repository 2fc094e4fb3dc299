"""The gate of a part of a report, rung by rung."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.charts.ladder import LadderChart, LadderStep, describe
from bot.reports.pictures import ladder
from bot.workspace import Workspace
from storage import SessionFactory
from tests.bot.commands.answering import withheld
from tests.bot.commands.test_gate import enter, phased
from tests.bot.reports.pictures.parts import part, read
from tests.factories import TODAY, each_day, store, workspace


def drawn(sessions: SessionFactory, used: Workspace, *gates: str, **read_as: Any) -> LadderChart | None:
    found = ladder.chart(part(used, gates=gates or ("phase1",)), *read(sessions, used, **read_as))
    if found is None:
        return None
    assert isinstance(found.drawing, LadderChart)
    assert found.alt == describe(found.drawing)
    return found.drawing


def test_has_a_rung_for_every_kpi_and_names_the_nearest(sessions: SessionFactory) -> None:
    enter(sessions, [10] * 35 + [9, 5, 1, 0])
    chart = drawn(sessions, workspace(phased(44)))
    assert chart is not None
    assert (chart.achieved, chart.short, chart.unmeasured, chart.needed, chart.total) == (35, 4, 5, 36, 44)
    assert (chart.title, chart.finding) == (
        "Gate Phase 1 → 2",
        "35 of 44 achieved, 36 needed (79.5% of 80%)",
    )
    assert chart.nearest[0] == LadderStep("Figure 35", "9 points", "≥ 10 points", "1 to go")
    assert [step.name[-2:] for step in chart.nearest] == ["35", "36", "37", "38"]
    assert chart.missing == tuple(f"Figure {at}" for at in range(39, 44))
    assert (chart.is_open, chart.withheld) == (False, 0)
    assert chart.source == "by hand 13 h ago"


def test_stands_as_the_stretch_closed(sessions: SessionFactory) -> None:
    enter(sessions, [10] * 4)
    store(sessions, each_day("entry.acme.growth.figure_0", [1.0], until=TODAY))
    chart = drawn(sessions, workspace(phased(5)))
    assert chart is not None
    assert (chart.achieved, chart.is_open) == (4, True)


def test_the_first_gate_that_is_shut_is_drawn(sessions: SessionFactory) -> None:
    enter(sessions, [10] * 5)
    chart = drawn(sessions, workspace(phased(5)), "phase1", "phase2")
    assert chart is not None
    assert (chart.title, chart.achieved) == ("Gate Phase 2 → 3", 0)
    enter(sessions, [20] * 5, key="acme")
    only = drawn(sessions, workspace(phased(5)), "phase1")
    assert only is not None
    assert only.is_open


def test_the_last_of_open_gates_is_drawn(sessions: SessionFactory) -> None:
    enter(sessions, [20] * 5)
    chart = drawn(sessions, workspace(phased(5)), "phase1", "phase2")
    assert chart is not None
    assert (chart.title, chart.is_open) == ("Gate Phase 2 → 3", True)


def test_a_reader_learns_no_name_they_may_not_see(sessions: SessionFactory) -> None:
    enter(sessions, [9, 8, 10])
    used = withheld(workspace(phased(5)), "acme/growth.figure_0", "acme/growth.figure_3")
    every = workspace(phased(5)).kpis
    chart = drawn(sessions, used, refs=every)
    assert chart is not None
    assert (chart.total, chart.withheld) == (5, 2)
    assert [step.name for step in chart.nearest] == ["Figure 1"]
    assert chart.missing == ("Figure 4",)


def test_nothing_is_drawn_of_what_was_not_read_or_not_measured(sessions: SessionFactory) -> None:
    used = workspace(phased(5))
    assert drawn(sessions, used) is None
    enter(sessions, [10] * 5)
    assert drawn(sessions, used, refs=used.kpis[:4]) is None
    gateless = replace(part(used, gates=("phase1",)), gates=())
    assert ladder.chart(gateless, *read(sessions, used)) is None
