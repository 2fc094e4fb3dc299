from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.charts.trend import Point, TargetLine, TrendChart, describe

Days = Callable[[list[float | None]], tuple[Point, ...]]


def test_says_what_rose_from_where_to_where_and_the_target(days: Days) -> None:
    points = days([310 + day * 102 / 89 for day in range(90)])
    chart = TrendChart(
        "GitHub stars",
        "",
        points,
        "Europe/Berlin",
        last_label="412",
        target=TargetLine(5000, "5,000 by 29 Nov"),
    )
    assert describe(chart) == (
        "Line chart, GitHub stars, 90 days to 22 Nov: rises from 310 to 412; target 5,000 by 29 Nov"
    )


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], "Line chart, Stars: no data yet"),
        ([None, None], "Line chart, Stars: no data yet"),
        ([7.0], "Line chart, Stars, 1 day to 22 Nov: one value, 7"),
        ([7.0, 7.0], "Line chart, Stars, 2 days to 22 Nov: stays at 7"),
        ([9.0, 7.0], "Line chart, Stars, 2 days to 22 Nov: falls from 9 to 7"),
        ([5.0, 9.0, 7.0], "Line chart, Stars, 3 days to 22 Nov: rises from 5 to 7, between 5 and 9"),
        ([7.0, 9.0, 7.0], "Line chart, Stars, 3 days to 22 Nov: begins and ends at 7, between 7 and 9"),
        ([-5.0, -7.5], "Line chart, Stars, 2 days to 22 Nov: falls from −5 to −7.5"),
        ([5.0, None, 7.0], "Line chart, Stars, 3 days to 22 Nov: rises from 5 to 7; one gap without data"),
        ([None, 5.0, None, float("nan"), 7.0], "; 2 gaps without data"),
    ],
)
def test_says_what_the_values_did(
    bare: Callable[..., TrendChart], days: Days, values: list[float | None], words: str
) -> None:
    assert describe(bare(days(values))).endswith(words)


def test_names_years_where_days_would_not_tell(bare: Callable[..., TrendChart], days: Days) -> None:
    assert "10 years to 22 Nov 2026: rises from 0 to 3,652" in describe(
        bare(days([float(d) for d in range(3653)]))
    )


def test_an_open_period_is_not_compared(bare: Callable[..., TrendChart], days: Days) -> None:
    points = days([300.0, 320.0, 51.0])
    words = describe(bare(points, open_since=points[-1][0]))
    assert words == (
        "Line chart, Stars, 2 days to 21 Nov: rises from 300 to 320; 51 so far, period still open"
    )


def test_only_an_open_period_is_no_closed_one(bare: Callable[..., TrendChart], days: Days) -> None:
    points = days([51.0])
    assert describe(bare(points, open_since=points[0][0])) == (
        "Line chart, Stars: no closed period yet; 51 so far, period still open"
    )


def test_days_are_those_of_the_zone(bare: Callable[..., TrendChart], days: Days) -> None:
    evening = tuple((at - timedelta(hours=2), value) for at, value in days([1.0, 2.0]))
    assert "to 21 Nov" in describe(bare(evening))
    assert "to 22 Nov" in describe(replace(bare(evening), zone="Asia/Tokyo"))


def test_labels_of_the_caller_are_used_as_they_are(bare: Callable[..., TrendChart], days: Days) -> None:
    chart = bare(days([30.9, 30.94]), unit="x", first_label="30.90x", last_label="30.94x")
    assert describe(chart).endswith("rises from 30.90x to 30.94x")


def test_a_title_of_several_lines_becomes_one(days: Days) -> None:
    assert describe(TrendChart("a\n b\t", "", days([1.0]))).startswith("Line chart, a b, 1 day")


@pytest.mark.parametrize(
    ("values", "made", "words"),
    [
        ([1.0, 1.0, 3.0, 3.0], (0, 2), "rises from 1 to 3; 2 entries, the last on 21 Nov"),
        ([None, 1.0, 1.0, 1.0], (1,), "stays at 1; one entry, on 20 Nov"),
        ([1.0, 1.0], (-9,), "stays at 1; no entry in these days, the last on 12 Nov"),
        ([1.0, None, 3.0], (0, 2), "; 2 entries, the last on 22 Nov; one gap without data"),
        ([1.0, 1.0, None], (0,), "; one entry, on 20 Nov; no value from 22 Nov: the next entry is overdue"),
    ],
)
def test_counts_what_was_entered(
    bare: Callable[..., TrendChart],
    days: Days,
    values: list[float | None],
    made: tuple[int, ...],
    words: str,
) -> None:
    points = days(values)
    entries = tuple((points[0][0] + timedelta(days=day), values[max(0, day)] or 0.0) for day in made)
    assert describe(bare(points, entries=entries)).endswith(words)


@pytest.mark.parametrize("order", [1, -1])
def test_an_overdue_entry_is_told_whatever_the_order(
    bare: Callable[..., TrendChart], days: Days, order: int
) -> None:
    points = days([1.0, 2.0, None])
    chart = bare(points[::order], entries=points[:2])
    assert describe(chart).endswith("no value from 22 Nov: the next entry is overdue")


@pytest.mark.parametrize(
    ("began", "values", "words"),
    [
        (8.0, [9.0, 12.0], "2 days to 22 Nov: rises from 8 to 12"),
        (8.0, [9.0], "1 day to 22 Nov: rises from 8 to 9"),
        (12.0, [9.0, 10.0], "falls from 12 to 10, between 9 and 12"),
        (9.0, [9.0, 9.0], "stays at 9"),
    ],
)
def test_counts_from_where_a_window_began(
    bare: Callable[..., TrendChart], days: Days, began: float, values: list[float | None], words: str
) -> None:
    assert describe(bare(days(values), began=began)).endswith(words)
