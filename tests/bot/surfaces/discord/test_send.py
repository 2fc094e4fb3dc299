"""Scheduled posts: once, with their thread, and every refusal named."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.reply import Reply, line
from bot.surfaces.base import OutcomeUnknown, Post, Undelivered
from tests.bot.surfaces.discord.conftest import TIMING, Bench, MakeBench
from tests.bot.surfaces.samples import CHART, DAILY, STANDING
from tests.discord_standin.config import (
    BARE,
    BLIND,
    DANA,
    FORUM,
    GENERAL,
    HIDDEN,
    LEE,
    MUTE,
    READ_ONLY,
    StandinConfig,
)
from tests.discord_standin.faults import dropped, rate_limited, refused, server_error, silent

KEY = "daily/discord:5000000000000000001/2026-11-23"
POST = Post(KEY, GENERAL, DAILY)


def an_hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


async def quiet(make_bench: MakeBench) -> Bench:
    """A bench that only posts."""
    return await make_bench(listens=False)


@pytest.fixture
async def bench(make_bench: MakeBench) -> Bench:
    return await quiet(make_bench)


async def test_a_digest_stands_in_the_channel_and_its_parts_in_a_thread(bench: Bench) -> None:
    receipt = await bench.surface.send(POST)
    (root,) = bench.standin.messages(GENERAL)
    assert receipt.message == root["id"]
    assert receipt.channel == GENERAL
    assert abs(receipt.at - datetime.now(UTC)) < timedelta(seconds=5)
    assert receipt.notes == ()
    table, chart = bench.standin.messages(root["id"])
    assert "All 41 as a table." in table["content"]
    assert chart["attachments"][0]["description"] == CHART.alt
    assert bench.standin.world.places[root["id"]].name.startswith("Monday 23 Nov")
    assert bench.standin.gateway.identified == 0


async def test_the_mark_is_in_every_part(bench: Bench) -> None:
    receipt = await bench.surface.send(POST)
    standing = [*bench.standin.messages(GENERAL), *bench.standin.messages(receipt.message)]
    footers = [message["embeds"][-1]["footer"]["text"] for message in standing]
    assert [footer[-3:] for footer in footers] == ["1/3", "2/3", "3/3"]


async def test_sent_again_within_minutes_it_is_the_same_message(bench: Bench) -> None:
    first, second = await bench.surface.send(POST), await bench.surface.send(POST)
    assert first.message == second.message
    assert len(bench.standin.messages(GENERAL)) == 1
    assert len(bench.standin.messages(first.message)) == 2


async def test_a_person_gets_it_as_a_direct_message_without_a_thread(bench: Bench) -> None:
    receipt = await bench.surface.send(Post(KEY, f"@{DANA}", DAILY))
    place = bench.standin.world.direct(DANA)
    assert len(bench.standin.messages(place.id)) == 3
    assert receipt.channel == f"@{DANA}"
    found = await bench.surface.find(Post(KEY, f"@{DANA}", DAILY), an_hour_ago())
    assert found is not None
    assert found.message == receipt.message


async def test_without_the_right_to_threads_the_parts_follow_beside_it_and_it_is_noted(bench: Bench) -> None:
    receipt = await bench.surface.send(Post(KEY, MUTE, DAILY))
    assert len(bench.standin.messages(MUTE)) == 3
    assert "Create Public Threads" in receipt.notes[0]
    found = await bench.surface.find(Post(KEY, MUTE, DAILY), an_hour_ago())
    assert found is not None
    assert found.copies == 1
    assert len(bench.standin.messages(MUTE)) == 3


async def test_posting_into_a_thread_keeps_the_parts_in_it(bench: Bench) -> None:
    root = await bench.standin.write("talk")
    bench.standin.world.thread(GENERAL, root["id"], "talk")
    await bench.surface.send(Post(KEY, root["id"], DAILY))
    assert len(bench.standin.messages(root["id"])) == 3


@pytest.mark.parametrize(
    ("channel", "hint"),
    [
        (HIDDEN, "View Channel"),
        (READ_ONLY, "Send Messages"),
        (FORUM, "forum"),
        ("123456", "kpi.yaml"),
        ("general", "Copy Channel ID"),
        ("@3999999999999999999", "people"),
        (f"@{LEE}", "direct messages"),
    ],
)
async def test_a_refusal_is_permanent_and_names_what_to_do(
    make_bench: MakeBench, channel: str, hint: str
) -> None:
    bench = await make_bench(listens=False, world=StandinConfig(closed_to_messages=frozenset({LEE})))
    with pytest.raises(Undelivered) as refusal:
        await bench.surface.send(Post(KEY, channel, DAILY))
    assert refusal.value.is_permanent
    assert hint in refusal.value.hint


async def test_a_locked_thread_is_named(bench: Bench) -> None:
    root = await bench.standin.write("talk")
    bench.standin.world.thread(GENERAL, root["id"], "talk")
    bench.standin.world.archived.add(root["id"])
    with pytest.raises(Undelivered, match="archived") as refusal:
        await bench.surface.send(Post(KEY, root["id"], DAILY))
    assert "Unlock" in refusal.value.hint


@pytest.mark.parametrize(
    ("fault", "pause"), [(rate_limited(120.0), 120.0), (rate_limited(90, is_cloudflare=True), 90.0)]
)
async def test_a_long_pause_comes_back_with_its_length(bench: Bench, fault: object, pause: float) -> None:
    bench.standin.inject("create_message", fault)  # type: ignore[arg-type]
    with pytest.raises(Undelivered) as refusal:
        await bench.surface.send(POST)
    assert refusal.value.retry_after == pause
    assert not refusal.value.is_permanent
    assert bench.standin.messages(GENERAL) == []


async def test_a_short_pause_is_waited_out(bench: Bench) -> None:
    bench.standin.inject("create_message", rate_limited(0.01))
    await bench.surface.send(POST)
    assert len(bench.standin.messages(GENERAL)) == 1


@pytest.mark.parametrize("is_taken", [True, False])
@pytest.mark.parametrize("fault", [server_error, dropped])
async def test_no_answer_is_unknown_and_read_back_before_it_is_sent_again(
    bench: Bench, fault: object, is_taken: bool
) -> None:
    bench.standin.inject("create_message", fault(after=is_taken))  # type: ignore[operator]
    with pytest.raises(OutcomeUnknown):
        await bench.surface.send(POST)
    assert bench.standin.calls.count("create_message") == 1
    found = await bench.surface.find(POST, an_hour_ago())
    assert (found is not None) is is_taken
    if found is None:
        await bench.surface.send(POST)
    (root,) = bench.standin.messages(GENERAL)
    assert len(bench.standin.messages(root["id"])) == 2


async def test_silence_is_unknown_too(make_bench: MakeBench) -> None:
    bench = await make_bench(listens=False, timing=replace(TIMING, request=0.1))
    bench.standin.inject("create_message", silent(after=True))
    with pytest.raises(OutcomeUnknown):
        await bench.surface.send(POST)
    assert await bench.surface.find(POST, an_hour_ago()) is not None


async def test_discord_out_of_reach_was_never_handed_over(bench: Bench) -> None:
    await bench.surface.send(Post("another", GENERAL, STANDING))
    from discord.http import Route

    Route.BASE = "http://127.0.0.1:9/api/v10"
    with pytest.raises(Undelivered, match="could not be reached") as refusal:
        await bench.surface.send(POST)
    assert not refusal.value.is_permanent


async def test_a_thread_that_breaks_off_is_finished_when_it_is_found(bench: Bench) -> None:
    bench.standin.inject("thread", dropped())
    with pytest.raises(OutcomeUnknown, match="the rest of it is missing"):
        await bench.surface.send(POST)
    found = await bench.surface.find(POST, an_hour_ago())
    assert found is not None
    assert len(bench.standin.messages(GENERAL)) == 1
    assert len(bench.standin.messages(found.message)) == 2


async def test_only_the_missing_part_of_a_thread_is_posted(bench: Bench) -> None:
    receipt = await bench.surface.send(POST)
    bench.standin.messages(receipt.message).pop(0)
    bench.standin.world._nonces.clear()
    found = await bench.surface.find(POST, an_hour_ago())
    assert found is not None
    ends = [one["embeds"][-1]["footer"]["text"][-3:] for one in bench.standin.messages(receipt.message)]
    assert sorted(ends) == ["2/3", "3/3"]


async def test_copies_are_counted(bench: Bench) -> None:
    await bench.surface.send(POST)
    bench.standin.world._nonces.clear()
    await bench.surface.send(POST)
    found = await bench.surface.find(POST, an_hour_ago())
    assert found is not None
    assert found.copies == 2


async def test_what_others_wrote_and_what_is_older_is_not_ours(bench: Bench) -> None:
    assert await bench.surface.find(POST, an_hour_ago()) is None
    await bench.surface.send(Post("another", GENERAL, DAILY))
    (message,) = bench.standin.messages(GENERAL)
    copied = message["embeds"][-1]["footer"]["text"]
    await bench.standin.write(f"look: {copied}")
    assert await bench.surface.find(POST, an_hour_ago()) is None
    later = datetime.now(UTC) + timedelta(hours=1)
    assert await bench.surface.find(Post("another", GENERAL, DAILY), later) is None


async def test_where_history_may_not_be_read_nothing_is_sent_on_a_guess(bench: Bench) -> None:
    post = Post(KEY, BLIND, STANDING)
    assert await bench.surface.find(post, an_hour_ago()) is None  # nobody wrote anything there yet
    await bench.surface.send(post)
    with pytest.raises(Undelivered) as refusal:
        await bench.surface.find(post, an_hour_ago())
    assert "Read Message History" in refusal.value.hint


async def test_without_the_right_to_attach_the_words_go_out_with_a_note(bench: Bench) -> None:
    receipt = await bench.surface.send(Post(KEY, BARE, STANDING))
    (message,) = bench.standin.messages(BARE)
    assert message["attachments"] == []
    assert CHART.alt in str(message["embeds"])
    assert "Attach Files" in receipt.notes[0]


async def test_a_post_is_found_behind_many_messages(bench: Bench) -> None:
    receipt = await bench.surface.send(Post(KEY, GENERAL, STANDING))
    for number in range(250):
        await bench.standin.write(f"talk {number}")
    found = await bench.surface.find(Post(KEY, GENERAL, STANDING), an_hour_ago())
    assert found is not None
    assert found.message == receipt.message


async def test_a_layout_that_is_refused_goes_out_plainer_and_is_still_found(bench: Bench) -> None:
    bench.standin.inject("create_message", refused(400, 50035), times=2)
    receipt = await bench.surface.send(Post(KEY, GENERAL, STANDING))
    (message,) = bench.standin.messages(GENERAL)
    assert message["embeds"] == []
    assert CHART.alt in message["content"]
    assert "without its layout" in receipt.notes[0]
    assert await bench.surface.find(Post(KEY, GENERAL, STANDING), an_hour_ago()) is not None


async def test_a_chart_that_cannot_be_drawn_is_noted(bench: Bench) -> None:
    async def broken(_drawing: object) -> bytes:
        raise ValueError("no font")

    bench.draw = broken  # type: ignore[method-assign]
    receipt = await bench.surface.send(Post(KEY, GENERAL, STANDING))
    assert receipt.notes == ("chart could not be drawn: ValueError",)


async def test_a_post_is_changed_in_place_as_often_as_wanted(bench: Bench) -> None:
    receipt = await bench.surface.send(POST)
    changed = Post(KEY, GENERAL, Reply("Resolved.", (line("Resolved."), line("Signups are back."))))
    for _ in range(2):
        assert (await bench.surface.edit(receipt, changed)).message == receipt.message
    (message,) = bench.standin.messages(GENERAL)
    assert message["content"] == "**Resolved.**"
    assert len(bench.standin.messages(receipt.message)) == 2
    found = await bench.surface.find(POST, an_hour_ago())
    assert found is not None
    assert found.message == receipt.message


async def test_changing_what_is_gone_is_refused_for_good(bench: Bench) -> None:
    receipt = await bench.surface.send(POST)
    bench.standin.messages(GENERAL).clear()
    with pytest.raises(Undelivered) as refusal:
        await bench.surface.edit(receipt, POST)
    assert refusal.value.is_permanent


async def test_a_revoked_token_is_named(bench: Bench) -> None:
    await bench.surface.send(Post("another", GENERAL, STANDING))
    bench.standin.inject("create_message", refused(401, 0))
    with pytest.raises(Undelivered, match="refused") as refusal:
        await bench.surface.send(POST)
    assert refusal.value.is_permanent
    assert "DISCORD_TOKEN" in refusal.value.hint


async def test_under_faults_of_every_kind_each_post_stands_once(bench: Bench) -> None:
    kinds = [dropped(after=True), server_error(after=True), dropped(), server_error(), rate_limited(0.01)]
    for number in range(20):
        bench.standin.inject("create_message", kinds[number % len(kinds)])
        post = Post(f"key {number}", GENERAL, STANDING)
        for _ in range(3):
            try:
                if await bench.surface.find(post, an_hour_ago()) is None:
                    await bench.surface.send(post)
            except (OutcomeUnknown, Undelivered):
                await asyncio.sleep(0)
                continue
            break
        found = await bench.surface.find(post, an_hour_ago())
        assert found is not None
        assert found.copies == 1
    assert len(bench.standin.messages(GENERAL)) == 20
