"""Injected faults reach a real client as the real thing."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import faults
from bot.playground.config import Limits


async def test_rate_limit_carries_retry_after_and_takes_nothing(playground):
    playground.standin.inject("chat.postMessage", faults.rate_limited(7))
    with pytest.raises(SlackApiError) as refused:
        await playground.client.chat_postMessage(channel="C0GENERAL", text="x")
    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["Retry-After"] == "7"
    assert playground.standin.messages("C0GENERAL") == []


async def test_fault_is_spent_after_its_times(playground):
    playground.standin.inject("auth.test", faults.refused("fatal_error"), times=2)
    for _ in range(2):
        with pytest.raises(SlackApiError, match="fatal_error"):
            await playground.client.auth_test()
    assert (await playground.client.auth_test())["ok"]
    assert playground.standin.calls == ["auth.test"] * 3


async def test_rate_limit_handler_of_the_sdk_recovers(playground):
    playground.standin.inject("*", faults.rate_limited(0))
    handlers = [AsyncRateLimitErrorRetryHandler(max_retry_count=1)]
    handlers[0].retry_interval_calculator = None
    client = AsyncWebClient(
        playground.client.token, base_url=playground.client.base_url, retry_handlers=handlers
    )
    assert (await client.auth_test())["ok"]


@pytest.mark.parametrize("is_taken", [False, True])
async def test_server_error_may_come_after_the_message_is_taken(playground, is_taken):
    playground.standin.inject("chat.postMessage", faults.server_error(503, is_taken=is_taken))
    with pytest.raises(SlackApiError) as refused:
        await playground.client.chat_postMessage(channel="C0GENERAL", text="x")
    assert refused.value.response.status_code == 503
    assert len(playground.standin.messages("C0GENERAL")) == int(is_taken)


@pytest.mark.parametrize("is_taken", [False, True])
async def test_dropped_connection_has_no_answer(playground, is_taken):
    playground.standin.inject("chat.postMessage", faults.dropped(is_taken=is_taken))
    with pytest.raises((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)):
        await playground.client.chat_postMessage(channel="C0GENERAL", text="x")
    assert len(playground.standin.messages("C0GENERAL")) == int(is_taken)
    assert (await playground.client.auth_test())["ok"]


async def test_slow_answer_outlasts_an_impatient_client(playground):
    playground.standin.inject("auth.test", faults.slow(0.1))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(playground.client.auth_test(), 0.02)


async def test_slow_call_is_taken_at_once(playground):
    playground.standin.inject("chat.postMessage", faults.slow(0.1))
    post = asyncio.create_task(playground.client.chat_postMessage(channel="C0GENERAL", text="x"))
    await playground.until(lambda: bool(playground.standin.messages("C0GENERAL")))
    assert not post.done()
    assert (await post)["ok"]


@pytest.mark.parametrize(
    ("fault", "shown"), [(faults.rate_limited(3), 0), (faults.server_error(is_taken=True), 1)]
)
async def test_response_url_meets_its_faults(playground, fault, shown):
    world = playground.standin.world
    url = playground.standin.response_urls.issue(world.rooms["C0GENERAL"], "U0DANA")
    playground.standin.inject("response_url", fault)
    async with playground.session.post(url, json={"text": "x"}) as answer:
        assert answer.status == fault.status
    assert len(playground.standin.whispers("C0GENERAL")) == shown


async def test_upload_can_fail_after_its_bytes_arrived(playground):
    playground.standin.inject("upload", faults.dropped())
    with pytest.raises((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)):
        await playground.client.files_upload_v2(content=b"x", filename="a.png", title="a")


async def test_a_burst_is_let_through_and_then_paced(start):
    clock = [1_000_000_000.0]
    async with start(limits=Limits(burst=2), now=lambda: clock[0]) as playground:
        post = playground.client.chat_postMessage
        for _ in range(2):
            await post(channel="C0GENERAL", text="x")
        with pytest.raises(SlackApiError) as refused:
            await post(channel="C0GENERAL", text="x")
        assert refused.value.response.headers["Retry-After"] == "1"
        await post(channel="G0FINANCE", text="another channel has its own pace")
        clock[0] += 1
        await post(channel="C0GENERAL", text="x")
