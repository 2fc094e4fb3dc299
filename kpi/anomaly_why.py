"""Why a point is told: a structure that any language can say, and the English of it."""

from __future__ import annotations

import calendar
import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from kpi.anomaly_clock import Clock

_KEPT = 400  # values held to say since when none was as high
_FEWEST = 4

Per = Literal["week", "point"]


class Kind(StrEnum):
    """What is odd."""

    EXTREME = "extreme"  # the highest or the lowest of `count` weeks or points
    OFF = "off"  # above or below what was expected, though not a record
    SHIFT = "shift"  # the last points lie higher or lower than before
    UNREST = "unrest"  # swings wider than usual
    STILL = "still"  # `count` points in a row have hardly moved


@dataclass(frozen=True, slots=True)
class Why:
    """What to say of a told point. `low` and `high` are the expected range.

    `count` is how many before it were beaten, in weeks where `weekday` is set (Monday is 0), else in points;
    of a run it is its length; 0 where nothing is counted. Of a total the gain is compared (`of_gain`), and
    the range is the gain's.
    """

    kind: Kind
    is_high: bool
    low: float
    high: float
    count: int = 0
    weekday: int | None = None
    of_gain: bool = False


class Memory:
    """The last values and gains, to be searched when a point is told."""

    __slots__ = ("_last", "_values")

    def __init__(self) -> None:
        self._values: deque[tuple[float, float, int]] = deque(maxlen=_KEPT)
        self._last: float | None = None

    def add(self, value: float, clock: Clock) -> None:
        gain = 0.0 if self._last is None else value - self._last
        self._values.append((value, gain, clock.weekday))
        self._last = value

    def extreme(
        self, value: float, clock: Clock, expected: tuple[float, float], base: float | None = None
    ) -> Why:
        """Of daily data the highest or lowest of its weekday, else of the points before.

        With a `base`, the total before, gains are compared instead of totals.
        """
        is_gain = base is not None
        own, low, high = value - (base or 0.0), expected[0] - (base or 0.0), expected[1] - (base or 0.0)
        is_high = own > (low + high) / 2
        weekday = clock.weekday if clock.is_daily and not clock.is_closed else None
        count = _beaten(own, self._before(weekday, is_gain=is_gain), is_high=is_high)
        if count < _FEWEST and weekday is not None:
            weekday, count = None, _beaten(own, self._before(None, is_gain=is_gain), is_high=is_high)
        if count < _FEWEST:
            return Why(Kind.OFF, is_high, low, high, of_gain=is_gain)
        return Why(Kind.EXTREME, is_high, low, high, count, weekday, is_gain)

    def _before(self, weekday: int | None, *, is_gain: bool) -> Iterator[float]:
        """The values or gains before, the nearest first; of one weekday, or all."""
        return (
            gain if is_gain else value
            for value, gain, day in reversed(self._values)
            if weekday is None or day == weekday
        )


def _beaten(value: float, before: Iterator[float], *, is_high: bool) -> int:
    """How many values in a row before it are lower (higher)."""
    count = 0
    for other in before:
        if other >= value if is_high else other <= value:
            break
        count += 1
    return count


def english(why: Why) -> str:
    """The reason in a sentence without an end: "lowest Tuesday in 26 weeks; expected 380–450"."""
    digits = _digits(why.high - why.low)
    low, high = (_number(value, digits) for value in (why.low, why.high))
    return f"{_finding(why)}; expected {low}–{high}"


def _finding(why: Why) -> str:
    gain = "gain of " if why.of_gain else ""
    match why.kind:
        case Kind.EXTREME:
            what = "highest" if why.is_high else "lowest"
            if why.weekday is None:
                return f"{what} {gain}{'' if gain else 'of '}{why.count + 1:,} points"
            day = calendar.day_name[why.weekday]
            return f"{what} {gain}{'a ' if gain else ''}{day} in {why.count + 1:,} weeks"
        case Kind.OFF:
            return f"{'gain ' if why.of_gain else ''}{'higher' if why.is_high else 'lower'} than usual"
        case Kind.SHIFT:
            return f"has moved {'up' if why.is_high else 'down'} and stays there"
        case Kind.UNREST:
            return "swings wider than usual"
        case Kind.STILL:
            return f"has not moved for {why.count:,} points"


def _number(value: float, digits: int) -> str:
    shown = f"{round(value, digits) + 0.0:,.{digits}f}"
    return shown.rstrip("0").rstrip(".") if digits else shown


def _digits(width: float) -> int:
    """How many decimals tell the ends of a range apart: two digits of its width."""
    if not math.isfinite(width) or width <= 0:
        return 0
    return min(12, max(0, 1 - math.floor(math.log10(width))))
