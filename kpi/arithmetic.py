"""What units do under + - * /: stars and seconds do not add up, signups by visitors are a ratio."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from kpi.unit import (
    BARE,
    RATIO,
    Unit,
    UnitFault,
    are_comparable,
    counted_in,
    described,
    factor,
    per,
    singular,
)

NUMBER = Unit("", "number", Fraction(1))
"""The unit of a number written in a measure: it takes on whatever it meets."""

_PURE = frozenset({"ratio", "multiple"})
_VERBS = {"+": "added to", "-": "subtracted from", "*": "multiplied by", "/": "divided by"}


@dataclass(frozen=True, slots=True)
class Rule:
    """The unit of a result (None: unknown) and what its operands' values must be multiplied by first."""

    unit: Unit | None
    left: float = 1.0
    right: float = 1.0


@lru_cache(maxsize=4096)
def combine(sign: str, left: Unit | None, right: Unit | None) -> Rule:
    """The rule for `left` `sign` `right`; raises UnitFault where the result would mean nothing."""
    if left is None or right is None:
        return Rule(None)
    if left == right == NUMBER:
        return Rule(NUMBER)
    if sign in "+-":
        return _sum(sign, left, right)
    return _product(left, right) if sign == "*" else _quotient(left, right)


def _refuse(sign: str, left: Unit, right: Unit) -> UnitFault:
    if sign == "-":
        left, right = right, left
    return UnitFault(f"{described(left)} cannot be {_VERBS[sign]} {described(right)}")


def _sum(sign: str, left: Unit, right: Unit) -> Rule:
    if NUMBER in (left, right):
        return Rule(right if left == NUMBER else left)
    if not are_comparable(left, right):
        raise _refuse(sign, left, right)
    scale = float(factor(right, left))
    if left.kind == right.kind == "count" and left.numerator != right.numerator:
        divisor = left.name.partition("/")[2]
        return Rule(per(BARE, divisor) if divisor else BARE, right=scale)
    return Rule(left, right=scale)


def _product(left: Unit, right: Unit) -> Rule:
    if NUMBER in (left, right):
        return Rule(right if left == NUMBER else left)
    if left.kind in _PURE and not left.divisor:
        kept = RATIO if right.kind == "ratio" and not right.divisor else right
        return Rule(kept, float(left.scale), float(right.scale / kept.scale))
    if right.kind in _PURE and not right.divisor:
        return Rule(left, right=float(right.scale))
    for rate, time in ((left, right), (right, left)):
        if rate.is_rate and time.dimension == "time":
            counted = counted_in(rate)
            scale = float(rate.scale * time.scale / counted.scale)
            return Rule(counted, left=scale)
    if left.kind == "count" and not left.is_rate:
        return Rule(BARE if right.kind == "count" and not right.is_rate else right)
    if right.kind == "count" and not right.is_rate:
        return Rule(left)
    raise _refuse("*", left, right)


def _quotient(left: Unit, right: Unit) -> Rule:
    if right == NUMBER:
        return Rule(left)
    if left == NUMBER:
        return _inverse(right)
    if are_comparable(left, right) and (left.kind == right.kind or {left.kind, right.kind} <= _PURE):
        return Rule(RATIO, left=float(factor(left, right)))
    if right.kind in _PURE and not right.divisor:
        return Rule(left, right=float(right.scale))
    if right.kind == "count" and not right.is_rate:
        return Rule(left)  # dollars by customers: dollars, each
    if left.divisor or right.divisor or left.kind == "score":
        return Rule(None)
    return Rule(per(left, singular(right.name)))


def _inverse(right: Unit) -> Rule:
    """A plain number divided by `right`."""
    if right.divisor:
        return Rule(None)
    if right.kind in _PURE or right.kind == "count":
        return Rule(RATIO, right=float(right.scale))
    return Rule(per(BARE, singular(right.name)) if right.kind == "time" else None)
