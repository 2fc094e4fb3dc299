"""Pictures of numbers: one module a shape, which describes it, and one that draws it."""

from __future__ import annotations

from types import ModuleType

from bot.charts import bullet, burnup, calendar, cohort, funnel, ladder, mix, scorecard, trend, waterfall


def shapes() -> tuple[ModuleType, ...]:
    """The modules whose dataclasses describe a picture: what a frozen reply may hold."""
    return (bullet, burnup, calendar, cohort, funnel, ladder, mix, scorecard, trend, waterfall)
