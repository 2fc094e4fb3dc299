"""The five ways in which a point can be odd, each measured against its own past.

A value far from what was expected; a short run of points that lies off the season and the long level; a value
such as the series hardly ever had; many odd points close together; and a series that always moved and stands
still. Each is a rarity (minus the logarithm of how often it comes), so they can be compared and added up.
"""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Literal

from kpi.anomaly_model import Model
from kpi.anomaly_tail import Tail

Direction = Literal["both", "up", "down"]

_SHIFT_POINTS = 8
_UNREST_POINTS = 10
_UNREST_LONG = 1000
_MOST_ODD = 3.0
_STILL_MOST = 8.0
_STILL_LEAST = 4  # points: three alike are chance
_ALSO = 0.5  # how much the second sign adds to the first
_DISCOUNT = 0.3  # for looking at several
_SHIFT_INDEX = 8.0  # a mean of bounded errors has far lighter tails than one error
_DIP_INDEX = 6.0  # how far a number falls has lighter tails than how far it soars


class Sign(IntEnum):
    """What is odd about a point."""

    POINT = 0
    SHIFT = 1
    VALUE = 2
    UNREST = 3
    STILL = 4


class Signs:
    """Measures the signs of one series."""

    __slots__ = (
        "_centre", "_dip", "_directions", "_longest", "_memory", "_moved", "_odd", "_odd_long", "_point",
        "_repeats", "_run", "_shift", "_spread", "_step", "_unrest", "_value", "either_way", "rarities",
        "shifted",
    )  # fmt: skip

    def __init__(self, direction: Direction) -> None:
        self._directions = {"both": (True, True), "up": (False, True), "down": (True, False)}[direction]
        self._point, self._shift, self._value = Tail(), Tail(_SHIFT_INDEX), Tail()
        self._unrest, self._dip = Tail(), Tail(_DIP_INDEX)
        self._memory = 1
        self.rarities = [0.0] * len(Sign)
        self.either_way = 0.0  # how rare the point is, whichever its direction
        self.shifted = 0.0  # how far the last few points lie off the slow view, on average
        self._odd = self._odd_long = _DISCOUNT
        self._centre = self._spread = 0.0
        self._run = self._longest = 1.0  # points in a row that hardly moved
        self._repeats = self._moved = self._step = 0.0

    def measure(self, value: float, model: Model, memory: int, share_of_day: float) -> float:
        """The rarity of `value` under the model's expectation; learns from it too.

        `memory`: points that the distributions remember; what lies before counts less and less.
        `share_of_day`: 0..1, how much of two days was seen: until then nights look like outages.
        """
        self._memory, floor = memory, model.floor
        self._measure_point(value, model)
        self._measure_shift(value, model, floor)
        self._measure_value(value, model, floor)
        self._measure_unrest(value >= model.expected)
        self._measure_still(value, model, share_of_day)
        if model.counts:
            most = _rarity_of_count(value, max(model.expected, 3.0 / model.count))
            for sign in (Sign.POINT, Sign.VALUE):
                self.rarities[sign] = min(self.rarities[sign], most)
        second, first = sorted(self.rarities)[-2:]
        return first + _ALSO * second

    def width(self, rarity: float) -> float:
        """How many scales away from the expectation a point of that rarity lies."""
        return self._point.limit(rarity)

    def _measure_point(self, value: float, model: Model) -> None:
        off = value - model.expected
        dip = 0.0
        if model.lowest >= 0.0 and value >= 0.0:
            # On the scale of the square root, where counts scatter alike: a dip counts as much as a peak.
            near = max(model.expected, 0.0) + model.scale
            off = 2.0 * (math.sqrt((value + model.scale) * near) - near)
            dip = self._measure_dip(near, value + model.scale, model.scale) if off < 0.0 else 0.0
        statistic = abs(off) / model.scale
        rarity = max(self._point.rarity(statistic), dip)
        self._odd += 2.0 / (_UNREST_POINTS + 1) * (min(rarity, _MOST_ODD) - self._odd)
        self._odd_long += max(1.0 / model.count, 1.0 / _UNREST_LONG) * (
            min(rarity, _MOST_ODD) - self._odd_long
        )
        self.either_way = rarity
        is_seen = self._directions[off > 0.0] and abs(off) > model.floor
        self.rarities[Sign.POINT] = rarity if is_seen else 0.0
        self._point.add(statistic, self._memory)

    def _measure_dip(self, near: float, value: float, scale: float) -> float:
        """The rarity of a fall among falls, by how many times lower it is: no fall is as far as a rise."""
        statistic = near / scale * math.log(near / value)
        rarity = self._dip.rarity(statistic)
        self._dip.add(statistic, self._memory)
        return rarity

    def _measure_shift(self, value: float, model: Model, floor: float) -> None:
        usual = max(model.context_error, floor)
        off = min(max(value - model.context, -4.0 * usual), 4.0 * usual)
        self.shifted += 2.0 / (_SHIFT_POINTS + 1) * (off - self.shifted)
        statistic = abs(self.shifted) / usual
        is_high = self.shifted > 0.0
        rarity = self._shift.rarity(statistic) - _DISCOUNT
        is_seen = self._directions[is_high] and abs(self.shifted) > 0.5 * floor
        self.rarities[Sign.SHIFT] = rarity if is_seen else 0.0
        self._shift.add(statistic, self._memory)

    def _measure_value(self, value: float, model: Model, floor: float) -> None:
        if model.count == 1:
            self._centre = model.last
        off = value - self._centre
        statistic = abs(off) / max(self._spread, floor)
        rarity = self._value.rarity(statistic)
        is_seen = self._directions[off > 0.0] and abs(off) > floor
        self.rarities[Sign.VALUE] = rarity if is_seen else 0.0
        self._value.add(statistic, self._memory)
        limit = 10.0 * max(self._spread, floor)
        rate = max(1.0 / (model.count + 1), 1.0 / self._memory)
        self._centre += rate * min(max(off, -limit), limit)
        self._spread += rate * (min(abs(off), limit) - self._spread)

    def _measure_unrest(self, is_high: bool) -> None:
        statistic = self._odd / max(self._odd_long, 0.1)
        rarity = self._unrest.rarity(statistic) - _DISCOUNT
        self.rarities[Sign.UNREST] = rarity if self._directions[is_high] else 0.0
        self._unrest.add(statistic, self._memory)

    def _measure_still(self, value: float, model: Model, share_of_day: float) -> None:
        """A run of points without a move, against how often they stand still and how long they ever did."""
        move = abs(value - model.last)
        is_still = move <= 0.02 * self._step
        chance = (self._repeats + 1.0) / (self._moved + self._repeats + 4.0)
        if is_still:
            self._repeats += 1.0
            self._run += 1.0
        else:
            self._moved += 1.0
            self._longest = max(self._longest, self._run)
            self._run = 1.0
            rate = max(1.0 / self._moved, 0.02)
            limit = 5.0 * self._step if self._moved > 5.0 else math.inf
            self._step += rate * (min(move, limit) - self._step)
        self._longest *= 0.9999
        self.rarities[Sign.STILL] = 0.0
        if self._run >= _STILL_LEAST and self._run > 2.0 * self._longest:
            rarity = -(self._run - 1.0) * math.log10(max(chance, 1e-3)) - 1.5
            # Small counts have few values to choose from: the same one often comes again.
            share = 0.5 * share_of_day if model.counts else share_of_day
            self.rarities[Sign.STILL] = share * min(max(rarity, 0.0), _STILL_MOST)

    def foremost(self) -> Sign:
        """What to say first: that of the point itself, where it alone is nearly as odd as the whole."""
        found = Sign(max(Sign, key=self.rarities.__getitem__))
        alone = max(self.rarities[Sign.POINT], self.rarities[Sign.VALUE])
        return Sign.POINT if alone >= 0.6 * self.rarities[found] else found

    @property
    def run(self) -> int:
        """How many points in a row hardly moved."""
        return int(self._run)


def _rarity_of_count(value: float, mean: float) -> float:
    """How rare so high or low a count is where `mean` is usual: Chernoff's bound for a Poisson count.

    A hundred points that lay between 1 and 3 do not make a 0 odd.
    """
    if value <= 0.0:
        return mean / math.log(10)
    return (value * math.log(value / mean) - value + mean) / math.log(10)
