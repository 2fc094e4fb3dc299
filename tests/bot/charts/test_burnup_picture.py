from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from bot.charts.burnup import BurnupChart, describe
from bot.charts.foreseen import ForeseenStep
from bot.charts.style import DARK, LIGHT
from bot.charts.trend import Point, TargetLine
from tests.bot.charts.golden_images import assert_looks_as_it_did, count_of, pixels_of

BERLIN = ZoneInfo("Europe/Berlin")
START, DEADLINE = datetime(2026, 9, 2, tzinfo=BERLIN), datetime(2026, 12, 1, tzinfo=BERLIN)
DAY = timedelta(days=1)
POINTS: tuple[Point, ...] = tuple(
    (START + day * DAY, None if 30 <= day < 36 else 310 + 38 * day + 40 * math.sin(day / 3))
    for day in range(54)
)


def steps(begun: Point, per_day: float, spread: float) -> tuple[ForeseenStep, ...]:
    """A straight way to the deadline, ever less certain."""
    at, value = begun
    assert value is not None
    count = (DEADLINE - at).days
    half = [spread * math.sqrt(ahead * (1 + ahead / 50)) for ahead in range(count + 1)]
    means = [value + per_day * ahead for ahead in range(count + 1)]
    return tuple(
        ForeseenStep(at + ahead * DAY, means[ahead], means[ahead] - half[ahead], means[ahead] + half[ahead])
        for ahead in range(count + 1)
    )


CHART = BurnupChart(
    title="GitHub Stars",
    finding="Lands at 3,740 (3,310 to 4,170) on 30 Nov; 5,000 needed",
    points=POINTS,
    start=START,
    deadline=DEADLINE,
    deadline_label="Day 90, 30 Nov",
    target=TargetLine(5000, "≥ 5,000 by Day 90"),
    zone="Europe/Berlin",
    unit="stars",
    last_label="2,287",
    landing_label="3,740",
    range_label="3,310 to 4,170",
    chance_label="1% chance of 5,000",
    pace=((START, 310), (DEADLINE, 5000)),
    pace_label="3,072",
    ahead=steps(POINTS[-1], 39, 46),
    source="github",
    age="3 h ago",
    notice="sample data",
)
NEAR = replace(
    CHART,
    finding="Lands at 346 members (342 to 349) on 30 Nov; 500 members needed",
    points=tuple((START + day * DAY, 270.0 + day + 3 * (day % 5 == 0)) for day in range(82)),
    target=TargetLine(500, "≥ 500 members by Day 90"),
    pace=((START, 270), (DEADLINE, 500)),
    last_label="351 members",
    landing_label="361 members",
    range_label="357 to 365",
    chance_label="",
    notice="",
)
NEAR = replace(NEAR, ahead=steps(NEAR.points[-1], 1.2, 1.5))
BARE = replace(
    CHART,
    finding="466 by 6 Sep; 5,000 needed by 30 Nov. No landing yet: 5 of 10 closed days measured.",
    points=POINTS[:5],
    last_label="466",
    ahead=(),
)


@pytest.mark.parametrize("name", ["light", "dark", "near", "bare"])
def test_looks_as_it_did(name: str) -> None:
    charts = {"light": CHART, "dark": replace(CHART, dark=True), "near": NEAR, "bare": BARE}
    assert_looks_as_it_did(charts[name].png(), f"burnup-{name}")


@pytest.mark.parametrize(("is_dark", "theme"), [(False, LIGHT), (True, DARK)])
def test_line_and_target_have_the_colours_of_their_theme(is_dark: bool, theme: Any) -> None:
    png = replace(CHART, dark=is_dark).png()
    assert pixels_of(png).shape == (900, 1600, 3)
    assert count_of(png, theme.line) > 2000
    assert count_of(png, theme.target) > 5000


def test_nothing_is_drawn_ahead_where_nothing_is_foreseen() -> None:
    ground = "#cfe1f5"
    assert count_of(replace(CHART, ahead=()).png(), ground) < 200
    assert count_of(CHART.png(), ground) > 10_000


def test_days_that_were_not_read_are_left_white() -> None:
    late = replace(CHART, points=POINTS[40:])
    assert count_of(late.png(), LIGHT.band) < 1000
    silent = tuple((at, None if number < 40 else value) for number, (at, value) in enumerate(POINTS))
    assert count_of(replace(CHART, points=silent).png(), LIGHT.band) > 100_000


def test_the_way_ends_at_the_deadline() -> None:
    blue = np.array([int(LIGHT.line[at : at + 2], 16) for at in (1, 3, 5)])
    columns = (np.abs(pixels_of(CHART.png()).astype(int) - blue) <= 6).all(axis=2)[240:740]
    assert columns[:, 1100:1260].any()
    assert not columns[380:, 1300:].any()


@pytest.mark.parametrize(
    "changes",
    [
        {"points": (), "ahead": ()},
        {"points": ((START, None),), "ahead": ()},
        {"points": ((START, math.nan), (START + DAY, math.inf)), "ahead": ()},
        {"points": ((START, 0.0),), "target": TargetLine(0.0, "0"), "pace": None, "ahead": ()},
        {"points": ((START, 1e300), (START + DAY, -1e300)), "ahead": ()},
        {"target": TargetLine(20.0, "20 to 30", high=30.0)},
        {"deadline": START},
        {"title": "T" * 500, "finding": "word " * 400, "last_label": "9" * 300, "landing_label": "9" * 300},
        {"range_label": "9" * 300, "deadline_label": "d" * 300, "zone": "Asia/Kathmandu"},
    ],
)
def test_any_numbers_and_words_are_drawn(changes: dict[str, Any]) -> None:
    assert replace(CHART, **changes).png().startswith(b"\x89PNG")


def test_says_where_it_stands_and_where_it_lands() -> None:
    assert describe(CHART) == (
        "Burn-up chart, GitHub Stars, 1 Sep to 30 Nov; 2,287 by 24 Oct; the pace asked for 3,072 by then; "
        "target ≥ 5,000 by Day 90; it lands at 3,740, 80% sure within 3,310 to 4,170; 1% chance of 5,000"
    )


@pytest.mark.parametrize(
    ("changes", "said", "unsaid"),
    [
        ({"ahead": ()}, "target ≥ 5,000 by Day 90", "lands"),
        ({"points": (), "ahead": (), "pace_label": ""}, "no data yet", "pace"),
        ({"deadline": datetime(2027, 3, 1, tzinfo=BERLIN)}, "1 Sep 2026 to 28 Feb 2027", "then by"),
        ({"last_label": ""}, "2,287 by 24 Oct", "stars"),
    ],
)
def test_says_nothing_that_is_not_there(changes: dict[str, Any], said: str, unsaid: str) -> None:
    told = describe(replace(CHART, **changes))
    assert said in told
    assert unsaid not in told
