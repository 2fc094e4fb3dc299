"""Funnels: how many reach each step, at which rate, and which step loses most against its stated rate.

A rate is what the KPI that states it measured. Where that has no number the rate is counted: who is in a
step over who was in the step before, and only over the same closed days; anything else is not a rate. The
document's own rate is the limit either way.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from kpi.aggregate import Query
from kpi.calendar import Period
from kpi.expression import Call
from kpi.framework import Kpi
from kpi.framework_rules import Funnel, FunnelStep
from kpi.horizon import TargetInForce
from kpi.measure import Measure, Reading, parse
from kpi.scoring import as_float, exact, met, shortfall
from kpi.standing import Standing, StandingContext
from kpi.unit import PERCENT
from kpi.window import ALL


class Origin(StrEnum):
    """Where a rate comes from."""

    MEASURED = "measured"  # by the KPI that states it
    COUNTED = "counted"  # one step over the step before
    MULTIPLIED = "multiplied"  # the rates of all steps
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Rate:
    """Percent of the step before who reach a step; without a value, `reason` says why."""

    value: float | None
    origin: Origin
    target: TargetInForce | None = None
    met: bool | None = None
    shortfall: float | None = None  # relative to the target: 0 at or past it, 1 at nothing of it
    period: Period | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StepStanding:
    """One step; the first has no rate. `count` is None where no KPI counts it, or it may not be shown."""

    step: FunnelStep
    count: Standing | None
    rate: Rate | None
    hidden: tuple[str, ...] = ()  # keys of the KPIs that may not be shown


@dataclass(frozen=True, slots=True)
class FunnelStanding:
    """Where a funnel is. `product` multiplies the steps' rates; `overall` is the KPI that states them."""

    funnel: Funnel
    framework: str
    steps: tuple[StepStanding, ...]
    overall: Rate | None
    product: Rate
    weakest: StepStanding | None  # the furthest below its stated rate

    @property
    def rated(self) -> tuple[StepStanding, ...]:
        """The steps behind the first whose rate is known."""
        return tuple(one for one in self.steps if one.rate is not None and one.rate.value is not None)

    @property
    def hidden(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(key for one in self.steps for key in one.hidden))


def kpis_of(funnel: Funnel) -> tuple[str, ...]:
    """The keys of the KPIs a funnel is made of."""
    keys = [key for step in funnel.steps for key in (step.count, step.rate)]
    return tuple(dict.fromkeys(key for key in (*keys, funnel.overall) if key))


def funnel_standing(
    funnel: Funnel, context: StandingContext, known: Mapping[str, Standing]
) -> FunnelStanding:
    """Where `funnel` is; `known` holds the standings of its KPIs by key, without those not to be shown."""
    steps = tuple(_steps(funnel, context, known))
    behind = [one for one in steps if one.rate is not None and one.rate.shortfall]
    weakest = max(behind, key=lambda one: one.rate.shortfall or 0.0 if one.rate else 0.0, default=None)
    overall = _stated(known.get(funnel.overall)) if funnel.overall else None
    return FunnelStanding(
        funnel=funnel,
        framework=context.framework.key,
        steps=steps,
        overall=overall,
        product=_product(steps, None if overall is None else overall.target, known.get(funnel.overall)),
        weakest=weakest,
    )


def _steps(funnel: Funnel, context: StandingContext, known: Mapping[str, Standing]) -> Iterator[StepStanding]:
    before: FunnelStep | None = None
    for step in funnel.steps:
        hidden = tuple(key for key in (step.count, step.rate) if key and key not in known)
        rate = None if before is None else _rate(before, step, context, known)
        yield StepStanding(step, known.get(step.count), rate, hidden)
        before = step


def _rate(
    before: FunnelStep, step: FunnelStep, context: StandingContext, known: Mapping[str, Standing]
) -> Rate:
    stating = known.get(step.rate)
    if step.rate and stating is None:
        return Rate(None, Origin.NONE, reason="not shown here")
    stated = Rate(None, Origin.NONE) if stating is None else _stated(stating)
    if stated.value is not None:
        return stated
    counts = known.get(before.count), known.get(step.count)
    if counts[0] is None or counts[1] is None:
        reason = stated.reason or "no KPI states this rate, and not both steps are counted"
        return _without_value(stated, reason)
    return _counted(counts[0], counts[1], context, stating)


