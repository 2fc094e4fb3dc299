"""How far a number is towards its target: met or not, percent of target, percent of the way.

Everything compares decimals exactly, as they were written or measured: 79.5 % never passes for 80 %,
and 89.91 is 90 % of 99.9. Only the noise of binary arithmetic (0.1 + 0.2) is taken off first.
"""

from __future__ import annotations

import math
import operator
from fractions import Fraction
from functools import lru_cache

from kpi.quantity import Better, Goal, Op

_HUNDRED = Fraction(100)
_MOST = 10**12
_HOLDS = {
    Op.AT_LEAST: operator.ge,
    Op.ABOVE: operator.gt,
    Op.AT_MOST: operator.le,
    Op.BELOW: operator.lt,
    Op.EQUAL: operator.eq,
}


@lru_cache(maxsize=8192)
def exact(value: float) -> Fraction:
    """`value` as the decimal it stands for: 13 significant digits, what sums of floats keep for sure."""
    return Fraction(f"{value:.12e}")


def direction(goal: Goal, better: Better) -> Better:
    """Which way is better: the sign of the target says so before the KPI does."""
    if goal.op in (Op.AT_LEAST, Op.ABOVE):
        return Better.HIGHER
    if goal.op in (Op.AT_MOST, Op.BELOW):
        return Better.LOWER
    return better


def is_numeric(goal: Goal) -> bool:
    """Whether `goal` can be judged by a number; words need a person."""
    return goal.op is not Op.WORDS and goal.value is not None


def met(goal: Goal, value: float | None, better: Better) -> bool | None:
    """Whether `value` meets `goal` in full; None where no number can say.

    That is without a value, for words, and for a planned share (40 % of the traffic), which has no tolerance.
    A range is met inside, and past the end that is better; a limit with < or > is not met at the limit.
    """
    if value is None or not math.isfinite(value) or goal.value is None:
        return None
    number = exact(value)
    if goal.op is Op.BETWEEN:
        return _range_met(goal, number, better)
    if goal.op is Op.EQUAL and better is Better.NONE:
        return None
    holds = _HOLDS.get(goal.op)
    return None if holds is None else holds(number, exact(goal.value))


def _range_met(goal: Goal, number: Fraction, better: Better) -> bool:
    low, high = _ends(goal)
    if number < low:
        return better is Better.LOWER
    return number <= high or better is Better.HIGHER


def percent_of_target(goal: Goal, value: float | None, better: Better) -> float | None:
    """How much of the target `value` is: 100 at the target in both directions, 0 at worst, no rounding.

    Higher is better: actual / target. Lower is better: target / actual. Negative targets compare the change
    (-15 is 75 % of -20, a rise is 0 %). A target of zero is all or nothing: 100 or 0. None without a number,
    and where the value is better than any multiple of the target (0 errors against < 2): `met` tells which.
    """
    return as_percent(share_of_target(goal, value, better))


def as_percent(share: Fraction | None) -> float | None:
    """A share of one in percent."""
    return None if share is None else as_float(share * _HUNDRED)


def share_of_target(goal: Goal, value: float | None, better: Better) -> Fraction | None:
    """`percent_of_target` as an exact fraction of one, to hold against thresholds."""
    if value is None or not math.isfinite(value) or goal.value is None:
        return None
    number, way = exact(value), direction(goal, better)
    match goal.op:
        case Op.WORDS:
            return None
        case Op.EQUAL if way is Better.NONE:
            return None
        case Op.EQUAL:
            return _share_of_range(goal, number, Better.NONE)
        case Op.BETWEEN:
            return _share_of_range(goal, number, way)
        case _:
            return part(exact(goal.value), number, way)


def _share_of_range(goal: Goal, number: Fraction, way: Better) -> Fraction | None:
    """Inside a range all is reached; outside, the nearer end is the target.

    Past the end that is worse the other direction counts: above a budget of 20-30 % less is better.
    """
    low, high = _ends(goal)
    if number < low:
        return part(low, number, Better.LOWER if way is Better.LOWER else Better.HIGHER)
    if number > high:
        return part(high, number, Better.HIGHER if way is Better.HIGHER else Better.LOWER)
    return Fraction(1)


def part(target: Fraction, number: Fraction, way: Better) -> Fraction | None:
    """How much of `target` the `number` is, as a fraction of one; None beyond any multiple worth telling."""
    if way is Better.LOWER:  # less of something is more of its opposite
        target, number = -target, -number
    sign = target.numerator  # held against nothing it tells what the fraction would, in a tenth of the time
    if sign == 0:
        return Fraction(number.numerator >= 0)
    if sign > 0:
        share = number / target if number.numerator > 0 else Fraction(0)
    elif number.numerator < 0:
        share = target / number
    else:
        return None
    return share if share.numerator <= _MOST * share.denominator else None


def _ends(goal: Goal) -> tuple[Fraction, Fraction]:
    low = exact(goal.value or 0.0)
    return low, low if goal.high is None else exact(goal.high)


def shortfall(goal: Goal, value: float | None, better: Better) -> Fraction | None:
    """How far `value` is from being enough, relative to the target: 0 at or past it, 1 at nothing of it."""
    return left_of(share_of_target(goal, value, better), goal, value, better)


def left_of(share: Fraction | None, goal: Goal, value: float | None, better: Better) -> Fraction | None:
    """`shortfall`, where the share of the target is known already."""
    if share is None:
        return Fraction(0) if met(goal, value, better) else None
    return max(Fraction(0), 1 - share)


def gap(goal: Goal, value: float | None) -> float | None:
    """How far `value` is from the target, in the KPI's unit: less than the target is negative.

    Of a range the nearer end counts, and inside it nothing is missing. Without a number there is no gap.
    """
    if value is None or not math.isfinite(value) or not is_numeric(goal):
        return None
    number, (low, high) = exact(value), _ends(goal)
    return as_float(number - min(max(number, low), high))


def aim(goal: Goal, better: Better) -> float | None:
    """The number to reach: of a range the end that is reached first; None where there is none."""
    if not is_numeric(goal):
        return None
    way = direction(goal, better)
    if way is Better.NONE:
        return None
    return goal.high if way is Better.LOWER and goal.high is not None else goal.value


def percent_of_way(start: float, end: float, value: float) -> float | None:
    """Percent of the way from `start` to `end`; below 0 past the start, over 100 past the end.

    Another thing than percent of target: an accuracy still at its 82 % is 96 % of 85 %, and 0 % of the way.
    """
    whole = exact(end) - exact(start)
    return as_float((exact(value) - exact(start)) / whole * _HUNDRED) if whole else None


def as_float(number: Fraction) -> float | None:
    """The nearest float; None for what no float holds."""
    try:
        return float(number)
    except OverflowError:
        return None
