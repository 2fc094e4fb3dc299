"""The values at which a KPI changes its zone: the percents of its framework in the KPI's own unit."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from bot.charts.trend import ZoneLimit
from bot.languages import said
from bot.reports.figures import print_value
from bot.reports.standing_words import spoken_unit
from bot.workspace import KpiRef
from kpi.framework_rules import ZoneRule
from kpi.quantity import Better, Goal
from kpi.scoring import exact, share_of_target
from kpi.standing import Standing, Zone

_MARKS = {Zone.GREEN: "●", Zone.YELLOW: "◆", Zone.RED: "▲"}
_NEAR = Fraction(1, 10**6)


def zone_limits(ref: KpiRef, standing: Standing) -> tuple[ZoneLimit, ...]:
    """The limits of the target in force, the best zone first; none where no percent of it exists."""
    target = standing.target
    if target is None or not target.is_numeric:
        return ()
    rules = ref.use.framework.zones
    percents = {end for rule in rules for end in (rule.at_least, rule.below) if end is not None}
    return tuple(
        _limit(value, percent, ref, standing, is_upward=is_upward)
        for percent in sorted(percents, reverse=True)
        for value, is_upward in _values(target.goal, exact(percent) / 100, ref.kpi.better)
    )


def _values(goal: Goal, share: Fraction, better: Better) -> Iterator[tuple[float, bool]]:
    """Where exactly this share of the goal is reached, and whether more is better there.

    A range may have two such values, one on either side of it; a target of zero has none.
    """
    ends = [exact(end) for end in (goal.value, goal.high) if end]
    for value in dict.fromkeys(found for end in ends for found in (end * share, end / share) if share):
        is_there = share_of_target(goal, float(value), better)
        step = abs(value) * _NEAR
        more, less = (share_of_target(goal, float(value + way * step), better) for way in (1, -1))
        if is_there is None or more is None or less is None or abs(is_there - share) > _NEAR or more == less:
            continue
        yield float(value), more > less


def _limit(value: float, percent: float, ref: KpiRef, standing: Standing, *, is_upward: bool) -> ZoneLimit:
    """What stands on the two sides of a limit: the zone that begins there, and the last one beyond it."""
    rules = ref.use.framework.zones
    shown = print_value(value, spoken_unit(standing.kpi))
    better = next((_MARKS[Zone(one.zone)] for one in rules if one.at_least == percent), "")
    worse = next((_MARKS[Zone(one.zone)] for one in rules if _is_last(one, percent)), "")
    if is_upward:
        return ZoneLimit(
            value,
            above=said("{mark} from {value}", mark=better, value=shown) if better else "",
            below=said("{mark} below", mark=worse) if worse else "",
        )
    return ZoneLimit(
        value,
        above=said("{mark} above", mark=worse) if worse else "",
        below=said("{mark} up to {value}", mark=better, value=shown) if better else "",
    )


def _is_last(rule: ZoneRule, percent: float) -> bool:
    return rule.below == percent and rule.at_least is None
