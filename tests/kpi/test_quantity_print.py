"""What numbers look like: exact where it matters, and never on the wrong side of a target."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.quantity import Better, Goal, parse_goal, parse_value, print_change, print_goal, print_value
from kpi.unit import unit

FINITE = st.floats(allow_nan=False, allow_infinity=False)
ORDINARY = st.floats(min_value=-1e14, max_value=1e14).filter(lambda value: value == 0 or abs(value) > 1e-5)
UNITS = st.sampled_from(
    ["", "%", "$", "$/day", "hours", "ms", "KB", "x", ":1", "/10", "stars", "stars/day", "/KLOC"]
)


@pytest.mark.parametrize(
    ("value", "name", "against", "shown"),
    [
        (1234, "stars", None, "1,234 stars"),
        (1, "stars", None, "1 star"),
        (1_200_000, "$", None, "$1.2M"),
        (1_234_567, "$", None, "$1,234,567"),
        (12.5, "$", None, "$12.50"),
        (0.0001, "$", None, "$0.0001"),
        (7.026312867340905e-08, "$", None, "$7.03e-08"),
        (7.026312867340905e-08, "$", 7.03e-08, "$7.026312867340905e-08"),
        (-20, "%", None, "−20%"),
        (79.54545, "%", 80, "79.5%"),
        (79.96, "%", 80, "79.96%"),
        (79.96, "%", 79.97, "79.96%"),
        (30.94, "x", 31, "30.9x"),
        (30.999, "x", 31, "30.999x"),
        (99.95, "%", None, "99.95%"),
        (99.991, "%", 99.99, "99.991%"),
        (49_999.7, "$", 50_000, "$49,999.70"),
        (11_000, "$/day", None, "$11,000/day"),
        (8, "/10", None, "8/10"),
        (4.5, ":1", None, "4.5:1"),
        (0.5, "bugs/KLOC", None, "0.5 bugs/KLOC"),
        (311.44, "visitors", None, "311.4 visitors"),
        (500, "ms", None, "500 ms"),
        (0, "$", None, "$0"),
        (math.nan, "$", None, "no number"),
    ],
)
def test_a_value_is_printed_for_reading(value: float, name: str, against: float | None, shown: str) -> None:
    assert print_value(value, unit(name), against=against) == shown


@pytest.mark.parametrize(
    ("delta", "name", "shown"),
    [
        (38, "stars", "+38"),
        (-1.5, "%", "−1.5 points"),
        (1, "%", "+1 point"),
        (1200, "$", "+$1,200"),
        (-5, "$", "−$5"),
        (-3, "hours", "−3 hours"),
        (0.25, "stars/day", "+0.25/day"),
        (0.5, "/10", "+0.5"),
        (0.3, "x", "+0.3x"),
        (0, "x", "±0"),
    ],
)
def test_a_change_always_has_a_sign(delta: float, name: str, shown: str) -> None:
    assert print_change(delta, unit(name)) == shown


@pytest.mark.parametrize(
    ("text", "name", "better", "shown"),
    [
        ("1,000", "developers", Better.HIGHER, "≥ 1,000 developers"),
        ("<24 hours", "hours", Better.LOWER, "< 24 hours"),
        ("55-60 stars/day", "stars/day", Better.HIGHER, "55–60 stars/day"),
        ("$5K-$10K", "$", Better.NONE, "$5,000–$10,000"),
        ("1-1,250,000", "stars", Better.NONE, "1–1,250,000 stars"),
        ("1-2M", "stars", Better.NONE, "1M–2M stars"),
        ("-20% YoY", "%", Better.LOWER, "≤ −20% YoY"),
        ("10x faster", "x", Better.HIGHER, "≥ 10x faster"),
        ("0 Medium+", "vulnerabilities", Better.LOWER, "≤ 0 vulnerabilities (Medium+)"),
        ("40%", "%", Better.NONE, "= 40%"),
        ("<1 hour", "hours", Better.LOWER, "< 1 hour"),
        ("$11K/day", "$", Better.HIGHER, "≥ $11,000/day"),
        ("Market leader", "x", Better.HIGHER, "Market leader"),
    ],
)
def test_a_goal_is_printed_in_the_kpis_unit(text: str, name: str, better: Better, shown: str) -> None:
    assert print_goal(parse_goal(text, unit=unit(name), better=better), unit(name)) == shown


@given(ORDINARY, ORDINARY, UNITS)
def test_a_value_never_moves_onto_or_across_its_target(value: float, target: float, name: str) -> None:
    shown = parse_value(print_value(value, unit(name), against=target), unit(name))
    assert (shown > target, shown == target) == (value > target, value == target)


@given(ORDINARY, UNITS)
def test_a_printed_value_is_close_and_reads_back(value: float, name: str) -> None:
    shown = parse_value(print_value(value, unit(name)), unit(name))
    assert shown == pytest.approx(value, rel=0.006)


@given(FINITE, UNITS)
def test_a_printed_change_says_which_way(delta: float, name: str) -> None:
    shown = print_change(delta, unit(name))
    assert shown[0] == ("±" if delta == 0 else "+" if delta > 0 else "−")


@given(ORDINARY, UNITS, st.sampled_from(list(Better)))
def test_a_printed_goal_reads_back_as_the_same_goal(value: float, name: str, better: Better) -> None:
    goal = parse_goal(repr(value), unit=unit(name), better=better)
    again = parse_goal(print_goal(goal, unit(name)), unit=unit(name), better=better)
    assert (again.op, again.value, again.high) == (goal.op, goal.value, goal.high)


@given(ORDINARY, ORDINARY, UNITS)
def test_a_printed_range_reads_back_as_the_same_range(one: float, other: float, name: str) -> None:
    low, high = sorted((abs(one), abs(other)))
    goal: Goal = parse_goal(f"{low!r}-{high!r}", unit=unit(name), better=Better.NONE)
    again = parse_goal(print_goal(goal, unit(name)), unit=unit(name), better=Better.NONE)
    assert (again.value, again.high) == (low, high)
