"""The stand-in refuses what Discord refuses: without that, a test against it proves nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.discord_standin.app import Standin, served
from tests.discord_standin.config import APPLICATION, GENERAL, StandinConfig
from tests.discord_standin.faults import ApiError, rate_limited, server_error
from tests.discord_standin.rules import check_commands, check_message

NOBODY = {"allowed_mentions": {"parse": []}}


def button(number: int, label: str = "Why") -> dict[str, Any]:
    return {"type": 2, "style": 2, "label": label, "custom_id": f"kpi:{number}"}


@pytest.mark.parametrize(
    "body",
    [
        {"content": "x" * 2_001},
        {"embeds": [{"description": "x" * 4_097}]},
        {"embeds": [{"description": "x" * 3_500}] * 2},
        {"embeds": [{"description": "x"}] * 11},
        {"embeds": [{"fields": [{"name": "", "value": "x"}]}]},
        {"embeds": [{"fields": [{"name": "a", "value": "x" * 1_025}]}]},
        {"embeds": [{"image": {"url": "attachment://missing.png"}}]},
        {"embeds": [{}]},
        {"content": "x", "nonce": "x" * 26},
        {"content": "x", "components": [{"type": 1, "components": [button(1)] * 2}]},
        {"content": "x", "components": [{"type": 1, "components": [button(one) for one in range(6)]}]},
        {"content": "x", "components": [{"type": 1, "components": [button(1, "x" * 81)]}]},
        {"content": "x", "surprise": True},
        {"content": ""},
    ],
)
def test_a_message_beyond_the_limits_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ApiError):
        check_message({**body, **NOBODY}, [])


def test_a_message_that_may_mention_people_is_refused() -> None:
    with pytest.raises(ApiError):
        check_message({"content": "x"}, [])


@pytest.mark.parametrize(
    "command",
    [
        {"name": "KPI", "description": "x"},
        {"name": "kpi", "description": ""},
        {"name": "kpi", "description": "x", "options": [{"name": "Q", "description": "x"}]},
        {
            "name": "kpi",
            "description": "x",
            "options": [
                {"name": "a", "description": "x"},
                {"name": "b", "description": "x", "required": True},
            ],
        },
    ],
)
def test_a_command_beyond_the_limits_is_refused(command: dict[str, Any]) -> None:
    with pytest.raises(ApiError):
        check_commands([command])


class Caller:
    """Somebody who calls the REST API."""

    def __init__(self, session: aiohttp.ClientSession, url: str, standin: Standin) -> None:
        self.session, self.url, self.standin = session, url, standin

    async def __call__(
        self, path: str, body: dict[str, Any], token: str = "discord-token"
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bot {token}"}
        async with self.session.post(self.url + path, json={**body, **NOBODY}, headers=headers) as answer:
            if answer.content_type != "application/json":
                return answer.status, None
            assert answer.headers["Content-Type"] == "application/json"
            return answer.status, await answer.json()


@pytest.fixture
async def call() -> AsyncIterator[Caller]:
    async with served(StandinConfig(posts=3)) as (standin, url), aiohttp.ClientSession() as session:
        yield Caller(session, url, standin)


MESSAGES = f"/channels/{GENERAL}/messages"


async def test_a_wrong_token_is_refused(call: Caller) -> None:
    assert (await call(MESSAGES, {"content": "x"}, "wrong"))[0] == 401


async def test_a_nonce_is_posted_once(call: Caller) -> None:
    body = {"content": "x", "nonce": "one", "enforce_nonce": True}
    first, second = await call(MESSAGES, body), await call(MESSAGES, body)
    assert first[1]["id"] == second[1]["id"]
    assert len(call.standin.messages(GENERAL)) == 1


async def test_too_many_posts_are_told_to_wait(call: Caller) -> None:
    for _ in range(3):
        assert (await call(MESSAGES, {"content": "x"}))[0] == 200
    status, told = await call(MESSAGES, {"content": "x"})
    assert status == 429
    assert 0 < told["retry_after"] <= 5


async def test_a_fault_comes_before_or_behind_the_deed(call: Caller) -> None:
    call.standin.inject("create_message", server_error())
    call.standin.inject("create_message", server_error(after=True))
    call.standin.inject("create_message", rate_limited(9, is_cloudflare=True))
    assert [(await call(MESSAGES, {"content": "x"}))[0] for _ in range(3)] == [500, 500, 429]
    assert len(call.standin.messages(GENERAL)) == 1


async def test_an_unknown_interaction_is_refused(call: Caller) -> None:
    status, told = await call("/interactions/1/nothing/callback", {"type": 5})
    assert (status, told["code"]) == (404, 10062)
    status, told = await call(f"/webhooks/{APPLICATION}/nothing", {"content": "x"})
    assert (status, told["code"]) == (404, 10015)
