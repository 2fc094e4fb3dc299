"""The gates of the built-in Inferno framework, over the document's own lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from importlib import resources

import pytest

from kpi.framework import Framework, Kpi
from kpi.framework_file import parse_framework
from kpi.gates import Outcome, Verdict, verdict
from kpi.metric import Series
from kpi.quantity import Op
from tests.kpi.cases import NOON, context_of, reading_at

PHASES = [("phase1", 44, 36), ("phase2", 59, 51), ("phase3", 61, 55)]


@pytest.fixture(scope="module")
def inferno() -> Framework:
    text = resources.files("kpi.frameworks").joinpath("inferno.yaml").read_text("utf-8")
    return parse_framework(text, "inferno.yaml")


def at_target(kpi: Kpi, phase: str) -> float:
    """A value that meets the target of a phase in full."""
    goal = kpi.targets[phase].goal
    assert goal.value is not None
    if goal.op is Op.BELOW:
        return goal.value * 0.99
    return goal.value * 1.01 if goal.op is Op.ABOVE else goal.value


def judged(
    inferno: Framework, phase: str, count: int, value: Callable[[Kpi, str], float] = at_target
) -> Verdict:
    """The gate out of `phase` where the first `count` numeric KPIs have this value."""
    gate = next(gate for gate in inferno.gates if gate.from_ == phase)
    numeric = [kpi for kpi in gate.kpis(inferno) if kpi.targets[phase].goal.value is not None]
    entered: list[Series] = [
        reading_at(f"entry.inferno.{kpi.key}", NOON, value(kpi, phase)) for kpi in numeric[:count]
    ]
    context = context_of(inferno, *entered)
    late = replace(context, plan=replace(context.plan, dates={"phase1": date(2026, 10, 31)}))
    return verdict(gate, inferno, late)


@pytest.mark.parametrize(("phase", "total", "required"), PHASES)
def test_the_kpis_of_a_phase_and_the_least_number(
    inferno: Framework, phase: str, total: int, required: int
) -> None:
    found = judged(inferno, phase, 0)
    assert (found.total, found.required_count, found.achieved) == (total, required, 0)
    assert len(found.undated) == 47
    assert found.outcome is Outcome.NOT_ENOUGH_DATA


@pytest.mark.parametrize(("phase", "required"), [(phase, required) for phase, _, required in PHASES])
def test_the_gate_opens_with_the_least_number_and_not_before(
    inferno: Framework, phase: str, required: int
) -> None:
    enough = judged(inferno, phase, required)
    short = judged(inferno, phase, required - 1)
    assert (enough.achieved, enough.passed) == (required, True)
    assert (short.achieved, short.missing, short.passed) == (required - 1, 1, False)


@pytest.mark.parametrize("phase", [phase for phase, _, _ in PHASES])
def test_at_90_percent_of_every_target_nothing_is_achieved(inferno: Framework, phase: str) -> None:
    def short_of(kpi: Kpi, phase: str) -> float:
        goal = kpi.targets[phase].goal
        assert goal.value is not None
        if goal.op in (Op.AT_MOST, Op.BELOW):
            return goal.value / 0.9 if goal.value else 1.0
        return goal.value * 0.9

    found = judged(inferno, phase, 99, short_of)
    assert (found.achieved, found.passed) == (0, False)
    assert all(item.distance == pytest.approx(0.1) for item in found.blocking if item.target.goal.value)


def test_what_says_not_applicable_in_phase_2_is_not_in_its_gate(inferno: Framework) -> None:
    names = {item.kpi.name for item in judged(inferno, "phase2", 0).items}
    assert not names & {"Certification Success Rate", "Certification Holders"}
    assert names & {"Speculative Decoding", "Graph Optimization"}
