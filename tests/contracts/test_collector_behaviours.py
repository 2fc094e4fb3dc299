"""Every collector over real HTTP: the right figures, and nothing false or secret through any misfortune."""

from __future__ import annotations

import importlib
import json
import logging
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from collectors import every_collector
from collectors.base import Batch, Client, Collector
from collectors.http import Policy
from kpi.metric import Sample
from tests.collectors.conftest import Waits
from tests.collectors.loopback import Asked, Said, Server, serve
from tests.collectors.scenarios.base import NOW, Answerer, Scenario, figures, filled, play
from tests.contracts.spoiling import BOMB, DEEP, HTML, spoilt

NO_VENDOR = {
    "git": "reads a directory, and tests/collectors/test_git.py makes real repositories",
    "web": "for it a refusal is the measurement: tests/collectors/test_web.py",
    "sql": "asks real databases: tests/collectors/test_sql*.py",
    "spark": "asks Spark, which tests/collectors/test_spark*.py starts",
    "otlp": "is pushed to: tests/collectors/test_otlp.py, tests/bot/test_web*.py",
}
"""Collectors that are tested elsewhere, and why."""

FOUR = {"AuthFailed", "RateLimited", "Unavailable", "UnexpectedResponse"}
MUTATIONS = 24


def _scenarios(kind: str) -> tuple[Callable[[], Scenario], ...]:
    module = importlib.import_module(f"tests.collectors.scenarios.{kind}")
    found: tuple[Callable[[], Scenario], ...] = module.SCENARIOS
    return found


def _cases() -> Iterator[Any]:
    for one in every_collector():
        if one.kind not in NO_VENDOR:
            yield pytest.param(one, _scenarios(one.kind)[0], id=one.kind)


def _every_case() -> Iterator[Any]:
    for one in every_collector():
        if one.kind not in NO_VENDOR:
            for scenario in _scenarios(one.kind):
                yield pytest.param(one, scenario, id=f"{one.kind}-{scenario.__name__}")


each = pytest.mark.parametrize(("collector", "make"), list(_cases()))
every = pytest.mark.parametrize(("collector", "make"), list(_every_case()))


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
async def client(waits: Waits) -> Any:
    """A client over real sockets whose clock is the scenario's and whose waits take no time."""
    async with httpx.AsyncClient(trust_env=False) as http:
        policy = Policy(attempts=2, body_bytes=5_000_000)
        made = Client(http, now=lambda: NOW, policy=policy, sleep=waits)
        made.jitter = lambda: 0.5
        yield made


async def run(
    collector: Collector[Any], scenario: Scenario, client: Client, answer: Answerer | None = None
) -> tuple[Batch, Server]:
    client.now = lambda: scenario.now
    return await play(collector, scenario, client, answer=answer)


def agree(found: Batch, expected: Any) -> None:
    said, wanted = figures(found.samples), figures(expected)
    assert len(said) == len(found.samples), "two samples say the same series and time"
    assert sorted(map(str, said)) == sorted(map(str, wanted))
    assert all(said[key] == pytest.approx(wanted[key], rel=1e-9, abs=1e-12) for key in wanted)


def nothing_leaks(scenario: Scenario, *texts: object) -> None:
    shown = " ".join(map(str, texts))
    assert not [one for one in scenario.secrets if one in shown]


@every
async def test_the_figures_follow_from_the_events(
    collector: Collector[Any], make: Callable[[], Scenario], client: Client
) -> None:
    scenario = make()
    batch, _ = await run(collector, scenario, client)
    assert batch.faults == ()
    agree(batch, scenario.expected)


@pytest.mark.parametrize(
    "collector", [one for one in every_collector() if one.kind not in NO_VENDOR], ids=lambda c: c.kind
)
def test_every_metric_is_measured_in_some_scenario(collector: Collector[Any]) -> None:
    module = importlib.import_module(f"tests.collectors.scenarios.{collector.kind}")
    measured = {one.metric for make in module.SCENARIOS for one in make().expected}
    elsewhere = set(getattr(module, "MEASURED_ELSEWHERE", ()))
    assert {one.name for one in collector.metrics} - elsewhere == measured


@each
async def test_a_second_run_says_the_same(
    collector: Collector[Any], make: Callable[[], Scenario], client: Client
) -> None:
    scenario = make()
    first, _ = await run(collector, scenario, client)
    second, _ = await run(collector, scenario, client)
    assert figures(first.samples) == figures(second.samples)


