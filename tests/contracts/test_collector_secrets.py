"""Every collector's secrets, from its settings to everything a person can read: they arrive nowhere.

Each source is read into a real file by the very job of the bot, while its vendor plays every kind of
misfortune and repeats in each refusal all that it was asked with. Then the bytes of the file, the log, the
answers in chat, the page of metrics and `kpi doctor` are searched.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import logging
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from pydantic import BaseModel

from bot.cli import doctor
from bot.cli.doctor import Patient
from bot.exposition import State, expose, read_ledger
from bot.jobs.collect import Answers, Collect, Connected
from bot.jobs.evaluate import Board
from bot.settings import read_environment
from bot.workspace import Source
from collectors.base import Client, Collector
from collectors.http import Policy
from storage import SessionFactory, connect
from tests.collectors.conftest import Waits
from tests.collectors.loopback import Asked, Said, Server, serve
from tests.collectors.scenarios.base import NOW, Answerer, Scenario, filled
from tests.contracts.test_collector_behaviours import each
from tests.factories import asking, said, workspace

STATUSES = (401, 401, 403, 403, 400, 404, 429, 500, 503, 503)
"""Every other one comes late, once a token was given."""
_SENT = re.compile(r"token|key|secret|auth|cookie|session|password|tenant|scope-orgid|signature", re.I)
_SCHEME = re.compile(r"^(bearer|basic|token|bot|key|splunk|genie)\s+", re.I)


def echo(asked: Asked) -> str:
    """All that was asked, as a vendor's debug page repeats it."""
    return f"{asked.target} {asked.headers} {asked.body.decode('utf-8', 'replace')}"


def misfortunes() -> Iterator[Any]:
    """Ways in which a vendor can fail, each repeating what it was asked with."""
    json_type = {"Content-Type": "application/json"}
    for status in STATUSES:
        yield lambda asked, status=status: Said(
            status,
            json.dumps(
                {"message": echo(asked), "error": echo(asked), "errors": [{"message": echo(asked)}]}
            ).encode(),
            json_type,
        )
    yield lambda asked: Said(
        200, json.dumps({"errors": [{"message": echo(asked)}], "error": echo(asked)}).encode(), json_type
    )
    yield lambda asked: Said(
        200, json.dumps({"status": "error", "ok": False, "message": echo(asked)}).encode(), json_type
    )
    yield lambda asked: Said(
        200, f"<html><title>{echo(asked)}</title></html>".encode(), {"Content-Type": "text/html"}
    )
    yield lambda asked: Said(302, b"", {"Location": f"http://127.0.0.2:9/{quote(echo(asked))[:1000]}"})
    yield lambda asked: Said(
        302, b"", {"Location": f"gopher://elsewhere.example/{quote(echo(asked))[:1000]}"}
    )
    yield lambda asked: Said(200, json.dumps([echo(asked)] * 3).encode(), json_type)
    yield lambda _asked: Said(200, b'{"a": 1', json_type, cut=True)


def late(scenario: Scenario, answer: Answerer) -> Answerer:
    """The first question answered well, such as that for a token, and every other one badly."""
    count = iter(range(1_000_000))
    return lambda asked: scenario.answer(asked) if next(count) == 0 else answer(asked)


def spellings(secrets: Iterator[str] | set[str]) -> set[str]:
    """Each secret as it would be found in a file: plain, in an address, in JSON, in base 64."""
    return {
        form
        for one in secrets
        if len(one) >= 8
        for form in (
            one,
            quote(one),
            quote(one, safe=""),
            json.dumps(one)[1:-1],
            base64.b64encode(one.encode()).decode(),
        )
    }


def sent_secrets(server: Server) -> Iterator[str]:
    """The credentials that really went over the wire, made from the settings or not."""
    for asked in server.asked:
        for name, value in asked.headers.items():
            if _SENT.search(name) and not name.startswith("x-goog-user"):
                yield _SCHEME.sub("", value)
        for name, value in asked.query.items():
            if _SENT.search(name) and not name.endswith(("s", "page_token")):
                yield value


