"""Numbers, measures and samples made to hurt: refused with what to write, or read for what they say."""

from __future__ import annotations

import math
from zoneinfo import ZoneInfo

import pytest

from bot.samples_file import SamplesRefused, parse_csv, parse_json
from kpi.amount import QuantityFault
from kpi.expression import MeasureFault
from kpi.measure import State, parse
from kpi.metric import SeriesSet
from kpi.quantity import Better, Op, parse_goal, parse_value, print_goal, print_value
from kpi.unit import unit
from tests.fuzz.test_hostile_files import without_a_hang
from tests.kpi.measured import NOW, daily, series_of

UTC = ZoneInfo("UTC")


@pytest.mark.parametrize(
    "text",
    [
        "1e309",
        "9e999",
        "NaN",
        "nan",
        "inf",
        "-inf",
        "Infinity",
        "1e308T",
        "9" * 301,
        "0x10",
        "1_000",
        "٣",
        "１２",
    ],
)
def test_what_is_no_number_is_refused_with_one_that_is(text: str) -> None:
    with pytest.raises(QuantityFault) as refused:
        parse_value(text, unit("$"))
    assert refused.value.hint


@pytest.mark.parametrize(("text", "value"), [("-0", 0.0), ("1e-400", 0.0), ("−5", -5.0), ("9" * 290, 1e290)])
def test_numbers_at_the_edge_are_read(text: str, value: float) -> None:
    assert parse_value(text, unit("stars")) == value
    assert not math.copysign(1.0, parse_value("-0", unit("%"))) < 0 or print_value(-0.0, unit("%")) == "0%"


@pytest.mark.parametrize(
    "text",
    ["<5 minimum", "5+ max", "<5+", "up to 5 or more", ">= 5 or less", "5+, maximum", "at most 5, min"],
)
def test_a_target_that_says_both_sides_is_refused(text: str) -> None:
    with pytest.raises(QuantityFault, match="at most and at least"):
        parse_goal(text, unit=unit("stars"), better=Better.HIGHER)


@pytest.mark.parametrize(
    ("text", "op"),
    [
        ("5 minimum", Op.AT_LEAST),
        ("5, max", Op.AT_MOST),
        (">5 or more", Op.ABOVE),
        ("<5 max", Op.BELOW),
        ("5+ or more", Op.AT_LEAST),
        ("5", Op.AT_MOST),
    ],
)
def test_the_sign_of_a_target_stands_before_or_behind(text: str, op: Op) -> None:
    assert parse_goal(text, unit=unit("stars"), better=Better.LOWER).op is op


@pytest.mark.parametrize(
    ("text", "name", "shown"),
    [
        ("0.1, million", "$", "≥ $0.1 (million)"),
        ("3:1 days", "", "≥ 3 (days)"),
        ("10% month over month", "%", "≥ 10% month over month"),
        ("$5 by Q3, or so", "$", "≥ $5 or so"),
        ("$11K/day", "$", "≥ $11,000/day"),
        ("$8 /", "$", "≥ $8 (/)"),
    ],
)
def test_words_behind_a_target_never_change_its_number(text: str, name: str, shown: str) -> None:
    goal = parse_goal(text, unit=unit(name), better=Better.HIGHER)
    assert print_goal(goal, unit(name)) == shown
    again = parse_goal(shown, unit=unit(name), better=Better.HIGHER)
    assert (again.op, again.value, again.high) == (goal.op, goal.value, goal.high)


@pytest.mark.parametrize("text", ["8/X5", "7/A+", "0.1/day+m", "1.5/dayf-099", "0.1/L;C"])
def test_a_divisor_that_runs_on_is_refused(text: str) -> None:
    with pytest.raises(QuantityFault, match="cannot follow"):
        parse_goal(text, unit=unit("$"), better=Better.HIGHER)


MEASURES = {
    "ten thousand parentheses": ("(" * 10_000 + "last(a)" + ")" * 10_000, "at most 2000"),
    "ten thousand terms": (" + ".join(["last(a)"] * 10_000), "at most 2000"),
    "as many terms as fit": ("+".join(["1"] * 1000), "more than 100 steps"),
    "as many signs as fit": ("-" * 1900 + "last(a)", "more than 100 steps"),
    "nested sums": ("(1+" * 300 + "1" + ")" * 300, "more than 100 steps"),
    "of itself": ("measure(acme.stars)", "there is no function 'measure'"),
    "a function in a function": ("sum(last(a), 7d)", "cannot stand here"),
    "too large a number": ("last(a) * 1e309", "1e309 is too large a number"),
    "NaN": ("last(a) * NaN", "the measure ends too early"),
    "an open text": ('last(a{b="' + "x" * 1900, "cannot stand here"),
    "a window of ages": ("sum(a, 999999d)", "'999999d' is no window"),
    "a window of nothing": ("sum(a, 0d)", "'0d' is no window"),
}


