"""Targets and entries: what is kept of their words, what is refused, and that nothing else ever escapes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi.quantity import Better, Op, QuantityFault, parse_goal, parse_value
from kpi.unit import unit

DIGITS = st.text("0123456789.,+-%$€xKMB<>=/: ()ndhmsy", max_size=24)
UNITS = [
    "",
    "%",
    "$",
    "$/day",
    "hours",
    "ms",
    "KB",
    "x",
    ":1",
    "/10",
    "stars",
    "stars/day",
    "bugs/KLOC",
    "ratio",
]


@pytest.mark.parametrize(
    ("text", "name", "op", "value", "written", "qualifier"),
    [
        ("<500ms", "seconds", Op.BELOW, 0.5, "ms", ""),
        ("3+ minutes", "seconds", Op.AT_LEAST, 180, "min", ""),
        ("-20% YoY through optimization", "%", Op.AT_LEAST, -20, "%", "YoY through optimization"),
        ("−20% YoY", "%", Op.AT_LEAST, -20, "%", "YoY"),
        ("0 Medium+", "vulnerabilities", Op.AT_LEAST, 0, "vulnerabilities", "Medium+"),
        ("4.5:1 minimum", ":1", Op.AT_LEAST, 4.5, ":1", ""),
        ("at most 5 days", "hours", Op.AT_MOST, 120, "days", ""),
        ("10 hours or less", "hours", Op.AT_MOST, 10, "hours", ""),
        ("80% of theoretical max", "%", Op.AT_LEAST, 80, "%", "of theoretical max"),
        ("70+ stars/week", "stars/day", Op.AT_LEAST, 10, "stars/week", ""),
        (
            "10,000 unique visitors/month",
            "visitors/month",
            Op.AT_LEAST,
            10_000,
            "visitors/month",
            "unique visitors",
        ),
        ("20/month", "posts", Op.AT_LEAST, 20, "posts", "/month"),
        ("$11K/day", "$", Op.AT_LEAST, 11_000, "$", "/day"),
        ("≥ 1.5 million", "stars", Op.AT_LEAST, 1_500_000, "stars", ""),
        ("USD 5M", "$", Op.AT_LEAST, 5_000_000, "$", ""),
        ("= 5", "", Op.EQUAL, 5, "", ""),
        ("5m", "seconds", Op.AT_LEAST, 300, "min", ""),
        ("5m", "stars", Op.AT_LEAST, 5_000_000, "stars", ""),
        ("5B", "KB", Op.AT_LEAST, 0.005, "bytes", ""),
        ("$200K closed by Month 6", "$", Op.AT_LEAST, 200_000, "$", "closed"),
    ],
)
def test_a_goal_keeps_number_unit_and_words(
    text: str, name: str, op: Op, value: float, written: str, qualifier: str
) -> None:
    goal = parse_goal(text, unit=unit(name), better=Better.HIGHER)
    assert (goal.op, goal.value, goal.unit.name, goal.qualifier) == (op, value, written, qualifier)


@pytest.mark.parametrize(
    ("better", "op"), [(Better.HIGHER, Op.AT_LEAST), (Better.LOWER, Op.AT_MOST), (Better.NONE, Op.EQUAL)]
)
def test_a_bare_number_takes_its_direction_from_the_kpi(better: Better, op: Op) -> None:
    assert parse_goal("500", unit=unit("ms"), better=better).op is op


@pytest.mark.parametrize(
    ("text", "name", "low", "high"),
    [
        ("55–60 stars/day", "stars/day", 55, 60),
        ("5-10K", "stars", 5_000, 10_000),
        ("500-1K", "stars", 500, 1_000),
        ("$5K to $10K", "$", 5_000, 10_000),
        ("30-90 min", "hours", 0.5, 1.5),
        ("-5 - 5%", "%", -5, 5),
        ("between 3 and 5%", "%", 3, 5),
    ],
)
def test_a_range_has_both_ends_in_the_kpis_unit(text: str, name: str, low: float, high: float) -> None:
    goal = parse_goal(text, unit=unit(name), better=Better.NONE)
    assert (goal.op, goal.value, goal.high) == (Op.BETWEEN, low, high)


@pytest.mark.parametrize(
    ("text", "name", "value", "scale"),
    [
        ("8/10", "/10", 8, 10),
        ("8/10", "", 8, 10),
        ("4/5", "/10", 8, 10),
        ("8+ NPS", "/10", 8, 10),
        ("8", "", 8, None),
    ],
)
def test_a_score_keeps_its_scale(text: str, name: str, value: float, scale: float | None) -> None:
    goal = parse_goal(text, unit=unit(name), better=Better.HIGHER)
    assert (goal.value, goal.scale) == (value, scale)


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("10..5", "", "cannot follow"),
        ("1,23", "", "not a target"),
        ("1.2.3", "", "not a target"),
        ("1-2-3", "", "cannot follow"),
        ("5-3%", "%", "runs backwards"),
        ("<5+", "", "at most and at least"),
        ("<3-5%", "%", "not a range"),
        ("5apples", "", "cannot follow"),
        ("8/0", "", "cannot follow"),
        ("<", "", "not a target"),
        ("???", "", "not a target"),
        ("", "", "nothing is written"),
        ("   ", "", "nothing is written"),
        ("24 hours", "%", "cannot be turned into"),
        ("€5", "$", "cannot be turned into"),
        ("10K → 50K → 500K", "", "more than one target"),
        ("<60% (docs), <70% (blog)", "%", "more than one target"),
        ("50+ stars/week, 10+ forks/week", "stars/week", "more than one target"),
        ("1" * 400, "", "too long"),
        ("9e999", "", "too large"),
    ],
)
def test_a_target_that_states_no_quantity_is_refused(text: str, name: str, said: str) -> None:
    with pytest.raises(QuantityFault, match=said):
        parse_goal(text, unit=unit(name), better=Better.HIGHER)


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("1.2M", "stars", 1_200_000),
        ("$3,400", "$", 3_400),
        ("85%", "%", 85),
        ("85%", "ratio", 0.85),
        ("90 min", "hours", 1.5),
        ("-3.5", "%", -3.5),
        ("1,234 stars", "stars", 1_234),
        ("1 star", "stars", 1),
        ("8/10", "/10", 8),
        ("99.95", "%", 99.95),
        ("$0.0001", "$", 0.0001),
        ("1e3", "", 1_000),
        (".5", "", 0.5),
    ],
)
def test_an_entry_is_read_into_the_kpis_unit(text: str, name: str, value: float) -> None:
    assert parse_value(text, unit(name)) == value


@pytest.mark.parametrize(
    "text",
    [
        "nan",
        "inf",
        "-inf",
        "NaN",
        "1e999",
        "five",
        "",
        "5 apples",
        "3-5",
        "<5",
        "5+",
        "1,23",
        "10 stars!",
        "0x10",
    ],
)
def test_an_entry_that_is_no_value_is_refused(text: str) -> None:
    with pytest.raises(QuantityFault):
        parse_value(text, unit("stars"))


@given(st.text(max_size=40) | DIGITS, st.sampled_from(UNITS), st.sampled_from(list(Better)))
def test_any_text_is_a_goal_or_a_quantity_fault(text: str, name: str, better: Better) -> None:
    try:
        goal = parse_goal(text, unit=unit(name), better=better)
    except QuantityFault:
        return
    assert (goal.value is None) == (goal.op is Op.WORDS)
    assert goal.value is None or math.isfinite(goal.value)


@given(st.text(max_size=40) | DIGITS, st.sampled_from(UNITS))
def test_any_text_is_a_finite_value_or_a_quantity_fault(text: str, name: str) -> None:
    try:
        value = parse_value(text, unit(name))
    except QuantityFault:
        return
    assert math.isfinite(value)


@given(st.integers(-(10**9), 10**9), st.integers(0, 6))
def test_a_decimal_is_read_as_the_nearest_float(digits: int, places: int) -> None:
    text = f"{digits / 10**places:.{places}f}"
    assert parse_value(text, unit("")) == float(text)
