"""A workspace as it looks after three months: three frameworks, and numbers for most of their KPIs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.workspace import Person, Workspace
from kpi.framework import Kpi
from kpi.metric import Sample
from kpi.reading import entry_metric
from tests.factories import YESTERDAY, built_in, each_day

FRAMEWORKS = ("hektor", "bakhmach", "inferno")
PEOPLE = (Person("Dana", {"slack": "U0DANA"}, "admin"), Person("Lee", {"slack": "U0LEE"}, "editor"))
_REACHED = (1.1, 0.93, 0.8, 0.55, 1.0, None, 0.72, 0.3, 1.3)
"""How much of its target a KPI has; nothing is known of every ninth."""


def filled_workspace() -> Workspace:
    return replace(built_in(*FRAMEWORKS), people=PEOPLE)


def filled_samples(used: Workspace) -> Iterator[Sample]:
    """Stars and forks every day, and a weekly entry for the KPIs that have a number as their target."""
    yield from each_day("github.stars", [2_000 + 28 * day for day in range(90)])
    yield from each_day("github.forks", [150 + 2 * day for day in range(90)])
    for number, ref in enumerate(used.kpis):
        reached = _REACHED[number % len(_REACHED)]
        goal = _asked(ref.kpi)
        if reached is not None and goal is not None:
            metric = entry_metric(ref.use.framework.key, ref.kpi)
            yield from each_day(metric, _weekly(goal * reached), until=YESTERDAY)


def _asked(kpi: Kpi) -> float | None:
    """What the first of its targets asks for, in the KPI's unit."""
    return next((one.goal.value for one in kpi.targets.values() if one.goal.value is not None), None)


def _weekly(value: float, weeks: int = 12) -> list[float | None]:
    """A rise from half of `value` to all of it, one reading in seven days."""
    days: list[float | None] = [None] * (7 * (weeks - 1) + 1)
    days[::7] = [value * (weeks + week) / (2 * weeks - 1) for week in range(weeks)]
    return days
