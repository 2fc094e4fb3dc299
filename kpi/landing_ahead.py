"""The days ahead of a KPI: what its value may be at the close of each, and how likely that meets a goal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from kpi.forecast import LEVELS
from kpi.quantity import Better, Goal, Op
from kpi.scoring import direction

Array = npt.NDArray[np.float64]
SUREST = 0.995
"""No forecast is surer than its outermost quantile, of what may come otherwise."""

_LEVELS = np.array(LEVELS)


@dataclass(frozen=True, slots=True)
class Ahead:
    """One row a day from `first` on, the open day: the mean and the quantiles at `LEVELS`, in the KPI's unit.

    `least` is what the value can never fall below any more: a running total has it already.
    """

    first: date
    mean: Array
    quantiles: Array
    method: str
    history_days: int  # how many closed days, or entries, it was learned from
    least: float | None = None
    is_spaced: bool = False  # learned from readings days apart, such as entries by hand

    def place(self, day: date) -> int | None:
        """The row of `day`; None where it lies beyond what was looked at."""
        place = (day - self.first).days
        return place if 0 <= place < len(self.mean) else None

    def day(self, place: int) -> date:
        return self.first + timedelta(days=place)

    def at(self, place: int, level: float) -> float:
        return float(self.quantiles[place, LEVELS.index(level)])

    def chances(self, goal: Goal, better: Better) -> Array | None:
        """How likely, from 0 to 1, each day closes with `goal` met; None where no number meets it.

        0 and 1 are said only of what cannot change any more.
        """
        found = self._chances(goal, direction(goal, better))
        if found is None:
            return None
        sure = self._certain(goal, direction(goal, better))
        if sure is not None:
            return np.full(len(self.mean), float(sure))
        return np.clip(found, 1 - SUREST, SUREST)

    def _chances(self, goal: Goal, way: Better) -> Array | None:
        if goal.value is None:
            return None
        low, high = goal.value, goal.value if goal.high is None else goal.high
        if goal.op is Op.BETWEEN and way is Better.NONE:
            return self._up_to(high) - self._below(low)
        if way is Better.HIGHER:
            return 1 - (self._up_to(low) if goal.op is Op.ABOVE else self._below(low))
        if way is Better.LOWER:
            return self._below(high) if goal.op is Op.BELOW else self._up_to(high)
        return None

    def _certain(self, goal: Goal, way: Better) -> bool | None:
        """Whether it is met, or missed, for good."""
        if self.least is None or goal.value is None:
            return None
        if way is Better.HIGHER:
            is_there = self.least > goal.value if goal.op is Op.ABOVE else self.least >= goal.value
            return True if is_there else None
        end = goal.value if goal.high is None else goal.high
        is_past = self.least >= end if goal.op is Op.BELOW else self.least > end
        return False if is_past else None

    def _below(self, limit: float) -> Array:
        return self._share((self.quantiles < limit).sum(axis=1), limit)

    def _up_to(self, limit: float) -> Array:
        return self._share((self.quantiles <= limit).sum(axis=1), limit)

    def _share(self, count: npt.NDArray[np.int_], limit: float) -> Array:
        """How much of each row lies below `limit`, between its `count`-th quantile and the next one."""
        rows, every = self.quantiles, np.arange(len(count))
        after = np.clip(count, 1, len(LEVELS) - 1)
        low, high = rows[every, after - 1], rows[every, after]
        wide = np.where(high > low, high - low, 1.0)
        part = np.clip((limit - low) / wide, 0.0, 1.0)
        found = _LEVELS[after - 1] + part * (_LEVELS[after] - _LEVELS[after - 1])
        return np.where(count == 0, 0.0, np.where(count == len(LEVELS), 1.0, found))
