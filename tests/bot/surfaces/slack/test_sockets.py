"""Socket Mode: two connections, watched and rebuilt; wrong credentials named within seconds."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from bot.errors import UserError
from bot.reply import Reply
from bot.surfaces.base import Invocation
from bot.surfaces.slack.app import SlackConfig, SlackSurface
from bot.surfaces.slack.config import NEEDED_SCOPES, Timing
from tests.bot.surfaces.slack.socket_slack import APP_TOKEN, BOT_TOKEN, SocketSlack

QUICK = Timing(check=5, connect=5, ping=0.05, watch=0.02, deaf=0.1, drain=0.2)
IMPATIENT = replace(QUICK, check=0.1, connect=0.1)


async def until(holds: Callable[[], object], seconds: float = 3.0) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - any claim about two programs
            await asyncio.sleep(0.005)


async def no_picture(_: object) -> bytes:
    return b""


@pytest.fixture
async def slack() -> AsyncIterator[SocketSlack]:
    fake = SocketSlack()
    await fake.start()
    yield fake
    await fake.stop()


MakeSurface = Callable[..., SlackSurface]


@pytest.fixture
async def make(slack: SocketSlack) -> AsyncIterator[MakeSurface]:
    made: list[SlackSurface] = []

    def build(
        ask: Callable[[Invocation], Reply] = lambda asked: Reply(f"You asked {asked.text}."),
        *,
        app_token: str = APP_TOKEN,
        timing: Timing = QUICK,
    ) -> SlackSurface:
        config = SlackConfig(BOT_TOKEN, app_token=app_token, api_url=slack.url + "/api/", timing=timing)
        made.append(SlackSurface(config, ask=ask, draw=no_picture))
        return made[-1]

    yield build
    for surface in made:
        await surface.stop()


async def test_two_connections_are_opened(slack: SocketSlack, make: MakeSurface) -> None:
    """Trap 5: one connection has a gap at every refresh."""
    surface = make()
    assert not surface.is_ready()
    await surface.start()
    assert surface.is_ready()
    assert len(slack.open) == 2
    await surface.stop()
    assert not surface.is_ready()
    await until(lambda: not slack.open)


async def test_both_connections_are_heard_and_acknowledged_before_the_answer(
    slack: SocketSlack, make: MakeSurface
) -> None:
    may_answer = threading.Event()

    def slow(asked: Invocation) -> Reply:
        may_answer.wait(5)
        return Reply(f"You asked {asked.text}.")

    await make(slow).start()
    envelopes = [await slack.command(f"stars {line}", line) for line in (0, 1)]
    await until(lambda: set(envelopes) <= set(slack.acks))
    assert slack.posts == []
    may_answer.set()
    await until(lambda: len(slack.posts) == 2)
    assert sorted(post["text"] for post in slack.posts) == ["You asked stars 0.", "You asked stars 1."]
    assert {post["response_type"] for post in slack.posts} == {"ephemeral"}


async def test_a_form_is_answered_in_its_acknowledgement(slack: SocketSlack, make: MakeSurface) -> None:
    await make().start()
    view = {"id": "V1", "type": "modal", "callback_id": "kpi_form:record", "state": {"values": {}}}
    body = {"type": "view_submission", "user": {"id": "U0DANA"}, "trigger_id": "1.2", "view": view}
    envelope = await slack.send("interactive", body)
    await until(lambda: envelope in slack.answers)
    assert slack.answers[envelope]["response_action"] == "errors"
    assert set(slack.answers[envelope]["errors"]) == {"kpi", "value"}


async def test_what_the_bot_does_not_know_stays_unacknowledged(
    slack: SocketSlack, make: MakeSurface, caplog: pytest.LogCaptureFixture
) -> None:
    """Slack then tells the one who did it, instead of showing nothing at all."""
    await make().start()
    envelope = await slack.send(
        "interactive", {"type": "view_closed", "view": {"type": "modal", "callback_id": "x"}}
    )
    await until(lambda: "request not taken" in caplog.text)
    assert envelope not in slack.acks


async def test_bolt_asks_slack_nothing_before_the_first_acknowledgement(
    slack: SocketSlack, make: MakeSurface
) -> None:
    await make().start()
    await slack.command("stars")
    await until(lambda: slack.acks)
    assert slack.calls.count("auth.test") == 1


async def test_while_one_connection_is_refreshed_the_other_hears(
    slack: SocketSlack, make: MakeSurface
) -> None:
    surface = make()
    await surface.start()
    await slack.open[0].send_str(json.dumps({"type": "disconnect", "reason": "refresh_requested"}))
    await until(lambda: slack.sockets[0].closed)
    assert surface.is_ready()
    await slack.command("stars", line=0)
    await until(lambda: slack.posts)
    await until(lambda: len(slack.open) == 2)


async def test_a_deaf_connection_is_rebuilt(slack: SocketSlack, make: MakeSurface) -> None:
    surface = make()
    await surface.start()
    wire = surface._wire
    assert wire is not None
    assert wire.sockets is not None
    old = [line.connection for line in wire.sockets._lines]
    for connection in old:
        # The SDK's own recovery stopped, as seen in production: the socket is gone, the task lives.
        connection.auto_reconnect_enabled = False
        assert connection.current_session_monitor is not None
        connection.current_session_monitor.cancel()
        assert connection.message_receiver is not None
        connection.message_receiver.cancel()
    for socket in slack.open:
        await socket.close()
    await until(lambda: not surface.is_ready())
    await until(lambda: not set(old) & {line.connection for line in wire.sockets._lines})
    await until(surface.is_ready)
    await slack.command("stars")
    await until(lambda: slack.posts)


async def test_readiness_follows_the_pings(slack: SocketSlack, make: MakeSurface) -> None:
    surface = make()
    await surface.start()
    slack.is_mute, slack.is_shut = True, True
    await until(lambda: not surface.is_ready())
    slack.is_mute, slack.is_shut = False, False
    await until(surface.is_ready)


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        ("invalid_auth", "xapp-"),
        ("not_allowed_token_type", "not the bot token"),
        ("missing_scope", "connections:write"),
        ("socket_mode_not_enabled", "Turn on Socket Mode"),
    ],
)
async def test_a_bad_app_token_fails_at_once_and_is_named(
    slack: SocketSlack, make: MakeSurface, error: str, hint: str
) -> None:
    """Trap 4: the SDK retries it for ever."""
    slack.refuse["apps.connections.open"] = error
    with pytest.raises(UserError) as raised:
        await make().start()
    assert "SLACK_APP_TOKEN" in raised.value.message
    assert error in raised.value.message
    assert hint in raised.value.hint
    await asyncio.sleep(0.05)
    assert slack.calls.count("apps.connections.open") == 1


async def test_a_bot_token_in_place_of_the_app_token_is_named(make: MakeSurface) -> None:
    with pytest.raises(UserError, match="not the bot token"):
        await make(app_token=BOT_TOKEN).start()


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
async def test_a_silent_slack_fails_within_the_time_given(
    slack: SocketSlack, make: MakeSurface, method: str
) -> None:
    slack.silent.add(method)
    with pytest.raises(UserError, match=r"no answer within 0\.1 s.*SLACK_API_URL"):
        await make(timing=IMPATIENT).start()


async def test_sockets_that_do_not_open_fail_within_the_time_given(
    slack: SocketSlack, make: MakeSurface
) -> None:
    slack.is_shut = True
    surface = make(timing=IMPATIENT)
    with pytest.raises(UserError, match=r"no WebSocket opened within 0\.1 s"):
        await surface.start()
    assert not surface.is_ready()


@pytest.mark.parametrize(
    ("error", "hint"),
    [("invalid_auth", "SLACK_BOT_TOKEN"), ("token_revoked", "Reinstall"), ("account_inactive", "Reinstall")],
)
async def test_a_bad_bot_token_is_named(slack: SocketSlack, make: MakeSurface, error: str, hint: str) -> None:
    slack.refuse["auth.test"] = error
    with pytest.raises(UserError, match=error) as raised:
        await make().start()
    assert "SLACK_BOT_TOKEN" in raised.value.message
    assert hint in raised.value.hint


async def test_a_missing_scope_is_named_at_start(slack: SocketSlack, make: MakeSurface) -> None:
    slack.scopes = ",".join(scope for scope in NEEDED_SCOPES if scope != "files:write")
    with pytest.raises(UserError, match=r"lacks the scope files:write\..*reinstall the app"):
        await make().start()


async def test_without_the_scope_header_nothing_is_claimed(slack: SocketSlack, make: MakeSurface) -> None:
    slack.scopes = None
    surface = make()
    await surface.start()
    assert surface.is_ready()


async def test_the_environment_does_not_turn_bolt_to_oauth_or_a_proxy(
    make: MakeSurface, slack: SocketSlack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "x")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    await make().start()
    await slack.command("stars")
    await until(lambda: slack.posts)
