"""Framework models: gates choose their KPIs, sections hold theirs, keys stay the same."""

from __future__ import annotations

from fractions import Fraction

import pytest

from kpi.framework import Framework, Gate, Kpi, Target, kpi_key, slug
from kpi.quantity import Better, parse_goal
from kpi.unit import unit

PERCENT = unit("%")


def kpi(name: str, section: str = "A > B", **targets: str) -> Kpi:
    goals = {
        horizon: Target(horizon, parse_goal(text, unit=PERCENT, better=Better.HIGHER), PERCENT)
        for horizon, text in targets.items()
    }
    return Kpi(kpi_key(section, name), name, section, PERCENT, Better.HIGHER, line=1, targets=goals)


def framework(*kpis: Kpi) -> Framework:
    return Framework("demo", "Demo", "", {}, kpis)


def test_a_gate_counts_written_targets_words_included_and_leaves_out_what_does_not_apply() -> None:
    demo = framework(
        kpi("number", phase1="90%"),
        kpi("words", phase1="Market leader"),
        kpi("not applicable", phase1="N/A", phase2="5%"),
        kpi("dash", phase1="–"),
        kpi("later", phase2="90%"),
        kpi("always", steady="90%"),
    )
    gate = Gate("phase1", "Phase 1 → Phase 2", "phase1", "phase2", Fraction(4, 5))
    assert [one.name for one in gate.kpis(demo)] == ["number", "words"]


@pytest.mark.parametrize(
    ("text", "numeric", "applicable"),
    [
        ("90%", True, True),
        ("AA level", False, True),
        ("N/A", False, False),
        ("n/a", False, False),
        ("—", False, False),
    ],
)
def test_a_target_knows_what_it_asks_for(text: str, numeric: bool, applicable: bool) -> None:
    target = kpi("one", q1=text).targets["q1"]
    assert (target.is_numeric, target.is_applicable) == (numeric, applicable)


def test_a_section_holds_what_stands_below_it() -> None:
    demo = framework(kpi("a", "Track > One"), kpi("b", "Track > Two > Deep"), kpi("c", "Tracks"))
    assert [one.name for one in demo.within("Track")] == ["a", "b"]
    assert [one.name for one in demo.within("Track > Two")] == ["b"]
    assert demo.sections == ("Track > One", "Track > Two > Deep", "Tracks")


def test_kpis_are_found_by_key() -> None:
    demo = framework(kpi("Test Coverage"))
    assert demo.by_key["b.test_coverage"].name == "Test Coverage"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Signup → First Query", "signup_first_query"),
        ("CAC (Customer Acquisition Cost)", "cac_customer_acquisition_cost"),
        ("Marketing % of Revenue", "marketing_percent_of_revenue"),
        ("Café–Größe", "cafe_grosse"),
        ("Звёзды GitHub", "звезды_github"),
        ("月間利用者", "月間利用者"),
        ("!?", ""),
        ("Reddit/HN", "reddit_hn"),
    ],
)
def test_slugs_are_plain_words(text: str, expected: str) -> None:
    assert slug(text) == expected


def test_a_key_is_the_nearest_heading_and_the_name() -> None:
    assert kpi_key("Track 4: CI/CD > Build & Deployment", "Build Time") == "build_deployment.build_time"
