"""Which charts PowerPoint can draw by itself, so that their numbers can be edited.

One way a shape, in `_WAYS`. A shape without one, or one whose numbers make no chart, is shown as its picture.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.charts.bullet import BulletChart
from bot.charts.burnup import BurnupChart
from bot.charts.funnel import FunnelChart
from bot.charts.mix import MixChart
from bot.charts.trend import TrendChart
from bot.charts.waterfall import WaterfallChart
from bot.documents import native_bars, native_lines
from bot.documents.figures import NativeChart
from bot.reply import Drawing

_WAYS: dict[type, Callable[[Any], NativeChart | None]] = {
    TrendChart: native_lines.trend,
    BurnupChart: native_lines.burnup,
    BulletChart: native_bars.bars,
    MixChart: native_bars.shares,
    FunnelChart: native_bars.funnel,
    WaterfallChart: native_bars.waterfall,
}


def native(drawing: Drawing) -> NativeChart | None:
    """What is drawn by PowerPoint instead of the picture; None where the picture is shown."""
    way = _WAYS.get(type(drawing))
    return way(drawing) if way is not None else None
