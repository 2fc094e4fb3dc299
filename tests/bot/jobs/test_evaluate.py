"""The board holds every KPI as it stands after an evaluation."""

from __future__ import annotations

from bot.jobs.evaluate import Board, Evaluate
from tests.bot.jobs.world import NINE, Ledger, keep_stars


def test_every_kpi_is_judged_at_the_given_time(ledger: Ledger) -> None:
    keep_stars(ledger.sessions, NINE)
    board = Board()
    Evaluate(ledger.workspace, ledger.sessions, ledger.clock, board)()
    [(ref, standing)] = board.standings
    assert ref.path == "small/growth.stars"
    assert (standing.value, standing.met) == (100.0, True)
    assert board.at == NINE


def test_a_kpi_without_data_is_on_the_board_without_a_value(ledger: Ledger) -> None:
    board = Board()
    Evaluate(ledger.workspace, ledger.sessions, ledger.clock, board)()
    assert [standing.value for _, standing in board.standings] == [None]
