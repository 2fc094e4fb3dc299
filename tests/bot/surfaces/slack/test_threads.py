"""A post that goes into the thread of another: it is found there, and neither takes the other's parts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bot.playground.slack_error import Json
from bot.reply import Reply, line
from bot.surfaces.base import Post
from tests.bot.surfaces.samples import DAILY
from tests.bot.surfaces.slack.conftest import CHANNEL, Bench

ROOT = Post("daily/slack:C0GENERAL/2026-11-23", CHANNEL, DAILY)
TOLD = Reply("Restated: Stars on 22 Nov 120 → 90.", (line("Restated: Stars on 22 Nov 120 → 90."),))


def since() -> datetime:
    return datetime.now(UTC)


def following(root: str, reply: Reply = TOLD) -> Post:
    return Post(f"{ROOT.key}#restated-1", CHANNEL, reply, thread=root)


def of(bench: Bench, key: str) -> list[Json]:
    """The messages of a post."""
    found = bench.standin.messages(CHANNEL)
    return [one for one in found if one["metadata"]["event_payload"]["key"] == key]


async def test_it_stands_in_the_thread_and_is_found_there_once(bench: Bench) -> None:
    root = await bench.surface.send(ROOT)
    post = following(root.message)
    assert await bench.surface.find(post, since()) is None
    receipt = await bench.surface.send(post)
    [message] = of(bench, post.key)
    assert (message["thread_ts"], message["ts"]) == (root.message, receipt.message)
    found = await bench.surface.find(post, since())
    assert found is not None
    assert (found.message, found.copies) == (receipt.message, 1)


async def test_all_of_its_parts_are_in_the_thread_and_a_lost_one_is_made_up(bench: Bench) -> None:
    root = await bench.surface.send(ROOT)
    post = following(root.message, replace(TOLD, thread=(TOLD, TOLD)))
    await bench.surface.send(post)
    room = bench.standin.world.rooms[CHANNEL]
    assert {one["thread_ts"] for one in of(bench, post.key)} == {root.message}
    del room.messages[of(bench, post.key)[-1]["ts"]]
    assert await bench.surface.find(post, since()) is not None
    parts = [one["metadata"]["event_payload"]["part"] for one in of(bench, post.key)]
    assert parts == [0, 1, 2]


async def test_the_post_itself_is_finished_as_if_nothing_followed_it(bench: Bench) -> None:
    root = await bench.surface.send(ROOT)
    await bench.surface.send(following(root.message, replace(TOLD, thread=(TOLD, TOLD))))
    room = bench.standin.world.rooms[CHANNEL]
    for message in of(bench, ROOT.key)[1:]:
        del room.messages[message["ts"]]
    found = await bench.surface.find(ROOT, since())
    assert found is not None
    assert found.message == root.message
    assert [one["metadata"]["event_payload"]["part"] for one in of(bench, ROOT.key)] == [0, 1, 2]


async def test_an_edit_of_the_post_leaves_what_follows_it(bench: Bench) -> None:
    root = await bench.surface.send(ROOT)
    post = following(root.message, replace(TOLD, thread=(TOLD, TOLD)))
    await bench.surface.send(post)
    before = of(bench, post.key)
    await bench.surface.edit(root, replace(ROOT, reply=replace(DAILY, thread=())))
    assert of(bench, post.key) == before


async def test_two_copies_in_the_thread_are_counted(bench: Bench) -> None:
    root = await bench.surface.send(ROOT)
    post = following(root.message)
    await bench.surface.send(post)
    await bench.surface.send(post)
    found = await bench.surface.find(post, since())
    assert found is not None
    assert found.copies == 2
