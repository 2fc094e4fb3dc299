"""Changing what stands: in place, the thread with it, and the same again when repeated."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from bot.playground.faults import dropped, rate_limited, refused
from bot.reply import Reply, Table, line
from bot.surfaces.base import ClaimLost, OutcomeUnknown, Post, Undelivered
from bot.surfaces.slack.send import DROPPED
from storage.promises import Receipt
from tests.bot.surfaces.samples import CHART, DAILY
from tests.bot.surfaces.slack.conftest import CHANNEL, MakeBench
from tests.bot.surfaces.slack.sending import Desk, just_now, sending

POST = Post("daily:C0GENERAL:2026-11-23", CHANNEL, DAILY)


def a_post(*thread: str, text: str = "Changed.") -> Post:
    parts = tuple(Reply(words, (line(words),)) for words in thread)
    return Post("daily:C0GENERAL:2026-11-23#2", CHANNEL, Reply(text, (line(text),), thread=parts))


def said(desk: Desk) -> list[str]:
    """The texts of the channel, thread and all."""
    return [message["text"] for message in desk.stored(CHANNEL)]


def facts(desk: Desk) -> object:
    """Everything that stands, without when it was changed and what Slack calls each block."""
    kept = [{name: value for name, value in one.items() if name != "edited"} for one in desk.stored(CHANNEL)]
    return json.loads(re.sub(r'"block_id": "[^"]*"', '"block_id": ""', json.dumps(kept)))


async def test_the_message_and_its_thread_change_in_place(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        sent = await desk.sender.send(POST)
        changed = await desk.sender.edit(sent, a_post("One.", "Two."))
        assert (changed.channel, changed.message, changed.at) == (sent.channel, sent.message, sent.at)
        assert changed.notes == ()
        assert said(desk) == ["Changed.", "One.", "Two."]
        assert next(message["ts"] for message in desk.stored(CHANNEL)) == sent.message
        assert all(message["edited"] for message in desk.stored(CHANNEL))
        assert [m["blocks"][0]["type"] for m in desk.stored(CHANNEL)] == ["rich_text"] * 3
        payloads = [message["metadata"]["event_payload"] for message in desk.stored(CHANNEL)]
        assert payloads == [{"key": a_post().key, "part": part, "parts": 3} for part in range(3)]


async def test_a_change_made_twice_is_the_same_as_once(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        sent = await desk.sender.send(POST)
        await desk.sender.edit(sent, a_post("One.", "Two.", "Three."))
        once = facts(desk)
        await desk.sender.edit(sent, a_post("One.", "Two.", "Three."))
        assert facts(desk) == once
        assert said(desk) == ["Changed.", "One.", "Two.", "Three."]


async def test_parts_without_use_say_so_and_serve_again_later(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        sent = await desk.sender.send(POST)
        await desk.sender.edit(sent, a_post("One."))
        assert said(desk) == ["Changed.", "One.", DROPPED]
        await desk.sender.edit(sent, a_post("One.", "Two."))
        assert said(desk) == ["Changed.", "One.", "Two."]


async def test_a_part_that_was_posted_twice_stands_once_after_a_change(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        sent = await desk.sender.send(a_post("One."))
        copy = replace(a_post("One."), key="another")
        labels = {"metadata": {"event_type": "kpi_post", "event_payload": {"key": copy.key, "part": 1}}}
        message = {"text": "One, again.", "blocks": [{"type": "divider"}]}
        await desk.sender.post(CHANNEL, message, thread=sent.message, labels=labels)
        await desk.sender.edit(sent, a_post("One, changed."))
        assert said(desk) == ["Changed.", "One, changed.", DROPPED]


async def test_the_answers_of_others_in_the_thread_are_left_alone(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        sent = await desk.sender.send(a_post())
        room = desk.bench.standin.world.rooms[CHANNEL]
        desk.bench.standin.world.post(room, {"user": "U0DANA", "text": "Why?", "thread_ts": sent.message})
        await desk.sender.post(CHANNEL, {"text": "An answer.", "blocks": []}, thread=sent.message)
        await desk.sender.edit(sent, a_post(text="New."))
        assert said(desk) == ["New.", "Why?", "An answer."]


async def test_pictures_are_uploaded_again(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        post = Post("chart", CHANNEL, Reply("Chart.", (CHART,)))
        sent = await desk.sender.send(post)
        (before,) = desk.stored(CHANNEL)
        first = before["blocks"][0]["slack_file"]["id"]
        await desk.sender.edit(sent, post)
        (after,) = desk.stored(CHANNEL)
        assert after["blocks"][0]["slack_file"]["id"] not in ("", first)


async def test_a_long_notification_is_within_what_an_edit_takes(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        sent = await desk.sender.send(a_post())
        await desk.sender.edit(sent, Post("k", CHANNEL, Reply("word " * 2_000, (line("short"),))))
        (text,) = said(desk)
        assert len(text) <= 4_000
        assert text.endswith("…")


async def test_a_refused_layout_is_changed_in_plain_words(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        sent = await desk.sender.send(a_post())
        desk.bench.standin.inject("chat.update", refused("invalid_blocks"))
        post = Post("k", CHANNEL, Reply("Plain.", (Table(("x",), (("1",),)),)))
        receipt = await desk.sender.edit(sent, post)
        assert "Slack refused it (invalid_blocks)" in receipt.notes[0]
        assert {block["type"] for block in desk.stored(CHANNEL)[0]["blocks"]} == {"section"}


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        ("message_not_found", "deleted"),
        ("cant_update_message", "own messages"),
        ("edit_window_closed", "forbids"),
        ("is_archived", "Unarchive"),
    ],
)
async def test_what_cannot_be_changed_is_said(make_bench: MakeBench, error: str, hint: str) -> None:
    async with sending(make_bench) as desk:
        sent = await desk.sender.send(a_post())
        desk.bench.standin.inject("chat.update", refused(error))
        with pytest.raises(Undelivered, match=error) as raised:
            await desk.sender.edit(sent, a_post())
        assert raised.value.is_permanent
        assert hint in raised.value.hint


async def test_a_message_that_is_gone_is_said(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        with pytest.raises(Undelivered, match="message_not_found"):
            await desk.sender.edit(Receipt(CHANNEL, "1.000001", just_now()), a_post())


async def test_a_change_whose_answer_is_lost_is_of_unknown_outcome_and_may_be_repeated(
    make_bench: MakeBench,
) -> None:
    async with sending(make_bench) as desk:
        sent = await desk.sender.send(a_post())
        desk.bench.standin.inject("chat.update", dropped(is_taken=True))
        with pytest.raises(OutcomeUnknown):
            await desk.sender.edit(sent, a_post("One."))
        await desk.sender.edit(sent, a_post("One."))
        assert said(desk) == ["Changed.", "One."]


async def test_a_thread_whose_change_broke_off_is_finished_by_the_next_one(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        sent = await desk.sender.send(POST)
        desk.inject_from(2, "chat.update", dropped(is_taken=False))
        with pytest.raises(OutcomeUnknown, match="part 2"):
            await desk.sender.edit(sent, a_post("One.", "Two."))
        await desk.sender.edit(sent, a_post("One.", "Two."))
        assert said(desk) == ["Changed.", "One.", "Two."]


async def test_a_changed_post_is_found_by_its_new_key(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        sent = await desk.sender.send(POST)
        await desk.sender.edit(sent, a_post("One.", "Two."))
        assert await desk.sender.find(POST, just_now()) is None
        found = await desk.sender.find(a_post("One.", "Two."), just_now())
        assert found is not None
        assert found.message == sent.message
        assert len(said(desk)) == 3


async def test_a_lost_claim_changes_nothing(make_bench: MakeBench) -> None:
    async def confirm() -> None:
        raise ClaimLost

    async with sending(make_bench) as desk:
        sent = await desk.sender.send(POST)
        with pytest.raises(ClaimLost):
            await desk.sender.edit(sent, replace(a_post(), confirm=confirm))
        assert said(desk)[0] == DAILY.text


async def test_a_pause_in_the_middle_is_waited_out(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        sent = await desk.sender.send(a_post("One."))
        desk.inject_from(2, "chat.update", rate_limited(30))
        await desk.sender.edit(sent, a_post("Changed too."))
        assert 30 in desk.bench.slept
        assert said(desk) == ["Changed.", "Changed too."]
