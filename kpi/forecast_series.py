"""A series as the forecaster looks at it: on its own scale, about its last value, without its long season."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kpi.forecast_smoothing import Array
from kpi.forecast_yearly import LONGEST_SHORT, Profile, length_of, profile

Values = Sequence[float | None]
LEAST = 3
"""Fewer known values say nothing of what comes."""

_LONGEST = 800  # steps: what lies longer ago shows in the long season alone
_SEASONS = (7, 24, 12, 5, 4)
_CYCLES_TO_SEE = 4
_SEEN = 0.15  # of the variance about the moving average
_DIPS = 0.002  # of what a running total gained: stars taken back
_GROWING_STEPS = 0.97
_LEAST_GAINS = 3
_RARE = 0.3  # of the values are zero


@dataclass(frozen=True, slots=True)
class History:
    """A series to forecast: one value a step, the oldest first; None or NaN where it is not known.

    `season` is how many steps make one (None: found in the values, 1: none). `floor` and `ceiling` bound what
    can be (a series that was never negative has the floor 0). `is_growing` tells a running total, which never
    falls (None: found in the values).
    """

    values: Values
    season: int | None = None
    floor: float | None = None
    ceiling: float | None = None
    is_growing: bool | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """A history made ready: `steps` are its last values about zero, a usual step of it about one."""

    steps: Array
    season: int
    center: float
    unit: float
    is_root: bool
    floor: float
    ceiling: float
    is_growing: bool
    is_rare: bool  # whole numbers, and often none
    long_season: Profile | None

    def values(self, steps: Array) -> Array:
        """What `steps` (steps ahead first) mean in the series' own unit, within its bounds."""
        found = steps * self.unit + self.center
        if self.long_season is not None:
            part = self.long_season.ahead(len(steps))
            found = found + part.reshape(-1, *[1] * (steps.ndim - 1))
        if self.is_root:
            found = np.square(np.maximum(found, 0.0))
        found = np.clip(found, self.floor, self.ceiling)
        return np.asarray(np.maximum.accumulate(found, axis=0) if self.is_growing else found, np.float64)

    @property
    def doubt(self) -> float:
        """How uncertain the long season is, in units."""
        return 0.0 if self.long_season is None else self.long_season.deviation / self.unit


def course(history: History) -> Course | None:
    """`history` made ready; None with fewer than three known values, or with ones too large to reckon."""
    values = np.array([math.nan if value is None else value for value in history.values], np.float64)
    values = np.where(np.isfinite(values), values, math.nan)
    known = values[np.isfinite(values)]
    if len(known) < LEAST or np.abs(known).max() > 1e150:
        return None
    values = values[int(np.isfinite(values).argmax()) :]
    is_growing = _is_growing(known) if history.is_growing is None else history.is_growing
    is_root = not is_growing and float(known.min()) >= 0
    scaled = np.sqrt(values) if is_root else values
    season = find_season(scaled) if history.season is None else max(1, history.season)
    found = None if is_growing else profile(scaled, length_of(season))
    scaled = scaled[-_LONGEST:]
    if found is not None:
        scaled = scaled - found.behind(len(scaled))
    is_short = season <= LONGEST_SHORT and len(scaled) >= 2 * season + 2
    center = float(scaled[np.isfinite(scaled)][-1])
    unit = _unit(scaled)
    return Course(
        (scaled - center) / unit,
        season if is_short else 1,
        center,
        unit,
        is_root,
        _floor(history, known, is_growing=is_growing),
        math.inf if history.ceiling is None else history.ceiling,
        is_growing,
        is_rare=_is_rare(known[-_LONGEST:]),
        long_season=found,
    )


def _floor(history: History, known: Array, *, is_growing: bool) -> float:
    least = history.floor
    if least is None:
        least = 0.0 if float(known.min()) >= 0 else -math.inf
    return max(least, float(known[-1])) if is_growing else least


def _is_rare(known: Array) -> bool:
    return bool((known == 0).mean() > _RARE and (known == np.round(known)).all())


def _unit(values: Array) -> float:
    """A usual step; for a series that never moved a small share of its level, less the longer it is."""
    known = values[np.isfinite(values)]
    steps = np.abs(np.diff(known))
    usual = float(np.median(steps)) or float(known.std())
    return usual or 0.3 * (abs(float(known[-1])) or 1.0) / len(known)


def _is_growing(known: Array) -> bool:
    """Whether it looks like a running total: it hardly ever falls, and then by next to nothing."""
    steps = np.diff(known)
    gained = float(known[-1] - known[0])
    if (steps > 0).sum() < _LEAST_GAINS or len(known) < 9 or gained <= 0 or float(known.min()) < 0:
        return False
    return bool((steps >= 0).mean() > _GROWING_STEPS) and -float(np.minimum(steps, 0).sum()) < _DIPS * gained


def find_season(values: Array) -> int:
    """The season that explains most of how `values` sway about their moving average; 1 for none."""
    whole = _filled(values)[-_LONGEST:]
    seen = {season: _strength(whole, season) for season in _SEASONS if len(whole) >= _CYCLES_TO_SEE * season}
    best = max(seen, key=seen.__getitem__, default=1)
    return best if seen.get(best, 0.0) > _SEEN else 1


def _filled(values: Array) -> Array:
    """With straight lines over the gaps."""
    is_known = np.isfinite(values)
    places = np.arange(len(values), dtype=np.float64)
    return np.asarray(np.interp(places, places[is_known], values[is_known]), np.float64)


def _strength(values: Array, season: int) -> float:
    """The share of the variance that the season explains, less what any season would by chance."""
    kernel = np.ones(season) / season
    if season % 2 == 0:
        kernel = np.concatenate(([0.5], np.ones(season - 1), [0.5])) / season
    apart = values[len(kernel) // 2 : len(values) - len(kernel) // 2] - np.convolve(values, kernel, "valid")
    cycles = len(apart) // season
    block = apart[: cycles * season].reshape(cycles, season)
    whole, rest = float(block.var()), float((block - block.mean(axis=0)).var())
    if whole <= 0 or cycles < 2:
        return 0.0
    return 1 - rest / whole * (block.size - 1) / (block.size - season)
