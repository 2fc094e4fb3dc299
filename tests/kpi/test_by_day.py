"""Many days at once read the same as each day asked for by the measure language."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi.by_day import amounts, closes
from kpi.calendar import Moment, day_start
from kpi.measure import parse
from kpi.metric import Kind, Labels, Metric, Series, SeriesSet, labels, to_micros

ZONE = ZoneInfo("Europe/Berlin")
MOMENT = Moment(datetime(2026, 11, 2, 9, tzinfo=UTC), ZONE)  # a week after a night of 25 hours
DAYS = 12
METRICS = {
    "web.views": Metric("web.views", "views", Kind.FLOW, "Views.", ("page",)),
    "hub.stars": Metric("hub.stars", "stars", Kind.LEVEL, "Stars.", ("repo",)),
    "web.rate": Metric("web.rate", "ratio", Kind.RATIO, "A rate."),
    "shop.orders": Metric("shop.orders", "orders", Kind.FLOW, "Orders of a week.", every=timedelta(days=7)),
}
Known = dict[tuple[str, int], float]


def series(metric: str, known: Known, *, hour: int) -> SeriesSet:
    """Values by label and by how many days back they are of."""
    by_label: dict[str, list[tuple[int, float]]] = {}
    for (label, back), value in known.items():
        at = day_start(MOMENT.today - timedelta(days=back), ZONE) + timedelta(hours=hour)
        by_label.setdefault(label, []).append((to_micros(at), value))
    found = []
    for label, unsorted in by_label.items():
        points = sorted(unsorted)
        instants = np.array([instant for instant, _ in points], dtype=np.int64)
        values = np.array([one for _, one in points], dtype=np.float64)
        pairs: Labels = labels({"page" if metric == "web.views" else "repo": label})
        settled = np.ones(len(points), dtype=np.bool_)
        found.append(Series(metric, pairs, instants, values, settled))
    return SeriesSet(tuple(found), METRICS)


KNOWN = st.dictionaries(
    st.tuples(st.sampled_from(["a", "b"]), st.integers(0, DAYS + 3)),
    st.integers(0, 99).map(float),
    min_size=1,
)


@settings(max_examples=60, deadline=None)
@given(KNOWN)
def test_amounts_are_the_sums_of_single_days(known: Known) -> None:
    own, measure = series("web.views", known, hour=0), parse("sum(web.views, 1d)")
    found = amounts(measure.queries[0], own, MOMENT, DAYS)
    assert found is not None
    for day, value in found.values:
        assert value == measure.evaluate(own, MOMENT.close_of(day)).value


@settings(max_examples=60, deadline=None)
@given(KNOWN)
def test_closes_are_newest_readings_of_their_own_day(known: Known) -> None:
    own, measure = series("hub.stars", known, hour=20), parse("last(hub.stars)")
    found = closes(measure.queries[0], own, MOMENT, DAYS)
    assert found is not None
    for day, value in found.values:
        reading = measure.evaluate(own, MOMENT.close_of(day))
        is_of_day = reading.at is not None and reading.at >= day_start(day, ZONE)
        assert value == (reading.value if is_of_day else None)


def test_it_knows_whether_something_lies_before() -> None:
    near = series("hub.stars", {("a", 3): 1.0, ("a", 2): 2.0}, hour=20)
    query = parse("last(hub.stars)").queries[0]
    found = closes(query, near, MOMENT, DAYS)
    assert found is not None
    assert found.is_whole
    assert found.values[0] == (date(2026, 10, 21), None)
    short = closes(query, near, MOMENT, 2)
    assert short is not None
    assert not short.is_whole


def test_what_is_not_counted_by_day_is_not_told_by_day() -> None:
    weekly = series("shop.orders", {("a", 3): 1.0}, hour=0)
    assert amounts(parse("sum(shop.orders, 28d)").queries[0], weekly, MOMENT, DAYS) is None
    assert closes(parse("last(web.rate)").queries[0], SeriesSet((), METRICS), MOMENT, DAYS) is None
    assert amounts(parse("sum(who.knows, 28d)").queries[0], SeriesSet((), METRICS), MOMENT, DAYS) is None
