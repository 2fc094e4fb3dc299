"""Met, percent of target and percent of the way, with the lines of the three documents."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from kpi.quantity import Better, Goal, Op, parse_goal
from kpi.scoring import aim, direction, exact, gap, met, percent_of_target, percent_of_way, shortfall
from kpi.unit import unit

HIGHER, LOWER, NONE = Better.HIGHER, Better.LOWER, Better.NONE


def goal_of(text: str, unit_name: str, better: Better) -> Goal:
    return parse_goal(text, unit=unit(unit_name), better=better)


@pytest.mark.parametrize(
    ("text", "unit_name", "better", "value", "percent", "is_met"),
    [
        # higher is better: actual / target
        ("5,000", "stars", HIGHER, 1234, 24.68, False),
        ("5,000", "stars", HIGHER, 5000, 100, True),
        ("5,000", "stars", HIGHER, 10_000, 200, True),
        ("50K+", "$", HIGHER, 49_999, 99.998, False),
        ("$1M", "$", HIGHER, 1_000_000, 100, True),
        ("80%", "%", HIGHER, 79.5, 99.375, False),
        ("8/10", "/10", HIGHER, 7, 87.5, False),
        ("9.5/10", "/10", HIGHER, 9.5, 100, True),
        ("10:1 ratio", ":1", HIGHER, 5, 50, False),
        ("4.5:1 minimum", ":1", HIGHER, 4.5, 100, True),
        ("31x", "x", HIGHER, 30.94, 3094 / 31, False),  # shown as 31x it is still not 31x
        ("20%", "%", HIGHER, -10, 0, False),  # never below nothing of it
        # lower is better: target / actual
        ("<24 hours", "hours", LOWER, 48, 50, False),
        ("500ms", "ms", LOWER, 500, 100, True),  # a bare number is the most it may be
        ("500ms", "ms", LOWER, 400, 125, True),
        ("$200", "$", LOWER, 250, 80, False),
        ("<2%", "%", LOWER, 1, 200, True),  # better than the target, not half of it
        ("$0.0001", "$", LOWER, 0.0002, 50, False),
        # strict limits: at the limit is 100 % and not met
        ("<2%", "%", LOWER, 2, 100, False),
        (">85%", "%", HIGHER, 85, 100, False),
        (">85%", "%", HIGHER, 85.01, 8501 / 85, True),
        (">99%", "%", HIGHER, 99, 100, False),
        ("<15 minutes", "min", LOWER, 15, 100, False),
        # zero targets: all or nothing
        ("$0", "$", HIGHER, 0, 100, True),
        ("$0", "$", HIGHER, 500, 100, True),
        ("$0", "$", HIGHER, -1, 0, False),
        ("0 Critical", "vulnerabilities", LOWER, 0, 100, True),
        ("0 Critical", "vulnerabilities", LOWER, 1, 0, False),
        ("0 Medium+", "vulnerabilities", LOWER, 3, 0, False),
        # nothing at all of what should be little: no ratio, and met
        ("<2", "incidents", LOWER, 0, None, True),
        ("<0.1%", "%", LOWER, 0, None, True),
        # negative targets compare the change
        ("-20% YoY", "%", LOWER, -15, 75, False),
        ("-20% YoY", "%", LOWER, -20, 100, True),
        ("-20% YoY", "%", LOWER, -25, 125, True),
        ("-30%", "%", LOWER, 0, 0, False),
        ("-30%", "%", LOWER, 4, 0, False),  # a rise
        # the nines, by the letter
        ("99.9%", "%", HIGHER, 89.91, 90, False),
        ("99.9%", "%", HIGHER, 99.89, 9989 / 99.9, False),
        ("99.9%", "%", HIGHER, 99.9, 100, True),
        ("99.99%", "%", HIGHER, 99.99, 100, True),
        # percent of target is not progress: an accuracy still at its baseline of 82 %
        ("85%", "%", HIGHER, 82, 8200 / 85, False),
    ],
)
def test_a_value_against_a_line_of_the_documents(
    text: str, unit_name: str, better: Better, value: float, percent: float | None, is_met: bool
) -> None:
    goal = goal_of(text, unit_name, better)
    found = percent_of_target(goal, value, better)
    assert found == (None if percent is None else pytest.approx(percent, rel=1e-12))
    assert met(goal, value, better) is is_met


@pytest.mark.parametrize(
    ("text", "unit_name", "better", "value", "percent", "is_met"),
    [
        ("3-5%", "%", HIGHER, 2.4, 80, False),
        ("3-5%", "%", HIGHER, 3, 100, True),
        ("3-5%", "%", HIGHER, 5, 100, True),
        ("3-5%", "%", HIGHER, 6, 120, True),  # more is better
        ("55-60", "stars/day", HIGHER, 54, 5400 / 55, False),
        ("55-60", "stars/day", HIGHER, 66, 110, True),
        ("20-30%", "%", LOWER, 40, 75, False),  # a cost above its range
        ("20-30%", "%", LOWER, 25, 100, True),
        ("20-30%", "%", LOWER, 16, 125, True),
        ("20-30%", "%", LOWER, 0, None, True),
        ("70-80%", "%", NONE, 100, 80, False),  # no headroom left
        ("70-80%", "%", NONE, 80, 100, True),
        ("70-80%", "%", NONE, 70, 100, True),
        ("70-80%", "%", NONE, 35, 50, False),
    ],
)
def test_a_range_is_met_inside_and_past_its_better_end(
    text: str, unit_name: str, better: Better, value: float, percent: float | None, is_met: bool
) -> None:
    goal = goal_of(text, unit_name, better)
    found = percent_of_target(goal, value, better)
    assert found == (None if percent is None else pytest.approx(percent, rel=1e-12))
    assert met(goal, value, better) is is_met


@pytest.mark.parametrize("text", ["Continuous", "Market leader", "N/A", "AA level", "Quarterly", "Q3 2026"])
@pytest.mark.parametrize("value", [None, 0.0, 3.0, 2026.0])
def test_words_are_neither_met_nor_missed(text: str, value: float | None) -> None:
    goal = goal_of(text, "%", HIGHER)
    assert met(goal, value, HIGHER) is None
    assert percent_of_target(goal, value, HIGHER) is None
    assert shortfall(goal, value, HIGHER) is None
    assert aim(goal, HIGHER) is None


@pytest.mark.parametrize("value", [38.0, 40.0, 41.0])
def test_a_planned_share_has_no_tolerance_and_no_verdict(value: float) -> None:
    goal = goal_of("40%", "%", NONE)
    assert goal.op is Op.EQUAL
    assert met(goal, value, NONE) is None
    assert percent_of_target(goal, value, NONE) is None
    assert aim(goal, NONE) is None


@pytest.mark.parametrize(("value", "is_met", "percent"), [(5, True, 100), (4, False, 80), (8, False, 62.5)])
def test_an_exact_target_is_missed_on_both_sides(value: float, is_met: bool, percent: float) -> None:
    goal = Goal(Op.EQUAL, 5.0, None, unit(""), "= 5")
    assert met(goal, value, HIGHER) is is_met
    assert percent_of_target(goal, value, HIGHER) == percent


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf])
def test_no_number_gives_no_score(value: float | None) -> None:
    goal = goal_of("90%", "%", HIGHER)
    assert met(goal, value, HIGHER) is None
    assert percent_of_target(goal, value, HIGHER) is None
    assert shortfall(goal, value, HIGHER) is None


@pytest.mark.parametrize(
    ("goal_text", "value", "is_met"),
    [
        ("0.3", 0.1 + 0.2, True),
        ("29%", 0.29 * 100, True),  # 28.999999999999996
        ("<0.3", 0.1 * 3, False),  # at the limit, whatever the last bit says
        (">0.3", 0.1 + 0.2, False),
        ("80%", 79.99999999, False),
        ("99.999999%", 99.9999989, False),
    ],
)
def test_only_the_noise_of_binary_fractions_is_forgiven(goal_text: str, value: float, is_met: bool) -> None:
    name = "%" if "%" in goal_text else "x"
    assert met(goal_of(goal_text, name, HIGHER), value, HIGHER) is is_met


@pytest.mark.parametrize(
    ("text", "unit_name", "better", "value", "distance"),
    [
        ("<5 min", "min", LOWER, 5.4, Fraction(4, 54)),
        ("90%", "%", HIGHER, 88, Fraction(2, 90)),
        ("90%", "%", HIGHER, 91, Fraction(0)),
        ("<2%", "%", LOWER, 2, Fraction(0)),  # not met, and nothing missing but the last bit
        ("<2", "incidents", LOWER, 0, Fraction(0)),
        ("0 Critical", "vulnerabilities", LOWER, 5, Fraction(1)),
        ("5", "customers", HIGHER, 0, Fraction(1)),
        ("-20% YoY", "%", LOWER, 12, Fraction(1)),
    ],
)
def test_the_shortfall_is_relative_to_the_target(
    text: str, unit_name: str, better: Better, value: float, distance: Fraction
) -> None:
    assert shortfall(goal_of(text, unit_name, better), value, better) == distance


@pytest.mark.parametrize(
    ("text", "better", "number"),
    [
        ("90%", HIGHER, 90),
        ("<5%", LOWER, 5),
        ("3-5%", HIGHER, 3),
        ("20-30%", LOWER, 30),
        ("70-80%", NONE, None),
    ],
)
def test_the_number_to_reach(text: str, better: Better, number: float | None) -> None:
    assert aim(goal_of(text, "%", better), better) == number


def test_the_sign_of_a_target_says_which_way() -> None:
    assert direction(goal_of("<2%", "%", HIGHER), HIGHER) is LOWER
    assert direction(goal_of(">2%", "%", LOWER), LOWER) is HIGHER
    assert direction(goal_of("3-5%", "%", LOWER), LOWER) is LOWER


@pytest.mark.parametrize(
    ("start", "end", "value", "percent"),
    [
        (82, 85, 82, 0),
        (82, 85, 83.5, 50),
        (82, 85, 81, -100 / 3),
        (4, 3, 3.25, 75),  # training time: down from 4 hours
        (0, 1000, 1500, 150),
        (60, 60, 60, None),
    ],
)
def test_percent_of_the_way_starts_at_the_baseline(
    start: float, end: float, value: float, percent: float | None
) -> None:
    found = percent_of_way(start, end, value)
    assert found == (None if percent is None else pytest.approx(percent))


def test_numbers_compare_as_the_decimals_they_were_written_as() -> None:
    assert exact(99.9) == Fraction(999, 10)
    assert exact(0.0001) == Fraction(1, 10_000)
    assert exact(100_000_000.0) == 100_000_000
    assert exact(89.91) / exact(99.9) == Fraction(9, 10)


@pytest.mark.parametrize(
    ("text", "unit_name", "better", "value", "missing"),
    [
        ("5,000", "stars", HIGHER, 1234, -3766),
        ("5,000", "stars", HIGHER, 5001, 1),
        ("<24 hours", "hours", LOWER, 30, 6),
        ("-20% YoY", "%", LOWER, -15, 5),
        ("40% (long-term, high intent)", "%", NONE, 37, -3),  # a planned mix: three points below the plan
        ("40% (long-term, high intent)", "%", NONE, 44.5, 4.5),
        ("3-5%", "%", HIGHER, 2.5, -0.5),
        ("3-5%", "%", HIGHER, 4, 0),
        ("20-30%", "%", LOWER, 32, 2),
        ("99.9%", "%", HIGHER, 99.8, -0.1),  # no noise of binary fractions
        ("0 Critical", "vulnerabilities", LOWER, 2, 2),
        ("Market leader", "x", HIGHER, 5, None),
        ("5,000", "stars", HIGHER, None, None),
        ("5,000", "stars", HIGHER, math.nan, None),
    ],
)
def test_the_gap_is_the_value_less_the_target(
    text: str, unit_name: str, better: Better, value: float | None, missing: float | None
) -> None:
    assert gap(goal_of(text, unit_name, better), value) == missing
