"""Gates: exact counts, what counts against them, and what would open them next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.framework import Framework, Kpi
from kpi.gates import Outcome, Verdict, required_count, verdict
from kpi.measure import State
from kpi.metric import Series
from kpi.quantity import Better
from kpi.standing import SourceFault, StandingContext, standings
from tests.kpi.cases import NOON, context_of, framework_of, kpi_of, reading_at


def kpi_named(name: str, text: str = "100%", unit_name: str = "%", better: Better = Better.HIGHER) -> Kpi:
    return kpi_of({"phase1": text}, name=name, unit_name=unit_name, better=better, measure=None)


def entered(kpi: Kpi, value: float) -> Series:
    return reading_at(f"entry.hektor.{kpi.key}", NOON, value)


def judged(framework: Framework, *series: Series) -> Verdict:
    return verdict(framework.gates[0], framework, context_of(framework, *series))


def judged_values(values: Sequence[float | None], require: str = "80%") -> Verdict:
    """A gate over as many KPIs as values, each to reach 100 %; None is not measured."""
    kpis = [kpi_named(f"kpi {place:02}") for place in range(len(values))]
    series = [entered(kpi, value) for kpi, value in zip(kpis, values, strict=True) if value is not None]
    return judged(framework_of(*kpis, require=require), *series)


@pytest.mark.parametrize(
    ("require", "total", "count"),
    [
        ("80%", 44, 36),
        ("85%", 59, 51),
        ("90%", 61, 55),
        ("80%", 45, 36),
        ("80%", 5, 4),
        ("80%", 1, 1),
        ("70%", 10, 7),  # 0.7 * 10 is 7.000000000000001 for some
        ("55%", 100, 55),
        ("100%", 44, 44),
        ("0%", 44, 0),
        ("80%", 0, 0),
        ("66.7%", 3, 3),
    ],
)
def test_the_least_number_is_rounded_up(require: str, total: int, count: int) -> None:
    assert required_count(Fraction(require.removesuffix("%")) / 100, total) == count


@given(percent=st.integers(0, 1000), total=st.integers(0, 500))
def test_the_least_number_reaches_the_share_and_one_fewer_does_not(percent: int, total: int) -> None:
    share = Fraction(percent, 1000)
    count = required_count(share, total)
    assert count >= share * total > count - 1


@pytest.mark.parametrize(
    ("achieved", "passed", "percent"),
    [(35, False, Fraction(875, 11)), (36, True, Fraction(900, 11)), (44, True, Fraction(100))],
)
def test_35_of_44_is_not_80_percent(achieved: int, passed: bool, percent: Fraction) -> None:
    found = judged_values([100.0] * achieved + [99.0] * (44 - achieved))
    assert (found.achieved, found.total, found.required_count) == (achieved, 44, 36)
    assert found.passed is passed
    assert found.percent == percent
    assert found.required == 80
    assert found.missing == max(0, 36 - achieved)
    assert found.outcome is (Outcome.PASS if passed else Outcome.FAIL)


@pytest.mark.parametrize(
    ("achieved", "unmeasured", "outcome"),
    [
        (36, 8, Outcome.PASS),
        (35, 9, Outcome.NOT_ENOUGH_DATA),  # one measurement could open it, none has
        (35, 1, Outcome.NOT_ENOUGH_DATA),
        (35, 0, Outcome.FAIL),
        (30, 5, Outcome.FAIL),  # not even with all of them
        (30, 6, Outcome.NOT_ENOUGH_DATA),
        (0, 44, Outcome.NOT_ENOUGH_DATA),
    ],
)
def test_what_is_not_measured_counts_against_the_gate(
    achieved: int, unmeasured: int, outcome: Outcome
) -> None:
    found = judged_values([100.0] * achieved + [None] * unmeasured + [0.0] * (44 - achieved - unmeasured))
    assert found.total == 44
    assert len(found.unmeasured) == unmeasured
    assert found.outcome is outcome
    assert found.passed is (outcome is Outcome.PASS)


def test_not_measuring_never_opens_a_gate() -> None:
    failing = judged_values([100.0] * 35 + [0.0] * 9)
    dropped = judged_values([100.0] * 35 + [None] * 9)
    assert not failing.passed
    assert not dropped.passed
    assert dropped.percent == failing.percent


def test_not_applicable_leaves_the_count() -> None:
    kpis = [kpi_named("holders", "N/A"), kpi_named("coverage")]
    found = judged(framework_of(*kpis), entered(kpis[0], 5.0), entered(kpis[1], 100.0))
    assert (found.total, found.achieved, found.passed) == (1, 1, True)


def test_words_wait_for_a_judgement_whatever_was_measured() -> None:
    leader = kpi_named("performance", "Market leader")
    found = judged(framework_of(leader), entered(leader, 15.0))
    item = found.items[0]
    assert (item.met, item.needs_judgement, item.state) == (None, True, State.VALUE)
    assert found.unmeasured == (item,)
    assert found.outcome is Outcome.NOT_ENOUGH_DATA


def test_kpis_without_a_phase_are_listed_apart() -> None:
    steady = kpi_of({"steady": "99.99%"}, name="Service Availability", unit_name="%", measure=None)
    later = kpi_of({"phase2": "70%"}, name="Speculative Decoding", unit_name="%", measure=None)
    without = kpi_of({}, name="Win Rate", unit_name="%", measure=None)
    first = kpi_named("coverage")
    found = judged(framework_of(steady, later, without, first), entered(first, 100.0), entered(steady, 1.0))
    assert [item.kpi.key for item in found.items] == [first.key]
    assert found.undated == (steady,)


def test_the_phases_own_target_counts_whatever_is_in_force() -> None:
    kpi = kpi_of(
        {"phase1": "1,000", "phase2": "10,000"}, unit_name="developers", measure=None, name="Adoption"
    )
    framework = framework_of(kpi)
    context = context_of(framework, entered(kpi, 1200.0))
    ahead = replace(context, plan=replace(context.plan, dates={"phase1": NOON.date().replace(day=1)}))
    found = verdict(framework.gates[0], framework, ahead)
    item = found.items[0]
    assert item.standing.target is not None
    assert (item.standing.target.horizon, item.standing.met) == ("phase2", False)
    assert (item.target.horizon, item.met, item.percent_of_target) == ("phase1", True, 120)
    assert found.passed


def test_blockers_are_listed_nearest_first() -> None:
    build = kpi_named("build time", "<5 min", "min", Better.LOWER)
    coverage = kpi_named("test coverage", "90%")
    critical = kpi_named("vulnerabilities", "0 Critical", "vulnerabilities", Better.LOWER)
    limit = kpi_named("flakiness", "<2%", better=Better.LOWER)
    gap = kpi_named("bug density", "<1/KLOC", "/KLOC", Better.LOWER)
    done = kpi_named("platforms", "3", "platforms")
    found = judged(
        framework_of(critical, build, gap, done, coverage, limit),
        entered(build, 5.4),
        entered(coverage, 88.0),
        entered(critical, 1.0),
        entered(limit, 2.0),
        entered(done, 4.0),
    )
    assert [item.kpi.name for item in found.blocking] == [
        "flakiness",
        "test coverage",
        "build time",
        "vulnerabilities",
    ]
    assert [item.distance for item in found.blocking] == pytest.approx([0, 2 / 90, 0.4 / 5.4, 1])
    assert [item.kpi.name for item in found.unmeasured] == ["bug density"]


def test_equally_far_blockers_keep_one_order() -> None:
    found = judged_values([50.0, 50.0, 50.0])
    assert [item.kpi.name for item in found.blocking] == ["kpi 00", "kpi 01", "kpi 02"]


def test_a_failing_source_without_a_value_is_a_fault_in_the_evidence() -> None:
    kpi = kpi_of({"phase1": "1,000"})
    framework = framework_of(kpi)
    fault = SourceFault("github", "auth", "the token expired", "renew it", NOON)
    found = verdict(framework.gates[0], framework, replace(context_of(framework), faults={"github": fault}))
    assert (found.items[0].state, found.items[0].met) == (State.FAULT, None)


def test_a_gate_without_kpis_stays_shut() -> None:
    found = judged(framework_of(kpi_of({"steady": "5"})))
    assert (found.total, found.passed, found.percent) == (0, False, Fraction(0))
    assert found.outcome is Outcome.NOT_ENOUGH_DATA


def test_known_standings_are_used_and_change_nothing() -> None:
    kpis = [kpi_named("one"), kpi_named("two")]
    framework = framework_of(*kpis)
    context: StandingContext = context_of(framework, entered(kpis[0], 100.0))
    known = standings(context)
    found = verdict(framework.gates[0], framework, context, known=known)
    assert found == verdict(framework.gates[0], framework, context)
    assert all(item.standing is known[item.kpi.key] for item in found.items)


values = st.lists(st.one_of(st.none(), st.floats(0, 200)), min_size=1, max_size=12)


@given(before=values, place=st.integers(0, 11), gain=st.floats(0, 100))
def test_a_better_value_never_shuts_a_gate(before: list[float | None], place: int, gain: float) -> None:
    place %= len(before)
    after = list(before)
    after[place] = (before[place] or 0.0) + gain
    worse, better = judged_values(before), judged_values(after)
    assert better.achieved >= worse.achieved
    assert better.passed >= worse.passed
    assert better.percent >= worse.percent


@given(found=values.map(judged_values))
def test_every_kpi_is_achieved_or_blocking_or_unmeasured(found: Verdict) -> None:
    assert found.achieved + len(found.blocking) + len(found.unmeasured) == found.total == len(found.items)
    assert found.passed is (found.percent >= found.required)
    assert found.missing == max(0, found.required_count - found.achieved)
