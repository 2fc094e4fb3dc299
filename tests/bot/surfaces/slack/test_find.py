"""Reading back: what stands is never posted again, what a crash cut off is finished."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.playground.faults import dropped, refused, server_error
from bot.reply import Reply
from bot.surfaces.base import OutcomeUnknown, Post, Undelivered
from bot.surfaces.slack.pacing import PACE_SECONDS
from tests.bot.surfaces.samples import DAILY
from tests.bot.surfaces.slack.conftest import CHANNEL, Bench, MakeBench
from tests.bot.surfaces.slack.sending import sending

POST = Post("daily:C0GENERAL:2026-11-23", CHANNEL, DAILY)


def since() -> datetime:
    return datetime.now(UTC)


async def test_what_was_never_sent_is_not_found(bench: Bench) -> None:
    assert await bench.surface.find(POST, since()) is None


async def test_what_was_sent_is_found_by_its_key_alone(bench: Bench) -> None:
    sent = await bench.surface.send(POST)
    await bench.surface.send(replace(POST, key="another"))
    found = await bench.surface.find(POST, since())
    assert found is not None
    assert (found.message, found.at) == (sent.message, sent.at)
    assert await bench.surface.find(replace(POST, key="third"), since()) is None


async def test_a_post_is_found_behind_pages_of_others(bench: Bench) -> None:
    sent = await bench.surface.send(POST)
    for number in range(40):
        bench.standin.world.post(bench.standin.world.rooms[CHANNEL], {"user": "U0DANA", "text": str(number)})
    found = await bench.surface.find(POST, since())
    assert found is not None
    assert found.message == sent.message
    assert bench.standin.calls.count("conversations.history") == 3


async def test_only_our_own_posts_count(bench: Bench) -> None:
    await bench.surface.send(POST)
    stored = bench.standin.world.rooms[CHANNEL].messages
    for message in stored.values():
        message["bot_id"] = "B0OTHER"
    assert await bench.surface.find(POST, since()) is None


async def test_posts_from_long_before_do_not_count(bench: Bench) -> None:
    await bench.surface.send(POST)
    assert await bench.surface.find(POST, since() + timedelta(seconds=120)) is None


@pytest.mark.parametrize("lost", [1, 2])
async def test_a_thread_cut_off_by_a_crash_is_finished_without_repeating(bench: Bench, lost: int) -> None:
    room = bench.standin.world.rooms[CHANNEL]
    await bench.surface.send(POST)
    for message in list(room.messages.values()):
        if message["metadata"]["event_payload"]["part"] >= lost:
            del room.messages[message["ts"]]
    found = await bench.surface.find(POST, since())
    parts = [message["metadata"]["event_payload"]["part"] for message in bench.standin.messages(CHANNEL)]
    assert parts == [0, 1, 2]
    assert found is not None
    assert found.message == bench.standin.messages(CHANNEL)[0]["ts"]


@pytest.mark.parametrize("is_taken", [True, False])
async def test_a_thread_part_that_got_lost_is_an_unknown_outcome_and_then_finished(
    bench: Bench, is_taken: bool
) -> None:
    pages = bench.standin
    await bench.surface.send(Post("warm", CHANNEL, Reply("warm")))
    pages.inject("files.info", server_error(500), times=0)
    original = bench.surface._wire.api.call  # type: ignore[union-attr]
    posts = 0

    async def call(method: str, arguments: dict[str, object], **how: bool) -> dict[str, object]:
        nonlocal posts
        posts += method == "chat.postMessage"
        if method == "chat.postMessage" and posts == 2:
            pages.inject("chat.postMessage", dropped(is_taken=is_taken))
        return await original(method, arguments, **how)

    bench.surface._wire.api.call = call  # type: ignore[union-attr,method-assign,assignment]
    with pytest.raises(OutcomeUnknown, match="The first message stands"):
        await bench.surface.send(POST)
    found = await bench.surface.find(POST, since())
    assert found is not None
    ours = [m["metadata"]["event_payload"] for m in pages.messages(CHANNEL)]
    assert sorted(part["part"] for part in ours if part["key"] == POST.key) == [0, 1, 2]


async def test_a_thread_part_refused_for_good_is_a_note_on_the_receipt(bench: Bench) -> None:
    original = bench.surface._wire.api.call  # type: ignore[union-attr]

    async def call(method: str, arguments: dict[str, object], **how: bool) -> dict[str, object]:
        if arguments.get("thread_ts"):
            bench.standin.inject("chat.postMessage", refused("restricted_action_thread_locked"))
        return await original(method, arguments, **how)

    bench.surface._wire.api.call = call  # type: ignore[union-attr,method-assign,assignment]
    receipt = await bench.surface.send(POST)
    assert len(receipt.notes) == 2
    assert "part 2 was refused" in receipt.notes[0]


async def test_a_channel_that_cannot_be_read_is_said(bench: Bench) -> None:
    bench.standin.inject("conversations.history", refused("not_in_channel"))
    with pytest.raises(Undelivered, match="not_in_channel"):
        await bench.surface.find(POST, since())
    bench.standin.inject("conversations.history", server_error(503))
    with pytest.raises(OutcomeUnknown):
        await bench.surface.find(POST, since())


async def test_long_threads_keep_slacks_pace(make_bench: MakeBench) -> None:
    thread = tuple(Reply(f"Part {number}.") for number in range(8))
    async with sending(make_bench) as desk:
        await desk.sender.send(Post("long", CHANNEL, Reply("Root.", thread=thread)))
        assert len(desk.stored(CHANNEL)) == 9
        assert desk.bench.slept == [pytest.approx(PACE_SECONDS)] * 4


@pytest.mark.parametrize("count", [1, 2, 3])
async def test_copies_are_counted_and_the_earliest_is_the_post(make_bench: MakeBench, count: int) -> None:
    async with sending(make_bench) as desk:
        receipts = [await desk.sender.send(POST) for _ in range(count)]
        await desk.sender.send(replace(POST, key="another"))
        found = await desk.sender.find(POST, since())
        assert found is not None
        assert (found.message, found.copies) == (receipts[0].message, count)


async def test_the_thread_of_the_earliest_copy_is_finished(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        first, _ = [await desk.sender.send(POST) for _ in range(2)]
        room = desk.bench.standin.world.rooms[CHANNEL]
        lost = [m["ts"] for m in desk.stored(CHANNEL) if m["thread_ts"] == first.message][-1]
        del room.messages[lost]
        found = await desk.sender.find(POST, since())
        assert found is not None
        assert (found.message, found.copies) == (first.message, 2)
        threads = [m for m in desk.stored(CHANNEL) if m.get("thread_ts") == first.message != m["ts"]]
        assert sorted(m["metadata"]["event_payload"]["part"] for m in threads) == [1, 2]
