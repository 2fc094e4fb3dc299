from __future__ import annotations

from dataclasses import replace

from bot.charts.bullet import describe
from tests.bot.charts.test_bullet_picture import CHART, ROWS


def test_says_the_finding_and_every_row_with_its_numbers() -> None:
    assert describe(replace(CHART, rows=ROWS[:1])) == (
        "Bars against targets, Growth and reliability: 2 of 6 targets met; furthest off: GitHub Stars, "
        "24.7% of target; ▲ GitHub Stars 1,234, 24.7% of ≥ 5,000, not met"
    )
    told = describe(CHART).split("; ")
    assert told[-3:] == [
        "● Time to First Response on the Forum 1.2 h, 333% of < 4 h, met",
        "✓ Errors 0 errors, target < 2 errors, met",
        "○ Net Promoter Score: no number yet, target ≥ 50",
    ]


def test_a_date_of_its_own_belongs_to_the_target() -> None:
    row = replace(ROWS[0], due="by Day 90")
    assert describe(replace(CHART, rows=(row,))).endswith("24.7% of ≥ 5,000 by Day 90, not met")


def test_what_is_read_aloud_ends() -> None:
    assert describe(replace(CHART, rows=ROWS * 4)).endswith("; and 12 more")
    assert "more" not in describe(replace(CHART, rows=ROWS * 2))
