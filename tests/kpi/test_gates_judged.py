"""Gates over words, over cells that ask for nothing, and the fewest KPIs that open one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.framework import Framework, Kpi
from kpi.gates import GateItem, Outcome, Verdict, verdict, was_open
from kpi.judgement import Judgement
from kpi.metric import Series
from kpi.standing import StandingContext
from tests.kpi.cases import NOON, context_of, framework_of, kpi_of, reading_at

WORDS = "Market leader"
LEADER = kpi_of({"phase1": WORDS, "phase2": "Sole leader"}, name="Position", unit_name="", measure=None)


def said(*, met: bool, horizon: str = "phase1", text: str = WORDS) -> Judgement:
    return Judgement(LEADER.key, horizon, text, met, "the report says so", "slack:U1", NOON)


def judged_by(*judgements: Judgement, framework: Framework | None = None) -> Verdict:
    used = framework or framework_of(LEADER)
    context = context_of(used, reading_at(f"entry.hektor.{LEADER.key}", NOON, 15.0))
    found = {(one.kpi, one.horizon): one for one in judgements}
    return verdict(used.gates[0], used, replace(context, judgements=found))


def test_words_are_met_by_a_judgement_and_by_no_number() -> None:
    assert judged_by().items[0].met is None
    found = judged_by(said(met=True))
    assert (found.achieved, found.passed, found.unmeasured) == (1, True, ())
    item = found.items[0]
    assert (item.met, item.needs_judgement, item.judgement) == (True, False, said(met=True))


def test_words_judged_not_met_fall_short() -> None:
    found = judged_by(said(met=False))
    assert found.blocking == found.items
    assert (found.outcome, found.unmeasured) == (Outcome.FAIL, ())
    assert (found.items[0].distance, found.items[0].gap) == (None, None)


@pytest.mark.parametrize(
    "other", [said(met=True, text="Market leader in Europe"), said(met=True, horizon="phase2")]
)
def test_a_judgement_of_other_words_or_of_another_phase_does_not_count(other: Judgement) -> None:
    found = judged_by(other)
    assert (found.items[0].met, found.items[0].needs_judgement) == (None, True)


def test_what_is_yet_to_be_decided_cannot_be_judged() -> None:
    kpi = replace(kpi_of({"phase1": "TBD"}, name="Position", unit_name="", measure=None), key=LEADER.key)
    item = judged_by(said(met=True, text="TBD"), framework=framework_of(kpi)).items[0]
    assert (item.met, item.needs_judgement) == (None, False)


def test_what_says_not_applicable_leaves_the_count_whatever_it_reads() -> None:
    absent = kpi_of({"phase1": "N/A", "phase2": "5"}, name="absent", unit_name="%", measure=None)
    present = kpi_of({"phase1": "5%"}, name="present", unit_name="%", measure=None)
    framework = framework_of(absent, present)
    context = context_of(framework, entered(absent, 1.0), entered(present, 5.0))
    found = verdict(framework.gates[0], framework, context)
    assert ([item.kpi.name for item in found.items], found.passed) == (["present"], True)


def entered(kpi: Kpi, value: float) -> Series:
    return reading_at(f"entry.hektor.{kpi.key}", NOON - timedelta(hours=1), value)


def gate_over(values: Sequence[float | None]) -> tuple[Framework, StandingContext, list[Kpi]]:
    """Each KPI is to reach 100; None is not measured."""
    kpis = [
        kpi_of({"phase1": "100"}, name=f"kpi {place}", unit_name="points", measure=None)
        for place in range(len(values))
    ]
    framework = framework_of(*kpis, require="75%")
    series = [entered(kpi, value) for kpi, value in zip(kpis, values, strict=True) if value is not None]
    return framework, context_of(framework, *series), kpis


def opens(values: Sequence[float | None], met: Sequence[GateItem]) -> bool:
    """Whether the gate opens where these KPIs are brought to their targets."""
    keys = {item.kpi.key for item in met}
    _, _, kpis = gate_over(values)
    framework, context, _ = gate_over(
        [100.0 if kpi.key in keys else value for kpi, value in zip(kpis, values, strict=True)]
    )
    return verdict(framework.gates[0], framework, context).passed


values = st.lists(st.one_of(st.none(), st.floats(0, 150)), min_size=1, max_size=7)


@settings(max_examples=40)
@given(values)
def test_the_cheapest_set_opens_the_gate_and_no_smaller_one_does(found: list[float | None]) -> None:
    framework, context, _ = gate_over(found)
    judged = verdict(framework.gates[0], framework, context)
    cheapest = judged.cheapest
    assert opens(found, cheapest)
    shut = [item for item in judged.items if item.met is not True]
    fewer = combinations(shut, len(cheapest) - 1) if cheapest else ()
    assert not any(opens(found, some) for some in fewer)


def test_the_nearest_come_first_and_the_unmeasured_only_where_they_do_not_suffice() -> None:
    framework, context, _ = gate_over([100.0, 40.0, None, 90.0, None, 99.0, None, None])
    found = verdict(framework.gates[0], framework, context)
    assert found.missing == 5
    assert [item.kpi.name for item in found.cheapest] == ["kpi 5", "kpi 3", "kpi 1", "kpi 2", "kpi 4"]
    assert [item.gap for item in found.cheapest] == [1, 10, 60, None, None]


def test_distances_that_differ_in_the_last_digit_are_told_apart() -> None:
    framework, context, _ = gate_over([99.99999999998, 99.99999999999, 0.0])
    found = verdict(framework.gates[0], framework, context)
    assert [item.kpi.name for item in found.blocking] == ["kpi 1", "kpi 0", "kpi 2"]


@given(values, st.sets(st.integers(0, 6)))
def test_what_is_measured_no_longer_never_opens_a_gate(found: list[float | None], gone: set[int]) -> None:
    less = [None if place in gone else value for place, value in enumerate(found)]
    with_all, with_less = (gate_over(some) for some in (found, less))
    before = verdict(with_all[0].gates[0], with_all[0], with_all[1])
    after = verdict(with_less[0].gates[0], with_less[0], with_less[1])
    assert after.total == before.total
    assert after.achieved <= before.achieved
    assert before.passed or not after.passed


@given(values, st.sets(st.integers(0, 6)))
def test_the_short_way_says_what_the_verdict_says(found: list[float | None], first: set[int]) -> None:
    framework, context, _ = gate_over(found)
    judged = verdict(framework.gates[0], framework, context)
    likely = {framework.kpis[place].key for place in first if place < len(framework.kpis)}
    is_known = len(judged.unmeasured) < len(judged.items)
    expected = judged.passed if is_known else None
    assert was_open(framework.gates[0], framework, context, first=likely) is expected
