"""SQL on real databases: figures over days, what is no figure, and that nothing is written or shown."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from collectors.base import Batch, Client, Span
from collectors.sql import COLLECTOR
from tests.conftest import PostgresServer

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = datetime(2026, 10, 23, 22, tzinfo=UTC)
NOW = FIRST + timedelta(hours=24 + 25 + 10)
SIGNUPS = [(FIRST + timedelta(hours=one), ("free", "pro")[one % 2], one % 3) for one in range(59)]
"""One an hour from the 24th in Berlin: 24 that day, 25 on the next, 10 today."""
PASSWORD = "sql-canary-password"
LOGIN = f"kpi_reader_{id(SIGNUPS)}"


@pytest.fixture(scope="module")
def postgresql(postgres: PostgresServer) -> str:
    """The address of a database with sign-ups, as somebody who may write them too."""
    name = postgres.create()
    rows = ", ".join(f"('{at.isoformat()}', '{plan}', {n})" for at, plan, n in SIGNUPS)
    postgres.run(
        "CREATE TABLE signups (at timestamptz, plan text, n int)",
        f"INSERT INTO signups VALUES {rows}",
        f"CREATE ROLE {LOGIN} LOGIN PASSWORD '{PASSWORD}'",
        f"GRANT SELECT, INSERT, DELETE ON signups TO {LOGIN}",
        "CREATE TABLE secret (n int)",
        database=name,
    )
    return f"postgresql://{LOGIN}:{PASSWORD}@/{name}?host={postgres.folder}"


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    path = tmp_path / "crm.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE signups (at TEXT, plan TEXT, n INTEGER)")
        rows = [(f"{at:%Y-%m-%d %H:%M:%S}", plan, n) for at, plan, n in SIGNUPS]
        connection.executemany("INSERT INTO signups VALUES (?, ?, ?)", rows)
    connection.close()
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.xdist_group("postgresql"))])
def url(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(request.param)
    return found


async def ask(url: str, client: Client, query: Mapping[str, Any] | str, **more: Any) -> Batch:
    named = {"query": query} if isinstance(query, str) else query
    config = COLLECTOR.configure({"url": url, "queries": {"asked": named}, **more})
    return await COLLECTOR.run(config, client, Span(NOW, FIRST, BERLIN))


def days(batch: Batch) -> list[tuple[int, float, bool]]:
    assert not batch.faults
    return [(one.at.astimezone(BERLIN).day, one.value, one.settled) for one in batch.samples]


async def test_one_cell_is_of_the_moment(url: str, client: Client) -> None:
    batch = await ask(url, client, "SELECT count(*) FROM signups;")
    assert [(one.metric, one.at, one.value) for one in batch.samples] == [("sql.level", NOW, 59)]


async def test_a_daily_flow_follows_the_length_of_the_day(url: str, client: Client) -> None:
    query = "SELECT count(*) FROM signups WHERE at >= :start AND at < :end"
    batch = await ask(url, client, {"kind": "flow", "daily": True, "query": query})
    assert days(batch) == [(24, 24, True), (25, 25, True), (26, 10, False)]


async def test_a_daily_ratio_waits_for_the_end_of_its_day(url: str, client: Client) -> None:
    query = "SELECT 100.0 * avg(n) / 2 FROM signups WHERE at >= :start AND at < :end"
    batch = await ask(url, client, {"kind": "ratio", "unit": "%", "daily": True, "query": query})
    by_day = [[n for at, _, n in SIGNUPS if start <= at < end] for start, end in _DAYS]
    expected = [sum(found) / len(found) / 2 for found in by_day]
    assert [one.value for one in batch.samples] == pytest.approx(expected)
    assert [one.at for one in batch.samples] == [end - timedelta(seconds=1) for _, end in _DAYS]


_DAYS = [(FIRST, FIRST + timedelta(hours=24)), (FIRST + timedelta(hours=24), FIRST + timedelta(hours=49))]


async def test_columns_called_value_and_others_give_labels(url: str, client: Client) -> None:
    batch = await ask(url, client, "SELECT plan, count(*) AS value FROM signups GROUP BY plan")
    assert {dict(one.labels)["plan"]: one.value for one in batch.samples} == {"free": 30, "pro": 29}


async def test_days_grouped_in_the_database_are_those_of_the_workspace(
    postgresql: str, client: Client
) -> None:
    query = """SELECT date_trunc('day', at AT TIME ZONE :tz) AS time, count(*) AS value, plan FROM signups
        WHERE at >= :start AND at < :end GROUP BY 1, plan ORDER BY 3, 1"""
    batch = await ask(postgresql, client, {"kind": "flow", "query": query})
    assert days(batch)[:3] == [(24, 12, True), (25, 13, True), (26, 5, False)]
    utc = "SELECT date_trunc('day', at), count(*) FROM signups GROUP BY 1"
    batch = await ask(postgresql, client, {"kind": "flow", "query": utc})
    assert "begins no day in Europe/Berlin" in batch.faults[0].message


async def test_days_as_dates_are_taken_as_they_are(url: str, client: Client) -> None:
    query = "SELECT '2026-10-25' AS at, 7.5 AS n UNION SELECT '2026-10-24', NULL"
    assert days(await ask(url, client, {"kind": "flow", "query": query})) == [(25, 7.5, True)]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT NULL",
        "SELECT count(*) FROM signups WHERE 1 = 0 GROUP BY plan",
        "SELECT sum(n) FROM signups WHERE plan = ':none'",
    ],
)
async def test_null_and_no_row_are_no_data(url: str, client: Client, query: str) -> None:
    assert await ask(url, client, query) == Batch()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT n FROM signups", "several rows of one column"),
        ("SELECT 'x'", "no number"),
        ("SELECT plan, n FROM signups", "a time that cannot be read"),
        ("SELECT 'x' AS query, 1 AS value", "cannot be told apart"),
        ("SELECT plan, n AS value FROM signups", "two values for one time"),
        ("SELECT missing FROM signups", "missing"),
        (
            "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 10001)"
            " SELECT '2026-10-25' AS time, 1 AS value, n AS label FROM t",
            "more than 10,000 rows",
        ),
    ],
)
async def test_what_is_no_figure_is_a_fault(url: str, client: Client, query: str, said: str) -> None:
    batch = await ask(url, client, query)
    assert batch.samples == ()
    assert said in batch.faults[0].message
    assert batch.faults[0].kind == "UnexpectedResponse"


async def test_one_broken_query_leaves_the_others(url: str, client: Client) -> None:
    queries = {"broken": {"query": "SELECT 1 FROM nowhere"}, "good": {"query": "SELECT 4"}}
    batch = await COLLECTOR.run(
        COLLECTOR.configure({"url": url, "queries": queries}), client, Span(NOW, None, BERLIN)
    )
    assert [one.part for one in batch.faults] == ["broken"]
    assert [one.value for one in batch.samples] == [4]


async def test_a_statement_that_writes_is_stopped_by_the_database_too(
    postgresql: str, client: Client
) -> None:
    query = "SELECT setval('counter', 5)"
    batch = await ask(postgresql, client, "SELECT lo_creat(-1)")
    assert batch.samples == ()
    assert "read-only transaction" in batch.faults[0].message
    assert (await ask(postgresql, client, query)).samples == ()


async def test_a_statement_that_takes_too_long_is_ended(url: str, client: Client) -> None:
    slow = "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 900000000)"
    batch = await ask(url, client, f"{slow} SELECT count(*) FROM t", timeout_seconds=0.1)
    assert batch.faults[0].kind == "Unavailable"
    assert "longer than 0.1 s" in batch.faults[0].message


async def test_a_table_that_may_not_be_read_is_a_refusal(postgresql: str, client: Client) -> None:
    batch = await ask(postgresql, client, "SELECT count(*) FROM secret")
    assert [one.kind for one in batch.faults] == ["AuthFailed"]
    assert PASSWORD not in str(batch)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        (f"postgresql://reader:{PASSWORD}@127.0.0.1:1/product", "Unavailable"),
        (f"sqlite:////nowhere/{PASSWORD}.db", "Unavailable"),
        (f"mysql://reader:{PASSWORD}@127.0.0.1/product", "UnexpectedResponse"),
        (f"snowflake://reader:{PASSWORD}@account/product", "UnexpectedResponse"),
    ],
)
async def test_a_database_that_is_not_there_tells_no_secret(client: Client, url: str, kind: str) -> None:
    batch = await ask(url, client, "SELECT 1")
    assert [one.kind for one in batch.faults] == [kind]
    assert (
        PASSWORD
        not in f"{batch} {COLLECTOR.configure({'url': url, 'queries': {'a': {'query': 'SELECT 1'}}})}"
    )
    if kind == "UnexpectedResponse":
        assert "pip install" in batch.faults[0].hint


async def test_a_missing_file_is_not_made(tmp_path: Path, client: Client) -> None:
    for _ in range(2):
        batch = await ask(f"sqlite:///{tmp_path}/missing.db", client, "SELECT 1")
        assert "unable to open" in batch.faults[0].message


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"url": "not an address"}, "postgresql://"),
        ({"url": "sqlite://"}, "names no file"),
        ({"queries": {"a": {"query": "DELETE FROM signups"}}}, "begins with SELECT"),
        ({"queries": {"a": {"query": "SELECT :since"}}}, ":since is nothing"),
        ({"queries": {"a": {"query": "SELECT 1", "daily": True}}}, "needs the day in it"),
        ({"queries": {"a": {"query": "SELECT 1", "dayly": True}}}, "Did you mean daily"),
        ({"queries": {"A b": {"query": "SELECT 1"}}}, "pattern"),
    ],
)
def test_settings_that_cannot_be_asked_are_refused(settings: Mapping[str, Any], said: str) -> None:
    good = {"url": "sqlite:///a.db", "queries": {"a": {"query": "SELECT 1"}}}
    with pytest.raises(ValidationError, match=said):
        COLLECTOR.configure({**good, **settings})


async def test_a_probe_tells_the_first_answer(sqlite: str, client: Client) -> None:
    config = COLLECTOR.configure(
        {"url": sqlite, "queries": {"users": {"query": "SELECT count(*) FROM signups"}}}
    )
    assert await COLLECTOR.examine(config, client, Span(NOW, None, BERLIN)) == "users is 59"
