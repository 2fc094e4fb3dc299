"""What a change is made of, as a picture and in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.charts.waterfall import WaterfallChart, WaterfallStep, describe
from tests.bot.charts.golden_images import assert_looks_as_it_did

CHART = WaterfallChart(
    title="Visits by channel",
    finding="+1,200 since 15 Nov: Hacker News +900, 75% of it",
    start=10_300.0,
    end=11_500.0,
    start_name="15 Nov",
    end_name="22 Nov",
    start_label="10,300",
    end_label="11,500",
    steps=(
        WaterfallStep("Hacker News", 900.0, "+900", "75%"),
        WaterfallStep("Google", 420.0, "+420", "35%"),
        WaterfallStep("Ein langer Name 日本語 🚀 of a place", -310.0, "−310", "−26%"),
        WaterfallStep("Mail", 150.0, "+150", "13%"),
        WaterfallStep("12 others", 40.0, "+40", "3%", is_rest=True),
    ),
    change_label="+1,200",
    period="16 to 22 Nov",
    source="plausible 3 h ago",
    notice="sample data",
)
FALLING = replace(
    CHART,
    title="Profit by tier",
    finding="",
    start=10.0,
    end=-20.0,
    start_label="$10",
    end_label="−$20",
    steps=(WaterfallStep("Team", -50.0, "−$50", "167%"), WaterfallStep("Solo", 20.0, "+$20", "−67%")),
    notice="",
)


@pytest.mark.parametrize(
    ("name", "chart"), [("light", CHART), ("dark", replace(CHART, dark=True)), ("falling", FALLING)]
)
def test_looks_as_it_did(name: str, chart: WaterfallChart) -> None:
    assert_looks_as_it_did(chart.png(), f"waterfall-{name}")


def test_says_both_values_and_every_part_between_them() -> None:
    assert describe(CHART) == (
        "What the change is made of, Visits by channel: +1,200 since 15 Nov: Hacker News +900, 75% of it; "
        "15 Nov 10,300; Hacker News +900, 75% of it; Google +420, 35% of it; "
        "Ein langer Name 日本語 🚀 of a place −310, −26% of it; Mail +150, 13% of it; "
        "12 others +40, 3% of it; 22 Nov 11,500"
    )


def test_each_step_begins_where_the_one_before_ended() -> None:
    assert list(CHART.levels) == [10_300, 11_200, 11_620, 11_310, 11_460, 11_500]
    thirds = tuple(WaterfallStep("a", 0.1, "+0.1") for _ in range(3))
    assert replace(CHART, start=0.0, end=0.3, steps=thirds).levels[-1] == 0.3


def test_a_rise_and_a_fall_differ_in_more_than_their_color() -> None:
    (team, solo), other = FALLING.steps, replace(FALLING, start=-20.0, end=10.0)
    risen = replace(other, steps=(replace(team, change=50.0), replace(solo, change=-20.0)))
    assert FALLING.png() != risen.png()


@pytest.mark.parametrize(
    ("start", "end"), [(0.0, 0.0), (5.0, 5.0), (-5.0, -5.0), (1e300, -1e308), (1e-300, 0.0), (0.0, 7.0)]
)
@pytest.mark.parametrize("count", [0, 1, 40])
def test_any_change_is_drawn(start: float, end: float, count: int) -> None:
    steps = tuple(WaterfallStep("n" * 99, (end - start) / count, "+" * 99, "%" * 99) for _ in range(count))
    chart = replace(CHART, start=start, end=end, steps=steps, start_name="s" * 99, end_label="e" * 99)
    assert chart.png().startswith(b"\x89PNG")


def test_the_same_chart_gives_the_same_bytes() -> None:
    assert CHART.png() == CHART.png()
    assert len(CHART.png()) < 100_000
