"""Zones and marks on a trend: quiet lines with their shapes, and a sign for each kind of mark."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, get_args

import pytest

from bot.charts.canvas import Box, Canvas, Ink
from bot.charts.trend import Mark, MarkKind, Point, TargetLine, TrendChart, ZoneLimit, describe
from bot.charts.trend_picture import SIGNS
from bot.charts.typeface import drawable
from tests.bot.charts.conftest import LAST
from tests.bot.charts.golden_images import assert_looks_as_it_did

Days = Callable[[list[float | None]], tuple[Point, ...]]
Trend = Callable[..., TrendChart]

ZONES = (ZoneLimit(4500, above="● from 4,500"), ZoneLimit(3500, above="◆ from 3,500", below="▲ below"))
MARKS = (
    Mark(LAST - timedelta(days=82), "v2.0", "release"),
    Mark(LAST - timedelta(days=64), "api 2.1.4", "deployment"),
    Mark(LAST - timedelta(days=45), "API outage", "incident"),
    Mark(LAST - timedelta(days=43), "v2.1", "release"),
    Mark(LAST - timedelta(days=22), "Autumn mail", "campaign"),
    Mark(LAST - timedelta(days=5), "Day 60"),
)


@pytest.fixture
def zoned(trend: Trend, days: Days) -> Trend:
    """A line through all zones, with a mark of each kind."""

    def build(**changes: Any) -> TrendChart:
        parts: dict[str, Any] = {
            "title": "Community Members",
            "finding": "4,612 · ● on track, 92% of target",
            "points": days([3100 + 17.0 * day + 60 * (day % 9 == 0) for day in range(90)]),
            "target": TargetLine(5000, "≥ 5,000 by Q4"),
            "pace": None,
            "last_label": "4,612",
            "zones": ZONES,
            "marks": MARKS,
            "notice": "",
        }
        return trend(**(parts | changes))

    return build


@pytest.mark.parametrize("name", ["zones", "zones-dark"])
def test_looks_as_it_did(name: str, zoned: Trend) -> None:
    assert_looks_as_it_did(zoned(dark=name == "zones-dark").png(), f"trend-{name}")


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> dict[str, Box]:
    """What is written on the next picture, and where."""
    found: dict[str, Box] = {}
    write = Canvas.words

    def keep(canvas: Canvas, text: str, box: Box, ink: Ink) -> None:
        found[text] = box
        write(canvas, text, box, ink)

    monkeypatch.setattr(Canvas, "words", keep)
    return found


def test_each_zone_is_named_on_its_side_of_the_line(zoned: Trend, written: dict[str, Box]) -> None:
    zoned().png()
    green, yellow, red = (written[text] for text in ("● from 4,500", "◆ from 3,500", "▲ below"))
    assert green.bottom < yellow.top
    assert yellow.bottom < red.top


def test_a_limit_out_of_sight_is_not_written(zoned: Trend, days: Days, written: dict[str, Box]) -> None:
    zoned(points=days([3100 + 3.0 * (day % 5) for day in range(90)]), target=None).png()
    assert not {"● from 4,500", "◆ from 3,500", "▲ below"} & written.keys()


def test_without_zones_nothing_changes(trend: Trend) -> None:
    assert trend().png() == trend(zones=()).png()
    assert trend().png() == trend(zones=(ZoneLimit(1e9, "● from 1B"),)).png()


def test_each_kind_has_a_sign_that_can_be_drawn() -> None:
    assert SIGNS.keys() == set(get_args(MarkKind)) - {"horizon", "note"}
    assert len(set(SIGNS.values())) == len(SIGNS)
    assert all(drawable(sign) == sign for sign in SIGNS.values())


def test_a_mark_carries_the_sign_of_its_kind(zoned: Trend, written: dict[str, Box]) -> None:
    zoned().png()
    named = {"📦 v2.0", "🚀 api 2.1.4", "📦 v2.1", "📣 Autumn mail", "Day 60"}
    assert named <= written.keys()


def test_where_names_collide_the_sign_stays(zoned: Trend, written: dict[str, Box]) -> None:
    zoned().png()
    assert "⚠ API outage" not in written
    assert written["⚠"].top > written["📦 v2.1"].bottom
    middle = (written["⚠"].left + written["⚠"].right) / 2
    assert middle < written["📦 v2.1"].right


def test_the_zones_are_said(zoned: Trend) -> None:
    assert describe(zoned()).endswith("; target ≥ 5,000 by Q4; zones ● from 4,500, ◆ from 3,500")
    assert "zones" not in describe(zoned(zones=()))
