"""Cohorts as a picture and in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bot.charts.cohort import (
    MOST_COHORTS,
    CohortCell,
    CohortChart,
    CohortColumn,
    CohortRow,
    describe,
)
from bot.charts.style import LIGHT
from tests.bot.charts.golden_images import assert_looks_as_it_did

Shows = Callable[[Any, str], Any]
UNRIPE = CohortCell(None, is_ripe=False)


def cells(*values: float | None) -> tuple[CohortCell, ...]:
    """Cells of these rates; None has no data, and what is missing at the end of three is not ripe."""
    known = tuple(CohortCell(None) if one is None else CohortCell(one, f"{one:g}%") for one in values)
    return (*known, *(UNRIPE,) * (3 - len(known)))


CHART = CohortChart(
    title="Activation by week of start",
    finding="First Query 64% of those who began 9 to 15 Nov, +1 point against 2 to 8 Nov",
    columns=(
        CohortColumn("Signup → First Query", "after 7 days", "≥ 60%"),
        CohortColumn("First Query → 7-day Active 日本語 of a very long name", "after 8 days", "≥ 40%"),
        CohortColumn("7-day Active → 30-day Active", "after 31 days"),
    ),
    rows=(
        CohortRow("28 Sep to 4 Oct", cells(58, 35.5, 12)),
        CohortRow("5 to 11 Oct", cells(60, 38, 13.2)),
        CohortRow("12 to 18 Oct", cells(55, None, 0)),
        CohortRow("19 to 25 Oct", cells(61, 39)),
        CohortRow("2 to 8 Nov", cells(63, 42)),
        CohortRow("9 to 15 Nov", cells(64)),
        CohortRow("16 to 22 Nov", cells()),
    ),
    period="began 28 Sep to 22 Nov",
    source="mixpanel 9 h ago",
    notice="sample data",
)
FULL = CohortChart(
    "Retention",
    "",
    CHART.columns[2:],
    tuple(CohortRow(f"Month {at}", (CohortCell(at, f"{at}%"),)) for at in range(MOST_COHORTS + 4)),
)


@pytest.mark.parametrize(
    ("name", "chart"), [("light", CHART), ("dark", replace(CHART, dark=True)), ("full", FULL)]
)
def test_looks_as_it_did(name: str, chart: CohortChart) -> None:
    assert_looks_as_it_did(chart.png(), f"cohort-{name}")


def test_says_of_each_column_its_ends_and_what_is_missing() -> None:
    assert describe(CHART) == (
        "Cohorts by start, Activation by week of start: "
        "First Query 64% of those who began 9 to 15 Nov, +1 point against 2 to 8 Nov; "
        "Signup → First Query after 7 days, 58% of those who began 28 Sep to 4 Oct, "
        "64% of those who began 9 to 15 Nov, target ≥ 60%, 1 not ripe yet; "
        "First Query → 7-day Active 日本語 of a very long name after 8 days, "
        "35.5% of those who began 28 Sep to 4 Oct, 42% of those who began 2 to 8 Nov, "
        "target ≥ 40%, 1 without data, 2 not ripe yet; "
        "7-day Active → 30-day Active after 31 days, 12% of those who began 28 Sep to 4 Oct, "
        "0% of those who began 12 to 18 Oct, 4 not ripe yet"
    )


def test_older_cohorts_are_counted_and_one_alone_is_told_once() -> None:
    assert describe(FULL).endswith(
        "4% of those who began Month 4, 19% of those who began Month 19; and 4 older cohorts"
    )
    assert describe(replace(FULL, rows=FULL.rows[3:4])).endswith(
        "after 31 days, 3% of those who began Month 3"
    )
    assert describe(replace(FULL, rows=())).endswith("after 31 days, no rate yet")


def test_what_is_not_ripe_is_neither_shaded_nor_a_number(shows: Shows) -> None:
    def ink(rows: tuple[CohortRow, ...]) -> int:
        chart = replace(FULL, rows=rows)
        picture = np.asarray(Image.open(BytesIO(chart.png())).convert("RGB"))
        return int(shows(picture, LIGHT.grid).sum())

    known = CohortRow("a", (CohortCell(5, "5%"),))
    assert ink((known, CohortRow("b", (UNRIPE,)))) - ink((known, CohortRow("b", (CohortCell(None),)))) > 2_000


@pytest.mark.parametrize("value", [0.0, -3.0, 1e300, float("nan"), float("inf")])
def test_any_rates_are_drawn(value: float) -> None:
    row = CohortRow("r" * 200, (CohortCell(value, "w" * 99), UNRIPE, CohortCell(None)))
    column = CohortColumn("🚀 " * 99, "after " * 40, "≥" * 99)
    chart = CohortChart("t" * 400, "f " * 400, (column,) * 3, (row,) * 30, notice="n" * 99)
    assert chart.png().startswith(b"\x89PNG")
    assert CohortChart("", "", (), ()).png().startswith(b"\x89PNG")


def test_the_same_chart_gives_the_same_bytes() -> None:
    assert CHART.png() == CHART.png()
    assert len(CHART.png()) < 100_000
