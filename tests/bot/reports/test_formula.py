"""A measure with its numbers put in: what is printed gives the value that was measured."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reports.formula import Formula, formula, number
from kpi.calendar import Moment
from kpi.metric import Kind, Metric, Sample, Series, SeriesSet, to_micros
from tests.factories import NOW, ZONE, each_day

MOMENT = Moment(NOW, ZONE)
METRICS = {
    "a.level": Metric("a.level", "stars", Kind.LEVEL, ""),
    "b.level": Metric("b.level", "stars", Kind.LEVEL, ""),
    "a.flow": Metric("a.flow", "visits", Kind.FLOW, ""),
    "a.minutes": Metric("a.minutes", "min", Kind.LEVEL, ""),
    "a.hours": Metric("a.hours", "h", Kind.LEVEL, ""),
}


def series(*batches: list[Sample]) -> SeriesSet:
    found = []
    for batch in batches:
        at = np.array([to_micros(one.at) for one in batch], dtype=np.int64)
        value = np.array([one.value for one in batch])
        found.append(Series(batch[0].metric, batch[0].labels, at, value, np.ones(len(batch), dtype=np.bool_)))
    return SeriesSet(tuple(found), METRICS)


KNOWN = series(
    each_day("a.level", [1000 + 10 * day for day in range(20)]),
    each_day("b.level", [0.0] * 20),
    each_day("a.flow", [float(day) for day in range(20)]),
    each_day("a.minutes", [30.0]),
    each_day("a.hours", [2.0]),
)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("last(a.level)", "last(a.level) = 1,190"),
        ("change(a.level, 7d)", "change(a.level, 7d) = 1,190 − 1,120 = 70"),
        ("change(a.flow, 7d)", "change(a.flow, 7d) = 112 − 63 = 49"),
        ("sum(a.flow, 7d) / 7", "sum(a.flow, 7d) / 7 = 112 / 7 = 16"),
        (
            "100 * change(a.level, 7d) / last(a.level)",
            "100 * change(a.level, 7d) / last(a.level) = (100 × (1,190 − 1,120)) / 1,190 = 5.882352941",
        ),
        ("last(a.level) - (1 - 3)", "last(a.level) - (1 - 3) = 1,190 − (1 − 3) = 1,192"),
        ("change(a.level, all)", "change(a.level, all) = 190"),
        ("rate(a.level, 7d)", "rate(a.level, 7d) = 10"),
        ("count(a.level, 7d)", "count(a.level, 7d) = 7"),
        (
            "last(a.minutes) + last(a.hours)",
            "last(a.minutes) + last(a.hours) = 30 + 2 = 150 (after bringing both to one unit)",
        ),
        ("last(a.gone)", "last(a.gone) = ?"),
        ("last(a.level) / last(a.gone)", "last(a.level) / last(a.gone) = 1,190 / ?"),
        ("last(a.level) / last(b.level)", "last(a.level) / last(b.level) = 1,190 / 0, which is no number"),
        ("change(a.level, 30d)", "change(a.level, 30d) = ?"),
    ],
)
def test_a_measure_is_told_with_its_numbers(text: str, sentence: str) -> None:
    assert formula(text, KNOWN, MOMENT).sentence == sentence


def test_units_that_do_not_go_together_are_no_breakdown() -> None:
    found = formula("last(a.level) + last(a.hours)", KNOWN, MOMENT)
    assert found.raw.value is None
    assert found.filled == "1,190 + 2"


def test_a_series_that_has_ended_leaves_the_difference_alone() -> None:
    ended = [
        Sample("a.level", one.at, one.value, (("place", "old"),))
        for one in each_day("a.level", [5.0] * 3, until=NOW.date() - timedelta(days=60))
    ]
    found = formula("change(a.level, 7d)", SeriesSet((*KNOWN.series, *series(ended).series), METRICS), MOMENT)
    assert found.raw.value == 70
    assert found.filled == "1,195 − 1,125"


_NODES = st.recursive(
    st.one_of(
        st.integers(1, 99).map(str),
        st.sampled_from(("last(a.level)", "change(a.level, 7d)", "sum(a.flow, 3d)", "change(a.flow, 2d)")),
    ),
    lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda one: f"({' '.join(one)})"),
    max_leaves=5,
)


@given(_NODES)
@settings(max_examples=60, deadline=None)
def test_what_is_printed_gives_the_value(text: str) -> None:
    units = {name: Metric(name, "", one.kind, "") for name, one in METRICS.items()}
    found: Formula = formula(text, SeriesSet(KNOWN.series, units), MOMENT)
    plain = found.filled.replace(",", "").replace("−", "-").replace("×", "*")
    if found.raw.value is None:
        with pytest.raises(ZeroDivisionError):
            eval(plain)
    else:
        assert eval(plain) == pytest.approx(found.raw.value)
        assert not found.is_converted


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1234.5, "1,234.5"), (-2.0, "−2"), (0.1 + 0.2, "0.3"), (1e6, "1,000,000"), (0.0, "0")],
)
def test_numbers_are_told_as_they_are(value: float, shown: str) -> None:
    assert number(value) == shown
