"""Trends of many shapes, for Slack's own charts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.charts.trend import TrendChart, describe
from bot.reply import Chart
from tests.bot.surfaces.samples import PNG

FIRST = datetime(2026, 8, 25, tzinfo=UTC)


class Trend(TrendChart):
    """A trend whose picture is drawn already."""

    __slots__ = ()

    def png(self) -> bytes:
        return PNG


def trend(values: Sequence[float | None], **settings: Any) -> Chart:
    """A chart of one value a day; `open_day` adds a day that is not over."""
    points = tuple((FIRST + timedelta(days=day), value) for day, value in enumerate(values))
    open_day = settings.pop("open_day", None)
    if open_day is not None:
        since = FIRST + timedelta(days=len(values))
        points = (*points, (since + timedelta(hours=9), open_day))
        settings["open_since"] = since
    drawing = Trend(**{"title": "GitHub Stars", "finding": "on pace", "points": points, **settings})
    return Chart(drawing.title, describe(drawing), drawing, "stars.png")


def rising(days: int) -> list[float]:
    return [943.0 + 3 * day for day in range(days)]
