"""A number held against the limit of a rule: whether it holds, and whether it is over."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from kpi.alert_rules import AlertRule
from kpi.alerts import Finding
from kpi.scoring import exact
from kpi.unit import Unit

_HOLDS: Mapping[str, Callable[[Any, Any], bool]] = {
    "above": operator.gt,
    "at_least": operator.ge,
    "at_most": operator.le,
    "below": operator.lt,
}
_CLOSE = 1e-9


def compare(op: str, value: float | Fraction, limit: float) -> bool:
    """Whether `value` lies beyond `limit`; as decimals, where they are too close for binary arithmetic."""
    rough = float(value)
    if abs(rough - limit) > _CLOSE * max(1.0, abs(limit)):
        return _HOLDS[op](rough, limit)
    return _HOLDS[op](value if isinstance(value, Fraction) else exact(value), exact(limit))


def limit_of(rule: AlertRule) -> tuple[str, float]:
    """The comparison and the number of a rule whose condition has one."""
    assert rule.when is not None
    found = rule.when.limit
    assert found is not None  # the rule was checked when it was read
    return found


def held(rule: AlertRule) -> Callable[[float], bool]:
    """Whether a number is beyond the rule's limit."""
    op, limit = limit_of(rule)
    return lambda value: compare(op, value, limit)


def is_over(rule: AlertRule, value: float | Fraction) -> bool:
    """Whether it has ended: beyond `clears_at` where that is stated, else on the other side of its limit."""
    op, limit = limit_of(rule)
    if compare(op, value, limit):
        return False
    return rule.clears_at is None or not compare(op, value, rule.clears_at)


def unknown(
    subject: str, reason: str, *, at: datetime | None = None, evidence: Mapping[str, Any] | None = None
) -> Finding:
    """Nothing can be said of `subject`: all stays as it is."""
    return Finding(subject, None, None, at, reason=reason, evidence=evidence or {})


def steps(rule: AlertRule, value: float | None) -> tuple[str, float]:
    """What tells the steps of a celebration apart, and the limit of the highest one reached.

    With `every: 1000` and a limit of 1,000 a value of 3,400 has reached 3,000, so that each is told of once.
    """
    _, limit = limit_of(rule)
    if rule.every is None:
        return "", limit
    count = 0 if value is None else max(0, math.floor((exact(value) - exact(limit)) / exact(rule.every)))
    reached = float(exact(limit) + count * exact(rule.every))
    return f"@{reached:g}" if abs(reached) < 1e6 else f"@{reached:.0f}", reached


def unit_name(unit: Unit | None) -> str:
    """As evidence names it."""
    return "" if unit is None else unit.name


def told(**values: Any) -> dict[str, Any]:
    """Evidence: what is None or empty is left out."""
    return {key: value for key, value in values.items() if value is not None and value not in ("", (), [])}
