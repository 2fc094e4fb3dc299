"""Shares in words: a planned mix in points, without pass or fail, and a planned ranking by place."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.languages import said
from bot.reports.figures import print_change, print_goal
from bot.reports.rows import late, nothing, row, valued
from bot.reports.snapshot import Snapshot
from bot.workspace import KpiRef
from kpi.quantity import Better, Op
from kpi.scoring import as_float, exact
from kpi.standing import Standing

_PLACE = re.compile(r"\s*(\d{1,3})\s*[.)]\s")


def is_planned_share(standing: Standing) -> bool:
    """Whether the target is a plan that no share meets or misses: it has no better side."""
    target = standing.target
    return target is not None and target.goal.op is Op.EQUAL and standing.kpi.better is Better.NONE


def points_off(standing: Standing) -> float | None:
    """By how many points a share is above (or below) its plan."""
    target = standing.target
    if standing.value is None or target is None or target.goal.value is None:
        return None
    return as_float(exact(standing.value) - exact(target.goal.value))


def planned_place(standing: Standing) -> int | None:
    """The place that a ranking's target names: 2 of "2. Reddit"."""
    target = standing.target
    if target is None or target.goal.op is not Op.WORDS or standing.kpi.better is not Better.NONE:
        return None
    match = _PLACE.match(target.goal.text)
    return int(match[1]) if match else None


def share_row(ref: KpiRef, snapshot: Snapshot) -> str:
    """One origin in a line: "· Organic Search 47% · +7 points, planned 40%"."""
    standing = snapshot.of(ref)
    if standing.value is None and (is_planned_share(standing) or planned_place(standing) is not None):
        return f"○ {ref.kpi.name}: {nothing(standing)}, {_plan(standing)}"
    if (place := planned_place(standing)) is not None:
        told = said("planned place {place}", place=place)
        return f"· {valued(standing)} · {told}{late(standing)}"
    if not is_planned_share(standing):
        return row(ref, snapshot)
    off = points_off(standing) or 0.0
    told = said("as planned") if off == 0 else f"{print_change(off, ref.kpi.unit)}, {_plan(standing)}"
    return f"· {valued(standing)} · {told}{late(standing)}"


def _plan(standing: Standing) -> str:
    if (place := planned_place(standing)) is not None:
        return said("planned place {place}", place=place)
    assert standing.target is not None  # a planned share has one
    goal = replace(standing.target.goal, qualifier="")
    return said("planned {goal}", goal=print_goal(goal, standing.kpi.unit).removeprefix("= "))
