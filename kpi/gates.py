"""Gates: whether enough of a phase is achieved to enter the next one, with the evidence.

Counts are integers and shares are fractions, so 35 of 44 is never taken for 80 %. What was not measured, and
what nobody has judged, counts against the gate; only a cell that says N/A leaves the count. A target in
words is achieved by the judgement people recorded of these very words, and by no number.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from kpi.calendar import STEADY
from kpi.framework import Framework, Gate, Kpi
from kpi.horizon import TargetInForce, placed
from kpi.judgement import Judgement, judged
from kpi.measure import State
from kpi.quantity import Goal
from kpi.reading import read
from kpi.scoring import as_float, as_percent, gap, left_of, met, share_of_target
from kpi.standing import Standing, StandingContext, standing

__all__ = ["GateItem", "Outcome", "Verdict", "required_count", "verdict", "was_open"]


class Outcome(StrEnum):
    """The verdict in words: a fail that measuring more could still turn is not yet a fail."""

    PASS = "pass"  # noqa: S105  # a verdict, not a password
    FAIL = "fail"
    NOT_ENOUGH_DATA = "not enough data"


@dataclass(frozen=True, slots=True)
class GateItem:
    """One KPI of a gate, held against the target of the gate's own phase, whatever is in force."""

    kpi: Kpi
    standing: Standing
    target: TargetInForce
    met: bool | None  # None: not measured, or in words that nobody has judged
    percent_of_target: float | None
    shortfall: Fraction | None  # what is missing, relative to the target: 0 at the limit, 1 at nothing of it
    judgement: Judgement | None = None  # what people said of a target in words

    @property
    def state(self) -> State:
        return self.standing.state

    @property
    def needs_judgement(self) -> bool:
        """Whether a person has to say, because the target is in words and nobody has yet."""
        return self.target.is_in_words and self.judgement is None

    @property
    def distance(self) -> float | None:
        """The shortfall as a number to print or to send; to compare, take the exact one."""
        return None if self.shortfall is None else float(self.shortfall)

    @property
    def gap(self) -> float | None:
        """How far the value is from the limit it misses, in the KPI's unit; None where no number says."""
        if self.met is not False or not self.target.is_numeric:
            return None
        found = gap(self.target.goal, self.standing.value)
        return None if found is None else abs(found)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a gate says. `blocking` are the KPIs that miss, nearest first; `undated` those without a phase."""

    gate: Gate
    framework: str
    achieved: int
    total: int
    required_count: int
    required: Fraction
    items: tuple[GateItem, ...]
    blocking: tuple[GateItem, ...]
    unmeasured: tuple[GateItem, ...]
    undated: tuple[Kpi, ...]

    @property
    def passed(self) -> bool:
        """Whether the gate is open. One without KPIs stays shut: nothing was shown."""
        return self.total > 0 and self.achieved >= self.required_count

    @property
    def percent(self) -> Fraction:
        """The share achieved, in percent and exact: 35 of 44 is 875/11."""
        return Fraction(100 * self.achieved, self.total) if self.total else Fraction(0)

    @property
    def missing(self) -> int:
        """How many more must be achieved."""
        return max(0, self.required_count - self.achieved)

    @property
    def cheapest(self) -> tuple[GateItem, ...]:
        """The fewest KPIs that open the gate, the nearest first; empty where it is open.

        Where those that fall short do not suffice, the rest are to be measured, or judged, and to be met.
        """
        open_ones = sorted(
            self.unmeasured, key=lambda one: (not one.target.is_numeric, one.target.is_undecided)
        )
        return (*self.blocking, *open_ones)[: self.missing]

    @property
    def outcome(self) -> Outcome:
        """Pass, fail, or a fail that the unmeasured KPIs could still turn."""
        if self.passed:
            return Outcome.PASS
        within_reach = self.achieved + len(self.unmeasured) >= self.required_count
        return Outcome.NOT_ENOUGH_DATA if within_reach else Outcome.FAIL


def required_count(require: Fraction, total: int) -> int:
    """The least number of KPIs that is `require` of `total`: 36 of 44 for 80 %."""
    return -(-require.numerator * total // require.denominator)


def verdict(
    gate: Gate,
    framework: Framework,
    context: StandingContext,
    *,
    known: Mapping[str, Standing] | None = None,
) -> Verdict:
    """The verdict of `gate`; `known` are standings already made from the same context, by KPI key."""
    found = known or {}
    items = tuple(
        _item(kpi, gate, context, found.get(kpi.key) or standing(kpi, context))
        for kpi in gate.kpis(framework)
    )
    return Verdict(
        gate=gate,
        framework=framework.key,
        achieved=sum(item.met is True for item in items),
        total=len(items),
        required_count=required_count(gate.require, len(items)),
        required=gate.require * 100,
        items=items,
        blocking=tuple(sorted((item for item in items if item.met is False), key=_nearness)),
        unmeasured=tuple(item for item in items if item.met is None),
        undated=tuple(kpi for kpi in framework.kpis if kpi.targets and set(kpi.targets) <= {STEADY}),
    )


def was_open(
    gate: Gate, framework: Framework, context: StandingContext, *, first: Collection[str] = ()
) -> bool | None:
    """Whether `verdict` would pass, and no more: cheap enough for every day of a quarter.

    None where nothing of it was measured or judged. It ends as soon as it is decided: soonest where the KPIs
    whose keys are `first` are the ones that decide it.
    """
    kpis = sorted(gate.kpis(framework), key=lambda kpi: kpi.key not in first)
    wanted = required_count(gate.require, len(kpis))
    achieved = short = known = 0
    for kpi in kpis:
        value = read(framework.key, kpi, series=context.series, moment=context.moment).value
        found = _is_met(
            kpi, kpi.targets[gate.from_].goal, value=value, judgement=_judgement(kpi, gate, context)
        )
        known += found is not None
        achieved += found is True
        short += found is not True
        if achieved >= wanted:
            return True
        if short > len(kpis) - wanted and known:
            return False
    return False if known else None


def _judgement(kpi: Kpi, gate: Gate, context: StandingContext) -> Judgement | None:
    target = kpi.targets[gate.from_]
    if target.is_numeric:
        return None
    in_force = placed(target, context.framework, context.plan, context.moment.day)
    said = judged(context.judgements, kpi=kpi.key, horizon=gate.from_, text=target.goal.text)
    return said if in_force.is_in_words else None


def _is_met(kpi: Kpi, goal: Goal, *, value: float | None, judgement: Judgement | None) -> bool | None:
    """By the number, or by what people said of a target in words."""
    return met(goal, value, kpi.better) if judgement is None else judgement.met


def _item(kpi: Kpi, gate: Gate, context: StandingContext, found: Standing) -> GateItem:
    target = placed(kpi.targets[gate.from_], context.framework, context.plan, context.moment.day)
    judgement = _judgement(kpi, gate, context)
    share = share_of_target(target.goal, found.value, kpi.better)
    return GateItem(
        kpi=kpi,
        standing=found,
        target=target,
        met=_is_met(kpi, target.goal, value=found.value, judgement=judgement),
        percent_of_target=as_percent(share),
        shortfall=left_of(share, target.goal, found.value, kpi.better),
        judgement=judgement,
    )


def _nearness(item: GateItem) -> tuple[bool, float, Fraction, str]:
    """Nearest first, by exact distance; what no number places comes last; by key where equally far.

    Floats are compared much faster than fractions, and in the same order: most are told apart by them.
    """
    far = item.shortfall or Fraction(0)
    rough = as_float(far)
    return item.shortfall is None, math.inf if rough is None else rough, far, item.kpi.key
