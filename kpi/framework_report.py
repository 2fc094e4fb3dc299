"""What can be told of a framework as a whole: its JSON form, and what in it cannot all hold."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from kpi.calendar import STEADY
from kpi.framework import Framework, Gate, Kpi, Target
from kpi.quantity import Better, Op, print_value

_RULES = ("zones", "alerts", "reports", "dashboards", "funnels", "attribution", "success", "tools")
_DAYS = re.compile(r"day([0-9]{1,4})")


def as_json(framework: Framework) -> dict[str, Any]:
    """The framework as plain data; the keys are a contract with other programs, so they only grow."""
    rules = {
        name: [rule.model_dump(mode="json", by_alias=True) for rule in getattr(framework, name)]
        for name in _RULES
    }
    return {
        "framework": framework.key,
        "title": framework.title,
        "source": framework.source,
        "horizons": [{"key": one.key, "title": one.title} for one in framework.horizons.values()],
        "kpis": [_kpi_json(kpi) for kpi in framework.kpis],
        "gates": [_gate_json(gate, framework) for gate in framework.gates],
        **rules,
        "governance": framework.governance.model_dump(mode="json", exclude_defaults=True),
        "findings": findings(framework),
    }


def _kpi_json(kpi: Kpi) -> dict[str, Any]:
    targets = [*kpi.targets.values(), *([kpi.pace] if kpi.pace else [])]
    return {
        "key": kpi.key,
        "name": kpi.name,
        "section": kpi.section,
        "unit": kpi.unit.name,
        "better": kpi.better.value,
        "baseline": kpi.baseline,
        "baseline_text": kpi.baseline_text,
        "aliases": list(kpi.aliases),
        "targets": [_target_json(target) for target in targets],
        "measure": kpi.measure,
        "source": kpi.source,
        "line": kpi.line,
        "owner": kpi.owner,
        "note": kpi.note,
        "scored": kpi.scored,
    }


def _target_json(target: Target) -> dict[str, Any]:
    goal = target.goal
    return {
        "horizon": target.horizon,
        "op": goal.op.value,
        "value": goal.value,
        "high": goal.high,
        "unit": target.unit.name,
        "text": goal.text,
    }


def _gate_json(gate: Gate, framework: Framework) -> dict[str, Any]:
    percent = float(gate.require * 100)
    return {
        "key": gate.key,
        "title": gate.title,
        "from": gate.from_,
        "to": gate.to,
        "require": int(percent) if percent.is_integer() else percent,
        "kpis": [kpi.key for kpi in gate.kpis(framework)],
        "line": gate.line,
    }


def findings(framework: Framework) -> list[str]:
    """What a reader should know before trusting the framework: clashes found by rule, then by its author."""
    found = [*_shared_names(framework)]
    for kpi in framework.kpis:
        found += _short_pace(kpi)
        found += _loosening(kpi)
    for written in framework.written_findings:
        lines = ", ".join(map(str, written.lines))
        found.append(
            f"Line {lines}: {written.text}" if len(written.lines) == 1 else f"Lines {lines}: {written.text}"
        )
    return found


def _shared_names(framework: Framework) -> Iterator[str]:
    by_name: dict[str, list[Kpi]] = defaultdict(list)
    for kpi in framework.kpis:
        by_name[kpi.name.casefold()].append(kpi)
    for same in by_name.values():
        if len(same) > 1:
            keys = " and ".join(kpi.key for kpi in same)
            yield f"“{same[0].name}” names {len(same)} KPIs: {keys}. The short name is asked back."


def _short_pace(kpi: Kpi) -> Iterator[str]:
    """A pace that, kept to the day, misses the target it stands beside."""
    for horizon, target in kpi.targets.items():
        days = _DAYS.fullmatch(horizon)
        if days is None or kpi.pace is None or kpi.pace.goal.value is None or target.goal.value is None:
            continue
        reached = (kpi.baseline or 0.0) + kpi.pace.goal.value * int(days[1])
        if reached < target.goal.value:
            pace = print_value(kpi.pace.goal.value, kpi.pace.unit)
            gives, wanted = print_value(reached, kpi.unit), print_value(target.goal.value, kpi.unit)
            yield (
                f"{kpi.name}: {pace} for {days[1]} days gives {gives}, short of {wanted}: "
                "keeping pace does not prove the target."
            )


def _loosening(kpi: Kpi) -> Iterator[str]:
    """A later horizon that asks for less than the one before."""
    sign = -1 if kpi.better is Better.LOWER else 1
    dated = [
        target
        for target in kpi.targets.values()
        if target.is_numeric and target.goal.op is not Op.EQUAL and target.horizon != STEADY
    ]
    for before, after in pairwise(dated):
        if sign * (after.goal.value or 0.0) < sign * (before.goal.value or 0.0):
            yield (
                f"{kpi.name}: {after.horizon} asks for less ({after.goal.text}) "
                f"than {before.horizon} ({before.goal.text})."
            )
