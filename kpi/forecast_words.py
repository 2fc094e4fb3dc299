"""What a forecast is made of, in words."""

from __future__ import annotations

from kpi.forecast_series import Course
from kpi.forecast_smoothing import Array, Settings

_MENTIONED = 0.2  # of all weights
_SEASONS = {4: "quarters", 5: "weekdays", 7: "weekdays", 12: "months", 24: "hours of the day"}
_LONG = {168: "hours of the week", 260: "the year", 365: "the year", 52: "the year"}


def method(one: Course, used: Settings, weights: Array) -> str:
    """The settings that carry the blend, such as “blend: smoothing, drift; weekdays; the year”."""
    parts = {
        "last value": (used.share == 0) & (used.level == 1),
        "smoothing": (used.share == 0) & (used.level > 0.02) & (used.level < 1),
        "average": (used.share == 0) & (used.level <= 0.02),
        "damped trend": (used.share > 0) & (used.damping < 1),
        "drift": (used.share > 0) & (used.damping == 1),
    }
    shares = {name: float(weights[which].sum()) for name, which in parts.items()}
    told = sorted(
        (name for name, share in shares.items() if share >= _MENTIONED), key=lambda name: -shares[name]
    )
    told = told or [max(shares, key=shares.__getitem__)]
    text = f"blend of {', '.join(told[:-1])} and {told[-1]}" if len(told) > 1 else told[0]
    seasonal = float(weights[used.is_seasonal > 0].sum())
    if seasonal > 0.5:
        text += f", by {_SEASONS.get(one.season, f'seasons of {one.season} steps')}"
    if one.long_season is not None:
        length = len(one.long_season.values)
        text += f", with {_LONG.get(length, f'cycles of {length} steps')}"
    return text
