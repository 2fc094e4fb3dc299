from __future__ import annotations

from dataclasses import replace

import pytest

from bot.charts import bullet_picture
from bot.charts.bullet import MOST_ROWS, BulletBand, BulletChart, BulletRow
from bot.charts.style import DARK, LIGHT
from tests.bot.charts.golden_images import assert_looks_as_it_did, count_of, pixels_of

BANDS = (BulletBand("▲", 0, 70), BulletBand("◆", 70, 90), BulletBand("●", 90, None))
ROWS = (
    BulletRow("GitHub Stars", "▲", "1,234", "≥ 5,000", 24.7, "24.7%", is_met=False),
    BulletRow("Отток клиентов за квартал", "◆", "2.3%", "< 2%", 87.0, "87%", is_met=False),
    BulletRow("新しい登録者 🚀", "●", "930", "≥ 1,000", 93.0, "93%", is_met=False),
    BulletRow("Time to First Response on the Forum", "●", "1.2 h", "< 4 h", 333.0, "333%", is_met=True),
    BulletRow("Errors", "✓", "0 errors", "< 2 errors", is_met=True),
    BulletRow("Net Promoter Score", "○", "", "≥ 50", note="no number yet"),
)
CHART = BulletChart(
    title="Growth and reliability",
    finding="2 of 6 targets met; furthest off: GitHub Stars, 24.7% of target",
    rows=ROWS,
    bands=BANDS,
    target_title="target by Day 90",
    period="16 to 22 Nov",
    source="github 13 h ago, by hand 3 days ago",
    notice="sample data",
)


@pytest.mark.parametrize("name", ["light", "dark", "many", "plain"])
def test_looks_as_it_did(name: str) -> None:
    charts = {
        "light": CHART,
        "dark": replace(CHART, dark=True),
        "many": replace(CHART, rows=ROWS * 5),
        "plain": replace(CHART, rows=tuple(replace(one, due="by Day 90") for one in ROWS[:2]), bands=()),
    }
    assert_looks_as_it_did(charts[name].png(), f"bullet-{name}")


@pytest.mark.parametrize(
    ("count", "height"), [(1, 560), (5, 760), (12, 900), (13, 948), (24, 1476), (40, 1524)]
)
def test_more_rows_make_it_higher_up_to_an_end(count: int, height: int) -> None:
    drawn = pixels_of(replace(CHART, rows=(ROWS[0],) * count).png())
    assert drawn.shape == (height, 1600, 3)


@pytest.mark.parametrize(("dark", "theme"), [(False, LIGHT), (True, DARK)])
def test_a_bar_has_the_colour_of_its_mark(dark: bool, theme: object) -> None:
    chart = replace(CHART, rows=(replace(ROWS[0], percent=100.0),), bands=(), dark=dark)
    theme = DARK if dark else LIGHT
    orange = chart.png()
    blue = replace(chart, rows=(replace(chart.rows[0], mark="●"),)).png()
    assert count_of(orange, theme.target) > 5000 > count_of(orange, theme.line)
    assert count_of(blue, theme.line) > 5000 > count_of(blue, theme.target)


def test_a_bar_is_as_long_as_its_percent_and_is_cut_where_it_ends() -> None:
    def blue(percent: float | None) -> int:
        row = BulletRow("Stars", "●", "1", "≥ 1", percent)
        return count_of(replace(CHART, rows=(row,), bands=()).png(), LIGHT.line)

    mark = blue(0.0)
    quarter, half, most, over = (blue(one) - mark for one in (25.0, 50.0, 149.0, 400.0))
    assert half == pytest.approx(2 * quarter, rel=0.05)
    assert most < over + 1500
    assert over < 1.05 * most
    assert blue(None) == blue(400.0)


def test_without_a_number_there_is_no_bar() -> None:
    png = replace(CHART, rows=ROWS[-1:], bands=()).png()
    assert count_of(png, LIGHT.line) == 0
    assert count_of(png, LIGHT.grid) < 3000 < count_of(replace(CHART, bands=()).png(), LIGHT.grid)


def test_what_no_font_has_and_endless_names_do_not_stop_it() -> None:
    rows = (
        replace(
            ROWS[0], name="𓀀" * 9 + "x" * 5000, value="9" * 900, target="y" * 900, percent_label="1" * 90
        ),
        replace(ROWS[0], name="", value="", target="", percent_label=""),
    )
    assert replace(CHART, rows=rows, title="", finding="").png().startswith(b"\x89PNG")


def test_the_same_data_gives_the_same_bytes() -> None:
    first = CHART.png()
    replace(CHART, title="another", dark=True).png()
    assert CHART.png() == first
    assert len(first) < 130_000


def test_only_the_rest_is_counted() -> None:
    chart = replace(CHART, rows=(ROWS[0],) * (MOST_ROWS + 7))
    assert (len(chart.shown), chart.left_out) == (MOST_ROWS, 7)
    assert CHART.left_out == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1,148 views/week", "1,148"),
        ("≥ 1,000 views/week", "≥ 1,000"),
        ("3–5% (visitor → signup)", "3–5%"),
        ("≥ $1M influenced pipeline", "≥ $1M"),
        ("−17.9% of the costs", "−17.9%"),
        ("5:1", "5:1"),
        ("“Q3 2026”", "“Q3 2026”"),
        ("Market leader", "Market leader"),
    ],
)
def test_what_its_column_cannot_hold_is_told_by_its_figure(text: str, told: str) -> None:
    assert bullet_picture._figure(text) == told
