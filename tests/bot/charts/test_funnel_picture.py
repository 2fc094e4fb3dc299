"""Funnels as pictures and in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bot.charts.funnel import MOST_BARS, FunnelBar, FunnelChart, describe
from bot.charts.style import DARK, LIGHT
from tests.bot.charts.golden_images import assert_looks_as_it_did

Shows = Callable[[Any, str], Any]
CHART = FunnelChart(
    title="Signup → First Query → 7-day Active → Paying",
    finding="weakest at 7-day Active, 31% of ≥ 40%",
    bars=(
        FunnelBar("Signup", "4,120 signups, 24 Oct to 22 Nov", is_counted=True),
        FunnelBar("First Query", "within 7 days", 64.0, "64%", 60.0, "≥ 60%", met=True),
        FunnelBar("7-day Active", "812 users", 31.0, "31%", 40.0, "≥ 40%", met=False),
        FunnelBar("30-day Active", target=50.0, target_label="≥ 50%", note="not measured yet"),
        FunnelBar("Paying 日本語 🚀 customers with a name that goes on and on", "12 users", 50.0, "50%"),
    ),
    overall=FunnelBar("Overall", "", 10.4, "10.4%", 12.0, "≥ 12%", met=False),
    period="up to 22 Nov",
    source="mixpanel 9 h ago",
    notice="sample data",
)
SHORT = replace(CHART, title="Visitor → signup", bars=CHART.bars[:2], overall=None, notice="")


@pytest.mark.parametrize(
    ("name", "chart"), [("light", CHART), ("dark", replace(CHART, dark=True)), ("short", SHORT)]
)
def test_looks_as_it_did(name: str, chart: FunnelChart) -> None:
    assert_looks_as_it_did(chart.png(), f"funnel-{name}")


def test_says_every_step_with_its_rate_and_target() -> None:
    assert describe(CHART) == (
        "Funnel, Signup → First Query → 7-day Active → Paying: weakest at 7-day Active, 31% of ≥ 40%; "
        "Signup 4,120 signups, 24 Oct to 22 Nov; First Query within 7 days, 64%, target ≥ 60% met; "
        "7-day Active 812 users, 31%, target ≥ 40% not met; "
        "30-day Active, no rate: not measured yet, target ≥ 50%; "
        "Paying 日本語 🚀 customers with a name that goes on and on 12 users, 50%; "
        "Overall, 10.4%, target ≥ 12% not met"
    )


def test_counts_the_steps_for_which_there_is_no_room() -> None:
    many = replace(CHART, bars=CHART.bars[:1] + CHART.bars[1:2] * 20)
    assert (
        describe(many).count("First Query") == MOST_BARS
    )  # the first is another step, and the title says it too
    assert "; and 9 more steps; Overall" in describe(many)
    assert many.png().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("bar", "mark"),
    [
        (FunnelBar("a", rate=1.0, met=True), "✓"),
        (FunnelBar("a", rate=1.0, met=False), "–"),
        (FunnelBar("a", rate=1.0), "·"),
        (FunnelBar("a"), "○"),
    ],
)
def test_marks_tell_met_not_met_and_unknown_apart(bar: FunnelBar, mark: str) -> None:
    assert bar.mark == mark


def test_behind_an_unmeasured_step_only_rates_are_known() -> None:
    assert [(round(length, 4), is_known) for length, is_known in CHART.lengths] == [
        (1.0, True),
        (0.64, True),
        (0.1984, True),
        (0.1984, False),
        (0.0992, False),
    ]


@pytest.mark.parametrize(
    ("is_counted", "place", "is_known"), [(True, 3, True), (False, 3, False), (False, 1, True)]
)
def test_the_first_step_is_known_where_it_was_counted_or_a_rate_begins_at_it(
    is_counted: bool, place: int, is_known: bool
) -> None:
    bars = FunnelBar("Signup", is_counted=is_counted), CHART.bars[place]
    assert replace(CHART, bars=bars).lengths[0] == (1.0, is_known)


@pytest.mark.parametrize(("dark", "theme"), [(False, LIGHT), (True, DARK)])
def test_an_unmeasured_step_is_not_a_solid_bar(shows: Shows, dark: bool, theme: Any) -> None:
    def solid(chart: FunnelChart) -> int:
        picture = np.asarray(Image.open(BytesIO(chart.png())).convert("RGB"))
        return int(shows(picture, theme.line).sum())

    measured = replace(SHORT, dark=dark)
    dotted = replace(measured, bars=(CHART.bars[0], replace(CHART.bars[3], name="First Query")))
    assert solid(measured) - solid(dotted) > 20_000


@pytest.mark.parametrize("rate", [0.0, -5.0, 250.0, 1e300, float("nan"), float("inf"), None])
def test_any_rate_is_drawn(rate: float | None) -> None:
    bar = FunnelBar("", rate=rate, rate_label="w" * 300, target=rate, target_label="≥" * 90, note="n" * 400)
    chart = FunnelChart("T" * 400, "f " * 400, (bar, bar, bar), bar, notice="n" * 99)
    assert chart.png().startswith(b"\x89PNG")
    assert FunnelChart("", "", ()).png().startswith(b"\x89PNG")


def test_the_same_chart_gives_the_same_bytes() -> None:
    assert CHART.png() == CHART.png()
    assert len(CHART.png()) < 100_000