@each
async def test_nothing_to_tell_is_no_data_and_no_fault(
    collector: Collector[Any], make: Callable[[], Scenario], client: Client
) -> None:
    scenario = make()
    if scenario.empty is None:
        return
    batch, _ = await run(collector, scenario, client, scenario.empty)
    assert batch.faults == ()
    agree(batch, scenario.empty_expected)


@each
@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, "AuthFailed"), (403, "AuthFailed"), (404, "UnexpectedResponse"), (503, "Unavailable")],
)
async def test_a_refusal_is_its_fault_and_no_number(
    status: int, kind: str, collector: Collector[Any], make: Callable[[], Scenario], client: Client
) -> None:
    scenario = make()

    def answer(asked: Asked) -> Said:
        said = {"message": f"no: {asked.target} {asked.headers} {asked.body!r}"}
        return Said(status, json.dumps(said).encode(), {"Content-Type": "application/json"})

    batch, _ = await run(collector, scenario, client, answer)
    assert batch.samples == ()
    assert {one.kind for one in batch.faults} == {kind}
    assert all(one.message and one.hint for one in batch.faults)
    assert {metric for one in batch.faults for metric in one.metrics} <= {m.name for m in collector.metrics}
    assert {one.metric for one in scenario.expected} <= {m for one in batch.faults for m in one.metrics}
    nothing_leaks(scenario, batch)


@each
@pytest.mark.parametrize(
    "said",
    [
        pytest.param(HTML, id="a page"),
        pytest.param(Said(200, b'{"a": 1', {"Content-Type": "application/json"}, cut=True), id="cut off"),
        pytest.param(DEEP, id="a deep nest"),
        pytest.param(BOMB, id="a compressed flood"),
        pytest.param(Said(200, b"\xff\xfe\x00\x01"), id="bytes"),
    ],
)
async def test_what_is_no_answer_gives_no_number(
    said: Said, collector: Collector[Any], make: Callable[[], Scenario], client: Client
) -> None:
    batch, _ = await run(collector, make(), client, lambda _: said)
    assert batch.samples == ()
    assert batch.faults
    assert {one.kind for one in batch.faults} <= FOUR


@each
@pytest.mark.parametrize("body", [b"null", b"[]", b"{}", b'"text"', b"[null]", b"7"])
async def test_odd_json_breaks_nothing(
    body: bytes, collector: Collector[Any], make: Callable[[], Scenario], client: Client
) -> None:
    said = Said(200, body, {"Content-Type": "application/json"})
    batch, _ = await run(collector, make(), client, lambda _: said)
    assert {one.kind for one in batch.faults} <= FOUR


@each
async def test_a_limit_is_kept_as_the_vendor_words_it(
    collector: Collector[Any], make: Callable[[], Scenario], client: Client, waits: Waits
) -> None:
    scenario = make()
    limit, refused_once = scenario.limit, []

    def answer(asked: Asked) -> Any:
        if not refused_once:
            refused_once.append(asked)
            return limit.said
        return scenario.answer(asked)

    batch, _ = await run(collector, scenario, client, answer)
    if limit.wait is not None and limit.wait <= timedelta(seconds=client.policy.longest_wait_seconds):
        assert batch.faults == ()
        assert max(waits.seconds) >= limit.wait.total_seconds() - 0.001
        agree(batch, scenario.expected)
    else:
        assert {one.kind for one in batch.faults} == {"RateLimited"}
        assert {one.retry_after for one in batch.faults if one.retry_after} <= {limit.wait}


@each
async def test_an_error_inside_a_good_answer_is_a_fault(
    collector: Collector[Any], make: Callable[[], Scenario], client: Client
) -> None:
    scenario = make()
    if scenario.inner_error is None:
        return
    said = scenario.inner_error
    batch, _ = await run(collector, scenario, client, lambda _: said)
    assert batch.samples == ()
    assert batch.faults
    nothing_leaks(scenario, batch)


