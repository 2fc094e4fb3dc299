"""How rare a statistic is, by its own past: counted where it lies often, a power law beyond.

A fixed multiple of a standard deviation rings daily on one series and never on another. So each statistic is
held against its own distribution: a histogram in steps of an eighth of an octave, and above its highest few
per cent a Pareto tail fitted to them (Hill's estimator, with a prior for what has hardly been seen). That is
the peaks-over-threshold idea of streaming detection after Siffer et al., KDD 2017.
"""

from __future__ import annotations

import math

_PER_OCTAVE = 8
_LOWEST = -6  # octaves: 1/64 and less share the first bin
_BINS = 24 * _PER_OCTAVE
_FORGET = 0.7
_FREQUENT = 64  # points between two fits, once there are many
PRIOR_INDEX = 4.0
"""As heavy as the tails of most metrics: a value twice as high is sixteen times as rare."""
_PRIOR_COUNT = 30.0
_LEAST = 1e-3


class Tail:
    """The upper tail of a statistic that is 0 or more; the last values count most."""

    __slots__ = ("_above", "_counts", "_index", "_next", "_prior", "_share", "_start", "_taken", "_total")

    def __init__(self, prior: float = PRIOR_INDEX) -> None:
        """`prior` is the index of the power law while little is known: the higher, the lighter the tail."""
        self._prior = prior
        self._counts = [0.0] * _BINS
        self._above = [0.0] * (_BINS + 1)  # how many lie in a bin or a higher one
        self._total, self._taken, self._next = 0.0, 0, 1
        self._start, self._share, self._index = 1.0, 1.0, prior

    def add(self, statistic: float, memory: int) -> None:
        """Learn one more value; about the last `memory` of them count."""
        place = int((math.log2(max(statistic, _LEAST)) - _LOWEST) * _PER_OCTAVE)
        self._counts[min(max(place, 0), _BINS - 1)] += 1.0
        self._total += 1.0
        self._taken += 1
        if self._taken >= self._next:
            self._fit(memory)

    def rarity(self, statistic: float) -> float:
        """Minus the decimal logarithm of how often so high a value comes: 3 is one in a thousand."""
        if statistic <= 0.0 or not self._taken:
            return 0.0
        if statistic > self._start:
            return self._index * math.log10(statistic / self._start) - math.log10(self._share)
        place = (math.log2(statistic) - _LOWEST) * _PER_OCTAVE
        if place < 0.0:
            return 0.0
        low = int(place)
        part = place - low
        above = self._above[low] * (1.0 - part) + self._above[low + 1] * part
        return -math.log10(min((above + 0.5) / (self._total + 1.0), 1.0))

    def limit(self, rarity: float) -> float:
        """The value of that rarity: what lies above is rarer."""
        known = -math.log10(self._share)
        if rarity >= known:
            return float(self._start * 10.0 ** ((rarity - known) / self._index))
        wanted = (self._total + 1.0) * 10.0**-rarity - 0.5
        place = next((bin_ for bin_ in range(_BINS, -1, -1) if self._above[bin_] >= wanted), 0)
        return float(2.0 ** (_LOWEST + (place + 1) / _PER_OCTAVE))

    def _fit(self, memory: int) -> None:
        """Count anew what lies above what, and fit the tail to the highest few per cent."""
        if self._total > memory:
            self._counts = [_FORGET * count for count in self._counts]
            self._total *= _FORGET
        self._next = self._taken + max(1, min(_FREQUENT, self._taken // 8))
        above, running = self._above, 0.0
        for place in range(_BINS - 1, -1, -1):
            running += self._counts[place]
            above[place] = running
        total = self._total + 1.0
        wanted = total * max(0.02, min(0.2, 10.0 / total))
        start = _BINS - 1
        while start > 0 and above[start] < wanted:
            start -= 1
        # The sum of (place - start) over what lies above is the sum of the counts above each later place.
        octaves = (sum(above[start + 1 : _BINS]) + 0.5 * above[start]) / _PER_OCTAVE
        self._start = 2.0 ** (_LOWEST + start / _PER_OCTAVE)
        self._share = min((above[start] + 0.5) / total, 1.0)
        self._index = (above[start] + _PRIOR_COUNT) / (octaves * math.log(2) + _PRIOR_COUNT / self._prior)
