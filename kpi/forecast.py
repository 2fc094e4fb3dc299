"""Forecast: what the coming steps of a series bring, with bands that hold what they promise.

Plain numpy, no library of models: some hundred settings of exponential smoothing are run over many series at
once, tried on the past of each series from a rolling origin, and blended by how well they did; how far the
blend missed then is how wide its bands are now.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from kpi.forecast_bands import LEVELS, Misses, spread
from kpi.forecast_blend import Trial, blend, origins
from kpi.forecast_series import LEAST, Course, History, Values, course
from kpi.forecast_smoothing import Array, settings, smooth
from kpi.forecast_words import method

__all__ = ["LEAST", "LEVELS", "Forecast", "History", "Values", "forecast", "forecast_many"]

_TOGETHER = 60  # series in one pass: what they need stays in the processor's cache
_ALIKE = 4  # lengths that differ by less than a fourth of their logarithm are padded to one


@dataclass(frozen=True, slots=True)
class Forecast:
    """The coming steps, the nearest first.

    `mean` is the middle of what is foreseen, blended over the settings; of what comes seldom it is mostly
    zero, so what is added up over steps is `expected`. `quantiles` has one row a step, at `LEVELS`; between
    `floor` and `ceiling` lies all that can be.
    """

    mean: tuple[float, ...]
    low80: tuple[float, ...]
    high80: tuple[float, ...]
    low95: tuple[float, ...]
    high95: tuple[float, ...]
    method: str
    quantiles: tuple[tuple[float, ...], ...] = field(repr=False)
    floor: float = field(default=-math.inf, repr=False)
    ceiling: float = field(default=math.inf, repr=False)

    @property
    def expected(self) -> tuple[float, ...]:
        """What each step brings on the average: more than its middle where surprises go up. Add these up."""
        low, high = np.array(LEVELS[:-1]), np.array(LEVELS[1:])
        rows = np.array(self.quantiles)
        inside = ((rows[:, :-1] + rows[:, 1:]) / 2) @ (high - low)
        found: list[float] = (inside + rows[:, 0] * LEVELS[0] + rows[:, -1] * (1 - LEVELS[-1])).tolist()
        return tuple(found)

    def chance_of(self, limit: float, ahead: int, *, better: Literal["higher", "lower"] = "higher") -> float:
        """The chance, 0 to 1, that step `ahead` (the first is 1) is at least `limit`; at most, if lower."""
        if not 1 <= ahead <= len(self.mean):
            raise ValueError(f"this forecast is {len(self.mean)} steps long; there is no step {ahead}")
        row = self.quantiles[ahead - 1]
        if better == "higher":
            if limit <= self.floor or limit > self.ceiling:
                return float(limit <= self.floor)
            return 1 - _below(row, bisect_left(row, limit), limit)
        if limit >= self.ceiling or limit < self.floor:
            return float(limit >= self.ceiling)
        return _below(row, bisect_right(row, limit), limit)


def _below(row: tuple[float, ...], place: int, limit: float) -> float:
    """The share below `limit`, which lies before the quantile number `place`; the tails fade away."""
    if place == 0:
        return LEVELS[0] * math.exp(-min(700.0, (row[0] - limit) / _slope(row[1] - row[0])))
    if place == len(row):
        rest = 1 - LEVELS[-1]
        return 1 - rest * math.exp(-min(700.0, (limit - row[-1]) / _slope(row[-1] - row[-2])))
    low, high = row[place - 1], row[place]
    part = (limit - low) / (high - low)
    return LEVELS[place - 1] + part * (LEVELS[place] - LEVELS[place - 1])


def _slope(width: float) -> float:
    """Over which distance a tail fades to a third, where the outermost two quantiles are `width` apart."""
    return max(width, 1e-300) / math.log(LEVELS[1] / LEVELS[0])


def forecast(  # noqa: PLR0913 - what is known of the series, each by name
    values: Values,
    horizon: int,
    *,
    season: int | None = None,
    floor: float | None = None,
    ceiling: float | None = None,
    is_growing: bool | None = None,
) -> Forecast | None:
    """The `horizon` steps after the last of `values`; see `History` for the rest.

    None with fewer than three known values, or where they are too large to reckon with.
    """
    return forecast_many([History(values, season, floor, ceiling, is_growing)], horizon)[0]


def forecast_many(histories: Sequence[History], horizon: int) -> list[Forecast | None]:
    """`forecast` of many series at once, much faster than one by one; the result keeps their order."""
    if horizon < 1:
        raise ValueError(f"a forecast is at least one step long, not {horizon}")
    found: list[Forecast | None] = [None] * len(histories)
    alike: dict[tuple[int, int], list[tuple[int, Course]]] = {}
    for place, history in enumerate(histories):
        ready = course(history)
        if ready is not None:
            size = int(math.log(len(ready.steps)) * _ALIKE)
            alike.setdefault((ready.season, size), []).append((place, ready))
    for (season, _), group in alike.items():
        for first in range(0, len(group), _TOGETHER):
            part = group[first : first + _TOGETHER]
            for (place, _), one in zip(
                part, _together([one for _, one in part], season, horizon), strict=True
            ):
                found[place] = one
    return found


def _together(courses: list[Course], season: int, horizon: int) -> list[Forecast | None]:
    """Series of one season and about one length, their ends aligned."""
    length = max(len(one.steps) for one in courses)
    values = np.full((len(courses), length), math.nan)
    for row, one in enumerate(courses):
        values[row, length - len(one.steps) :] = one.steps
    used = settings(is_seasonal=season > 1)
    places = origins(length, season, horizon)
    is_rare = np.array([one.is_rare for one in courses])
    trial = Trial(values, is_rare, places, horizon)
    blended = blend(trial, smooth(values, season, used, places), used)
    ages = length - 1 - np.array(places[:-1], np.float64)
    known = np.isfinite(values).sum(axis=1)
    spreads = spread(Misses(blended.misses, ages, blended.gain, known))
    return [
        _forecast(one, blended.ahead[row], spreads[row], method(one, used, blended.weights[row]))
        for row, one in enumerate(courses)
    ]


def _forecast(one: Course, ahead: Array, spread_of: Array, name: str) -> Forecast | None:
    if one.doubt:
        deviation = np.maximum((spread_of[:, -2] - spread_of[:, 1]) / 3.92, 1e-12)
        spread_of = spread_of * np.sqrt(1 + (one.doubt / deviation) ** 2)[:, None]
    rows = np.maximum.accumulate(one.values(ahead[:, None] + spread_of), axis=1)
    if not np.isfinite(rows).all():
        return None
    at = {level: tuple(rows[:, place].tolist()) for place, level in enumerate(LEVELS)}
    mean = rows[:, LEVELS.index(0.5)] if one.is_growing else np.clip(one.values(ahead), at[0.1], at[0.9])
    if one.is_rare:
        mean = np.where(mean < 0.5, np.maximum(0.0, one.floor), mean)  # the likeliest whole number
    return Forecast(
        tuple(mean.tolist()),
        at[0.1],
        at[0.9],
        at[0.025],
        at[0.975],
        name,
        tuple(tuple(row) for row in rows.tolist()),
        one.floor,
        one.ceiling,
    )
