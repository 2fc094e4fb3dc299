"""InfluxDB: a real server of Debian, and the answers that are no number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from pydantic import ValidationError

from collectors.base import Batch, Client, Span
from collectors.influxdb import COLLECTOR
from tests.collectors.loopback import said_json, serve
from tests.collectors.servers import free_port, program, running

FIRST = datetime(2026, 10, 22, 22, tzinfo=UTC)
NOW = FIRST + timedelta(hours=96)
BERLIN = ZoneInfo("Europe/Berlin")
ONE_DAY = "WHERE time >= :start AND time < :end"

_SETTINGS = """
reporting-disabled = true
bind-address = "127.0.0.1:{rpc}"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
  query-log-enabled = false
[http]
  bind-address = "127.0.0.1:{port}"
  auth-enabled = true
  log-enabled = false
[monitor]
  store-enabled = false
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """InfluxDB 1 with one point an hour, 96 in all: each counts one visit, three quarters of them from eu."""
    influxd, folder, port = program("influxd"), tmp_path_factory.mktemp("influxdb"), free_port()
    (folder / "influxdb.conf").write_text(_SETTINGS.format(folder=folder, port=port, rpc=free_port()))
    url = f"http://127.0.0.1:{port}"
    with running([influxd, "-config", str(folder / "influxdb.conf")], f"{url}/ping", folder / "log"):
        with httpx.Client(base_url=url, trust_env=False) as http:
            admin = "CREATE USER reader WITH PASSWORD 'influx-password' WITH ALL PRIVILEGES"
            http.post("/query", params={"q": admin}).raise_for_status()
            http.auth = ("reader", "influx-password")
            http.post("/query", params={"q": "CREATE DATABASE product"}).raise_for_status()
            hours = [(FIRST + timedelta(hours=one), "us" if one % 4 == 0 else "eu") for one in range(96)]
            lines = [f"visits,region={where} n=1i {at.timestamp():.0f}" for at, where in hours]
            write = {"db": "product", "precision": "s"}
            http.post("/write", params=write, content="\n".join(lines)).raise_for_status()
        yield url


async def ask(url: str, client: Client, query: Mapping[str, Any], now: datetime = NOW, **more: Any) -> Batch:
    login = {"user": "reader", "password": "influx-password"}
    settings = {"base_url": url, "database": "product", **login, "queries": {"asked": query}, **more}
    return await COLLECTOR.run(COLLECTOR.configure(settings), client, Span(now, FIRST, BERLIN))


async def test_real_days_follow_the_clock_of_the_zone(server: str, client: Client) -> None:
    query = f"SELECT sum(n) FROM visits {ONE_DAY} GROUP BY time(1d) tz(:tz)"
    batch = await ask(server, client, {"kind": "flow", "query": query})
    assert not batch.faults
    assert [(one.at.astimezone(BERLIN).day, one.value, one.settled) for one in batch.samples] == [
        (23, 24, True),
        (24, 24, True),
        (25, 25, True),
        (26, 23, False),
    ]


async def test_a_real_query_without_grouping_is_asked_day_by_day(server: str, client: Client) -> None:
    batch = await ask(server, client, {"kind": "flow", "query": f"SELECT sum(n) FROM visits {ONE_DAY}"})
    assert [one.value for one in batch.samples] == [24, 24, 25, 23]


async def test_real_tags_are_labels(server: str, client: Client) -> None:
    batch = await ask(server, client, {"query": "SELECT sum(n) FROM visits GROUP BY region"})
    assert {dict(one.labels)["region"]: (one.value, one.at) for one in batch.samples} == {
        "us": (24, NOW),
        "eu": (72, NOW),
    }


async def test_a_last_value_keeps_its_own_time(server: str, client: Client) -> None:
    query = {"query": "SELECT last(n) FROM visits"}
    batch = await ask(server, client, query)
    assert [one.at for one in batch.samples] == [FIRST + timedelta(hours=95)]
    settings = {"base_url": server, "database": "product", "user": "reader", "password": "influx-password"}
    config = COLLECTOR.configure({**settings, "queries": {"asked": query}})
    later = Span(NOW + timedelta(days=30), None, BERLIN)
    assert await COLLECTOR.run(config, client, later) == Batch()


@pytest.mark.parametrize(
    ("query", "more", "kind", "said"),
    [
        ("SELECT sum(n) FROM visits", {"database": "none"}, "UnexpectedResponse", "database not found: none"),
        ("SELECT sum(n FROM visits", {}, "UnexpectedResponse", "error parsing query"),
        ("SELECT sum(n), mean(n) FROM visits", {}, "UnexpectedResponse", "other columns"),
        ("SELECT sum(n) FROM visits", {"password": "wrong-password"}, "AuthFailed", "authorization failed"),
    ],
)
async def test_a_real_refusal_is_told(
    server: str, client: Client, query: str, more: Mapping[str, Any], kind: str, said: str
) -> None:
    batch = await ask(server, client, {"query": query}, **more)
    assert batch.samples == ()
    assert batch.faults[0].kind == kind
    assert said in batch.faults[0].message
    assert "password" not in str(batch)


async def test_an_unknown_measurement_is_no_data(server: str, client: Client) -> None:
    assert await ask(server, client, {"query": "SELECT sum(n) FROM nothing"}) == Batch()


async def test_days_of_another_zone_are_refused(server: str, client: Client) -> None:
    query = f"SELECT sum(n) FROM visits {ONE_DAY} GROUP BY time(1d)"
    batch = await ask(server, client, {"kind": "flow", "query": query})
    assert batch.samples == ()
    assert "begins no day in Europe/Berlin" in batch.faults[0].message


@pytest.mark.parametrize("where", ["result", "series"])
async def test_a_cut_answer_is_not_used(client: Client, where: str) -> None:
    series: dict[str, Any] = {"columns": ["time", "sum"], "values": [[0, 1]]}
    result: dict[str, Any] = {"series": [series]}
    (result if where == "result" else series)["partial"] = True
    async with serve(lambda _: said_json({"results": [result]})) as stand:
        batch = await ask(stand.url, client, {"query": "SELECT sum(n) FROM visits"})
    assert batch.samples == ()
    assert "cut at the server's limit" in batch.faults[0].message


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT mean(n) FROM v GROUP BY time(7d)", r"time\(7d, 4d\) for Monday"),
        ("SELECT mean(n) FROM v GROUP BY time(1w)", "begin on Thursday"),
        ("DROP DATABASE product", "begins with SELECT"),
        ("SELECT n INTO w FROM v", "INTO"),
        ("SELECT n FROM v; DROP DATABASE product", "one statement"),
        ("SELECT n FROM v WHERE time > :from", ":from is nothing to fill in"),
    ],
)
def test_queries_that_would_mislead_or_write_are_refused(query: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        COLLECTOR.configure(
            {"base_url": "http://i", "database": "d", "queries": {"q": {"kind": "ratio", "query": query}}}
        )


def test_a_week_that_was_moved_to_monday_is_taken() -> None:
    query = "SELECT mean(n) FROM v GROUP BY time(7d, 4d)"
    queries = {"q": {"kind": "ratio", "query": query}}
    assert COLLECTOR.configure({"base_url": "http://i", "database": "d", "queries": queries})