@dataclasses.dataclass
class World:
    """One source, read into a real file."""

    path: Path
    sessions: SessionFactory
    client: Client
    scenario: Scenario
    collector: Collector[Any]

    def connected(self, url: str) -> Connected:
        settings = filled(dict(self.scenario.settings), url)
        return Connected("canary", self.collector, self.collector.configure(settings))

    async def read(self, answer: Any) -> Server:
        with self.sessions.read() as session:
            answers = Answers(session)
        client = self.client.keeping(answers)
        client.now = lambda: self.scenario.now
        client._blocked = {}
        client.tokens = type(client.tokens)()
        async with serve(answer) as server:
            job = Collect(
                {"canary": self.connected(server.url)}, self.sessions, client, answers,
                self.scenario.span().zone, lambda: self.scenario.now,
            )  # fmt: skip
            assert await job("canary", self.scenario.since, self.scenario.until) is not None
        return server

    def replies(self, *questions: str) -> Iterator[str]:
        """What people and programs are told of this source."""
        metrics = tuple(one.name for one in self.collector.metrics)
        known = workspace(sources=(Source("canary", self.collector.kind, metrics, 3600.0),))
        ask = asking(known, self.sessions, now=self.scenario.now)
        for question in questions:
            reply = ask(question)
            yield said(reply)
            yield json.dumps(reply.data, default=str)
        with self.sessions.read() as session:
            yield expose(Board(), read_ledger(session), State(is_ready=True)).decode()

    async def examined(self, answer: Any) -> AsyncIterator[str]:
        """What `kpi doctor` says of it."""
        async with serve(answer) as server:
            source = self.connected(server.url)
            patient = Patient(read_environment({}), workspace(), {"canary": source}, None, ())
            client = self.client.keeping({})
            client._blocked = {}
            finding = await doctor._source("canary", source, patient, client)
        yield json.dumps(dataclasses.asdict(finding), default=str)

    def kept(self) -> Iterator[bytes]:
        for one in sorted(self.path.parent.glob(f"{self.path.name}*")):
            yield one.read_bytes()


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with httpx.AsyncClient(trust_env=False) as http:
        made = Client(http, now=lambda: NOW, policy=Policy(attempts=2), sleep=Waits())
        made.jitter = lambda: 0.0
        yield made


@each
async def test_its_secrets_arrive_nowhere(
    collector: Collector[Any], make: Any, client: Client, sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    engine = connect(sqlite_url)
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    world = World(path, SessionFactory(engine), client, make(), collector)
    secrets = set(world.scenario.secrets)
    shown: list[str] = []
    try:
        good = await world.read(world.scenario.answer)
        secrets |= set(sent_secrets(good))
        shown += [text async for text in world.examined(world.scenario.answer)]
        for number, misfortune in enumerate(misfortunes()):
            answer = late(make(), misfortune) if number % 2 else misfortune
            secrets |= set(sent_secrets(await world.read(answer)))
            shown += world.replies("sources canary")
            shown += [text async for text in world.examined(answer)]
        shown += world.replies("sources", "why stars", "audit")
        shown += [caplog.text, *(repr(one.args) for one in caplog.records)]
    finally:
        engine.dispose()
    wanted = spellings(secrets)
    found = {one for one in wanted if any(one in text for text in shown)}
    in_file = {one for one in wanted if any(one.encode() in content for content in world.kept())}
    assert (found, in_file) == (set(), set())
    assert not collector.about.credentials or secrets


@each
def test_its_settings_keep_every_secret_to_themselves(collector: Collector[Any], make: Any) -> None:
    """However they are printed: a traceback, a debugger and a log show settings in many ways."""
    scenario = make()
    config: BaseModel = collector.configure(filled(dict(scenario.settings), "http://127.0.0.1:1"))
    shown = [repr(config), str(config), repr(config.model_dump()), config.model_dump_json(), f"{config!r:s}"]
    assert not [one for one in spellings(set(scenario.secrets)) if any(one in text for text in shown)]
