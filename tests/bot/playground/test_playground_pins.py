"""Pins on the stand-in: what Slack takes, what it refuses and in which words, and what the page shows."""

from __future__ import annotations

import pytest
from slack_sdk.errors import SlackApiError


async def posted(playground, channel="C0GENERAL"):
    return (await playground.client.chat_postMessage(channel=channel, text="Board."))["ts"]


async def test_a_pinned_message_says_so_and_is_listed(playground):
    first, second = await posted(playground), await posted(playground)
    for ts in (first, second):
        assert (await playground.client.pins_add(channel="C0GENERAL", timestamp=ts))["ok"]
    items = (await playground.client.pins_list(channel="C0GENERAL"))["items"]
    assert {one["message"]["ts"] for one in items} == {first, second}
    assert {(one["type"], one["created_by"]) for one in items} == {("message", "U0KPIBOT")}
    history = (await playground.client.conversations_history(channel="C0GENERAL"))["messages"]
    assert all(one["pinned_to"] == ["C0GENERAL"] for one in history)


async def test_an_edit_keeps_the_pin_and_a_deletion_takes_it(playground):
    ts = await posted(playground)
    await playground.client.pins_add(channel="C0GENERAL", timestamp=ts)
    await playground.client.chat_update(channel="C0GENERAL", ts=ts, text="New.")
    assert len((await playground.client.pins_list(channel="C0GENERAL"))["items"]) == 1
    await playground.client.chat_postMessage(channel="C0GENERAL", text="In its thread.", thread_ts=ts)
    await playground.client.chat_delete(channel="C0GENERAL", ts=ts)
    assert (await playground.client.pins_list(channel="C0GENERAL"))["items"] == []
    with pytest.raises(SlackApiError, match="not_pinnable"):
        await playground.client.pins_add(channel="C0GENERAL", timestamp=ts)


@pytest.mark.parametrize(
    ("channel", "timestamp", "error"),
    [
        ("C0GENERAL", "", "no_item_specified"),
        ("C0GENERAL", "yesterday", "bad_timestamp"),
        ("C0GENERAL", "1700000000.000001", "message_not_found"),
        ("C0NOWHERE", "1700000000.000001", "channel_not_found"),
    ],
)
async def test_what_slack_refuses_is_refused(playground, channel, timestamp, error):
    with pytest.raises(SlackApiError, match=error):
        await playground.client.pins_add(channel=channel, timestamp=timestamp)


async def test_a_second_pin_is_refused(playground):
    ts = await posted(playground)
    await playground.client.pins_add(channel="C0GENERAL", timestamp=ts)
    with pytest.raises(SlackApiError, match="already_pinned"):
        await playground.client.pins_add(channel="C0GENERAL", timestamp=ts)


async def test_it_takes_its_scope(start):
    async with start(scopes="chat:write channels:read") as playground:
        ts = await posted(playground)
        with pytest.raises(SlackApiError) as refused:
            await playground.client.pins_add(channel="C0GENERAL", timestamp=ts)
    assert refused.value.response["error"] == "missing_scope"
    assert refused.value.response["needed"] == "pins:write"