@pytest.mark.parametrize(("text", "said"), MEASURES.values(), ids=MEASURES.keys())
def test_a_measure_made_to_hurt_is_refused_at_its_column(text: str, said: str) -> None:
    with without_a_hang(), pytest.raises(MeasureFault) as refused:
        parse(text)
    assert said in str(refused.value)
    assert 1 <= refused.value.column <= len(text) + 1
    assert len(str(refused.value)) < 2500


@pytest.mark.parametrize("text", ["(" * 990 + "last(stars)" + ")" * 990, "-" * 99 + "last(stars)"])
def test_a_measure_as_deep_as_allowed_is_evaluated(text: str) -> None:
    with without_a_hang():
        assert parse(text).evaluate(series_of(daily("stars", [5.0])), NOW).state is State.VALUE


@pytest.mark.parametrize(
    "text", ["last(stars) * 1e308 * 10", "1 / 0", "0 / 0", "last(stars) / 1e-308 / 1e-300"]
)
def test_what_is_no_number_in_the_end_is_no_data_with_a_reason(text: str) -> None:
    reading = parse(text).evaluate(series_of(daily("stars", [5.0])), NOW)
    assert (reading.state, reading.value) == (State.NO_DATA, None)
    assert "divided by zero" in reading.reason or "too large" in reading.reason


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    "text", ["last(visits)", "sum(visits, 3d)", "mean(visits, 3d)", "change(visits, 1d)"]
)
def test_a_stored_value_that_is_no_number_is_never_told(value: float, text: str) -> None:
    reading = parse(text).evaluate(series_of(daily("visits", [1.0, 2.0, value, value])), NOW)
    assert reading.value is None
    assert "not a number" in reading.reason


def test_a_measure_over_nothing_is_no_data() -> None:
    assert parse("sum(a, 7d) / last(b)").evaluate(SeriesSet(), NOW).state is State.NO_DATA


ROWS = {
    "too large": ("a,2026-05-01,1e309", "no number"),
    "NaN": ("a,2026-05-01,NaN", "no number"),
    "inf": ("a,2026-05-01,-inf", "no number"),
    "underscores": ("a,2026-05-01,1_000", "no number"),
    "before all": ("a,0001-01-01,5", "outside 1980 to 2200"),
    "after all": ("a,9999-12-31,5", "outside 1980 to 2200"),
    "no such day": ("a,2026-02-30,5", "is no time"),
    "a zone beyond all": ("a,2026-05-01T09:00:00+99:99,5", "is no time"),
    "an endless name": (f"{'a' * 5000},2026-05-01,5", "is no metric"),
    "a NUL": ("a\0,2026-05-01,5", ""),
    "a surrogate": ("a\ud83d,2026-05-01,5", "is no metric"),
    "an open quote": ('"a,2026-05-01,5', "unexpected end of data"),
    "too many cells": ("a,2026-05-01,5,6,7", "5 values for 3 columns"),
}


@pytest.mark.parametrize(("row", "said"), ROWS.values(), ids=ROWS.keys())
def test_a_row_made_to_hurt_is_refused_with_its_line(row: str, said: str) -> None:
    with pytest.raises(SamplesRefused) as refused:
        parse_csv(f"metric,at,value\na,2026-05-01,5\n{row}", UTC, file="f.csv")
    assert refused.value.faults[0].startswith("f.csv:3: ")
    assert said in str(refused.value)
    assert len(str(refused.value)) < 500


def test_ten_megabytes_of_rows_are_read_and_faults_told_in_part() -> None:
    with pytest.raises(SamplesRefused) as refused:
        parse_csv("metric,at,value\n" + "a,2026-05-01,x\n" * 20_000, UTC)
    assert "… and 19980 more" in str(refused.value)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"samples": ' * 50_000, "1e999", '[{"metric": {}}]', "NaN", ""]
)
def test_json_made_to_hurt_is_refused(text: str) -> None:
    with without_a_hang(), pytest.raises(SamplesRefused):
        parse_json(text, UTC)
