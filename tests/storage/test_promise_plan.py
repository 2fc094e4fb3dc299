"""Finding the next promise takes a few seeks, however many were delivered: the databases' plans say so."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from storage import Engine, Session, SessionFactory, connect, promises
from storage.promises import Promise, State
from tests.storage.test_samples_plan import walk
from tests.storage.test_samples_read import statements

NOW = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
DELIVERED = 30_000
FILL = (
    "INSERT INTO promises (key, report, period, surface, channel, due, payload, state, attempts, claimed_by,"
    " is_uncertain, error, receipt_channel, receipt_message, delivered_at, notes) SELECT 'd/' || n, 'daily',"
    " n, 'slack', 'C' || n % 50, {at}, '{{}}', 'delivered', 1, 'one', false, '', 'C1', n, {at}, '[]' FROM "
)
COUNTING = (
    f"(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {DELIVERED}) SELECT n FROM c)"
)


def owe(engine: Engine) -> None:
    with SessionFactory(engine).begin() as session:
        for number in range(30):
            one = Promise(f"o/{number}", "daily", "", "slack", f"C{number % 3}", NOW, "{}")
            promises.owe(session, one)
        for _ in range(2):
            promises.claim(session, worker="one", now=NOW, lease=timedelta(minutes=2))


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Engine]:
    engine = connect(sqlite_url)
    with engine.begin() as connection:
        connection.execute(text(FILL.format(at="n * 1000000") + COUNTING))
    owe(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def postgresql(postgresql_url: str) -> Iterator[Engine]:
    engine = connect(postgresql_url)
    with engine.begin() as connection:
        at = "TIMESTAMPTZ '2024-01-01 00:00+00' + n * INTERVAL '1 minute'"
        connection.execute(text(FILL.format(at=at) + f"generate_series(1, {DELIVERED}) AS n"))
    owe(engine)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE promises"))
    yield engine
    engine.dispose()


def claim(session: Session) -> object:
    return promises.claim(session, worker="two", now=NOW, lease=timedelta(minutes=2), surfaces=["slack"])


def last_sent(session: Session) -> object:
    return promises.last_sent(session, report="daily", surface="slack", channel="C7", before=NOW)


ASKED: list[Callable[[Session], object]] = [
    claim,
    last_sent,
    promises.listing,
    lambda session: promises.listing(session, states=[State.OWED, State.UNKNOWN]),
    lambda session: promises.expire(session, NOW),
    lambda session: promises.summary(session, NOW, late_after=timedelta(minutes=15)),
]


def asked(engine: Engine, ask: Callable[[Session], object]) -> list[tuple[str, Any]]:
    """The statements on promises that `ask` takes."""
    with statements(engine) as seen, SessionFactory(engine).begin() as session:
        ask(session)
    return [one for one in seen if "promises" in one[0]]


def test_sqlite_only_seeks(sqlite: Engine) -> None:
    for ask in ASKED:
        for statement, parameters in asked(sqlite, ask):
            with sqlite.connect() as connection:
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            steps = [row[3] for row in plan if "promises" in row[3]]
            assert steps
            assert not [one for one in steps if "SCAN" in one and one != IN_ORDER], statement


IN_ORDER = "SCAN promises USING INDEX ix_promises_due"
"""From the newest back, as far as the limit: no seek, and no more than the page it shows."""


def test_sqlite_finds_the_next_one_in_the_order_of_the_index(sqlite: Engine) -> None:
    found = asked(sqlite, claim)[0]
    with sqlite.connect() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {found[0]}", found[1])]
    assert "SEARCH promises USING INDEX ix_promises_state (state=? AND due<?)" in plan
    assert plan.count("SEARCH promises USING INDEX ix_promises_state (state=?)") == 2
    assert plan.count("SEARCH promises_1 USING INDEX uq_promises_claimed (surface=? AND channel=?)") == 3


def test_postgresql_reads_a_handful_of_rows(postgresql: Engine) -> None:
    for ask in ASKED:
        for statement, parameters in asked(postgresql, ask):
            with postgresql.connect() as connection:
                explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"
                plan = connection.exec_driver_sql(explain, parameters).scalar_one()
                connection.rollback()
            assert max(rows_read(node) for node in walk(plan[0]["Plan"])) <= 100, statement


def rows_read(node: dict[str, Any]) -> float:
    """Those that a step has looked at, passed on or not."""
    seen = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    return float(seen * max(1, node["Actual Loops"]))
