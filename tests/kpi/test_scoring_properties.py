"""What holds for every number: a better value is never scored worse, and units change nothing."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kpi.quantity import Better, Goal, Op
from kpi.scoring import direction, met, percent_of_target, shortfall
from kpi.unit import Unit, convert, unit

HIGHER, LOWER, NONE = Better.HIGHER, Better.LOWER, Better.NONE
numbers = st.one_of(
    st.floats(-1e9, 1e9, allow_nan=False),
    st.integers(-100, 100).map(float),
    st.decimals(-1000, 1000, places=2).map(float),
)
limits = st.sampled_from([Op.AT_LEAST, Op.ABOVE, Op.AT_MOST, Op.BELOW])


@st.composite
def goals(draw: st.DrawFn) -> tuple[Goal, Better]:
    """A numeric goal and a direction, of every form."""
    value = draw(numbers)
    if draw(st.booleans()):
        return Goal(draw(limits), value, None, unit(""), "a limit"), draw(st.sampled_from([HIGHER, LOWER]))
    high = value + abs(draw(numbers))
    return Goal(Op.BETWEEN, value, high, unit(""), "a range"), draw(st.sampled_from([HIGHER, LOWER]))


def rank(goal: Goal, value: float, better: Better) -> float:
    """The percent to order by: better than any multiple of the target comes last."""
    percent = percent_of_target(goal, value, better)
    return math.inf if percent is None else percent


@given(case=goals(), one=numbers, other=numbers)
@example(case=(Goal(Op.BELOW, 2.0, None, unit(""), "<2"), LOWER), one=0.0, other=1e-9)
@example(case=(Goal(Op.AT_MOST, -20.0, None, unit(""), "-20"), LOWER), one=-15.0, other=3.0)
@example(case=(Goal(Op.AT_LEAST, -5.0, None, unit(""), "-5"), HIGHER), one=-1e-9, other=0.0)
def test_a_better_value_is_never_scored_worse(case: tuple[Goal, Better], one: float, other: float) -> None:
    goal, better = case
    worse, good = sorted((one, other), reverse=direction(goal, better) is LOWER)
    assert rank(goal, worse, better) <= rank(goal, good, better)
    assert not (met(goal, worse, better) and not met(goal, good, better))
    nearer, farther = shortfall(goal, good, better), shortfall(goal, worse, better)
    assert nearer is not None
    assert farther is not None
    assert nearer <= farther


@given(case=goals(), value=numbers)
def test_percent_and_met_agree(case: tuple[Goal, Better], value: float) -> None:
    goal, better = case
    percent, is_met = percent_of_target(goal, value, better), met(goal, value, better)
    if is_met:
        assert percent is None or percent >= 100
    else:
        assert percent is not None
        assert 0 <= percent <= 100
        at_its_limit = goal.op in (Op.ABOVE, Op.BELOW) and value == pytest.approx(
            goal.value, rel=1e-11, abs=0
        )
        assert percent < 100 or at_its_limit


@given(low=numbers, width=st.floats(0, 1e6), value=numbers)
def test_a_range_without_a_better_side_is_met_inside_only(low: float, width: float, value: float) -> None:
    goal = Goal(Op.BETWEEN, low, low + width, unit(""), "a range")
    if met(goal, value, NONE):
        assert percent_of_target(goal, value, NONE) == 100
    else:
        assert not low < value < low + width


SAME_DIMENSION = [
    ("ms", "seconds"),
    ("min", "hours"),
    ("days", "min"),
    ("KB", "bytes"),
    ("%", "ratio"),
    ("stars/day", "stars/week"),
]


@pytest.mark.parametrize(("source", "target"), SAME_DIMENSION)
@given(limit=st.decimals("0.01", 10_000, places=2), value=st.decimals(0, 10_000, places=2), op=limits)
def test_the_unit_of_the_comparison_changes_nothing(
    source: str, target: str, limit: float, value: float, op: Op
) -> None:
    one, other = unit(source), unit(target)
    written = Goal(op, float(limit), None, one, "as written")
    told = Goal(op, convert(float(limit), one, other), None, other, "converted")
    better = direction(written, NONE)
    reading = convert(float(value), one, other)
    assert met(written, float(value), better) is met(told, reading, better)
    assert percent_of_target(written, float(value), better) == pytest.approx(
        percent_of_target(told, reading, better)
    )


def test_every_unit_of_the_invariance_table_exists() -> None:
    assert all(isinstance(unit(name), Unit) for pair in SAME_DIMENSION for name in pair)
