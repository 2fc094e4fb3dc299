"""Whether a number that somebody states can be right, by what was stated before. It is only asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

MOST_LOOKED_AT = 12
"""How many earlier values a new one is held against."""

FAR = 3.0
"""So many times beyond the extremes of its history a value is doubted."""

LEAP = 10.0
"""So many times the last value, or a part of it as small, is the slip of a digit or of a unit."""


class Doubt(StrEnum):
    """What is strange about a value."""

    LEAP = "leap"  # ten times the last value or more
    DROP = "drop"  # a tenth of it or less
    ABOVE = "above"  # far above all of its history
    BELOW = "below"
    SIGN = "sign"  # below zero for the first time, or above
    SHARE = "share"  # a percentage below 0 or above 100


@dataclass(frozen=True, slots=True)
class Doubted:
    """A doubt, with the value it comes from: the last one, or the nearest of the history."""

    doubt: Doubt
    against: float | None = None
    times: float = 0.0  # how far off: 10.0 is ten times as much, or as little


def doubted(
    value: float, earlier: Sequence[float], *, is_share: bool = False, also: Iterable[float] = ()
) -> Doubted | None:
    """What is strange about `value` after `earlier`, oldest first; None where nothing is.

    `also` are other numbers of the same KPI, targets say: what lies beyond 0 to 100 % is nothing new then.
    """
    looked_at = tuple(earlier)[-MOST_LOOKED_AT:]
    if is_share and not 0 <= value <= 100 and all(0 <= one <= 100 for one in (*looked_at, *also)):
        return Doubted(Doubt.SHARE)
    if not looked_at or value == 0:  # nothing to compare with; and nothing is a number like any other
        return None
    last = looked_at[-1]
    if last * value < 0 and all(one * value <= 0 for one in looked_at):
        return Doubted(Doubt.SIGN, last)
    return _leap(value, last) or _far(value, looked_at)


def _leap(value: float, last: float) -> Doubted | None:
    size, before = abs(value), abs(last)
    if not before:
        return None
    if size >= LEAP * before:
        return Doubted(Doubt.LEAP, last, size / before)
    if size * LEAP <= before:
        return Doubted(Doubt.DROP, last, before / size)
    return None


def _far(value: float, looked_at: Sequence[float]) -> Doubted | None:
    """By size: what is three times as far below zero is as strange as what is three times as far above."""
    sizes = {abs(one): one for one in looked_at}
    size, low, high = abs(value), min(sizes), max(sizes)
    if high and size > FAR * high:
        return Doubted(Doubt.ABOVE, sizes[high], size / high)
    if size * FAR < low:
        return Doubted(Doubt.BELOW, sizes[low], low / size)
    return None
