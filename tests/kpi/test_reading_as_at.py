"""What need not be read again at yesterday's close reads there what it reads now."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.framework import Kpi
from kpi.quantity import Better
from kpi.reading import is_as_at, read
from kpi.unit import BARE
from tests.kpi.measured import NOW, daily, series_of

MEASURES = (
    "last(stars)",
    "sum(visits, 7d)",
    "sum(visits, all)",
    "mean(latency, 3d)",
    "change(stars, 7d)",
    "last(stars) / sum(visits, 7d)",
    "max(stars, month)",
)
METRICS_READ = ("stars", "visits", "latency")
CLOSE = NOW.close_of(NOW.today - timedelta(days=1))


def of(measure: str) -> Kpi:
    return Kpi("a.b", "B", "A", BARE, Better.HIGHER, 1, measure=measure)


@settings(max_examples=120, deadline=None)
@given(
    measure=st.sampled_from(MEASURES),
    values=st.lists(st.one_of(st.none(), st.integers(0, 99).map(float)), min_size=1, max_size=12),
    ending=st.integers(0, 2),
    hour=st.sampled_from([0, 6, 8]),
)
def test_a_reading_that_is_held_to_be_the_same_is_the_same(
    measure: str, values: list[float | None], ending: int, hour: int
) -> None:
    series = series_of(*(daily(name, values, ending=ending, hour=hour) for name in METRICS_READ))
    kpi = of(measure)
    now = read("acme", kpi, series=series, moment=NOW)
    then = read("acme", kpi, series=series, moment=CLOSE)
    if is_as_at(CLOSE, kpi, now, series):
        assert then == now


@pytest.mark.parametrize(
    ("measure", "ending", "same"),
    [("last(stars)", 1, True), ("last(stars)", 0, False), ("sum(visits, 3d)", 0, True)],
)
def test_a_sample_of_today_counts_only_where_no_window_keeps_it_out(
    measure: str, ending: int, same: bool
) -> None:
    series = series_of(daily("stars", [1.0] * 9, ending=ending), daily("visits", [1.0] * 9, ending=ending))
    kpi = of(measure)
    assert is_as_at(CLOSE, kpi, read("acme", kpi, series=series, moment=NOW), series) is same


def test_a_series_that_begins_today_had_no_reading_at_the_close() -> None:
    series = series_of(daily("visits", [5.0], ending=0))
    kpi = of("sum(visits, all)")
    assert not is_as_at(CLOSE, kpi, read("acme", kpi, series=series, moment=NOW), series)
