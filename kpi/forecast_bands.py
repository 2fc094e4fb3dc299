"""Bands: how far a forecast may be off, learned from how far the same forecast was off before.

The misses of a rolling origin give the width, and how it grows with the steps ahead; their own distribution
gives its shape, mixed with Student's t for the tails that a few dozen misses cannot show. The fewer misses
there are, the wider the bands. Where it missed by more of late than before, the bands are as wide as of late:
unrest stays a while, and a band too narrow in unrest is worse than one too wide after it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from kpi.drift import quantile
from kpi.forecast_smoothing import Array

LEVELS = (0.005, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.995)
"""The quantiles of every step ahead."""

_HALF_LIFE = 150  # steps: what was long ago counts less
_LATELY = 6  # times shorter is the half-life that shows unrest
_STEEPEST, _FLATTEST = 0.6, -0.3  # how the width grows beyond what the smoothing itself foresees
_RIDGE = 3.0
_MISSES_FOR_HALF = 30.0  # of the shape: the rest is Student's
_SEEN = np.array([4 * level * (1 - level) for level in LEVELS])
_WIDER = 1.05
_WIDER_FAR = 0.4
_WIDER_WITH_FEW = 2.0
_UNTRIED = 1.5  # usual steps: the width of a forecast that was never tried


@dataclass(frozen=True, slots=True)
class Misses:
    """What forecasts missed by: series × origins × steps ahead, nan where unknown.

    `ages` is how many steps ago each origin lay, `gain` the blended α of each series, `known` its values.
    """

    misses: Array
    ages: Array
    gain: Array
    known: npt.NDArray[np.int_]


def spread(found: Misses) -> Array:
    """Series × steps ahead × `LEVELS`: what is added to the middle of the forecast."""
    horizon = found.misses.shape[2]
    ahead = np.arange(1, horizon + 1, dtype=np.float64)
    recent = 0.5 ** (found.ages / max(_HALF_LIFE, 3 * horizon))
    widths = np.sqrt(1 + (ahead - 1) * found.gain[:, None] ** 2)  # of simple smoothing
    behind = max(float(found.ages.max(initial=0.0)), 1.0)
    overlap = 1 + _WIDER_FAR * np.minimum(1.0, ahead / behind)  # few stretches of that length were seen
    return np.array(
        [
            _of_one(line / width, recent, int(known)) * (width * overlap)[:, None]
            for line, width, known in zip(found.misses, widths, found.known, strict=True)
        ]
    ).reshape(len(widths), horizon, len(LEVELS))


def _of_one(misses: Array, recent: Array, known: int) -> Array:
    """Steps ahead × `LEVELS` of one series, whose misses are scaled to what smoothing foresees."""
    is_known = np.isfinite(misses)
    weight = recent[:, None] * is_known
    filled = np.where(is_known, misses, 0.0)
    count = is_known.sum(axis=0)
    power = (weight * filled**2).sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-12)
    counts = (count >= 2) & (power > 0)
    if not counts.any():
        return np.tile(_UNTRIED * _student(max(2, min(3, known - 2))), (misses.shape[1], 1))
    power = np.where(counts, power, 1.0)
    lately = (recent**_LATELY)[:, None] * (is_known & counts)
    width = _width(power, np.where(counts, count, 0)) * _unrest(lately, filled**2 / power)
    scaled = (filled / width)[is_known]
    tried = max(2.0, min(float(count.max()), known / 3))
    seen = tried * _SEEN  # the middle is known from few misses, the tails are not
    own = seen / (seen + _MISSES_FOR_HALF)
    shape = own * _quantiles(scaled, weight[is_known]) + (1 - own) * _student(int(min(30, max(2, tried - 1))))
    return np.asarray(width[:, None] * shape * (_WIDER + _WIDER_WITH_FEW / tried), np.float64)


def _unrest(weight: Array, share: Array) -> float:
    """How much wider than usual misses were of late, at least 1; `share` is their square by the usual one."""
    return math.sqrt(max(1.0, float((weight * share).sum()) / max(float(weight.sum()), 1e-12)))


def _width(power: Array, count: npt.NDArray[np.int_]) -> Array:
    """The width at each step ahead: a power law through those that were tried, drawn to a flat one."""
    steps = np.log(np.arange(1, len(power) + 1))
    weight = count / np.sqrt(np.arange(1, len(power) + 1))
    size = 0.5 * np.log(power)
    middle = float((weight * steps).sum() / weight.sum())
    level = float((weight * size).sum() / weight.sum())
    across = float((weight * (steps - middle) * (size - level)).sum())
    slope = across / (float((weight * (steps - middle) ** 2).sum()) + _RIDGE * float(weight.max()))
    slope = min(_STEEPEST, max(_FLATTEST, slope))
    return np.asarray(np.exp(level + slope * (steps - middle)), np.float64)


def _quantiles(values: Array, weight: Array) -> Array:
    order = np.argsort(values)
    below = (np.cumsum(weight[order]) - 0.5 * weight[order]) / weight.sum()
    return np.asarray(np.interp(LEVELS, below, values[order]), np.float64)


@lru_cache(maxsize=64)
def _student(freedom: int) -> Array:
    found = np.array([quantile(level, freedom) for level in LEVELS])
    found.flags.writeable = False
    return found
