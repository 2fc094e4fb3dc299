"""Slack's own client against the stand-in: the flows of a bot's day."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import faults
from bot.playground.config import Limits

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
KEY = {"event_type": "kpi_report", "event_payload": {"key": "daily/2026-11-23"}}


async def test_auth_test_names_the_bot_and_its_scopes(playground):
    answer = await playground.client.auth_test()
    assert answer["user_id"] == "U0KPIBOT"
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


async def test_post_update_and_delete(playground):
    client = playground.client
    posted = await client.chat_postMessage(channel="C0GENERAL", text="one", blocks=[{"type": "divider"}])
    await client.chat_update(channel="C0GENERAL", ts=posted["ts"], text="two")
    (message,) = playground.standin.messages("C0GENERAL")
    assert message["text"] == "two"
    assert "blocks" not in message
    assert message["edited"]["user"] == "U0KPIBOT"
    await client.chat_delete(channel="C0GENERAL", ts=posted["ts"])
    assert playground.standin.messages("C0GENERAL") == []


async def test_update_keeps_metadata_unless_it_is_sent_empty(playground):
    client = playground.client
    posted = await client.chat_postMessage(channel="C0GENERAL", text="one", metadata=KEY)
    await client.chat_update(channel="C0GENERAL", ts=posted["ts"], text="two")
    assert playground.standin.messages("C0GENERAL")[0]["metadata"] == KEY
    await client.chat_update(channel="C0GENERAL", ts=posted["ts"], text="three", metadata={})
    assert "metadata" not in playground.standin.messages("C0GENERAL")[0]


async def test_history_gives_metadata_payloads_only_when_asked(playground):
    client = playground.client
    await client.chat_postMessage(channel="C0GENERAL", text="report", metadata=KEY)
    plain = await client.conversations_history(channel="C0GENERAL")
    full = await client.conversations_history(channel="C0GENERAL", include_all_metadata=True)
    assert plain["messages"][0]["metadata"] == {"event_type": "kpi_report"}
    assert full["messages"][0]["metadata"] == KEY
    assert full["messages"][0]["app_id"] == "A0KPI"


async def test_history_pages_newest_first_and_starts_after_oldest(playground):
    client = playground.client
    stamps = [(await client.chat_postMessage(channel="C0GENERAL", text=str(n)))["ts"] for n in range(5)]
    assert stamps == sorted(set(stamps))
    seen = []
    async for page in await client.conversations_history(channel="C0GENERAL", oldest=stamps[0], limit=2):
        seen.append([message["text"] for message in page["messages"]])
    assert seen == [["4", "3"], ["2", "1"]]


async def test_threads_stay_out_of_history_and_are_counted(playground):
    client = playground.client
    root = await client.chat_postMessage(channel="C0GENERAL", text="root")
    await client.chat_postMessage(channel="C0GENERAL", text="reply", thread_ts=root["ts"])
    history = await client.conversations_history(channel="C0GENERAL")
    replies = await client.conversations_replies(channel="C0GENERAL", ts=root["ts"])
    assert [message["text"] for message in history["messages"]] == ["root"]
    assert history["messages"][0]["reply_count"] == 1
    assert [message["text"] for message in replies["messages"]] == ["root", "reply"]


async def test_deleted_parent_leaves_its_thread(playground):
    client = playground.client
    root = await client.chat_postMessage(channel="C0GENERAL", text="root")
    await client.chat_postMessage(channel="C0GENERAL", text="reply", thread_ts=root["ts"])
    await client.chat_delete(channel="C0GENERAL", ts=root["ts"])
    messages = playground.standin.messages("C0GENERAL")
    assert [message.get("subtype") for message in messages] == ["tombstone", None]


async def test_ephemeral_is_in_nobodys_history(playground):
    await playground.client.chat_postEphemeral(channel="C0GENERAL", user="U0DANA", text="psst")
    history = await playground.client.conversations_history(channel="C0GENERAL")
    assert history["messages"] == []
    assert [whisper["for"] for whisper in playground.standin.whispers("C0GENERAL")] == ["U0DANA"]


async def test_direct_message_opens_once_and_takes_posts(playground):
    client = playground.client
    first = await client.conversations_open(users="U0LEE")
    again = await client.conversations_open(users=["U0LEE"])
    assert first["channel"]["id"] == again["channel"]["id"]
    posted = await client.chat_postMessage(channel="U0LEE", text="hello")
    assert posted["channel"] == first["channel"]["id"]


async def test_people_and_members(playground):
    client = playground.client
    lee = await client.users_info(user="U0LEE", include_locale=True)
    assert (lee["user"]["tz"], lee["user"]["locale"]) == ("America/New_York", "en-US")
    members = await client.conversations_members(channel="C0GENERAL")
    assert members["members"] == ["U0DANA", "U0LEE", "U0KPIBOT"]
    listed = await client.conversations_list(types="public_channel,private_channel", exclude_archived=True)
    assert [channel["name"] for channel in listed["channels"]] == ["general", "no-bot", "finance"]


async def test_upload_in_one_call_shares_the_file(playground):
    answer = await playground.client.files_upload_v2(
        content=PNG, filename="chart.png", title="Stars", alt_txt="Stars rise", channel="C0GENERAL"
    )
    (message,) = playground.standin.messages("C0GENERAL")
    assert message["files"][0]["id"] == answer["file"]["id"]
    assert message["files"][0]["mimetype"] == "image/png"


async def test_file_is_usable_only_once_it_is_ready(start):
    clock = [1_000_000_000.0]
    async with start(limits=Limits(file_ready_seconds=2), now=lambda: clock[0]) as playground:
        client = playground.client
        uploaded = await client.files_upload_v2(content=PNG, filename="chart.png", title="Stars")
        file_id = uploaded["file"]["id"]
        image = {"type": "image", "alt_text": "Stars rise", "slack_file": {"id": file_id}}
        assert (await client.files_info(file=file_id))["file"]["mimetype"] == ""
        with pytest.raises(SlackApiError, match="invalid_blocks") as refused:
            await client.chat_postMessage(channel="C0GENERAL", text="chart", blocks=[image])
        messages = refused.value.response["response_metadata"]["messages"]
        assert messages == ["[ERROR] invalid slack file [json-pointer:/blocks/0/slack_file]"]
        clock[0] += 2
        assert (await client.files_info(file=file_id))["file"]["mimetype"] == "image/png"
        await client.chat_postMessage(channel="C0GENERAL", text="chart", blocks=[image])


async def test_home_tab_is_published_with_a_new_hash(playground):
    view = {"type": "home", "blocks": [{"type": "divider"}]}
    first = await playground.client.views_publish(user_id="U0DANA", view=view)
    second = await playground.client.views_publish(user_id="U0DANA", view=view, hash=first["view"]["hash"])
    assert second["view"]["hash"] != first["view"]["hash"]
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await playground.client.views_publish(user_id="U0DANA", view=view, hash=first["view"]["hash"])


async def test_default_retry_sends_a_dropped_post_twice(playground):
    """Why the bot posts without connection retries: the first attempt was taken."""
    playground.standin.inject("chat.postMessage", faults.dropped())
    handlers = [AsyncConnectionErrorRetryHandler()]
    client = AsyncWebClient(
        playground.client.token, base_url=playground.client.base_url, retry_handlers=handlers
    )
    await client.chat_postMessage(channel="C0GENERAL", text="once?")
    assert [message["text"] for message in playground.standin.messages("C0GENERAL")] == ["once?", "once?"]
