"""From how rare points are to scores, of which one an incident stands out.

The score is steep around what is told: what is an incident lies near 1 and all else near 0, so that hardly
anything depends on which threshold is chosen; beyond both the rarer still scores more. Once told, an incident
holds later scores down for as long as it goes on and a while longer, unless it grows far rarer. A series that
tells often has its bar raised.
"""

from __future__ import annotations

import math

_HALF = 3.5  # the rarity, in powers of ten, that scores 0.5: one point in three thousand
_STEEP, _GENTLE = 100.0, 2.0  # powers: a rarity 2 % above the half scores 0.84, 10 % below it 0.04
_GENTLE_SHARE = 0.1
_ESCALATION = 3.0  # powers of ten rarer than what was told: said again in the score
_QUIET = 0.1
_REMEMBERED = 3000  # points
_BAR = 0.3


class Incidents:
    """Scores the rarities of one series in turn."""

    __slots__ = ("_calm", "_limit", "_peak", "_recent")

    def __init__(self, threshold: float) -> None:
        """`threshold` (0..1) is the score from which an incident is told."""
        self._limit = _HALF * ratio_of(threshold)
        self._calm = math.inf  # points since the last odd one
        self._peak = 0.0  # how rare the point was that was told last
        self._recent = 0.0  # incidents among the last points

    def judge(self, rarity: float, rest: float) -> tuple[float, bool]:
        """The score of a point, and whether an incident begins; `rest` in points is how long one is held."""
        self._recent *= 1.0 - 1.0 / _REMEMBERED
        rarity -= _BAR * math.log2(1.0 + self._recent)
        is_odd, age = rarity > self._limit, min(self._calm / rest, 1.0)
        self._calm = 0.0 if is_odd else self._calm + 1.0
        if age < 1.0 and rarity < self._peak + _ESCALATION:
            rarity *= _QUIET + (1.0 - _QUIET) * age**2
        if rarity > self._limit:
            self._peak = rarity
            self._recent += 1.0
        return score(rarity / _HALF), is_odd and age >= 1.0


def score(ratio: float) -> float:
    """0..1 of a rarity in halves: 0.5 where it is 1, and ever more where it is more."""
    return (1.0 - _GENTLE_SHARE) * _logistic(ratio, _STEEP) + _GENTLE_SHARE * _logistic(ratio, _GENTLE)


def ratio_of(wanted: float) -> float:
    """The rarity in halves that scores `wanted`, which lies between 0 and 1: the inverse of `score`."""
    low, high = 0.0, 2.0
    while score(high) < wanted:
        high *= 2.0
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if score(middle) < wanted else (low, middle)
    return high


def _logistic(ratio: float, power: float) -> float:
    """`ratio ** power` as odds."""
    if ratio <= 0.0:
        return 0.0
    exponent = power * math.log(ratio)
    return 1.0 / (1.0 + math.exp(-exponent)) if exponent > -500.0 else 0.0
