"""The bot's own HTTP: health, figures, and samples that other programs push."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from bot import web
from bot.jobs.evaluate import Board, Evaluate
from bot.timeline import Timeline
from bot.web import Web
from kpi.metric import EPOCH
from storage import SessionFactory, StorageFault, audit, promises, runs, samples
from tests.bot.jobs.world import BERLIN, NINE, Chat, Clock, Ledger, keep_stars, small_workspace

TOKEN = "s3cret-ü"
RIGHT = {"authorization": f"Bearer {TOKEN}".encode()}


@dataclass
class Served:
    """The routes on one database, reached without a socket."""

    client: httpx.AsyncClient
    sessions: SessionFactory
    board: Board = field(default_factory=Board)
    problems: list[str] = field(default_factory=list)
    clock: Clock = field(default_factory=Clock)

    def stored(self) -> dict[str, list[float]]:
        with self.sessions.read() as session:
            names = [one.metric for one in samples.names(session)]
            found = samples.read(session, dict.fromkeys(names, EPOCH), until=NINE + timedelta(days=9))
        return {one.metric: one.value.tolist() for one in found}

    async def push(self, content: bytes | str, kind: str = "application/json") -> httpx.Response:
        return await self.client.post("/v1/samples", content=content, headers={**RIGHT, "content-type": kind})


@pytest.fixture
async def served(sessions: SessionFactory) -> AsyncIterator[Served]:
    found = Served(httpx.AsyncClient(), sessions)
    app = Starlette(
        routes=Web(sessions, BERLIN, found.clock, found.board, TOKEN, lambda: found.problems).routes()
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot") as client:
        await found.client.aclose()
        found.client = client
        yield found


@pytest.fixture
def broken_storage(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def fail(*_args: object) -> None:
        raise StorageFault("kpi.db: the disk is full.", "Free some space.")

    monkeypatch.setattr(samples, "write", fail)
    monkeypatch.setattr(promises, "counts", fail)
    return


async def figures(served: Served) -> dict[tuple[str, tuple[str, ...]], float]:
    answer = await served.client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, tuple(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


async def test_health_claims_only_that_the_process_answers(served: Served) -> None:
    served.problems.append("slack is not connected")
    answer = await served.client.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


async def test_ready_says_what_is_missing(served: Served) -> None:
    answer = await served.client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "problems": []})
    served.problems.append("slack is not connected")
    answer = await served.client.get("/readyz")
    assert (answer.status_code, answer.json()["problems"]) == (503, ["slack is not connected"])


@pytest.mark.usefixtures("broken_storage")
async def test_a_database_that_fails_is_not_ready_and_breaks_no_page(served: Served) -> None:
    answer = await served.client.get("/readyz")
    assert answer.status_code == 503
    assert "disk is full" in answer.json()["problems"][0]
    assert (await figures(served))["kpi_bot_ready", ()] == 0


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_a_head_is_answered_and_a_wrong_method_refused(served: Served, path: str) -> None:
    assert (await served.client.head(path)).status_code == 200
    assert (await served.client.post(path)).status_code == 405


async def test_samples_are_posted_and_nothing_else(served: Served) -> None:
    assert (await served.client.get("/v1/samples")).status_code == 405


async def test_the_figures_are_those_of_the_last_evaluation(served: Served) -> None:
    keep_stars(served.sessions, NINE)
    Evaluate(Timeline(small_workspace()), served.sessions, served.clock, served.board)()
    found = await figures(served)
    kpi = ("small", "growth.stars")
    assert found["kpi_value", kpi] == 100
    assert found["kpi_percent_of_target", kpi] == 100
    assert found["kpi_bot_evaluated_timestamp_seconds", ()] == NINE.timestamp()
    assert found["kpi_bot_ready", ()] == 1


async def test_a_kpi_without_data_has_no_figure(served: Served) -> None:
    Evaluate(Timeline(small_workspace()), served.sessions, served.clock, served.board)()
    assert not any(name in {"kpi_value", "kpi_percent_of_target"} for name, _ in await figures(served))


async def test_posts_and_sources_have_figures(served: Served) -> None:
    ledger = Ledger(served.sessions, served.clock, small_workspace(), Chat(served.clock))
    ledger.known_since(hours=1)
    ledger.publish()
    with served.sessions.begin() as session:
        run = runs.start(session, 'ven"dor', now=NINE, lease=timedelta(hours=1))
        assert run is not None
        runs.finish(session, run, now=NINE, faults=[runs.Fault("Unavailable", "down")])
    found = await figures(served)
    assert found["kpi_bot_posts", ("C0DAILY", "owed", "slack")] == 1
    assert found["kpi_bot_posts", ("C0DAILY", "failed", "slack")] == 0
    assert found["kpi_bot_source_faults", ('ven"dor',)] == 1
    assert found["kpi_bot_source_read_timestamp_seconds", ('ven"dor',)] == NINE.timestamp()


async def test_json_and_csv_are_taken(served: Served) -> None:
    item = '[{"metric": "sales.deals", "at": "2026-11-01", "value": 3, "labels": {"team": "a"}}]'
    answer = await served.push(item)
    assert (answer.status_code, answer.json()) == (200, {"new": 1, "restated": 0, "unchanged": 0})
    answer = await served.push(
        "metric,at,value,team\nsales.deals,2026-11-01,4,a\n", "Text/CSV; charset=utf-8"
    )
    assert answer.json() == {"new": 0, "restated": 1, "unchanged": 0}
    assert served.stored() == {"sales.deals": [4.0]}
    with served.sessions.read() as session:
        assert [(act.actor, act.subject) for act in audit.recent(session)] == [("http", "sales.deals")] * 2


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"null", "application/json"),
        (b'{"samples": 3}', "application/json"),
        (b'[{"metric": "a", "at": "2026-11-01", "value": NaN}]', "application/json"),
        (b'[{"metric": "a", "at": "2026-11-01", "value": 1e999}]', "application/json"),
        (b'[{"metric": "a\\u0000b", "at": "2026-11-01", "value": 1}]', "application/json"),
        (b'[{"metric": "a\\u200bb", "at": "2026-11-01", "value": 1}]', "application/json"),
        (
            b'[{"metric": "a", "at": "2026-11-01", "value": 1, "labels": {"x": "\\u0000"}}]',
            "application/json",
        ),
        (
            b'[{"metric": "a", "at": "2026-11-01", "value": 1, "labels": {"x": "\\ud800"}}]',
            "application/json",
        ),
        (b'[{"metric": "ok", "at": "2026-11-01", "value": 1}, {"metric": "a"}]', "application/json"),
        (b"metric,at,value\nok,2026-11-01,1\na,2026-11-01,\n", "text/csv"),
        (b"metric,at\n", "text/csv"),
        (b"\xff\xfe", "text/csv"),
        (b'metric,at,value\n"a,2026-11-01,1\n', "text/csv"),
    ],
)
async def test_bad_samples_are_refused_whole(served: Served, body: bytes, kind: str) -> None:
    answer = await served.push(body, kind)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert served.stored() == {}


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer \xff"]
)
async def test_a_wrong_token_is_refused(served: Served, header: str | None) -> None:
    headers = {} if header is None else {"authorization": header.encode("latin-1", "replace")}
    answer = await served.client.post("/v1/samples", content=b"[]", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_without_a_token_nothing_is_taken(sessions: SessionFactory) -> None:
    app = Starlette(routes=Web(sessions, BERLIN, Clock(), Board(), None, list).routes())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot") as client:
        answer = await client.post("/v1/samples", content=b"[]", headers=RIGHT)
    assert answer.status_code == 403
    assert "KPI_SAMPLES_TOKEN" in answer.json()["hint"]


async def test_a_body_that_says_it_is_too_large_is_not_read(served: Served) -> None:
    async def endless() -> AsyncIterator[bytes]:
        raise AssertionError("it was read")
        yield b""

    answer = await served.client.post(
        "/v1/samples", content=endless(), headers={**RIGHT, "content-length": "9" * 40}
    )
    assert answer.status_code == 413


@pytest.mark.parametrize("declared", [None, "1", "-5", "0x10", "\xb2"])
async def test_a_body_that_turns_out_too_large_is_cut_off(
    served: Served, declared: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "MOST_BYTES", 1000)
    read = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            read.append(1)
            yield b"x" * 400

    headers = {**RIGHT, **({} if declared is None else {"content-length": declared.encode("latin-1")})}
    answer = await served.client.post("/v1/samples", content=endless(), headers=headers)
    assert answer.status_code == 413
    assert len(read) <= 4


@pytest.mark.usefixtures("broken_storage")
async def test_a_database_that_fails_takes_nothing_and_says_why(served: Served) -> None:
    answer = await served.push("[]")
    assert answer.status_code == 503
    assert answer.json() == {"error": "kpi.db: the disk is full.", "hint": "Free some space."}
