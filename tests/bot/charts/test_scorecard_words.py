from __future__ import annotations

from dataclasses import replace

from bot.charts.scorecard import describe
from tests.bot.charts.test_scorecard_picture import CELLS, CHART


def test_says_the_finding_and_every_cell() -> None:
    assert describe(CHART).split("; ") == [
        "Scorecard, All daily metrics: 1 better, 2 worse, 1 unchanged",
        "● GitHub Stars 12,345 (+38 (+3%), better than the week before), target ≥ 50,000",
        "◆ Website Visitors per Month from Organic Search 8,200 visitors/month"
        " (−1,234,567 visitors (−99.5%), worse than the week before), 5 days without data",
        "○ Net Promoter Score: no number yet",
        "✓ 新しい登録者 🚀 4.2 h (unchanged), target < 4 h, 18 days without data",
        "▲ Отток $1,234,567 (+1.5 points, worse than the week before)",
        "· Uptime 99.95%, 3 days ago, 1 day without data",
    ]


def test_counts_what_is_not_shown() -> None:
    assert describe(replace(CHART, cells=CELLS * 3)).endswith("; and 6 more")


def test_the_legend_does_not_repeat_the_finding() -> None:
    assert CHART.legend == "change against the week before; lines: 26 Oct to 22 Nov"
    told = replace(CHART, finding="Against the week before: 1 better")
    assert told.legend == "lines: 26 Oct to 22 Nov"
    assert replace(told, span="").legend == ""
