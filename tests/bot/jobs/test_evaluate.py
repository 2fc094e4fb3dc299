"""The board holds every KPI as it stands after an evaluation; gates that opened leave their evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from bot.jobs.evaluate import PASSED, Board, Evaluate
from bot.timeline import Timeline
from bot.workspace import Workspace
from storage import SessionFactory, audit, gate_passes
from storage.gate_passes import GatePass
from tests.bot.jobs.world import NINE, Clock, Ledger, keep_stars
from tests.factories import NOW, TODAY, at_evening, each_day, framework, store, workspace


def test_every_kpi_is_judged_at_the_given_time(ledger: Ledger) -> None:
    keep_stars(ledger.sessions, NINE)
    board = Board()
    Evaluate(ledger.timeline, ledger.sessions, ledger.clock, board)()
    [(ref, standing)] = board.standings
    assert ref.path == "small/growth.stars"
    assert (standing.value, standing.met) == (100.0, True)
    assert board.at == NINE


def test_a_kpi_without_data_is_on_the_board_without_a_value(ledger: Ledger) -> None:
    board = Board()
    Evaluate(ledger.timeline, ledger.sessions, ledger.clock, board)()
    assert [standing.value for _, standing in board.standings] == [None]


def gated() -> Workspace:
    """One gate over one KPI, which has to reach 10."""
    kpi = {"name": "Figure", "unit": "points", "better": "higher", "targets": {"phase1": "10"}}
    horizons = {"phase1": {"title": "Phase 1"}, "phase2": {"title": "Phase 2"}}
    return workspace(framework(kpi, horizons=horizons, gates={"phase1": {"to": "phase2", "require": "100%"}}))


def enter(sessions: SessionFactory, values: Sequence[float | None], *, last: int = 0) -> None:
    """One value an evening; the last one `last` days after `TODAY`."""
    store(sessions, each_day("entry.acme.growth.figure", values, until=TODAY + timedelta(days=last)))


def passes(sessions: SessionFactory) -> list[GatePass]:
    with sessions.read() as session:
        return gate_passes.read(session).get(("acme", "phase1"), [])


@pytest.mark.parametrize("is_one_process", [True, False])
def test_evidence_is_frozen_once_in_each_open_stretch(is_one_process: bool, sessions: SessionFactory) -> None:
    enter(sessions, [9, 12, 13, 9, 12, 12, 9, 9, 15, 15], last=9)
    clock = Clock(NOW)
    evaluate = Evaluate(Timeline(gated()), sessions, clock, Board())
    for day in range(10):
        clock.at = at_evening(TODAY + timedelta(days=day)) + timedelta(minutes=5)
        evaluate()
        evaluate()
        if not is_one_process:
            evaluate = Evaluate(Timeline(gated()), sessions, clock, Board())
    found = passes(sessions)
    assert [(one.passed_at.date() - TODAY).days for one in found] == [1, 4, 8]
    assert [one.evidence["kpis"][0]["value"] for one in found] == [12, 12, 15]


def test_the_evidence_holds_the_verdict_and_its_moment(sessions: SessionFactory) -> None:
    enter(sessions, [12], last=-1)
    Evaluate(Timeline(gated()), sessions, lambda: NOW, Board())()
    (found,) = passes(sessions)
    assert (found.passed_at, found.evidence["at"]) == (NOW, NOW.isoformat())
    assert (found.evidence["framework"], found.evidence["gate"]) == ("acme", "phase1")
    assert (found.evidence["passed"], found.evidence["achieved"], found.evidence["total"]) == (True, 1, 1)
    with sessions.read() as session:
        (act,) = audit.recent(session, subject="acme/phase1")
    assert (act.actor, act.action, act.at, act.after) == ("bot", PASSED, NOW, "1 of 1")


def test_a_correction_does_not_undo_a_pass(sessions: SessionFactory) -> None:
    enter(sessions, [12], last=-1)
    Evaluate(Timeline(gated()), sessions, lambda: NOW, Board())()
    later = NOW + timedelta(hours=1)
    store(sessions, each_day("entry.acme.growth.figure", [3]), recorded_at=later)
    Evaluate(Timeline(gated()), sessions, lambda: later, Board())()
    (found,) = passes(sessions)
    assert found.evidence["kpis"][0]["value"] == 12


def test_a_gate_that_is_shut_leaves_nothing(sessions: SessionFactory) -> None:
    enter(sessions, [9], last=-1)
    Evaluate(Timeline(gated()), sessions, lambda: NOW, Board())()
    assert passes(sessions) == []


def test_a_pass_that_another_process_stored_meanwhile_is_not_stored_twice(sessions: SessionFactory) -> None:
    enter(sessions, [12], last=-1)

    clock = Clock(NOW - timedelta(seconds=1))
    other = Evaluate(Timeline(gated()), sessions, clock, Board())

    class Slow(SessionFactory):
        """Sessions whose writer is overtaken by another process."""

        def begin(self) -> Any:
            other()
            return sessions.begin()

    Evaluate(Timeline(gated()), Slow(sessions.kw["bind"]), lambda: NOW, Board())()
    assert [one.passed_at for one in passes(sessions)] == [clock.at]
