"""Access tokens: fetched once however many wait, renewed before their end, never shown."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from collectors.faults import AuthFailed, CollectorFault
from collectors.tokens import Tokens, granted

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Vendor:
    """Grants a new token each time it is asked."""

    def __init__(self, life: timedelta = timedelta(hours=1)) -> None:
        self.life, self.asked = life, 0

    async def __call__(self) -> tuple[SecretStr, timedelta]:
        self.asked += 1
        await asyncio.sleep(0)
        return SecretStr(f"token-{self.asked}"), self.life


async def test_a_token_is_fetched_once_for_all_who_wait() -> None:
    tokens, vendor = Tokens(), Vendor()
    found = await asyncio.gather(*(tokens.get("a", NOW, vendor) for _ in range(5)))
    assert {one.get_secret_value() for one in found} == {"token-1"}
    assert vendor.asked == 1


async def test_it_is_renewed_shortly_before_its_end() -> None:
    tokens, vendor = Tokens(), Vendor()
    await tokens.get("a", NOW, vendor)
    await tokens.get("a", NOW + timedelta(minutes=58), vendor)
    assert vendor.asked == 1
    await tokens.get("a", NOW + timedelta(minutes=59, seconds=30), vendor)
    assert vendor.asked == 2


async def test_credentials_are_apart_and_a_refused_token_is_dropped() -> None:
    tokens, vendor = Tokens(), Vendor()
    await tokens.get("a", NOW, vendor)
    await tokens.get("b", NOW, vendor)
    tokens.forget("a")
    await tokens.get("a", NOW, vendor)
    assert vendor.asked == 3


async def test_a_refusal_is_raised_and_asked_again_next_time() -> None:
    tokens = Tokens()

    async def refuse() -> tuple[SecretStr, timedelta]:
        raise AuthFailed("no", hint="Set it again.")

    with pytest.raises(AuthFailed):
        await tokens.get("a", NOW, refuse)
    assert (await tokens.get("a", NOW, Vendor())).get_secret_value() == "token-1"


async def test_neither_tokens_nor_credentials_show() -> None:
    tokens = Tokens()
    await tokens.get("hunter2-credential", NOW, Vendor())
    assert "hunter2" not in repr(tokens)
    assert "token-1" not in repr(tokens)


@pytest.mark.parametrize(
    ("answer", "life"),
    [
        ({"access_token": "abc", "expires_in": 1800}, timedelta(minutes=30)),
        ({"access_token": "abc", "expires_in": "1800"}, timedelta(minutes=30)),
        ({"access_token": "abc"}, timedelta(hours=1)),
    ],
)
def test_an_answer_is_read(answer: object, life: timedelta) -> None:
    token, found = granted(answer)
    assert (token.get_secret_value(), found) == ("abc", life)


@pytest.mark.parametrize(
    "answer",
    [None, [], {}, {"access_token": ""}, {"access_token": 7}, {"access_token": "a", "expires_in": -1},
     {"access_token": "a", "expires_in": "soon"}, {"access_token": "a", "expires_in": 1e300}],
)  # fmt: skip
def test_an_answer_that_is_none_is_a_fault(answer: object) -> None:
    with pytest.raises(CollectorFault):
        granted(answer)
