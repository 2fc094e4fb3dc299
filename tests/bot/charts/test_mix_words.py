from __future__ import annotations

from dataclasses import replace

from bot.charts.mix import describe
from tests.bot.charts.test_mix_picture import CHART, ROWS


def test_says_every_share_beside_its_plan() -> None:
    assert describe(CHART).split("; ") == [
        "Planned and actual shares, Channels of the website traffic: 3 of 4 measured",
        "furthest from its plan: Социальные сети, −8.63 points",
        "Organic Search 47%, planned 40%, +7 points",
        "Социальные сети 🚀 21.4%, planned 30%, −8.63 points",
        "Direct 20%, planned 20%, as planned",
        "○ Referral: no number yet, planned 10%",
        "Together 88.4%, 1 not measured.",
    ]


def test_counts_what_is_not_shown() -> None:
    assert "; and 4 more" in describe(replace(CHART, rows=ROWS * 5))
