"""A read gives the asked range, the sample in force when it begins, and nothing that was not known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import event

from kpi.metric import Sample, labels, to_micros
from storage import Engine, SessionFactory, samples

DAY = datetime(2026, 11, 1, tzinfo=UTC)
NOW = DAY + timedelta(days=20)


def day(number: int) -> datetime:
    return DAY + timedelta(days=number)


def write(sessions: SessionFactory, *batch: Sample, at: datetime = NOW) -> None:
    with sessions.begin() as session:
        samples.write(session, batch, at)


def daily(metric: str, *days: int, **pairs: str) -> list[Sample]:
    return [Sample(metric, day(n), float(n), labels(pairs)) for n in days]


@contextmanager
def statements(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_a_series_is_arrays_oldest_first(sessions: SessionFactory) -> None:
    write(sessions, *daily("stars", 3, 1, 2))
    with sessions.read() as session:
        (series,) = samples.read(session, {"stars": day(1)}, until=NOW)
    assert series.at.tolist() == [to_micros(day(n)) for n in (1, 2, 3)]
    assert series.value.tolist() == [1.0, 2.0, 3.0]
    assert series.settled.tolist() == [True, True, True]
    assert [one.dtype for one in (series.at, series.value, series.settled)] == [
        np.int64,
        np.float64,
        np.bool_,
    ]
    assert series.recorded_at == NOW


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (5, 7, [4, 5, 6, 7]),  # both ends belong to it, and the one before
        (4.5, 6.5, [4, 5, 6]),
        (0, 20, [1, 2, 4, 5, 6, 7, 8]),
        (4, 4, [2, 4]),  # a gap is crossed by the one before
        (15, 20, [8]),
        (9, 3, [2]),  # a start after the end: what was in force at the end
        (0, 0.5, []),
    ],
)
def test_the_range_and_the_one_sample_before_it(
    sessions: SessionFactory, since: float, until: float, expected: list[int]
) -> None:
    write(sessions, *daily("stars", 1, 2, 4, 5, 6, 7, 8))
    with sessions.read() as session:
        found = samples.read(
            session, {"stars": DAY + timedelta(days=since)}, until=DAY + timedelta(days=until)
        )
    assert [int(value) for series in found for value in series.value] == expected


def test_each_metric_has_its_own_start_and_each_series_its_own_sample_before(
    sessions: SessionFactory,
) -> None:
    write(sessions, *daily("stars", 1, 5), *daily("visits", 1, 2, page="a"), *daily("visits", 3, 6, page="b"))
    with sessions.read() as session:
        found = samples.read(session, {"stars": day(5), "visits": day(4), "forks": day(0)}, until=NOW)
    values = {(series.metric, series.labels): series.value.tolist() for series in found}
    assert values == {
        ("stars", ()): [1.0, 5.0],
        ("visits", (("page", "a"),)): [2.0],
        ("visits", (("page", "b"),)): [3.0, 6.0],
    }


def test_what_was_never_measured_is_absent(sessions: SessionFactory) -> None:
    with sessions.read() as session:
        assert not samples.read(session, {"stars": day(0)}, until=NOW).series
        assert not samples.read(session, {}, until=NOW).series


def test_the_newest_revision_counts_and_as_of_turns_it_back(sessions: SessionFactory) -> None:
    write(sessions, *daily("stars", 1, 2), at=day(3))
    write(sessions, Sample("stars", day(1), 100.0, settled=False), at=day(4))
    with sessions.read() as session:
        (now,) = samples.read(session, {"stars": day(0)}, until=NOW)
        (then,) = samples.read(session, {"stars": day(0)}, until=NOW, as_of=day(3))
        before = samples.read(session, {"stars": day(0)}, until=NOW, as_of=day(3) - timedelta(microseconds=1))
    assert (now.value.tolist(), now.settled.tolist()) == ([100.0, 2.0], [False, True])
    assert (then.value.tolist(), then.settled.tolist()) == ([1.0, 2.0], [True, True])
    assert before.series == ()


def test_the_sample_before_is_the_one_known_then(sessions: SessionFactory) -> None:
    write(sessions, *daily("stars", 1), at=day(2))
    write(sessions, *daily("stars", 3), at=day(9))  # came in late
    with sessions.read() as session:
        (then,) = samples.read(session, {"stars": day(5)}, until=NOW, as_of=day(6))
    assert then.value.tolist() == [1.0]


def test_the_number_of_statements_does_not_grow(engine: Engine, sessions: SessionFactory) -> None:
    names = [f"metric.{n}" for n in range(300)]
    write(sessions, *(Sample(name, day(n), 1.0, labels({"l": str(n)})) for name in names for n in range(3)))
    counts = []
    for asked in (names[:1], names):
        with statements(engine) as seen, sessions.read() as session:
            found = samples.read(session, dict.fromkeys(asked, day(1)), until=NOW)
        assert len(found.series) == 3 * len(asked)
        counts.append(len([text for text, _ in seen if "SELECT" in text]))
    assert counts == [2, 2]


def test_newest_is_the_latest_instant_of_any_series(sessions: SessionFactory) -> None:
    write(sessions, *daily("visits", 1, 5, page="a"), *daily("visits", 3, page="b"), *daily("stars", 2))
    write(sessions, Sample("visits", day(5), 50.0, (("page", "a"),)), at=NOW + timedelta(hours=1))
    with sessions.read() as session:
        found = samples.newest(session, ["visits", "stars", "forks"])
    assert {name: (one.at, one.value) for name, one in found.items()} == {
        "visits": (day(5), 50.0),
        "stars": (day(2), 2.0),
    }
    assert found["visits"].recorded_at == NOW + timedelta(hours=1)


def test_names_lists_what_is_measured(sessions: SessionFactory) -> None:
    write(sessions, *daily("visits", 1, 5, page="a"), *daily("visits", 3, 9, page="b"), *daily("stars", 2))
    write(sessions, Sample("stars", day(2), 9.0), at=NOW + timedelta(hours=1))
    with sessions.read() as session:
        found = samples.names(session)
    assert [(one.metric, one.series, one.first, one.last, one.samples) for one in found] == [
        ("stars", 1, day(2), day(2), 1),
        ("visits", 2, day(1), day(9), 4),
    ]


def test_export_gives_the_newest_of_everything_in_order(sessions: SessionFactory) -> None:
    batch = [*daily("stars", 1, 2), *daily("visits", 1, page="a"), *daily("visits", 1, page="b")]
    write(sessions, *reversed(batch))
    restated = Sample("stars", day(2), 7.5, settled=False)
    write(sessions, restated, at=NOW + timedelta(hours=1))
    with sessions.read() as session:
        assert list(samples.export(session)) == [batch[0], restated, *batch[2:]]
