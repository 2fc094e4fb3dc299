"""Zones: green, yellow and red as the framework itself draws them, and unknown where it draws none."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction

from kpi.framework import Framework
from kpi.framework_rules import ZoneRule
from kpi.scoring import as_float, exact
from kpi.trend import Trend

_CLOSE = 1e-9
"""Shares further apart than this, relative to the percent, are told apart by floats for sure."""


class Zone(StrEnum):
    """Where a KPI stands by its framework's thresholds."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    UNKNOWN = "unknown"


def zone_of(
    share: Fraction | None, rules: Sequence[ZoneRule], *, trend: Trend, has_critical_issue: bool
) -> tuple[Zone, str]:
    """The zone for a share of the target, and why; `share` is None for better than any multiple of it.

    The percent decides. A trend that is flat or worse, or an open critical issue, turns green into yellow and
    nothing else: yellow and red stay what the percent makes them.
    """
    for rule in rules:
        if not _holds(rule, share):
            continue
        zone, reason = Zone(rule.zone), _bounds(rule)
        if zone is not Zone.GREEN:
            return zone, reason
        if has_critical_issue:
            return Zone.YELLOW, f"{reason}, but a critical issue is open"
        if trend in (Trend.FLAT, Trend.WORSE):
            return Zone.YELLOW, f"{reason}, but the trend is {trend}"
        return zone, reason
    return Zone.UNKNOWN, "no zone of the framework covers it" if rules else "the framework states no zones"


def limits_of(framework: Framework) -> tuple[float, ...]:
    """The percents of target on which something turns: the ends of zones, the limits of alerts on any KPI."""
    ends = [end for rule in framework.zones for end in (rule.at_least, rule.below)]
    for alert in framework.alerts:
        if (when := alert.when) is not None and when.percent_of_target:
            ends += [when.above, when.at_least, when.at_most, when.below]
    return tuple(sorted({end for end in ends if end is not None}))


def _holds(rule: ZoneRule, share: Fraction | None) -> bool:
    if rule.at_least is None and rule.below is None:
        return False  # a zone in words only
    if share is None:
        return rule.below is None
    reaches = rule.at_least is None or not _is_less(share, rule.at_least)
    return reaches and (rule.below is None or _is_less(share, rule.below))


def _is_less(share: Fraction, percent: float) -> bool:
    """Whether a share is less than a percent; by fractions, which are slow, only where it is close."""
    rough = as_float(share * 100)
    if rough is not None and abs(rough - percent) > _CLOSE * max(1.0, percent):
        return rough < percent
    return share * 100 < exact(percent)


def _bounds(rule: ZoneRule) -> str:
    """The rule's own limits: "70–90% of target"."""
    if rule.at_least is None:
        return f"below {rule.below:g}% of target"
    if rule.below is None:
        return f"at least {rule.at_least:g}% of target"
    return f"{rule.at_least:g}–{rule.below:g}% of target"
