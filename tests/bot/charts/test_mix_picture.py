from __future__ import annotations

from dataclasses import replace

import pytest

from bot.charts.mix import MOST_ROWS, MixChart, MixRow
from bot.charts.style import LIGHT
from tests.bot.charts.golden_images import assert_looks_as_it_did, count_of, pixels_of

ROWS = (
    MixRow("Organic Search", 40, 47, "40%", "47%", "+7 points"),
    MixRow("Социальные сети 🚀", 30, 21.37, "30%", "21.4%", "−8.63 points"),
    MixRow("Direct", 20, 20, "20%", "20%", "as planned"),
    MixRow("Referral", 10, None, "10%", "no number yet"),
)
CHART = MixChart(
    title="Channels of the website traffic",
    finding="3 of 4 measured; furthest from its plan: Социальные сети, −8.63 points",
    rows=ROWS,
    note="Together 88.4%, 1 not measured.",
    period="16 to 22 Nov",
    source="plausible 2 h ago",
    notice="sample data",
)


@pytest.mark.parametrize("name", ["light", "dark", "many"])
def test_looks_as_it_did(name: str) -> None:
    charts = {"light": CHART, "dark": replace(CHART, dark=True), "many": replace(CHART, rows=ROWS * 5)}
    assert_looks_as_it_did(charts[name].png(), f"mix-{name}")


def test_a_bar_is_as_long_as_its_share_and_none_is_drawn_without_one() -> None:
    def blue(actual: float | None) -> int:
        rows = (MixRow("x", 100, actual), MixRow("y", 100, 100))
        return count_of(replace(CHART, rows=rows, notice="").png(), LIGHT.line)

    nothing, half, whole = blue(None), blue(50), blue(100)
    assert whole == pytest.approx(2 * nothing, rel=0.12)
    assert half == pytest.approx((nothing + whole) / 2, rel=0.05)


@pytest.mark.parametrize(("count", "height"), [(1, 900), (6, 900), (7, 1000), (16, 1900), (20, 1900)])
def test_more_shares_make_it_higher_up_to_an_end(count: int, height: int) -> None:
    chart = replace(CHART, rows=(ROWS[0],) * count)
    assert pixels_of(chart.png()).shape == (height, 1600, 3)
    assert chart.left_out == max(0, count - MOST_ROWS)


@pytest.mark.parametrize("share", [0.0, -5.0, 1e-300, 1e300, None])
def test_any_share_can_be_drawn(share: float | None) -> None:
    rows = (MixRow("x" * 900, share, share, "9" * 300, "9" * 300, "9" * 300),)
    assert replace(CHART, rows=rows).png().startswith(b"\x89PNG")
