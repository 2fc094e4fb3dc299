"""Spark: a real local one where it is installed; else what is asked of a session, and how its errors read."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import shutil
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from collectors import spark
from collectors.base import Batch, Client, Span
from collectors.spark import COLLECTOR
from collectors.sql_queries import SqlQuery, Table
from tests.collectors.servers import free_port

NEEDED = ("pyspark", "grpc", "pandas", "pyarrow")
HAS_SPARK = shutil.which("java") is not None and all(map(importlib.util.find_spec, NEEDED))
real = pytest.mark.skipif(not HAS_SPARK, reason="pyspark[connect] or Java is not installed")

# It says goodbye when the interpreter ends, to a stream that is closed by then.
logging.getLogger("py4j").setLevel(logging.WARNING)

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = datetime(2026, 10, 23, 22, tzinfo=UTC)
NOW = FIRST + timedelta(hours=59)
EVENTS = [FIRST + timedelta(hours=one) for one in range(59)]
URL = "sc://spark.example.com:443/;use_ssl=true;token=spark-canary-token"
DAILY = "SELECT count(*) FROM events WHERE at >= :start AND at < :end"


async def ask(client: Client, url: str, *queries: Mapping[str, Any], **more: Any) -> Batch:
    named = {f"q{index}": one for index, one in enumerate(queries)}
    config = COLLECTOR.configure({"url": url, "queries": named, **more})
    return await COLLECTOR.run(config, client, Span(NOW, FIRST, BERLIN))


def days(batch: Batch) -> list[tuple[int, float, bool]]:
    assert not batch.faults
    return [(one.at.astimezone(BERLIN).day, one.value, one.settled) for one in batch.samples]


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, Any]]:
    """A session that counts events; what it was asked is kept."""
    asked: list[Mapping[str, Any]] = []

    def answer(_query: SqlQuery, values: Mapping[str, Any]) -> Table:
        asked.append(values)
        start, end = (values[name].replace(tzinfo=UTC) for name in ("start", "end"))
        return Table(["count(1)"], [(sum(start <= one < end for one in EVENTS),)])

    @contextlib.contextmanager
    def opened(url: str) -> Iterator[spark.Ask]:
        assert url == URL
        yield answer

    monkeypatch.setattr(spark, "_connect", opened)
    return asked


async def test_days_are_asked_one_by_one_in_utc(client: Client, played: list[Mapping[str, Any]]) -> None:
    batch = await ask(client, URL, {"kind": "flow", "daily": True, "query": DAILY})
    assert days(batch) == [(24, 24, True), (25, 25, True), (26, 10, False)]
    assert [f"{one['start']}" for one in played] == [
        "2026-10-23 22:00:00",
        "2026-10-24 22:00:00",
        "2026-10-25 23:00:00",
    ]
    assert all(set(one) == {"start", "end"} for one in played)


@pytest.mark.parametrize("url", [URL, "hive://reader:spark-canary-token@127.0.0.1:1/lake"])
async def test_a_client_that_is_missing_is_named(
    client: Client, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    for name in ("pyspark", "pyspark.sql.connect.session", "pyhive"):
        monkeypatch.setitem(sys.modules, name, None)
    batch = await ask(client, url, {"query": "SELECT 1"})
    assert [one.kind for one in batch.faults] == ["UnexpectedResponse"]
    assert "pip install 'kpi-bot[spark" in batch.faults[0].hint
    assert "canary" not in str(batch)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("[TABLE_OR_VIEW_NOT_FOUND] The table `nowhere` cannot be found", "UnexpectedResponse"),
        ("StatusCode.UNAUTHENTICATED spark-canary-token", "AuthFailed"),
        ("StatusCode.UNAVAILABLE failed to connect to all addresses", "Unavailable"),
        ("Could not connect to any of [('127.0.0.1', 1)]", "Unavailable"),
        (f"cannot parse {URL}", "UnexpectedResponse"),
    ],
)
async def test_an_error_of_the_client_is_its_fault_without_secrets(
    client: Client, monkeypatch: pytest.MonkeyPatch, said: str, kind: str
) -> None:
    def broken(_url: str) -> NoReturn:
        raise RuntimeError(said)

    monkeypatch.setattr(spark, "_connect", broken)
    batch = await ask(client, URL, {"query": "SELECT 1"})
    assert [one.kind for one in batch.faults] == [kind]
    assert "canary" not in str(batch)
    assert batch.faults[0].hint


@pytest.mark.parametrize("url", ["http://spark:15002", "sc://", "spark", "hive:///lake"])
def test_an_address_of_something_else_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="url is no Spark"):
        COLLECTOR.configure({"url": url, "queries": {"a": {"query": "SELECT 1"}}})


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A real Spark on this machine, spoken to over Connect; it takes some 20 seconds to start."""
    from pyspark.sql import SparkSession  # type: ignore[import-not-found,unused-ignore]

    port = free_port()
    settings = {"spark.connect.grpc.binding.port": port, "spark.connect.grpc.binding.address": "127.0.0.1"}
    builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    for name, value in {
        **settings,
        "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
    }.items():
        builder = builder.config(name, value)
    local = builder.getOrCreate()
    rows = ", ".join(f"(timestamp'{one:%Y-%m-%d %H:%M:%S}Z')" for one in EVENTS)
    local.sql(f"CREATE OR REPLACE GLOBAL TEMP VIEW events AS SELECT * FROM VALUES {rows} AS t(at)")
    yield f"sc://127.0.0.1:{port}"
    local.stop()


@real
@pytest.mark.filterwarnings("default")  # its client warns of the pandas beside it
async def test_a_real_spark_counts_days(server: str, client: Client) -> None:
    table = "global_temp.events"
    grouped = f"SELECT date_trunc('DAY', from_utc_timestamp(at, :tz)) AS time, count(*) AS value FROM {table}"
    batch = await ask(
        client,
        server,
        {"kind": "flow", "daily": True, "query": DAILY.replace("events", table)},
        {"query": f"SELECT count(*) FROM {table}"},
        {"query": "SELECT count(*) FROM nowhere"},
        {"kind": "ratio", "query": "SELECT CAST(NULL AS DOUBLE)"},
        {"kind": "level", "query": f"{grouped} GROUP BY 1"},
    )
    by_query = {
        name: [one.value for one in batch.samples if dict(one.labels)["query"] == name]
        for name in ("q0", "q1", "q3")
    }
    assert by_query == {"q0": [24, 25, 10], "q1": [59], "q3": []}
    assert sorted(one.value for one in batch.samples if dict(one.labels)["query"] == "q4") == [10, 24, 25]
    assert [(one.part, one.kind) for one in batch.faults] == [("q2", "UnexpectedResponse")]
    assert "TABLE_OR_VIEW_NOT_FOUND" in batch.faults[0].message
