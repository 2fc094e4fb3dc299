"""What happens between composing and posting: the claim is asked after, and pauses are kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.playground.faults import rate_limited, refused
from bot.reply import Reply
from bot.surfaces.base import ClaimLost, OutcomeUnknown, Post, Undelivered
from tests.bot.surfaces.samples import CHART, DAILY
from tests.bot.surfaces.slack.conftest import CHANNEL, MakeBench
from tests.bot.surfaces.slack.sending import just_now, sending

POST = Post("daily:C0GENERAL:2026-11-23", CHANNEL, DAILY)


async def test_the_claim_is_asked_after_once_the_pictures_are_there(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        calls: list[list[str]] = []

        async def confirm() -> None:
            calls.append([*desk.bench.standin.calls])

        await desk.sender.send(replace(POST, confirm=confirm))
        assert "files.completeUploadExternal" in calls[0]
        assert "chat.postMessage" not in calls[0]


async def test_a_claim_that_is_lost_amid_the_thread_ends_it_there(make_bench: MakeBench) -> None:
    asked = 0

    async def confirm() -> None:
        nonlocal asked
        asked += 1
        if asked > 1:
            raise ClaimLost

    async with sending(make_bench) as desk:
        with pytest.raises(ClaimLost):
            await desk.sender.send(replace(POST, confirm=confirm))
        assert len(desk.stored(CHANNEL)) == 1, "whoever took it over posts the rest"


async def test_a_ledger_that_fails_amid_the_thread_leaves_the_rest_for_later(make_bench: MakeBench) -> None:
    asked = 0

    async def confirm() -> None:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise Undelivered("The ledger could not be asked.", "")

    async with sending(make_bench) as desk:
        with pytest.raises(OutcomeUnknown, match="The first message stands"):
            await desk.sender.send(replace(POST, confirm=confirm))
        assert len(desk.stored(CHANNEL)) == 1
        found = await desk.sender.find(replace(POST, confirm=confirm), just_now())
        assert found is not None
        assert len(desk.stored(CHANNEL)) > 1, "the rest was posted under it"


async def test_a_claim_that_is_lost_posts_nothing(make_bench: MakeBench) -> None:
    async def confirm() -> None:
        raise ClaimLost

    async with sending(make_bench) as desk:
        with pytest.raises(ClaimLost):
            await desk.sender.send(replace(POST, confirm=confirm))
        assert desk.stored(CHANNEL) == []


async def test_the_claim_is_asked_after_again_before_a_plainer_message(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        asked = 0

        async def confirm() -> None:
            nonlocal asked
            asked += 1
            if asked > 1:
                raise ClaimLost

        desk.bench.standin.inject("chat.postMessage", refused("invalid_blocks"))
        with pytest.raises(ClaimLost):
            await desk.sender.send(Post("k", CHANNEL, Reply("Chart.", (CHART,)), confirm))
        assert desk.stored(CHANNEL) == []


async def test_a_pause_in_the_middle_of_a_thread_is_waited_out(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        desk.inject_from(2, "chat.postMessage", rate_limited(45))
        receipt = await desk.sender.send(POST)
        assert receipt.notes == ()
        assert 45 in desk.bench.slept
        assert len(desk.stored(CHANNEL)) == 3


async def test_a_pause_too_long_for_the_rest_of_a_thread_is_finished_later(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        desk.inject_from(2, "chat.postMessage", rate_limited(120))
        with pytest.raises(OutcomeUnknown, match="first message stands"):
            await desk.sender.send(POST)
        assert desk.bench.slept == []
        found = await desk.sender.find(POST, just_now())
        assert found is not None
        assert (found.copies, len(desk.stored(CHANNEL))) == (1, 3)


async def test_pauses_do_not_add_up_without_end(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        desk.inject_from(2, "chat.postMessage", *[rate_limited(25)] * 9)
        with pytest.raises(OutcomeUnknown):
            await desk.sender.send(POST)
        assert sum(desk.bench.slept) <= 60


async def test_a_long_pause_before_the_first_message_goes_back_with_its_length(
    make_bench: MakeBench,
) -> None:
    async with sending(make_bench) as desk:
        desk.bench.standin.inject("chat.postMessage", rate_limited(45))
        with pytest.raises(Undelivered) as raised:
            await desk.sender.send(POST)
        assert (raised.value.retry_after, raised.value.is_permanent) == (45, False)
        assert desk.bench.slept == []


async def test_after_a_pause_the_claim_is_confirmed_anew(make_bench: MakeBench) -> None:
    """Frozen in the pause, the sender may find on waking that another one has sent the post."""
    asked = 0

    async def confirm() -> None:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise ClaimLost

    async with sending(make_bench) as desk:
        desk.bench.standin.inject("chat.postMessage", rate_limited(2))
        with pytest.raises(ClaimLost):
            await desk.sender.send(replace(POST, confirm=confirm))
        assert desk.bench.standin.messages(CHANNEL) == []