def _stated(stating: Standing | None) -> Rate:
    """The rate as its own KPI measured it."""
    if stating is None:
        return Rate(None, Origin.NONE, reason="not shown here")
    target = stating.target
    if stating.value is None:
        reason = stating.reading.reason if stating.kpi.measure is not None else ""
        return Rate(None, Origin.NONE, target, reason=reason or "not measured")
    if stating.kpi.unit != PERCENT:
        return Rate(None, Origin.NONE, target, reason=f"it counts {stating.kpi.unit.name}, not percent")
    return _held(stating.value, Origin.MEASURED, target, stating.kpi, period=stating.reading.period)


def _held(
    value: float, origin: Origin, target: TargetInForce | None, kpi: Kpi | None, *, period: Period | None
) -> Rate:
    """A rate against the stated one."""
    if target is None or not target.is_numeric or kpi is None:
        return Rate(value, origin, target, period=period)
    left = shortfall(target.goal, value, kpi.better)
    far = None if left is None else as_float(left)
    return Rate(value, origin, target, met(target.goal, value, kpi.better), far, period)


def _without_value(rate: Rate, reason: str) -> Rate:
    return Rate(None, Origin.NONE, rate.target, reason=reason)


def _counted(before: Standing, after: Standing, context: StandingContext, stating: Standing | None) -> Rate:
    """Who is in a step over who was in the one before, where both were counted over the same closed days."""
    target = None if stating is None else stating.target
    empty = Rate(None, Origin.NONE, target)
    for each in (before, after):
        if each.value is None:
            return _without_value(empty, f"{each.kpi.name} has no number")
    counts = _over_the_same_days(before, after, context)
    if counts is None:
        reason = f"{before.kpi.name} and {after.kpi.name} are not counted over the same closed days"
        return _without_value(empty, reason)
    whole, part = counts
    for each, reading in ((before, whole), (after, part)):
        if reading.value is None:
            return _without_value(empty, f"{each.kpi.name}: {reading.reason}")
    return _divided(before, whole, part, stating)


def _divided(before: Standing, whole: Reading, part: Reading, stating: Standing | None) -> Rate:
    target = None if stating is None else stating.target
    empty = Rate(None, Origin.NONE, target)
    if whole.value is None or part.value is None or exact(whole.value) <= 0:
        return _without_value(empty, f"{before.kpi.name}: nobody came in, so there is no rate")
    share = as_float(exact(part.value) / exact(whole.value) * 100)
    if share is None:
        return _without_value(empty, "the rate is too large a number")
    kpi = None if stating is None else stating.kpi
    return _held(share, Origin.COUNTED, target, kpi, period=part.period)


def _over_the_same_days(
    before: Standing, after: Standing, context: StandingContext
) -> tuple[Reading, Reading] | None:
    """Both counts over one period: as they are, or both sums taken over the shorter of their windows."""
    if before.kpi.unit.kind != after.kpi.unit.kind:
        return None
    if before.reading.period is not None and before.reading.period == after.reading.period:
        return before.reading, after.reading
    sums = [_sum_of(each.kpi) for each in (before, after) if not each.reading.reason]
    found = [one for one in sums if one is not None]
    windows = [one.window for one in found if one.window is not None and one.window.text != ALL]
    if len(found) != 2 or not windows:
        return None
    window = min(windows, key=lambda one: one.days(context.moment).count)
    first, second = (
        _measure(Query("sum", one.metric, one.filters, window)).evaluate(context.series, context.moment)
        for one in found
    )
    return first, second


def _sum_of(kpi: Kpi) -> Query | None:
    """The one sum that a KPI's measure is."""
    root = None if kpi.measure is None else parse(kpi.measure).root
    return root.query if isinstance(root, Call) and root.query.function == "sum" else None


def _measure(query: Query) -> Measure:
    return Measure(str(Call(query)), Call(query), (query,))


def _product(steps: Sequence[StepStanding], target: TargetInForce | None, stating: Standing | None) -> Rate:
    """All rates multiplied: how many of those in the first step reach the last."""
    rates = [one.rate for one in steps if one.rate is not None]
    values = [rate.value for rate in rates if rate.value is not None]
    if len(values) < len(rates):
        missing = len(rates) - len(values)
        reason = f"{missing} of {len(rates)} rates {'has' if missing == 1 else 'have'} no number"
        return Rate(None, Origin.NONE, target, reason=reason)
    share = as_float(math.prod((exact(value) / 100 for value in values), start=Fraction(100)))
    if share is None:
        return Rate(None, Origin.NONE, target, reason="the rate is too large a number")
    return _held(share, Origin.MULTIPLIED, target, None if stating is None else stating.kpi, period=None)
