"""Gates: whether enough of a phase is achieved to enter the next one, with the evidence.

Counts are integers and shares are fractions, so 35 of 44 is never taken for 80 %. What was not measured, and
what nobody has judged, counts against the gate; only a cell that says N/A leaves the count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from kpi.calendar import STEADY
from kpi.framework import Framework, Gate, Kpi
from kpi.horizon import TargetInForce, placed
from kpi.measure import State
from kpi.scoring import met, percent_of_target, shortfall
from kpi.standing import Standing, StandingContext, standing

__all__ = ["GateItem", "Outcome", "Verdict", "required_count", "verdict"]


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
    distance: float | None  # what is missing, relative to the target: 0 at the limit, 1 at nothing of it

    @property
    def state(self) -> State:
        return self.standing.state

    @property
    def needs_judgement(self) -> bool:
        """Whether a person has to say, because the target is in words."""
        return not self.target.is_numeric


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


def _item(kpi: Kpi, gate: Gate, context: StandingContext, found: Standing) -> GateItem:
    target = placed(kpi.targets[gate.from_], context.framework, context.plan, context.moment.day)
    left = shortfall(target.goal, found.value, kpi.better)
    return GateItem(
        kpi=kpi,
        standing=found,
        target=target,
        met=met(target.goal, found.value, kpi.better),
        percent_of_target=percent_of_target(target.goal, found.value, kpi.better),
        distance=None if left is None else float(left),
    )


def _nearness(item: GateItem) -> tuple[float, str]:
    """Nearest first; by key where equally far, so that the order never changes by itself."""
    return (1.0 if item.distance is None else item.distance, item.kpi.key)
