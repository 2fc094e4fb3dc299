"""Student's t distribution: how far a mean may lie off that was learned from few values."""

from __future__ import annotations

import math
from functools import lru_cache


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
