from __future__ import annotations

from dataclasses import replace

import pytest

from bot.charts.ladder import LadderChart, LadderStep
from bot.charts.style import LIGHT
from tests.bot.charts.golden_images import assert_looks_as_it_did, count_of, pixels_of

STEPS = (
    LadderStep("Figure 35", "9 points", "≥ 10 points", "1 to go"),
    LadderStep(
        "Developer Adoption in the first year, all channels",
        "900 developers",
        "≥ 1,000 developers",
        "100 to go",
    ),
    LadderStep("新しい登録者 🚀", "9.9 min", "< 9.5 min", "0.4 min to go"),
)
CHART = LadderChart(
    title="Gate Phase 1 → 2",
    finding="35 of 44 achieved, 36 needed (79.5% of 80%)",
    achieved=35,
    short=4,
    unmeasured=5,
    needed=36,
    nearest=STEPS,
    missing=("Отток клиентов", "Uptime", "Net Promoter Score"),
    period="16 to 22 Nov",
    source="github 13 h ago",
    notice="sample data",
)
SMALL = replace(CHART, achieved=7, short=2, unmeasured=1, needed=8)
OPEN = replace(SMALL, achieved=9, short=1, unmeasured=0, nearest=STEPS[:1], missing=())


@pytest.mark.parametrize("name", ["light", "dark", "small", "open", "full"])
def test_looks_as_it_did(name: str) -> None:
    full = replace(CHART, nearest=STEPS * 2, missing=CHART.missing * 5, withheld=2)
    charts = {"light": CHART, "dark": replace(CHART, dark=True), "small": SMALL, "open": OPEN, "full": full}
    assert_looks_as_it_did(charts[name].png(), f"ladder-{name}")


def test_only_what_is_met_is_filled() -> None:
    bare = LadderChart("Gate", "", achieved=0, short=10, unmeasured=0, needed=8)
    none = count_of(bare.png(), LIGHT.line)
    half = count_of(replace(bare, achieved=5, short=5).png(), LIGHT.line)
    whole = count_of(replace(bare, achieved=10, short=0).png(), LIGHT.line)
    assert none < 100
    assert half == pytest.approx(whole / 2, rel=0.05)


def test_the_line_stands_behind_the_rungs_that_are_needed() -> None:
    def line_at(needed: int) -> float:
        picture = pixels_of(LadderChart("", "", 0, 10, 0, needed).png()).astype(int)
        orange = [int(LIGHT.target[at : at + 2], 16) for at in (1, 3, 5)]
        found = (abs(picture - orange) <= 6).all(axis=2).sum(axis=0)
        return float(found.argmax())

    assert line_at(8) == pytest.approx(48 + 0.8 * 1504, abs=6)
    assert line_at(5) == pytest.approx(48 + 0.5 * 1504, abs=6)


@pytest.mark.parametrize(
    "counts", [(0, 0, 0, 0), (1, 0, 0, 1), (0, 0, 3, 3), (400, 300, 300, 900), (3, 0, 0, 9)]
)
def test_any_gate_can_be_drawn(counts: tuple[int, int, int, int]) -> None:
    assert LadderChart("Gate", "", *counts).png().startswith(b"\x89PNG")


def test_is_open_with_as_many_as_it_needs() -> None:
    assert not CHART.is_open
    assert OPEN.is_open
    assert not LadderChart("", "", 0, 0, 0, 0).is_open
