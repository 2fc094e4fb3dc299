"""A range of one series is one seek, however many samples there are: the databases' own plans say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from kpi.metric import Sample
from storage import Engine, Session, SessionFactory, connect, samples
from tests.storage.test_samples_read import statements

START = datetime(2024, 1, 1, tzinfo=UTC)


def filled(url: str) -> Engine:
    """A hundred series of two hundred days."""
    engine = connect(url)
    days = [START + timedelta(days=n) for n in range(200)]
    with SessionFactory(engine).begin() as session:
        batch = (Sample(f"metric.{n}", day, float(n)) for n in range(100) for day in days)
        samples.write(session, batch, START)
    return engine


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Engine]:
    engine = filled(sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[Engine]:
    engine = filled(postgresql_url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    yield engine
    engine.dispose()


def asked(engine: Engine, metrics: int) -> list[tuple[str, Any]]:
    """The statements on samples of one read."""
    since = {f"metric.{n}": START + timedelta(days=150) for n in range(metrics)}
    with statements(engine) as seen, SessionFactory(engine).read() as session:
        found = samples.read(session, since, until=START + timedelta(days=180))
    assert sum(map(len, found)) == 32 * metrics
    return [one for one in seen if "FROM samples" in one[0] or "JOIN samples" in one[0]]


@pytest.mark.parametrize("metrics", [1, 50])
def test_sqlite_seeks_each_range_by_the_primary_key(sqlite: Engine, metrics: int) -> None:
    with sqlite.connect() as connection:
        before, within = [
            [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            for statement, parameters in asked(sqlite, metrics)
        ]
    assert "SEARCH b USING PRIMARY KEY (series_id=? AND at<?)" in before
    assert "SEARCH s USING COVERING INDEX sqlite_autoindex_series_1 (metric=?)" in before
    assert within == [
        "SCAN k VIRTUAL TABLE INDEX 1:",
        "SEARCH x USING PRIMARY KEY (series_id=? AND at>? AND at<?)",
    ]


OVERVIEWS = [samples.names, lambda session: samples.newest(session, ["metric.1", "metric.2"])]


@pytest.mark.parametrize("overview", OVERVIEWS)
def test_sqlite_overviews_only_seek(sqlite: Engine, overview: Callable[[Session], object]) -> None:
    ((statement, parameters),) = overview_statements(sqlite, overview)
    with sqlite.connect() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    assert [step for step in plan if "samples" in step]
    assert not [step for step in plan if "SCAN samples" in step]


@pytest.mark.parametrize("overview", OVERVIEWS)
def test_postgresql_overviews_only_seek(postgresql: Engine, overview: Callable[[Session], object]) -> None:
    ((statement, parameters),) = overview_statements(postgresql, overview)
    with postgresql.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
    nodes = [node for node in walk(plan[0]["Plan"]) if node.get("Relation Name") == "samples"]
    assert {node["Node Type"] for node in nodes} == {"Index Only Scan"}
    assert all("(series_id = " in node["Index Cond"] for node in nodes)


def overview_statements(engine: Engine, overview: Callable[[Session], object]) -> list[tuple[str, Any]]:
    with statements(engine) as seen, SessionFactory(engine).read() as session:
        overview(session)
    return [one for one in seen if "samples" in one[0]]


@pytest.mark.parametrize("metrics", [1, 50])
def test_postgresql_answers_each_range_from_the_index_alone(postgresql: Engine, metrics: int) -> None:
    with postgresql.connect() as connection:
        plans = [
            connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters).scalar_one()
            for statement, parameters in asked(postgresql, metrics)
        ]
    nodes = [
        node for plan in plans for node in walk(plan[0]["Plan"]) if node.get("Relation Name") == "samples"
    ]
    assert [node["Node Type"] for node in nodes] == ["Index Only Scan", "Index Only Scan"]
    assert all("(series_id = " in node["Index Cond"] and "(at " in node["Index Cond"] for node in nodes)


def walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from walk(child)
