"""Targets changed after a framework was written: each change stands in for one cell of its file.

A change was made to what the file said then. Once the file says something else there, its author has moved
on, and the change no longer counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from kpi.amount import QuantityFault
from kpi.framework import Framework, Kpi, Target
from kpi.quantity import parse_goal


@dataclass(frozen=True, slots=True)
class TargetChange:
    """A new text for one cell: the target of `kpi` (a key) at `horizon`."""

    kpi: str
    horizon: str
    text: str  # as its author wrote it: "6,000"
    replaced: str  # what the framework's file said there when the change was made; "" for no target


def with_targets(framework: Framework, changes: Iterable[TargetChange]) -> Framework:
    """`framework`, as its file states it, with the changes that still hold; of several on one cell the last.

    A change is ignored where its KPI or horizon is gone, its text no longer fits the KPI's unit, or the file
    no longer says what was replaced. Where nothing differs in the end, `framework` itself is returned.
    """
    cells: dict[str, dict[str, Target]] = {}
    for change in changes:
        kpi = framework.by_key.get(change.kpi)
        if kpi is None or change.horizon not in framework.horizons:
            continue
        if written_text(kpi, change.horizon) != change.replaced:
            continue
        try:
            cells.setdefault(kpi.key, {})[change.horizon] = _target(kpi, change.horizon, change.text)
        except QuantityFault:
            continue
    return _replaced(framework, cells)


def changed_target(framework: Framework, kpi_key: str, horizon: str, text: str) -> Framework:
    """`framework` with `text` as the target of one KPI at one horizon, whatever it was.

    Raises `QuantityFault` for a text that is no target in the KPI's unit, `KeyError` for a KPI or a horizon
    that the framework does not have.
    """
    kpi, known = framework.by_key[kpi_key], framework.horizons[horizon]
    return _replaced(framework, {kpi.key: {known.key: _target(kpi, known.key, text)}})


def written_text(kpi: Kpi, horizon: str) -> str:
    """What the target of `kpi` at `horizon` says, in its author's words; empty where there is none."""
    target = kpi.targets.get(horizon)
    return "" if target is None else target.goal.text


def _target(kpi: Kpi, horizon: str, text: str) -> Target:
    target = kpi.targets.get(horizon)
    if target is not None and target.goal.text == text:
        return target  # back to the file's words: its author may have said apart what they mean
    return Target(horizon, parse_goal(text, unit=kpi.unit, better=kpi.better), kpi.unit)


def _replaced(framework: Framework, cells: Mapping[str, Mapping[str, Target]]) -> Framework:
    kpis = tuple(_with_cells(kpi, cells.get(kpi.key, {}), framework) for kpi in framework.kpis)
    if all(new is old for new, old in zip(kpis, framework.kpis, strict=True)):
        return framework
    return replace(framework, kpis=kpis)


def _with_cells(kpi: Kpi, cells: Mapping[str, Target], framework: Framework) -> Kpi:
    """`kpi` with other targets, in the order of the framework's horizons."""
    if all(kpi.targets.get(horizon) is target for horizon, target in cells.items()):
        return kpi
    targets = {**kpi.targets, **cells}
    in_order = sorted(targets, key=lambda horizon: framework.horizons[horizon].position)
    return replace(kpi, targets={horizon: targets[horizon] for horizon in in_order})
