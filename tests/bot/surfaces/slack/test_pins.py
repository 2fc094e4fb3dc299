"""A post pinned to its channel: once, and why not where Slack refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.playground.faults import dropped, refused
from bot.reply import Reply, line
from bot.surfaces.base import Post
from bot.surfaces.slack.app import SlackConfig
from bot.surfaces.slack.examine import examine
from storage.promises import Receipt
from tests.bot.surfaces.slack.conftest import CHANNEL, SECRET, TOKEN, MakeBench
from tests.bot.surfaces.slack.sending import sending

POST = Post("board/slack:C0GENERAL/2026-11-23", CHANNEL, Reply("Board.", (line("Board."),)))
WITHOUT = "app_mentions:read channels:history channels:read chat:write commands files:read files:write "
WITHOUT += "groups:history groups:read im:history im:write users:read"


async def test_a_post_is_pinned_and_pinning_it_twice_is_fine(make_bench: MakeBench) -> None:
    bench = await make_bench()
    receipt = await bench.surface.send(POST)
    assert [await bench.surface.pin(receipt), await bench.surface.pin(receipt)] == ["", ""]
    (message,) = bench.standin.world.rooms[CHANNEL].messages.values()
    assert message["pinned_to"] == [CHANNEL]
    await bench.surface.edit(receipt, replace(POST, reply=Reply("New.", (line("New."),))))
    assert message["pinned_to"] == [CHANNEL]
    assert bench.standin.calls.count("pins.add") == 2


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("permission_denied", "Slack refused to pin it: permission_denied. An admin can let apps pin"),
        ("is_archived", "Slack refused to pin it: is_archived. Unarchive the channel"),
        ("not_pinnable", "Slack refused to pin it: not_pinnable."),
    ],
)
async def test_a_refusal_is_told_with_what_to_do(make_bench: MakeBench, error: str, said: str) -> None:
    bench = await make_bench()
    receipt = await bench.surface.send(POST)
    bench.standin.inject("pins.add", refused(error))
    assert (await bench.surface.pin(receipt)).startswith(said)
    assert await bench.surface.pin(receipt) == ""


async def test_a_missing_scope_is_named(make_bench: MakeBench) -> None:
    bench = await make_bench(scopes=WITHOUT)
    receipt = await bench.surface.send(POST)
    told = await bench.surface.pin(receipt)
    assert told.startswith("Slack refused to pin it: missing_scope. Add the scope pins:write")


async def test_a_lost_answer_is_no_fault_of_the_post(make_bench: MakeBench) -> None:
    bench = await make_bench()
    receipt = await bench.surface.send(POST)
    bench.standin.inject("pins.add", dropped())
    assert (await bench.surface.pin(receipt)).startswith("Slack gave no answer to pinning it")


async def test_what_is_gone_cannot_be_pinned(make_bench: MakeBench) -> None:
    bench = await make_bench()
    gone = Receipt(CHANNEL, "1700000000.000001", datetime.now(UTC))
    assert "message_not_found" in await bench.surface.pin(gone)


async def test_the_doctor_notes_that_nothing_can_be_pinned(make_bench: MakeBench) -> None:
    for scopes, is_noted in ((WITHOUT, True), (f"{WITHOUT} pins:write", False)):
        async with sending(make_bench, scopes=scopes) as desk:
            config = SlackConfig(TOKEN, signing_secret=SECRET, api_url=f"{desk.bench.url}/api/")
            assert not [one for one in await examine(config, [CHANNEL]) if "pin" in one.said]
            noted = [one for one in await examine(config, [CHANNEL], [CHANNEL]) if "pin" in one.said]
            assert bool(noted) is is_noted
            assert all(one.health == "note" for one in noted)
