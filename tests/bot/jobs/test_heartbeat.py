"""The sign of life, over real HTTP: given while all is well, and its address kept to itself."""

from __future__ import annotations

import logging

import pytest

from bot.jobs.heartbeat import Heartbeat
from collectors.http import open_client
from tests.bot.jobs.world import Clock
from tests.collectors.loopback import Asked, Said, serve


async def test_a_well_bot_gives_the_sign_with_its_query() -> None:
    async with serve(lambda _asked: Said(body=b"OK", headers={"ETag": '"1"'})) as server:
        cache: dict[str, object] = {}
        async with open_client(cache=cache, now=Clock()) as client:  # type: ignore[arg-type]  # must stay empty
            beat = Heartbeat(f"{server.url}/ping/5f3c?rid=1", client, list)
            assert await beat()
            assert await beat()
    assert [one.target for one in server.asked] == ["/ping/5f3c?rid=1"] * 2
    assert cache == {}


async def test_a_deaf_bot_gives_none(caplog: pytest.LogCaptureFixture) -> None:
    async with serve(lambda _asked: Said()) as server, open_client(cache={}, now=Clock()) as client:
        assert not await Heartbeat(f"{server.url}/ping/5f3c", client, lambda: ["slack is not connected"])()
        assert server.asked == []
    assert "slack is not connected" in caplog.text


@pytest.mark.parametrize("answer", [Said(404), Said(500), Said(cut=True)])
async def test_a_sign_that_is_not_taken_is_said_without_its_address(
    answer: Said, caplog: pytest.LogCaptureFixture
) -> None:
    def said(_asked: Asked) -> Said:
        return answer

    caplog.set_level(logging.INFO)
    async with serve(said) as server, open_client(cache={}, now=Clock()) as client:
        client.sleep = _at_once
        assert not await Heartbeat(f"{server.url}/ping/5f3c", client, list)()
    assert "heartbeat failed" in caplog.text
    assert "5f3c" not in caplog.text


async def _at_once(_seconds: float) -> None:
    return None
