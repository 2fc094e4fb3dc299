"""The claim on a scheduled post is asked after before each of its messages goes out."""

from __future__ import annotations

import pytest

from bot.surfaces.base import ClaimLost, OutcomeUnknown, Post, Undelivered
from tests.bot.surfaces.discord.conftest import Bench, MakeBench
from tests.bot.surfaces.samples import DAILY
from tests.discord_standin.config import GENERAL

KEY = "daily/discord:5000000000000000001/2026-11-23"


@pytest.fixture
async def bench(make_bench: MakeBench) -> Bench:
    """A bench that only posts."""
    return await make_bench(listens=False)


async def test_the_claim_is_confirmed_right_before_the_first_message(bench: Bench) -> None:
    async def lost() -> None:
        raise ClaimLost

    with pytest.raises(ClaimLost):
        await bench.surface.send(Post(KEY, GENERAL, DAILY, lost))
    assert bench.standin.messages(GENERAL) == []


async def test_a_ledger_that_fails_amid_the_thread_leaves_the_rest_for_later(bench: Bench) -> None:
    asked: list[int] = []

    async def confirm() -> None:
        asked.append(1)
        if len(asked) == 2:
            raise Undelivered("The ledger could not be asked.", "")

    with pytest.raises(OutcomeUnknown, match="The first message stands"):
        await bench.surface.send(Post(KEY, GENERAL, DAILY, confirm))
    assert len(bench.standin.messages(GENERAL)) == 1


async def test_a_claim_that_is_lost_amid_the_thread_ends_it_there(bench: Bench) -> None:
    asked: list[int] = []

    async def lost() -> None:
        asked.append(1)
        if len(asked) > 1:
            raise ClaimLost

    with pytest.raises(ClaimLost):
        await bench.surface.send(Post(KEY, GENERAL, DAILY, lost))
    [root] = bench.standin.messages(GENERAL)
    assert bench.standin.messages(root["id"]) == [], "whoever took it over posts the rest"
