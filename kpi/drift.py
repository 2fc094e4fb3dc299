"""A plain outlook: the line through the first and the last closed day, carried on (the drift method).

It is the random walk with drift of Hyndman and Athanasopoulos, "Forecasting", 3rd edition, section 5.2.
With n steps behind it, of standard deviation s, the error h days ahead has the deviation s√(h (1 + h / n)):
the days ahead vary, and the drift itself is only known from n of them. Since s is estimated as well, the band
takes its width from Student's t with n − 1 degrees of freedom: for few days it is wider than the normal one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import numpy.typing as npt

LEAST = 10
"""Fewer closed values say nothing of how much the days vary."""

_TAIL = 0.9  # below the upper end of a band that holds 80 % in its middle
_Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the coming days bring if they go on as those before: one number a day, the nearest day first."""

    mean: tuple[float, ...]
    low80: tuple[float, ...]
    high80: tuple[float, ...]
    per_day: float  # the drift
    days: int  # how many days the drift is taken from
    floor: float  # nothing is foreseen below it
    freedom: int = field(repr=False)  # degrees of freedom of the deviations
    centers: tuple[float, ...] = field(repr=False)  # the mean before any floor
    deviations: tuple[float, ...] = field(repr=False)

    def chance_of(self, target: float, ahead: int) -> float:
        """The chance, from 0 to 1, of at least `target` when the coming day number `ahead` ends."""
        if target <= self.floor:
            return 1.0
        center, deviation = self.centers[ahead - 1], self.deviations[ahead - 1]
        if deviation == 0:
            return float(center >= target)
        return student((center - target) / deviation, self.freedom)


def drift(
    values: Sequence[float | None], days: int, *, floor: float | None = None, is_growing: bool = False
) -> Outlook | None:
    """The outlook for `days` days after the last of `values`, one a closed day, None where it has no value.

    A step over days without a value counts as what those days brought together. Nothing is foreseen below
    `floor`, nor below the last value of what only grows. None with fewer than ten values, or where they are
    too large to reckon with.
    """
    if days < 1:
        raise ValueError(f"an outlook is at least one day long, not {days}")
    known = [(at, value) for at, value in enumerate(values) if value is not None and math.isfinite(value)]
    if len(known) < LEAST:
        return None
    at, value = (np.array(column, float) for column in zip(*known, strict=True))
    with np.errstate(over="ignore", invalid="ignore"):
        span = float(at[-1] - at[0])
        per_day = float(value[-1] - value[0]) / span
        gaps, steps = np.diff(at), np.diff(value)
        freedom = len(steps) - 1
        deviation = np.sqrt(np.sum((steps - gaps * per_day) ** 2 / gaps) / freedom)
        ahead = np.arange(1, days + 1) + (len(values) - 1 - at[-1])  # the last value may be some days old
        centers = value[-1] + per_day * ahead
        deviations = deviation * np.sqrt(ahead * (1 + ahead / span))
        half = quantile(_TAIL, freedom) * deviations
        found = np.stack((centers, centers - half, centers + half, deviations))
    if not np.isfinite(found).all():
        return None
    lowest = max(-math.inf if floor is None else floor, float(value[-1]) if is_growing else -math.inf)
    mean, low, high = (_tuple(np.maximum(row, lowest)) for row in found[:3])
    return Outlook(
        mean,
        low,
        high,
        per_day=per_day,
        days=round(span),
        floor=lowest,
        freedom=freedom,
        centers=_tuple(centers),
        deviations=_tuple(deviations),
    )


def _tuple(row: _Array) -> tuple[float, ...]:
    return tuple(row.tolist())


def student(value: float, freedom: int) -> float:
    """How much of Student's t distribution lies below `value`; exact, by its finite series.

    Abramowitz and Stegun, 26.7.3 and 26.7.4.
    """
    angle = math.atan(value / math.sqrt(freedom))
    cosine, is_odd = math.cos(angle), freedom % 2
    term = math.sin(angle) * (cosine if is_odd else 1.0)
    total = term if freedom > 1 else 0.0
    for step in range(2 + is_odd, freedom, 2):
        term *= cosine * cosine * (step - 1) / step
        total += term
    inside = 2 / math.pi * (angle + total) if is_odd else total
    return min(1.0, max(0.0, (1 + inside) / 2))


@lru_cache(maxsize=512)
def quantile(share: float, freedom: int) -> float:
    """The value with `share` of Student's t distribution below it."""
    low, high = -1e6, 1e6
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if student(middle, freedom) < share else (low, middle)
    return (low + high) / 2
