"""Events of the app's own tabs and direct messages, and the ways a workspace takes the bot's rights away."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError

DIVIDER = {"type": "divider"}


async def test_home_tab_that_is_opened_is_an_event_with_its_view(listening):
    async with listening() as (playground, listener):
        await playground.standin.open_home("U0LEE")
        view = {"type": "home", "blocks": [DIVIDER]}
        published = await playground.client.views_publish(user_id="U0LEE", view=view)
        await playground.standin.open_home("U0LEE")
        await playground.standin.open_home("U0LEE", tab="messages")
        first, second, messages = listener.events
    assert (first["type"], first["user"], first["tab"]) == ("app_home_opened", "U0LEE", "home")
    assert first["channel"].startswith("D")
    assert "view" not in first
    assert second["view"]["id"] == published["view"]["id"]
    assert messages["tab"] == "messages"


async def test_direct_message_is_an_event_and_so_are_the_bots_own_words(listening):
    async with listening() as (playground, listener):
        client = playground.client
        room = (await client.conversations_open(users="U0DANA"))["channel"]["id"]
        await playground.standin.say("stars, @KPI?", channel=room)
        posted = await client.chat_postMessage(channel=room, text="1,234")
        await client.chat_update(channel=room, ts=posted["ts"], text="1,235")
        await playground.standin.outgoing.settle()
        asked, answered, changed = listener.events
    assert (asked["type"], asked["channel_type"], asked["channel"]) == ("message", "im", room)
    assert asked["text"] == "stars, <@U0KPIBOT>?"
    assert "bot_id" not in asked
    assert answered["bot_id"] == "B0KPI"
    assert (changed["subtype"], changed["message"]["text"]) == ("message_changed", "1,235")


async def test_only_events_of_the_manifest_are_sent(listening):
    async with listening(events="app_mention") as (playground, listener):
        room = (await playground.client.conversations_open(users="U0DANA"))["channel"]["id"]
        await playground.standin.say("hello", channel=room)
        await playground.standin.open_home()
        await playground.standin.say("hello @KPI")
        await playground.standin.outgoing.settle()
        assert [event["type"] for event in listener.events] == ["app_mention"]


async def test_revoked_token_is_told_and_refused_everywhere(listening):
    async with listening() as (playground, listener):
        playground.standin.revoke()
        await playground.standin.outgoing.settle()
        assert [event["type"] for event in listener.events] == ["tokens_revoked"]
        for call in (
            playground.client.auth_test(),
            playground.client.chat_postMessage(channel="C0GENERAL", text="x"),
        ):
            with pytest.raises(SlackApiError, match="token_revoked"):
                await call


async def test_channel_is_archived_and_the_bot_put_out_of_it(playground):
    client, standin = playground.client, playground.standin
    standin.archive("C0GENERAL")
    assert (await client.conversations_info(channel="C0GENERAL"))["channel"]["is_archived"]
    with pytest.raises(SlackApiError, match="is_archived"):
        await client.chat_postMessage(channel="C0GENERAL", text="x")
    standin.archive("C0GENERAL", False)
    standin.kick("C0GENERAL")
    assert not (await client.conversations_info(channel="C0GENERAL"))["channel"]["is_member"]
    with pytest.raises(SlackApiError, match="not_in_channel"):
        await client.chat_postMessage(channel="C0GENERAL", text="x")
    standin.invite("C0GENERAL")
    await client.chat_postMessage(channel="C0GENERAL", text="x")
    standin.kick("G0FINANCE")
    with pytest.raises(SlackApiError, match="channel_not_found"):
        await client.chat_postMessage(channel="G0FINANCE", text="x")


async def test_held_files_never_get_ready(playground):
    playground.standin.hold_files()
    file = (await playground.client.files_upload_v2(content=b"x", filename="a.png", title="a"))["file"]
    assert (await playground.client.files_info(file=file["id"]))["file"]["mimetype"] == ""
    playground.standin.hold_files(False)
    assert (await playground.client.files_info(file=file["id"]))["file"]["mimetype"] == "image/png"


async def test_people_have_zones_of_their_own(playground):
    lee = (await playground.client.users_info(user="U0LEE", include_locale=True))["user"]
    assert (lee["tz"], lee["tz_offset"] % 3600) == ("America/New_York", 0)
    assert lee["tz_offset"] < 0
