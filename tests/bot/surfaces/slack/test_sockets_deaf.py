"""Alive and deaf: every way in which a connection looks well and brings nothing, and how it is noticed.

bolt-python issue 1529, python-slack-sdk issues 1701 and 1446, node-slack-sdk issue 1654.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import UserError
from bot.reply import Reply
from bot.surfaces.slack.app import SlackConfig, SlackSurface
from bot.surfaces.slack.config import Timing
from bot.surfaces.slack.connection import Connection
from bot.surfaces.slack.sockets import Sockets
from tests.bot.surfaces.slack.socket_slack import APP_TOKEN, BOT_TOKEN, SocketSlack

QUICK = Timing(check=5, connect=5, ping=0.05, watch=0.02, deaf=0.1, drain=0.2)
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


async def until(holds: Callable[[], object], seconds: float = 3.0) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - any claim about two programs
            await asyncio.sleep(0.005)


async def no_picture(_: object) -> bytes:
    return b""


def surface_at(url: str, timing: Timing = QUICK) -> SlackSurface:
    config = SlackConfig(
        BOT_TOKEN, app_token=APP_TOKEN, api_url=url + "/api/", timing=timing, now=lambda: NOW
    )
    return SlackSurface(config, ask=lambda asked: Reply(f"You asked {asked.text}."), draw=no_picture)


@asynccontextmanager
async def listening(slack: SocketSlack) -> AsyncIterator[tuple[SlackSurface, Sockets]]:
    """A connected surface, and its sockets."""
    surface = surface_at(slack.url)
    await surface.start()
    try:
        assert surface._wire is not None
        assert surface._wire.sockets is not None
        yield surface, surface._wire.sockets
    finally:
        await surface.stop()


@pytest.fixture
async def slack() -> AsyncIterator[SocketSlack]:
    fake = SocketSlack()
    await fake.start()
    yield fake
    await fake.stop()


def connections(sockets: Sockets) -> list[Connection]:
    return [line.connection for line in sockets._lines]


async def test_pings_that_stay_unanswered_are_noticed_and_healed(slack: SocketSlack) -> None:
    async with listening(slack) as (surface, sockets):
        slack.is_mute = True
        await until(lambda: not surface.is_ready())
        await until(lambda: sockets.rebuilt > 0)
        slack.is_mute = False
        await until(surface.is_ready)
        await slack.command("stars", line=len(slack.open) - 1)
        await until(lambda: slack.posts)


async def test_a_socket_on_which_slack_says_nothing_does_not_count(slack: SocketSlack) -> None:
    """It opens and answers every ping, and no event will ever come through it."""
    async with listening(slack) as (surface, _):
        slack.is_silent = True
        for socket in slack.open:
            await socket.close()
        await until(lambda: not surface.is_ready())
        await until(lambda: len(slack.open) == 2)
        await asyncio.sleep(0.05)
        assert not surface.is_ready()
        slack.is_silent = False
        await until(surface.is_ready)


async def test_a_start_on_which_slack_says_nothing_is_named(slack: SocketSlack) -> None:
    slack.is_silent = True
    with pytest.raises(UserError, match=r"WebSocket to Slack opened, but Slack said nothing.*SIGNING_SECRET"):
        await surface_at(slack.url, replace(QUICK, connect=0.1)).start()


async def test_a_port_that_takes_connections_and_says_nothing_is_named(slack: SocketSlack) -> None:
    ends = asyncio.Event()

    async def say_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ends.wait()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    slack.socket_url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        with pytest.raises(UserError, match=r"no WebSocket opened within 0\.1 s"):
            await surface_at(slack.url, replace(QUICK, connect=0.1)).start()
    finally:
        ends.set()
        server.close()


async def test_a_connection_cut_without_a_word_comes_back(slack: SocketSlack) -> None:
    async with listening(slack) as (surface, _):
        for request in list(slack.requests):
            assert request.transport is not None
            request.transport.abort()
        await until(lambda: slack.opened == 4)
        await until(surface.is_ready)
        await slack.command("stars", line=-1)
        await until(lambda: slack.posts)


@pytest.mark.parametrize("task", ["message_processor", "message_receiver", "current_session_monitor"])
async def test_a_connection_that_nobody_reads_is_rebuilt_though_it_stands(
    slack: SocketSlack, task: str
) -> None:
    async with listening(slack) as (_, sockets):
        old = connections(sockets)
        for connection in old:
            getattr(connection, task).cancel()
        await until(lambda: not any(connection.is_open for connection in old))
        await until(lambda: sockets.rebuilt >= 2 and sockets.open_count() == 2)
        await slack.command("stars", line=-1)
        await until(lambda: slack.posts)


async def test_a_clock_that_is_set_back_hides_no_silence(
    slack: SocketSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening(slack) as (_, sockets):
        connection = connections(sockets)[0]
        await until(lambda: connection.last_ping_pong_time)
        connection.last_ping_pong_time = connection.last_ping_pong_time + 3_600  # type: ignore[operator]
        assert not connection.is_open


async def test_too_many_connections_are_not_answered_with_more(slack: SocketSlack) -> None:
    async with listening(slack) as (surface, _):
        slack.farewell = "too_many_websockets"
        for socket in slack.open:
            await socket.send_str(json.dumps({"type": "disconnect", "reason": slack.farewell}))
        await until(lambda: not surface.is_ready())
        await asyncio.sleep(0.2)
        assert slack.opened <= 16, "one attempt every few milliseconds makes it worse"
        assert "too_many_websockets" in str(surface.state()["summary"])
        slack.farewell = ""
        await until(surface.is_ready)


async def test_the_pause_stays_within_a_minute_after_any_number_of_short_lives(
    slack: SocketSlack, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening(slack) as (_, sockets):
        connection = connections(sockets)[0]
        connection._began, connection.short_lives = float("inf"), 5_000
        connection._closing.set()
        await connection._rest()
    assert "reconnect waits seconds=60.0" in caplog.text


async def test_a_quiet_connection_is_renewed_before_the_old_one_goes(slack: SocketSlack) -> None:
    async with listening(slack) as (surface, sockets):
        old, sockets._quiet = connections(sockets), 0.05
        lowest = 2
        while set(old) & set(connections(sockets)):
            lowest = min(lowest, sockets.open_count())
            await asyncio.sleep(0.002)
        sockets._quiet = 60
        assert lowest == 2
        assert surface.is_ready()
        await until(lambda: len(slack.open) == 2)
        await slack.command("stars")
        await until(lambda: slack.posts)


async def test_a_quiet_connection_stays_where_no_new_one_can_be_had(slack: SocketSlack) -> None:
    async with listening(slack) as (surface, sockets):
        old = connections(sockets)
        sockets._timing = replace(QUICK, connect=0.05)
        slack.is_silent = True
        sockets._quiet = 0.05
        await until(lambda: slack.opened >= 4)
        await asyncio.sleep(0.1)
        assert connections(sockets) == old
        assert surface.is_ready()


async def test_the_state_says_what_stands_and_what_was_heard(slack: SocketSlack) -> None:
    surface = surface_at(slack.url)
    assert surface.state()["summary"] == "not connected"
    slack.num_connections = 5
    async with listening(slack) as (surface, _):
        summary = "2 of 2 connections, nothing heard yet, 3 of other programs on the same app"
        assert surface.state()["summary"] == summary
        slack.num_connections = None
        await slack.command("stars")
        await until(lambda: surface.last_heard)
        surface.last_heard = NOW - timedelta(minutes=3)
        assert str(surface.state()["summary"]).startswith("2 of 2 connections, last event 3 min ago")
        assert surface.state()["last_heard"] == "2026-11-23T07:57:00+00:00"
        assert surface.state()["connections"] == 2
