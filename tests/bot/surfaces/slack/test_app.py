"""What the surface refuses to start with, and what it promises while it runs."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler

from bot.errors import UserError
from bot.surfaces.base import Post, Surface
from bot.surfaces.slack.api import ShortWaits, is_loopback, retry_after
from bot.surfaces.slack.app import SlackConfig, SlackSurface
from tests.bot.surfaces.samples import STANDING
from tests.bot.surfaces.slack.conftest import CHANNEL, SECRET, TOKEN, Bench, MakeBench


async def no_picture(_: object) -> bytes:
    return b""


def surface(**settings: Any) -> SlackSurface:
    return SlackSurface(SlackConfig(**settings), ask=lambda _: STANDING, draw=no_picture)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"bot_token": " ", "app_token": "x"}, "SLACK_BOT_TOKEN"),
        ({"bot_token": TOKEN, "signing_secret": ""}, "SLACK_SIGNING_SECRET"),
        ({"bot_token": TOKEN, "signing_secret": "  "}, "SLACK_SIGNING_SECRET"),
        ({"bot_token": TOKEN, "app_token": ""}, "SLACK_APP_TOKEN"),
        ({"bot_token": TOKEN}, "SLACK_APP_TOKEN"),
    ],
)
async def test_settings_that_cannot_work_are_refused_before_anything_is_sent(
    settings: dict[str, str], named: str
) -> None:
    with pytest.raises(UserError, match=named):
        await surface(**settings, api_url="http://127.0.0.1:9/api/").start()


def test_an_empty_signing_secret_mounts_no_route() -> None:
    with pytest.raises(UserError, match="anybody could send commands"):
        surface(bot_token=TOKEN, signing_secret="").routes()
    assert surface(bot_token=TOKEN, app_token="x").routes() == []
    assert [route.path for route in surface(bot_token=TOKEN, signing_secret=SECRET).routes()] == [
        "/slack/events"
    ]


async def test_an_unreachable_slack_is_named() -> None:
    with pytest.raises(UserError, match=r"127.0.0.1:9.*SLACK_API_URL"):
        await surface(bot_token=TOKEN, signing_secret=SECRET, api_url="http://127.0.0.1:9/api/").start()


def test_it_is_a_surface() -> None:
    made: Surface = surface(bot_token=TOKEN, signing_secret=SECRET)
    assert made.name == "slack"
    assert not made.is_ready()


async def test_requests_before_the_start_are_told_to_come_again(make_bench: MakeBench) -> None:
    bench = await make_bench(start=False)
    outcome = await bench.standin.slash("stars")
    assert outcome.status == 503
    await bench.surface.start()
    assert bench.surface.is_ready()
    assert not (await bench.standin.slash("stars")).error
    assert bench.surface.last_heard is not None


async def test_a_process_that_only_posts_does_not_listen(make_bench: MakeBench) -> None:
    bench = await make_bench(start=False, signing_secret=None)
    receipt = await bench.surface.send(Post("k", CHANNEL, STANDING))
    assert receipt.message == bench.standin.messages(CHANNEL)[0]["ts"]
    assert not bench.surface.is_ready()
    assert "apps.connections.open" not in bench.standin.calls


async def test_posts_at_once_share_one_look_at_the_token(make_bench: MakeBench) -> None:
    bench = await make_bench(start=False)
    await asyncio.gather(*(bench.surface.send(Post(f"k{n}", CHANNEL, STANDING)) for n in range(4)))
    assert bench.standin.calls.count("auth.test") == 1


async def test_every_client_waits_out_a_429_and_never_repeats_a_dropped_call(bench: Bench) -> None:
    """Traps 2 and 3."""
    wire = bench.surface._wire
    assert wire is not None
    assert wire.app is not None
    for client in (wire.api.client, wire.api.unsigned, wire.app.client):
        assert [type(handler) for handler in client.retry_handlers] == [ShortWaits]
        assert not any(
            isinstance(handler, AsyncConnectionErrorRetryHandler) for handler in client.retry_handlers
        )
        assert client.session is wire.api.session
        assert client.session.timeout.total == 30
    assert not wire.app.process_before_response


async def test_stopping_lets_an_answer_under_way_finish(bench: Bench) -> None:
    bench.answer = lambda _: (time.sleep(0.1), STANDING)[1]
    await bench.standin.slash("stars")
    await bench.surface.stop()
    assert len(bench.standin.whispers(CHANNEL)) == 1
    await bench.surface.stop()


async def test_acknowledgements_are_quick(bench: Bench) -> None:
    await bench.standin.slash("warm up")
    outcomes = [await bench.standin.slash("stars") for _ in range(5)]
    assert min(outcome.seconds for outcome in outcomes) < 0.1


@pytest.mark.parametrize(
    ("url", "is_local"),
    [
        ("http://127.0.0.1:8765/api/", True),
        ("http://localhost/api/", True),
        ("http://[::1]:80/", True),
        ("https://slack.com/api/", False),
        ("http://10.0.0.1/", False),
        ("nonsense", False),
    ],
)
def test_loopback_is_told_from_the_rest(url: str, is_local: bool) -> None:
    assert is_loopback(url) is is_local


@pytest.mark.parametrize(
    ("headers", "pause"),
    [({"Retry-After": "3"}, 3.0), ({"retry-after": "0.5"}, 0.5), ({"Retry-After": "soon"}, None), ({}, None)],
)
def test_the_pause_is_read_in_every_form(headers: dict[str, str], pause: float | None) -> None:
    assert retry_after(headers) == pause
