"""Prometheus: a real server over days that promtool wrote, and the answers that are no number."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from collectors.base import Batch, Client, Span
from collectors.prometheus import COLLECTOR
from tests.collectors.loopback import said_json, serve
from tests.collectors.servers import free_port, program, running

FIRST = datetime(2026, 10, 23, tzinfo=UTC)
HOURS = 4 * 24
NOW = FIRST + timedelta(hours=90)
BERLIN = ZoneInfo("Europe/Berlin")


def visits(at: datetime) -> int:
    """The counter: it grows by 3 an hour."""
    return 3 * int((at - FIRST).total_seconds() // 3600)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus that holds four days: a counter, a gauge in two regions, and one that is NaN."""
    prometheus, promtool = program("prometheus"), program("promtool")
    folder = tmp_path_factory.mktemp("prometheus")
    lines = ["# TYPE visits counter"]
    minutes = [FIRST + timedelta(minutes=4 * one) for one in range(HOURS * 15)]
    lines += [f"visits_total {visits(at)} {at.timestamp():.0f}" for at in minutes]
    lines.append("# TYPE members gauge")
    for region, size in (("eu", 5), ("us", 9)):
        lines += [
            f'members{{region="{region}"}} {size + (at - FIRST).days} {at.timestamp():.0f}' for at in minutes
        ]
    lines.append("# TYPE broken gauge")
    lines += [f"broken NaN {at.timestamp():.0f}" for at in minutes]
    (folder / "past.txt").write_text("\n".join([*lines, "# EOF", ""]))
    (folder / "config.yml").write_text("{}")
    past = [
        promtool,
        "tsdb",
        "create-blocks-from",
        "openmetrics",
        str(folder / "past.txt"),
        str(folder / "data"),
    ]
    subprocess.run(past, check=True, capture_output=True)
    url = f"http://127.0.0.1:{free_port()}"
    command = [
        prometheus,
        f"--config.file={folder / 'config.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        "--storage.tsdb.retention.time=100y",
        f"--web.listen-address={url.removeprefix('http://')}",
    ]
    with running(command, f"{url}/-/ready", Path(folder / "log")):
        yield url


async def ask(
    url: str, client: Client, query: Mapping[str, Any], *, now: datetime = NOW, since: datetime = FIRST
) -> Batch:
    config = COLLECTOR.configure({"base_url": url, "queries": {"asked": query}})
    return await COLLECTOR.run(config, client, Span(now, since, BERLIN))


async def test_a_real_server_says_what_was_written(server: str, client: Client) -> None:
    batch = await ask(server, client, {"query": "sum(members)"})
    assert not batch.faults
    assert batch.samples[-1].at == NOW
    assert [one.value for one in batch.samples] == [14, 16, 18, 20]


async def test_a_real_flow_follows_the_length_of_the_day(server: str, client: Client) -> None:
    """Berlin's 25th of October has 25 hours: 75 visits, where other days have 72."""
    query = {"kind": "flow", "query": "visits_total - visits_total offset $day"}
    batch = await ask(server, client, query, since=FIRST + timedelta(hours=24))
    assert [(one.at.astimezone(BERLIN).day, one.value, one.settled) for one in batch.samples] == [
        (24, 72, True),
        (25, 75, True),
        (26, 57, False),
    ]


async def test_a_real_server_keeps_series_apart(server: str, client: Client) -> None:
    refused = await ask(server, client, {"query": "members"})
    assert "name labels in by" in refused.faults[0].hint
    batch = await ask(server, client, {"query": "members", "by": ["region"]}, since=NOW)
    assert {dict(one.labels)["region"]: one.value for one in batch.samples} == {"eu": 8, "us": 12}


@pytest.mark.parametrize("query", ["absent_metric", "broken", "sum(members) / 0"])
async def test_nothing_and_no_number_is_no_data(server: str, client: Client, query: str) -> None:
    assert await ask(server, client, {"kind": "ratio", "query": query}) == Batch()


async def test_a_real_refusal_is_told(server: str, client: Client) -> None:
    batch = await ask(server, client, {"query": "sum(members"})
    assert batch.faults[0].kind == "UnexpectedResponse"
    assert "parse error" in batch.faults[0].message


async def test_a_range_in_place_of_a_number_is_refused(server: str, client: Client) -> None:
    batch = await ask(server, client, {"query": "members[5m]"}, since=NOW)
    assert batch.faults[0].kind == "UnexpectedResponse"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"warnings": ["store 2 did not answer"]}, "store 2 did not answer"),
        ({"data": {"resultType": "string", "result": [0, "x"]}}, "is a string"),
        ({"data": {"resultType": "vector", "result": [{"metric": {}, "histogram": [0, {}]}]}}, "histogram"),
    ],
)
async def test_what_may_be_partial_or_no_number_is_not_used(
    client: Client, more: Mapping[str, Any], said: str
) -> None:
    good = {"status": "success", "data": {"resultType": "vector", "result": []}}
    async with serve(lambda _: said_json({**good, **more})) as stand:
        batch = await ask(stand.url, client, {"query": "up"}, since=NOW)
    assert batch.samples == ()
    assert said in batch.faults[0].message


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"query": "up", "kind": "flow"}, r"increase\(signups_total\[\$day\]\)"),
        ({"query": "up[$day]"}, "set kind: flow"),
        ({"query": "up", "by": ["query"]}, "label_replace"),
        ({"query": "up", "kinds": "flow"}, "Did you mean kind"),
        ({"query": "up", "unit": "x" * 90}, "too long"),
    ],
)
def test_settings_that_cannot_be_asked_are_refused(query: Mapping[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        COLLECTOR.configure({"base_url": "http://p", "queries": {"asked": query}})


async def test_a_probe_tells_the_first_answer_in_its_own_unit(server: str, client: Client) -> None:
    client.now = lambda: NOW
    query = {"kind": "ratio", "unit": "%", "query": "sum(members)"}
    config = COLLECTOR.configure({"base_url": server, "queries": {"asked": query}})
    assert await COLLECTOR.examine(config, client, Span(NOW, None, BERLIN)) == "asked is 20 %"
