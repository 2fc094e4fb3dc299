"""A post pinned to its channel: once, and why not where Discord refuses."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.findings import Health
from bot.reply import Reply, line
from bot.surfaces.base import Post
from bot.surfaces.discord.app import DiscordConfig
from bot.surfaces.discord.examine import examine
from storage.promises import Receipt
from tests.bot.surfaces.discord.conftest import TIMING, TOKEN, Bench, MakeBench
from tests.discord_standin.config import BARE, PRIVATE
from tests.discord_standin.faults import silent

KEY = "board/discord/2026-11-23"
BOARD = Reply("Board.", (line("Board."),))


@pytest.fixture
async def bench(make_bench: MakeBench) -> Bench:
    """A bench that only posts."""
    return await make_bench(listens=False)


async def test_a_post_is_pinned_and_pinning_it_twice_is_fine(bench: Bench) -> None:
    receipt = await bench.surface.send(Post(KEY, PRIVATE, BOARD))
    assert [await bench.surface.pin(receipt), await bench.surface.pin(receipt)] == ["", ""]
    (message,) = bench.standin.messages(PRIVATE)
    assert message["pinned"]


async def test_a_missing_permission_is_told_with_what_to_do(bench: Bench) -> None:
    receipt = await bench.surface.send(Post(KEY, BARE, BOARD))
    told = await bench.surface.pin(receipt)
    assert "code 50013" in told
    assert told.endswith("Give the bot's role Pin Messages in that channel, or pin it by hand.")


async def test_what_is_gone_cannot_be_pinned(bench: Bench) -> None:
    assert "code 10008" in await bench.surface.pin(Receipt(PRIVATE, "123456789", datetime.now(UTC)))


async def test_a_silent_answer_is_no_fault_of_the_post(make_bench: MakeBench) -> None:
    bench = await make_bench(listens=False)
    receipt = await bench.surface.send(Post(KEY, PRIVATE, BOARD))
    bench.standin.inject("pin", silent())
    assert (await bench.surface.pin(receipt)).startswith("Discord gave no answer to pinning it")


async def test_the_doctor_notes_where_nothing_can_be_pinned(make_bench: MakeBench) -> None:
    bench = await make_bench()
    config = DiscordConfig(token=TOKEN, api_url=bench.url, timing=TIMING)
    found = await examine(config, [PRIVATE], [PRIVATE, BARE])
    noted = [one for one in found if "pin" in one.said]
    assert [(one.subject, one.health) for one in noted] == [(f"discord:{BARE}", Health.NOTICE)]
    assert "Pin Messages" in noted[0].fix
