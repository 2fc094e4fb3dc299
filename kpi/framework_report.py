"""What can be told of a framework as a whole: its JSON form, its counts, and what in it cannot all hold."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

from kpi.calendar import STEADY
from kpi.framework import Framework, Gate, Kpi, Target, slug
from kpi.measure import parse as parse_measure
from kpi.metric import Metric
from kpi.quantity import Better, Op, print_value
from kpi.unit import UnitFault, are_comparable, described, singular

_RULES = ("zones", "alerts", "reports", "dashboards", "funnels", "attribution", "success", "tools")
_DAYS = re.compile(r"day([0-9]{1,4})")
_FAMILY = re.compile(r"([a-z]+)[0-9]+")


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
    return {
        "key": kpi.key,
        "name": kpi.name,
        "section": kpi.section,
        "unit": kpi.unit.name,
        "better": kpi.better.value,
        "baseline": kpi.baseline,
        "baseline_text": kpi.baseline_text,
        "aliases": list(kpi.aliases),
        "targets": [_target_json(target) for target in _written(kpi)],
        "measure": kpi.measure,
        "source": kpi.source,
        "line": kpi.line,
        "owner": kpi.owner,
        "note": kpi.note,
        "scored": kpi.scored,
        "matures": _whole_days(kpi.matures),
        "history": _whole_days(kpi.history),
        "rhythm": None if kpi.rhythm is None else list(kpi.rhythm),
        "asked": kpi.asked,
    }


def _written(kpi: Kpi) -> list[Target]:
    """Everything its author asks of a KPI: the targets, and the pace as one of them."""
    return [*kpi.targets.values(), *([kpi.pace] if kpi.pace else [])]


def _whole_days(age: timedelta | None) -> int | None:
    return None if age is None else age.days


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


@dataclass(frozen=True, slots=True)
class Count:
    """What stands under one heading and the headings below it.

    `section` is the whole path of the heading, empty for all of the framework; `depth` is 1 for the topmost
    headings and 0 for all. A pace counts as a target, and a cell that says N/A as one in words.
    """

    section: str
    depth: int
    kpis: int
    targets: int
    numeric: int
    in_words: int
    without_target: int
    not_scored: int

    @property
    def title(self) -> str:
        """The heading itself, without those above it."""
        return self.section.rpartition(" > ")[2]


def counts(framework: Framework) -> tuple[Count, ...]:
    """A count for every heading, as the document nests them, each before those below it; the total last."""
    headings: dict[str, None] = {}
    for section in framework.sections:
        parts = section.split(" > ")
        headings |= dict.fromkeys(" > ".join(parts[:depth]) for depth in range(1, len(parts) + 1))
    rows = [_count(title, 1 + title.count(" > "), framework.within(title)) for title in headings]
    return (*rows, _count("", 0, framework.kpis))


def _count(section: str, depth: int, kpis: Sequence[Kpi]) -> Count:
    written = [target for kpi in kpis for target in _written(kpi)]
    numeric = sum(target.is_numeric for target in written)
    return Count(
        section=section,
        depth=depth,
        kpis=len(kpis),
        targets=len(written),
        numeric=numeric,
        in_words=len(written) - numeric,
        without_target=sum(not _written(kpi) for kpi in kpis),
        not_scored=sum(not kpi.scored for kpi in kpis),
    )


def findings(framework: Framework, metrics: Mapping[str, Metric] | None = None) -> list[str]:
    """What a reader should know before trusting the framework: clashes found by rule, then by its author.

    With `metrics`, those that collectors declare, also what its measures ask of them in vain. None of it is
    a fault: what no collector measures is entered by hand or imported.
    """
    found = [*_shared_names(framework), *_unit_clashes(framework), *_unused_horizons(framework)]
    for kpi in framework.kpis:
        found += _mixed_horizons(kpi)
        found += _short_pace(kpi)
        found += _loosening(kpi)
    if metrics is not None:
        found += _wrong_units(framework, metrics)
        found += _unmeasured(framework, metrics)
    for written in framework.written_findings:
        lines = ", ".join(map(str, written.lines))
        found.append(
            f"Line {lines}: {written.text}" if len(written.lines) == 1 else f"Lines {lines}: {written.text}"
        )
    return found


def unused_metrics(frameworks: Iterable[Framework], metrics: Mapping[str, Metric]) -> tuple[str, ...]:
    """The metrics that no measure of these frameworks reads, by name."""
    used = {name for framework in frameworks for _, text in _measures(framework) for name in _reads(text)}
    return tuple(sorted(metrics.keys() - used))


def _measures(framework: Framework) -> Iterator[tuple[str, str]]:
    """Who measures what: keys of KPIs and of alerts, each with its measure."""
    for kpi in framework.kpis:
        if kpi.measure is not None:
            yield kpi.key, kpi.measure
    for alert in framework.alerts:
        if alert.when is not None and alert.when.own_measure:
            yield f"the alert {alert.key}", alert.when.own_measure


def _reads(measure: str) -> frozenset[str]:
    return parse_measure(measure).metrics


def _shared_names(framework: Framework) -> Iterator[str]:
    by_name: dict[str, list[Kpi]] = defaultdict(list)
    for kpi in framework.kpis:
        by_name[kpi.name.casefold()].append(kpi)
    for same in by_name.values():
        if len(same) > 1:
            keys = " and ".join(kpi.key for kpi in same)
            yield f"“{same[0].name}” names {len(same)} KPIs: {keys}. The short name is asked back."


def _unit_clashes(framework: Framework) -> Iterator[str]:
    """KPIs of one name, in the singular or the plural, whose numbers cannot be compared."""
    families: dict[str, list[Kpi]] = defaultdict(list)
    for kpi in framework.kpis:
        if any(target.is_numeric for target in _written(kpi)):
            families[slug(singular(kpi.name.casefold()))].append(kpi)
    for first, *others in families.values():
        for other in others:
            if not are_comparable(first.unit, other.unit):
                yield (
                    f"{first.key} is in {described(first.unit)} and {other.key} in {described(other.unit)}: "
                    "of one name, and not to be compared."
                )


def _unused_horizons(framework: Framework) -> Iterator[str]:
    """Horizons that no target, gate or rule names; the steady one is always there."""
    used = {STEADY} | {horizon for kpi in framework.kpis for horizon in kpi.targets}
    used |= {horizon for gate in framework.gates for horizon in (gate.from_, gate.to)}
    used |= {item.horizon for item in framework.success}
    used |= {review.due for review in (*framework.governance.reviews, *framework.governance.tasks)}
    for key, horizon in framework.horizons.items():
        if key not in used:
            yield f"The horizon {key} ({horizon.title}) is declared, and nothing is due at it."


def _mixed_horizons(kpi: Kpi) -> Iterator[str]:
    """Targets at quarters and at months, say, whose order hangs on the day of the start."""
    named = {horizon: match[1] for horizon in kpi.targets if (match := _FAMILY.fullmatch(horizon))}
    if len(set(named.values())) > 1:
        yield f"{kpi.name} mixes horizons ({', '.join(named)}): which comes first depends on the start."


def _wrong_units(framework: Framework, metrics: Mapping[str, Metric]) -> Iterator[str]:
    """Measures that give something else than the KPI counts."""
    for kpi in framework.kpis:
        if kpi.measure is None:
            continue
        try:
            found = parse_measure(kpi.measure).unit(metrics)
        except UnitFault as fault:
            yield f"{kpi.name}: {kpi.measure}: {fault.message}."
            continue
        if found is not None and not are_comparable(found, kpi.unit):
            yield f"{kpi.name} is in {described(kpi.unit)}, but {kpi.measure} gives {described(found)}."


def _unmeasured(framework: Framework, metrics: Mapping[str, Metric]) -> Iterator[str]:
    """Metrics that nobody provides, each with what waits for it."""
    waiting: dict[str, list[str]] = defaultdict(list)
    for subject, measure in _measures(framework):
        for name in sorted(_reads(measure) - metrics.keys()):
            waiting[name].append(subject)
    for name, subjects in waiting.items():
        yield f"No collector measures {name}, for {', '.join(subjects)}: import it, or enter the KPI by hand."


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
