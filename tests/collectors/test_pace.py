"""A credential's lane: never more in any period than the vendor allows, and never idle without need."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.http import Access, Client, Pace, Policy
from collectors.pace import Lane
from tests.collectors.conftest import NOW
from tests.collectors.loopback import Asked, Said, serve


class Clock:
    """Time that passes only by waiting."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


@settings(max_examples=60, deadline=None)
@given(
    requests=st.integers(1, 600),
    seconds=st.sampled_from([1.0, 10.0, 60.0, 3600.0]),
    gaps=st.lists(st.floats(0, 5), max_size=120),
)
def test_no_period_ever_holds_more_than_is_allowed(requests: int, seconds: float, gaps: list[float]) -> None:
    clock = Clock()
    lane = Lane(Pace(requests, seconds), clock.sleep, clock)
    starts = []
    for gap in gaps:
        clock.at += gap
        clock.at += lane.wait()
        starts.append(clock.at)
    for at in starts:
        assert sum(at <= one < at + seconds for one in starts) <= requests


def test_the_first_requests_after_a_rest_go_out_at_once() -> None:
    clock = Clock()
    lane = Lane(Pace(100, 10), clock.sleep, clock)
    assert [lane.wait() for _ in range(20)] == [0.0] * 20


def test_without_a_named_limit_nothing_waits() -> None:
    clock = Clock()
    lane = Lane(Pace(), clock.sleep, clock)
    assert {lane.wait() for _ in range(1000)} == {0.0}


async def test_sources_of_one_credential_share_a_lane_and_others_do_not_wait() -> None:
    under_way, most = 0, {"one": 0, "two": 0}

    async def answer(asked: Asked) -> Said:
        nonlocal under_way
        under_way += 1
        who = asked.headers["authorization"].split()[-1]
        most[who] = max(most[who], under_way)
        await asyncio.sleep(0.01)
        under_way -= 1
        return Said(200, b"{}")

    async with serve(answer) as server, httpx.AsyncClient(trust_env=False) as http:
        client = Client(http, now=lambda: NOW, policy=Policy())
        pace = Pace(at_once=2)
        apis = [client.at(server.url, Access(token=one, pace=pace)) for one in map(_secret, ["one"] * 6)]
        await asyncio.gather(*(api.get_json("/") for api in apis))
        assert most["one"] == 2


def _secret(text: str) -> object:
    from pydantic import SecretStr

    return SecretStr(text)


@pytest.mark.parametrize("requests", [1, 2, 3])
def test_even_the_smallest_allowance_is_kept(requests: int) -> None:
    clock = Clock()
    lane = Lane(Pace(requests, 60), clock.sleep, clock)
    waits = []
    for _ in range(requests + 1):
        wait = lane.wait()
        waits.append(wait)
        clock.at += wait
    assert clock.at - 1000.0 >= 60
