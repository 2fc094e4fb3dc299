"""Which of a KPI's targets applies today: targets follow each other along the framework's horizons."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from kpi.calendar import STEADY, Plan
from kpi.framework import Framework, Kpi, Target
from kpi.quantity import Goal
from kpi.scoring import is_numeric
from kpi.unit import Unit

_UNDECIDED = re.compile(r"\s*(?:tb[ad]|unknown|to be (?:decided|defined|determined|set))\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TargetInForce:
    """The target a value is held against, and where it lies in time."""

    horizon: str
    title: str
    goal: Goal
    unit: Unit  # what the numbers of `goal` count, whatever unit its text used
    deadline: date | None
    is_past: bool
    is_applicable: bool = True  # False: the document says N/A here, which asks for nothing
    previous: Target | None = None  # what was in force before, to be shown beside it: nothing lies between

    @property
    def is_numeric(self) -> bool:
        """Whether a number can be held against it."""
        return self.is_applicable and is_numeric(self.goal)

    @property
    def is_undecided(self) -> bool:
        """Whether its author has yet to say what it asks for (`TBD`): nobody can judge that."""
        return self.is_applicable and not is_numeric(self.goal) and bool(_UNDECIDED.match(self.goal.text))

    @property
    def is_in_words(self) -> bool:
        """Whether a person has to say if it is met (`Market leader`)."""
        return self.is_applicable and not is_numeric(self.goal) and not self.is_undecided


def target_in_force(kpi: Kpi, framework: Framework, plan: Plan, today: date) -> TargetInForce | None:
    """The next target that is not yet past; after all are past, the last one. None for a KPI without targets.

    A horizon counts until the end of its last day; one without a date is never past. Where a KPI has no
    target at a horizon (Q3 between Q2 and Q4), the next one applies: nothing is interpolated. A cell that
    says N/A is in force in its turn, so that nothing is asked early.
    """
    ordered = _in_order(kpi.targets.values(), framework, plan)
    if not ordered:
        return None
    places = (place for place, one in enumerate(ordered) if not plan.is_past(one.horizon, today))
    place = next(places, len(ordered) - 1)
    found = placed(ordered[place], framework, plan, today)
    return replace(found, previous=ordered[place - 1]) if place else found


def placed(target: Target, framework: Framework, plan: Plan, today: date) -> TargetInForce:
    """`target` with its title and its place in time."""
    known = framework.horizons.get(target.horizon)
    return TargetInForce(
        horizon=target.horizon,
        title=target.horizon if known is None else known.title,
        goal=target.goal,
        unit=target.unit,
        deadline=plan.deadline(target.horizon),
        is_past=plan.is_past(target.horizon, today),
        is_applicable=target.is_applicable,
    )


def _in_order(targets: Iterable[Target], framework: Framework, plan: Plan) -> list[Target]:
    """By deadline where all have one, else as the framework orders its horizons; a steady one last."""
    dated = [(target, plan.deadline(target.horizon)) for target in targets]
    deadlines = [deadline for target, deadline in dated if target.horizon != STEADY]
    by_date = None not in deadlines

    def rank(entry: tuple[Target, date | None]) -> tuple[bool, date, int]:
        target, deadline = entry
        known = framework.horizons.get(target.horizon)
        place = len(framework.horizons) if known is None else known.position
        return target.horizon == STEADY, deadline if by_date and deadline else date.min, place

    return [target for target, _ in sorted(dated, key=rank)]
