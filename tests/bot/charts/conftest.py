"""A chart to start from, and pictures as arrays of pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from bot.charts.trend import Mark, Point, TargetLine, TrendChart

BERLIN = ZoneInfo("Europe/Berlin")
LAST = datetime(2026, 11, 22, tzinfo=BERLIN)

Pixels = npt.NDArray[np.uint8]


def daily(values: list[float | None]) -> tuple[Point, ...]:
    """One value a day, the last one on 22 November."""
    first = LAST - timedelta(days=len(values) - 1)
    return tuple((first + timedelta(days=day), value) for day, value in enumerate(values))


@pytest.fixture
def days() -> Callable[[list[float | None]], tuple[Point, ...]]:
    return daily


@pytest.fixture
def trend() -> Callable[..., TrendChart]:
    """A chart with everything on it; keyword arguments replace what is there."""
    values: list[float | None] = [310 + 9.0 * day + 30 * (day % 7 == 3) for day in range(60)]
    values[20:26] = [None] * 6
    chart = TrendChart(
        title="GitHub stars",
        finding="841 stars, 47 % of pace; 5,000 by 29 Dec is out of reach as things are",
        points=daily(values),
        zone="Europe/Berlin",
        unit="stars",
        last_label="841",
        target=TargetLine(5000, "5,000 by 29 Dec"),
        pace=((LAST - timedelta(days=59), 310.0), (datetime(2026, 12, 29, tzinfo=BERLIN), 5000.0)),
        marks=tuple(Mark(LAST + timedelta(days=days), f"Day {days + 60}") for days in (-30, 0, 30)),
        source="GitHub, 06:02",
        age="3 h ago",
        notice="sample data",
    )

    def change(**changes: Any) -> TrendChart:
        return replace(chart, **changes)

    return change


@pytest.fixture
def bare() -> Callable[..., TrendChart]:
    """A chart with nothing but points; keyword arguments add to it."""

    def build(points: tuple[Point, ...], **others: Any) -> TrendChart:
        return TrendChart(title="Stars", finding="", points=points, zone="Europe/Berlin", **others)

    return build


@pytest.fixture
def pixels() -> Callable[[TrendChart], Pixels]:
    """The drawn picture as rows of red, green and blue."""

    def draw(chart: TrendChart) -> Pixels:
        return np.asarray(Image.open(BytesIO(chart.png())).convert("RGB"))

    return draw


@pytest.fixture
def shows() -> Callable[[Pixels, str], Pixels]:
    """Where a picture has a colour, or nearly."""

    def find(picture: Pixels, color: str) -> Any:
        wanted = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)])
        return (np.abs(picture.astype(int) - wanted) <= 6).all(axis=2)

    return find
