"""A post that goes into the thread of another: the thread is opened for it, and it is found there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.reply import Reply, line
from bot.surfaces.base import Post, Undelivered
from tests.bot.surfaces.discord.conftest import Bench, MakeBench
from tests.bot.surfaces.samples import DAILY
from tests.discord_standin.config import DANA, GENERAL, MUTE
from tests.discord_standin.faults import dropped

ROOT = Post("daily/discord:5000000000000000001/2026-11-23", GENERAL, DAILY)
TOLD = Reply("Restated: Stars on 22 Nov 120 → 90.", (line("Restated: Stars on 22 Nov 120 → 90."),))


def an_hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


def following(root: str, channel: str = GENERAL, reply: Reply = TOLD) -> Post:
    return Post(f"{ROOT.key}#restated-1", channel, reply, thread=root)


@pytest.fixture
async def bench(make_bench: MakeBench) -> Bench:
    """A bench that only posts."""
    return await make_bench(listens=False)


def said(bench: Bench, place: str) -> list[str]:
    """What stands in a place, without marks."""
    return [str(one["content"]).partition("\n")[0] for one in bench.standin.messages(place)]


@pytest.mark.parametrize("reply", [DAILY, TOLD])
async def test_it_stands_in_the_thread_and_is_found_there_once(bench: Bench, reply: Reply) -> None:
    """The thread is there where the post has parts, else it is opened now."""
    root = await bench.surface.send(replace(ROOT, reply=reply))
    post = following(root.message)
    assert await bench.surface.find(post, an_hour_ago()) is None
    receipt = await bench.surface.send(post)
    assert bench.standin.messages(root.message)[-1]["id"] == receipt.message
    assert len(bench.standin.messages(GENERAL)) == 1
    found = await bench.surface.find(post, an_hour_ago())
    assert found is not None
    assert (found.message, found.copies) == (receipt.message, 1)


async def test_all_of_its_parts_are_in_the_thread(bench: Bench) -> None:
    root = await bench.surface.send(replace(ROOT, reply=TOLD))
    post = following(root.message, reply=replace(TOLD, thread=(TOLD,)))
    await bench.surface.send(post)
    assert len(bench.standin.messages(root.message)) == 2
    bench.standin.world.messages[root.message].pop()
    bench.standin.world._nonces.clear()  # minutes go by
    assert await bench.surface.find(post, an_hour_ago()) is not None
    assert len(bench.standin.messages(root.message)) == 2


async def test_in_direct_messages_it_answers_the_post(bench: Bench) -> None:
    root = await bench.surface.send(replace(ROOT, channel=f"@{DANA}", reply=TOLD))
    post = following(root.message, f"@{DANA}")
    receipt = await bench.surface.send(post)
    standing = bench.standin.messages(bench.standin.world.direct(DANA).id)
    assert [one["id"] for one in standing] == [root.message, receipt.message]
    found = await bench.surface.find(post, an_hour_ago())
    assert found is not None
    assert found.message == receipt.message


async def test_without_the_right_to_threads_it_answers_the_post_and_says_so(bench: Bench) -> None:
    root = await bench.surface.send(replace(ROOT, channel=MUTE, reply=TOLD))
    post = following(root.message, MUTE)
    receipt = await bench.surface.send(post)
    assert "Create Public Threads" in receipt.notes[0]
    assert len(bench.standin.messages(MUTE)) == 2
    found = await bench.surface.find(post, an_hour_ago())
    assert found is not None
    assert (found.message, found.copies) == (receipt.message, 1)


async def test_a_thread_nobody_can_say_was_opened_means_that_nothing_was_posted(bench: Bench) -> None:
    root = await bench.surface.send(replace(ROOT, reply=TOLD))
    bench.standin.inject("thread", dropped())
    with pytest.raises(Undelivered) as refusal:
        await bench.surface.send(following(root.message))
    assert not refusal.value.is_permanent
