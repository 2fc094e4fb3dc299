import math
import os
import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bot.charts.canvas import Box, Canvas, Ink
from bot.charts.style import DARK, LIGHT, PAD, WIDTH
from bot.charts.trend import Mark, Point, TargetLine, TrendChart
from bot.charts.trend_picture import read_points

GOLDEN = Path(__file__).parent / "golden"
Days = Callable[[list[float | None]], tuple[Point, ...]]
Trend = Callable[..., TrendChart]
Draw = Callable[[TrendChart], Any]
Shows = Callable[[Any, str], Any]


def open_chart(trend: Trend, days: Days) -> TrendChart:
    points = days([*(300 + 40 * math.sin(day) for day in range(29)), 51.0])
    target = TargetLine(320, "320 to 360 a day", high=360)
    finding = "Yesterday 311; today is not over"
    return trend(
        points=points,
        open_since=points[-1][0],
        target=target,
        pace=None,
        finding=finding,
        marks=(),
        last_label="311",
    )


def entered_chart(trend: Trend, days: Days) -> TrendChart:
    """Weekly entries that hold, one of them overdue, and a pace that rests on weekends."""
    values: list[float | None] = [300 + 15.0 * (day // 7) for day in range(42)]
    points = days([None] * 4 + values + [None] * 14)
    entries = tuple((at, value) for at, value in points[4:46:7] if value is not None)
    corners = enumerate(at for at, _ in points if at.weekday() in (4, 6))
    pace = tuple((at, 300.0 + 10 * ((number + 1) // 2)) for number, at in corners)
    notes = (Mark(points[20][0], "Show HN, front page all day…"), Mark(points[25][0], "Release 2"))
    finding = "375 stars, 84 % of pace"
    return trend(
        points=points,
        entries=entries,
        pace=pace,
        target=TargetLine(400, "400"),
        marks=notes,
        finding=finding,
        last_label="375",
    )


@pytest.mark.parametrize("name", ["light", "dark", "open", "entered"])
def test_looks_as_it_did(name: str, trend: Trend, days: Days) -> None:
    """A new look is taken over with KPI_REFRESH_GOLDEN=1; open the files and look at them then."""
    made = {"open": open_chart, "entered": entered_chart}
    chart = made[name](trend, days) if name in made else trend(dark=name == "dark")
    drawn = Image.open(BytesIO(chart.png())).convert("RGB").resize((800, 450), Image.Resampling.LANCZOS)
    file = GOLDEN / f"trend-{name}.png"
    if os.environ.get("KPI_REFRESH_GOLDEN"):
        drawn.quantize(128, dither=Image.Dither.NONE).save(file, optimize=True)
    difference = np.abs(np.asarray(drawn, int) - np.asarray(Image.open(file).convert("RGB"), int)).max(axis=2)
    assert difference.mean() < 1.5
    assert (difference > 60).mean() < 0.005


def test_is_large_opaque_and_holds_nothing_but_the_picture(trend: Trend) -> None:
    png = trend().png()
    assert len(png) < 100_000
    chunks, at = [], 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        chunks.append(png[at + 4 : at + 8])
        at += 12 + length
    assert list(dict.fromkeys(chunks)) == [b"IHDR", b"PLTE", b"IDAT", b"IEND"]
    assert Image.open(BytesIO(png)).size == (1600, 900)


def test_the_same_data_gives_the_same_bytes(trend: Trend) -> None:
    first = trend().png()
    trend(title="another one in between", dark=True).png()
    assert trend().png() == first


@pytest.mark.parametrize(("dark", "theme"), [(False, LIGHT), (True, DARK)])
def test_paper_line_and_target_have_the_colours_of_their_theme(
    trend: Trend, pixels: Draw, shows: Shows, dark: bool, theme: Any
) -> None:
    picture = pixels(trend(dark=dark))
    assert shows(picture, theme.paper)[[0, 0, -1, -1], [0, -1, 0, -1]].all()
    assert shows(picture, theme.line).sum() > 2000
    assert shows(picture, theme.target).sum() > 5000


def test_a_gap_breaks_the_line(trend: Trend, bare: Trend, days: Days, pixels: Draw, shows: Shows) -> None:
    values: list[float | None] = [50.0] * 30
    whole = shows(pixels(bare(days(values))), LIGHT.line).any(axis=0)
    values[10:20] = [None] * 10
    picture = pixels(bare(days(values)))
    broken = shows(picture, LIGHT.line).any(axis=0)
    assert np.count_nonzero(whole) - np.count_nonzero(broken) > 400
    assert shows(picture, LIGHT.band).sum() > 100_000


def test_a_lone_value_between_gaps_is_a_dot(bare: Trend, days: Days, pixels: Draw, shows: Shows) -> None:
    values: list[float | None] = [None if day % 2 else 5.0 for day in range(40)]
    columns = shows(pixels(bare(days(values))), LIGHT.line).any(axis=0)
    assert np.count_nonzero(np.diff(columns.astype(int)) == 1) >= 20


def test_an_entry_holds_in_a_step(bare: Trend, days: Days, pixels: Draw, shows: Shows) -> None:
    points = days([*[10.0] * 20, *[20.0] * 20])
    chart = bare(points, entries=(points[0], points[20]))
    stepped, sloped = (shows(pixels(one), LIGHT.line)[:700] for one in (chart, bare(points)))
    upright = np.count_nonzero(stepped, axis=0).max()
    assert upright > 300  # the whole way in one column
    assert np.count_nonzero(sloped, axis=0).max() < 100


def test_only_entries_are_dots(bare: Trend, days: Days) -> None:
    points = days([10.0] * 9)
    one, two = (bare(points, entries=made) for made in (points[:1], (points[0], points[5])))
    assert one.png() != two.png()
    before = ((points[0][0] - timedelta(days=9), 10.0),)
    assert bare(points, entries=before).png().startswith(b"\x89PNG")


def test_what_is_measured_after_an_entry_is_no_step(bare: Trend, days: Days) -> None:
    points = days([10.0, 10.0, 30.0, 31.0, 32.0])
    data = read_points(bare(points, entries=points[:1]))
    assert data.is_held.tolist() == [True, True, False, False, False]
    assert data.is_entry.tolist() == [True, False, False, False, False]


def test_a_bent_pace_is_drawn_bent(bare: Trend, days: Days, pixels: Draw, shows: Shows) -> None:
    points = days([50.0, *[None] * 39, 100.0])
    start, middle, end = (points[at][0] for at in (0, 20, 40))

    def rows(height: float) -> Any:
        """Where the line is in the middle of the time."""
        chart = bare(points, pace=((start, 50.0), (middle, height), (end, 100.0)))
        return np.flatnonzero(shows(pixels(chart), LIGHT.pace)[200:700, 700:900].any(axis=1))

    assert rows(50.0).mean() - rows(75.0).mean() > 60


def test_names_of_lines_never_overlap(trend: Trend, days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    points = days([300.0 + day for day in range(60)])
    marks = tuple(Mark(points[day][0], f"{'W' * 20} {day}") for day in (30, 40, 42, 44, 58))
    named: list[Box] = []
    write = Canvas.words

    def keep(canvas: Canvas, text: str, box: Box, ink: Ink) -> None:
        if text.startswith("WWW"):
            named.append(box)
        write(canvas, text, box, ink)

    monkeypatch.setattr(Canvas, "words", keep)
    trend(points=points, marks=marks, pace=None).png()
    assert len(named) == 2
    assert not named[0].overlaps(named[1])
    assert all(PAD <= box.left < box.right <= WIDTH - PAD for box in named)


def test_an_open_period_is_hollow(bare: Trend, days: Days, pixels: Draw, shows: Shows) -> None:
    points = days([300.0, 310.0, 305.0, 51.0])
    closed, still_open = bare(points), bare(points, open_since=points[-1][0], open_label="51")
    filled, hollow = (shows(pixels(chart), LIGHT.line).sum() for chart in (closed, still_open))
    assert filled != hollow
    assert still_open.png() != closed.png()


def test_a_target_out_of_sight_is_said_in_words(bare: Trend, days: Days, pixels: Draw, shows: Shows) -> None:
    points = days([310 + day for day in range(90)])
    far = pixels(bare(points, target=TargetLine(5000, "5,000")))
    near = pixels(bare(points, target=TargetLine(400, "400")))
    assert 1000 < shows(far, LIGHT.target).sum() < shows(near, LIGHT.target).sum()
    assert not shows(far, LIGHT.target).all(axis=0).any()
    longest = max(np.count_nonzero(row) for row in shows(far, LIGHT.target))
    assert longest < 600  # words, but no line across


def ten_years(days: Days) -> tuple[Point, ...]:
    return days([1000 + day + 100 * math.sin(day / 9) + 9000 * (day == 1500) for day in range(3650)])


def test_ten_years_keep_their_one_spike(bare: Trend, days: Days, pixels: Draw, shows: Shows) -> None:
    rows = np.flatnonzero(shows(pixels(bare(ten_years(days))), LIGHT.line).any(axis=1))
    assert rows.min() < 250


VALUES: list[list[float | None]] = [
    [],
    [None],
    [5.0],
    [None, None, None],
    [0.0] * 14,
    [7.0] * 14,
    [-3.0] * 14,
    [1e300, -1e300, 1e308, -1e308],
    [1e-320, 2e-320],
    [1e-9, 2e-9, 3e-9],
    [1e15, 1e15 + 1],
    [math.nan, math.inf, -math.inf, 3.0],
    [None, 4.0, None, 6.0, None],
    [99.94, 99.95, 99.93],
]


@pytest.mark.parametrize("values", VALUES, ids=[str(values)[:30] for values in VALUES])
@pytest.mark.parametrize("target", [None, 5000.0, -1e308])
def test_any_data_with_any_target_is_drawn(
    bare: Trend, days: Days, values: list[float | None], target: float | None
) -> None:
    points = days(values)
    lines = {"target": TargetLine(target, "a target", high=target + 1)} if target is not None else {}
    assert bare(points, **lines).png().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "T" * 500, "finding": "word " * 500, "source": "s" * 500, "notice": "n" * 200},
        {"title": "🚀 日本語 שלום $a_1$ \\frac{1}{2} \x00\x1b[31m", "finding": "\u202eᚠ𓀀\ud800"},
        {"last_label": "very long label " * 20},
        {"points": ()},
        {"points": (), "pace": None, "marks": ()},
        {"target": None, "pace": None, "marks": (), "source": "", "age": "", "notice": ""},
        {"zone": "Asia/Kathmandu", "unit": "%"},
    ],
)
def test_any_words_are_drawn(trend: Trend, changes: dict[str, Any]) -> None:
    assert trend(**changes).png().startswith(b"\x89PNG")


def test_odd_times_are_drawn(trend: Trend, days: Days) -> None:
    at = trend().points[-1][0]
    marks = tuple(Mark(at - timedelta(days=day), f"Release {day}") for day in range(50))
    same_moment = ((at, 1.0), (at, 2.0), (at, None))
    for chart in (
        trend(marks=marks),
        trend(points=same_moment),
        trend(points=tuple(reversed(trend().points))),
        trend(pace=((at, 5.0), (at, 9.0))),
        trend(pace=((at + timedelta(days=4000), 5.0), (at + timedelta(days=9000), 9.0))),
        trend(points=tuple((at + timedelta(minutes=10 * step), step % 7) for step in range(150))),
        trend(open_since=at - timedelta(days=900)),
    ):
        assert chart.png().startswith(b"\x89PNG")


def test_order_of_points_does_not_matter(trend: Trend) -> None:
    chart = trend()
    assert replace(chart, points=tuple(reversed(chart.points))).png() == chart.png()


def test_the_zone_moves_the_dates(trend: Trend) -> None:
    assert trend(zone="UTC", source="").png() != trend(zone="Asia/Tokyo", source="").png()