@each
async def test_a_run_that_breaks_off_says_nothing_false(
    collector: Collector[Any], make: Callable[[], Scenario], client: Client
) -> None:
    """Whatever request fails, each number that is still told is the right one."""
    whole = make()
    _, server = await run(collector, whole, client)
    right = figures(whole.expected)
    for broken in _some(len(server.asked)):
        scenario, count = make(), iter(range(100_000))

        def answer(
            asked: Asked, scenario: Scenario = scenario, count: Any = count, broken: int = broken
        ) -> Any:
            return Said(500) if next(count) >= broken else scenario.answer(asked)

        batch, _ = await run(collector, scenario, client.keeping({}), answer)
        assert batch.faults
        assert {key: value for key, value in figures(batch.samples).items() if key not in right} == {}
        assert {one.kind for one in batch.faults} <= FOUR


def _some(requests: int) -> list[int]:
    """Which request fails: each, or a spread where there are many."""
    return (
        sorted({round(one * (requests - 1) / 5) for one in range(6)})
        if requests > 6
        else list(range(requests))
    )


@each
async def test_wrong_values_are_faults_and_never_crash(
    collector: Collector[Any], make: Callable[[], Scenario], client: Client
) -> None:
    scenario = make()
    dice = random.Random(collector.kind)
    _, server = await run(collector, scenario, client)
    for number in range(MUTATIONS):
        which = dice.randrange(len(server.asked))
        fresh, count, seed = make(), iter(range(100_000)), dice.random()

        def answer(
            asked: Asked, fresh: Scenario = fresh, count: Any = count, which: int = which, seed: float = seed
        ) -> Any:
            said = fresh.answer(asked)
            assert isinstance(said, Said)
            return spoilt(said, random.Random(seed)) if next(count) == which else said

        batch, _ = await run(collector, fresh, client.keeping({}), answer)
        assert {one.kind for one in batch.faults} <= FOUR, f"mutation {number}"
        assert all(one.at <= scenario.now + timedelta(days=2) for one in batch.samples)


@each
async def test_a_redirect_into_a_network_is_not_followed(
    collector: Collector[Any], make: Callable[[], Scenario], client: Client
) -> None:
    scenario = make()
    async with serve(lambda _: Said(200, b"{}"), "127.0.0.2") as inside:
        away = Said(302, b"", {"Location": f"http://127.0.0.2:{inside.port}/latest/meta-data"})
        batch, _ = await run(collector, scenario, client, lambda _: away)
        assert inside.asked == []
    assert batch.samples == ()
    assert batch.faults


@each
async def test_no_secret_is_shown_anywhere(
    collector: Collector[Any], make: Callable[[], Scenario], client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    scenario = make()
    caplog.set_level(logging.DEBUG)
    for logger in ("httpx", "httpcore", "asyncio"):
        logging.getLogger(logger).setLevel(logging.WARNING)
    batch, server = await run(collector, scenario, client)
    config = collector.configure(filled(dict(scenario.settings), "http://127.0.0.1:1"))
    nothing_leaks(scenario, batch, repr(config), config, caplog.text)
    assert all(len(one) >= 8 for one in scenario.secrets)
    assert not collector.about.credentials or scenario.secrets
    sent = " ".join(f"{one.target} {one.headers} {one.body!r}" for one in server.asked)
    assert not collector.about.credentials or sent


@each
@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 21, tzinfo=UTC),
        datetime(2026, 11, 20, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 11, 1, 0, 30, tzinfo=UTC),
    ],
    ids=["midnight", "just before", "a new month"],
)
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland", "America/Los_Angeles"])
async def test_the_edge_of_a_day_makes_no_future(
    zone: str, now: datetime, collector: Collector[Any], make: Callable[[], Scenario], client: Client
) -> None:
    scenario = make()
    if not scenario.works_at_any_time:
        return
    scenario.now, scenario.zone, scenario.since = now, zone, None
    batch, _ = await run(collector, scenario, client)
    assert all(one.at <= now for one in batch.samples)
    assert {one.kind for one in batch.faults} <= FOUR


@each
async def test_an_open_day_is_never_settled(
    collector: Collector[Any], make: Callable[[], Scenario], client: Client
) -> None:
    scenario = make()
    batch, _ = await run(collector, scenario, client)
    kinds = {one.name: one for one in collector.metrics}
    today = scenario.span().start_of(scenario.span().today)
    flows = [
        one for one in batch.samples if kinds[one.metric].kind == "flow" and not kinds[one.metric].is_event
    ]
    assert not [one for one in flows if one.at >= today and one.settled]


def test_samples_are_told_apart() -> None:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    assert len(figures([Sample("a.b", at, 1.0), Sample("a.b", at, 1.0, settled=False)])) == 2
