from __future__ import annotations

from dataclasses import replace

from bot.charts.ladder import describe
from tests.bot.charts.test_ladder_picture import CHART, OPEN, STEPS


def test_says_what_is_missing_and_which_are_nearest() -> None:
    assert describe(replace(CHART, nearest=STEPS[:1])) == (
        "Gate ladder, Gate Phase 1 → 2: 35 of 44 achieved, 36 needed (79.5% of 80%); 4 short; "
        "5 not measured; Nearest: Figure 35 9 points of ≥ 10 points, 1 to go"
    )


def test_of_an_open_gate_nothing_is_near() -> None:
    assert "; Still short: Figure 35" in describe(OPEN)
    assert "not measured" not in describe(OPEN)


def test_says_how_many_are_not_named() -> None:
    assert describe(replace(CHART, withheld=2)).endswith("; 2 KPIs not shown here")
    assert describe(replace(CHART, withheld=1)).endswith("; 1 KPI not shown here")
