"""Counts of days lose nothing, and events of one instant are kept apart without being lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.base import Span
from collectors.per_day import Stretch, apart
from kpi.metric import Kind, Metric, Sample

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HITS = Metric("test.hits", "hits", Kind.FLOW, "hits on a day")
ZONES = ("UTC", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland")


@settings(max_examples=40, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    hours=st.lists(st.floats(0, 24 * 40, allow_nan=False), max_size=30),
)
def test_every_event_of_the_days_is_in_one_of_them(zone: str, hours: list[float]) -> None:
    stretch = Stretch.of(Span(NOW, None, ZoneInfo(zone)), timedelta(days=30))
    times = [NOW - timedelta(hours=one) for one in hours]
    samples = list(stretch.samples(HITS, stretch.counts(times), timedelta(hours=1)))
    assert len(samples) == 31
    assert sum(one.value for one in samples) == sum(stretch.start <= at < stretch.end for at in times)
    assert [one.settled for one in samples] == [True] * 30 + [False]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50)), max_size=30))
@settings(max_examples=40, deadline=None)
def test_no_two_events_share_an_instant_and_none_is_lost(found: list[tuple[int, int]]) -> None:
    events = [
        (f"id-{place:03}", Sample("test.event", NOW + timedelta(microseconds=shift), float(number)))
        for place, (shift, number) in enumerate(found)
    ]
    told = list(apart(events))
    assert len({one.at for one in told}) == len(told) == len(events)
    assert sorted(one.value for one in told) == sorted(one.value for _, one in events)
    assert all(one.at - NOW < timedelta(milliseconds=1) for one in told)
    assert told == list(apart(reversed(events)))


@pytest.mark.parametrize(("until", "days"), [(NOW - timedelta(days=20), 11), (None, 31)])
def test_a_span_that_ends_early_has_fewer_days(until: datetime | None, days: int) -> None:
    span = Span(NOW, NOW - timedelta(days=30), ZoneInfo("UTC"), until)
    assert len(Stretch.of(span, timedelta(days=3)).days) == days
