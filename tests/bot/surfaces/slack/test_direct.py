"""Direct messages: opened once, posted to, read back and changed by their own id."""

from __future__ import annotations

import json

import pytest

from bot.playground.faults import dropped, refused, server_error
from bot.surfaces.base import Post, Undelivered
from bot.surfaces.slack.faults import HINTS
from tests.bot.surfaces.samples import DAILY
from tests.bot.surfaces.slack.conftest import CHANNEL, MakeBench
from tests.bot.surfaces.slack.sending import just_now, sending

POST = Post("daily:@U0DANA:2026-11-23", "@U0DANA", DAILY)
PLACE = "D00DANA"


async def test_a_person_gets_the_post_its_thread_and_its_chart(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        receipt = await desk.sender.send(POST)
        root, *thread = desk.stored(PLACE)
        assert (receipt.channel, receipt.message, receipt.notes) == (PLACE, root["ts"], ())
        assert [part["thread_ts"] for part in thread] == [root["ts"]] * 2
        assert thread[1]["blocks"][0]["slack_file"]["id"]
        assert desk.stored(CHANNEL) == []


async def test_the_place_is_opened_once(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        await desk.sender.send(POST)
        assert await desk.sender.place("@U0DANA") == PLACE
        assert await desk.sender.place("U0DANA") == PLACE
        assert desk.bench.standin.calls.count("conversations.open") == 1
        assert await desk.sender.place(CHANNEL) == CHANNEL
        assert await desk.sender.place(PLACE) == PLACE


async def test_a_direct_message_is_found_again(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        assert await desk.sender.find(POST, just_now()) is None
        sent = await desk.sender.send(POST)
        found = await desk.sender.find(POST, just_now())
        assert found is not None
        assert (found.channel, found.message, found.copies) == (PLACE, sent.message, 1)


async def test_a_direct_message_is_changed_in_place(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        receipt = await desk.sender.edit(await desk.sender.send(POST), POST)
        assert receipt.channel == PLACE
        assert len(desk.stored(PLACE)) == 3


@pytest.mark.parametrize("error", ["user_not_found", "user_disabled", "cannot_dm_bot", "user_not_visible"])
async def test_a_person_who_cannot_be_written_to_is_said(make_bench: MakeBench, error: str) -> None:
    async with sending(make_bench) as desk:
        desk.bench.standin.inject("conversations.open", refused(error))
        with pytest.raises(Undelivered, match=error) as raised:
            await desk.sender.send(POST)
        assert raised.value.is_permanent
        assert raised.value.hint == HINTS[error]
        assert "kpi.yaml" in raised.value.hint
        assert "@U0DANA" in raised.value.message
        await desk.sender.send(POST)


async def test_an_unknown_person_is_refused_as_slack_does(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        with pytest.raises(Undelivered, match="user_not_found"):
            await desk.sender.send(Post("k", "@U0NOBODY", DAILY))


async def test_the_missing_scope_is_named(make_bench: MakeBench) -> None:
    async with sending(make_bench, scopes="chat:write") as desk:
        with pytest.raises(Undelivered, match="missing_scope") as raised:
            await desk.sender.send(POST)
        assert "im:write" in raised.value.hint
        assert "reinstall the app" in raised.value.hint
        assert raised.value.is_permanent


@pytest.mark.parametrize("fault", [server_error(503), dropped(is_taken=False), dropped(is_taken=True)])
async def test_a_place_that_was_not_opened_is_no_unknown_outcome(
    make_bench: MakeBench, fault: object
) -> None:
    async with sending(make_bench) as desk:
        desk.bench.standin.inject("conversations.open", fault)  # type: ignore[arg-type]
        with pytest.raises(Undelivered, match="direct messages with @U0DANA") as raised:
            await desk.sender.send(POST)
        assert not raised.value.is_permanent
        assert "chat.postMessage" not in desk.bench.standin.calls


async def test_no_file_is_shared_with_a_persons_id(make_bench: MakeBench) -> None:
    async with sending(make_bench) as desk:
        await desk.sender.send(POST)
        assert "U0DANA" not in json.dumps([one.get("blocks") for one in desk.stored(PLACE)])
