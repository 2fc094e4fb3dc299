"""The stand-in refuses what Slack refuses, in Slack's words, over plain HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.playground.block_rules import MESSAGE_CHARACTERS

AUTH = {"Authorization": "Bearer xoxb-playground"}
GENERAL = {"channel": "C0GENERAL", "text": "x"}


async def call(playground, method: str, body: dict[str, Any] | None = None, **request: Any) -> dict[str, Any]:
    request.setdefault("headers", AUTH)
    if body is not None:
        request["json"] = body
    async with playground.session.post(f"{playground.url}/api/{method}", **request) as answer:
        return await answer.json()


@pytest.mark.parametrize(
    ("method", "headers", "error"),
    [
        ("auth.test", {}, "not_authed"),
        ("auth.test", {"Authorization": "Bearer xoxb-other"}, "invalid_auth"),
        ("auth.test", {"Authorization": "Basic eDp5"}, "not_authed"),
        ("chat.shout", AUTH, "unknown_method"),
    ],
)
async def test_calls_without_a_right_token_or_name_are_refused(playground, method, headers, error):
    assert (await call(playground, method, headers=headers))["error"] == error


async def test_token_counts_in_a_form_but_not_in_json(playground):
    token = {"token": "xoxb-playground"}
    assert (await call(playground, "auth.test", headers={}, data=token))["ok"]
    assert (await call(playground, "auth.test", token, headers={}))["error"] == "not_authed"


async def test_missing_scope_says_what_is_needed(start):
    async with start(scopes="commands") as playground:
        answer = await call(playground, "chat.postMessage", GENERAL)
    assert (answer["error"], answer["needed"], answer["provided"]) == (
        "missing_scope",
        "chat:write",
        "commands",
    )


@pytest.mark.parametrize(
    ("body", "content_type", "error"),
    [
        (b"{", "application/json", "invalid_json"),
        (b"[]", "application/json", "json_not_object"),
        (b"x", "multipart/form-data; boundary=b", "invalid_post_type"),
        (
            b"channel=C0GENERAL&text=x&blocks=%7B",
            "application/x-www-form-urlencoded",
            "invalid_blocks_format",
        ),
        (
            b"channel=C0GENERAL&text=x&blocks=%7B%7D",
            "application/x-www-form-urlencoded",
            "invalid_blocks_format",
        ),
        (b"text=x", "application/x-www-form-urlencoded", "invalid_arguments"),
    ],
)
async def test_unreadable_bodies_are_refused(playground, body, content_type, error):
    headers = {**AUTH, "Content-Type": content_type}
    assert (await call(playground, "chat.postMessage", headers=headers, data=body))["error"] == error


async def test_form_carries_blocks_as_json(playground):
    form = {"channel": "C0GENERAL", "text": "x", "blocks": json.dumps([{"type": "divider"}])}
    assert (await call(playground, "chat.postMessage", data=form))["ok"]


async def test_form_only_method_does_not_see_json(playground):
    assert (await call(playground, "users.info", {"user": "U0DANA"}))["error"] == "invalid_arguments"
    assert (await call(playground, "users.info", data={"user": "U0DANA"}))["ok"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"channel": "general"}, "channel_not_found"),
        ({"channel": "#general"}, "channel_not_found"),
        ({"channel": "C0NONE"}, "channel_not_found"),
        ({"channel": "G0SECRET"}, "channel_not_found"),
        ({"channel": "C0NOBOT"}, "not_in_channel"),
        ({"channel": "C0OLD"}, "is_archived"),
        ({"text": ""}, "no_text"),
        ({"text": 5}, "invalid_arguments"),
        ({"thread_ts": "1.000000"}, "thread_not_found"),
        ({"attachments": [{"text": "x"}]}, "invalid_attachments"),
        ({"metadata": "{"}, "invalid_metadata_format"),
        ({"metadata": {"event_type": "x"}}, "invalid_metadata_schema"),
        ({"metadata": {"event_type": "", "event_payload": {}}}, "invalid_metadata_schema"),
        ({"metadata": {"event_type": "x", "event_payload": {"k": "y" * 8_000}}}, "metadata_too_large"),
    ],
)
async def test_post_is_refused(playground, change, error):
    assert (await call(playground, "chat.postMessage", {**GENERAL, **change}))["error"] == error
    assert playground.standin.messages("C0GENERAL") == []


@pytest.mark.parametrize(
    ("method", "body", "error"),
    [
        ("chat.update", {"channel": "C0GENERAL", "ts": "1.0", "text": "x"}, "message_not_found"),
        ("chat.delete", {"channel": "C0GENERAL", "ts": "1.0"}, "message_not_found"),
        ("chat.postEphemeral", {**GENERAL, "user": "U0NOBODY"}, "user_not_in_channel"),
        ("conversations.history", {"channel": "C0NOBOT"}, "not_in_channel"),
        ("conversations.history", {"channel": "C0GENERAL", "limit": 0}, "invalid_limit"),
        ("conversations.history", {"channel": "C0GENERAL", "cursor": "?"}, "invalid_cursor"),
        ("conversations.history", {"channel": "C0GENERAL", "oldest": "soon"}, "invalid_ts_oldest"),
        ("conversations.replies", {"channel": "C0GENERAL", "ts": "1.0"}, "thread_not_found"),
        ("conversations.open", {"users": "U0NOBODY"}, "user_not_found"),
        ("conversations.open", {}, "users_list_not_supplied"),
        ("files.completeUploadExternal", {"files": [{"id": "F0NONE"}]}, "file_not_found"),
        ("files.completeUploadExternal", {"files": []}, "invalid_arguments"),
        ("views.publish", {"user_id": "U0DANA", "view": {"type": "modal"}}, "invalid_arguments"),
        ("views.publish", {"user_id": "U0NOBODY", "view": {}}, "user_not_found"),
    ],
)
async def test_other_calls_are_refused(playground, method, body, error):
    assert (await call(playground, method, body))["error"] == error


async def test_replies_hang_on_the_parent_only(playground):
    root = await call(playground, "chat.postMessage", GENERAL)
    reply = await call(playground, "chat.postMessage", {**GENERAL, "thread_ts": root["ts"]})
    answer = await call(playground, "chat.postMessage", {**GENERAL, "thread_ts": reply["ts"]})
    assert answer["error"] == "cannot_reply_to_message"


async def test_only_own_messages_are_edited(playground):
    message = await playground.standin.say("hello", channel="C0GENERAL")
    spot = {"channel": "C0GENERAL", "ts": message["ts"]}
    assert (await call(playground, "chat.update", {**spot, "text": "x"}))["error"] == "cant_update_message"
    assert (await call(playground, "chat.delete", spot))["error"] == "cant_delete_message"


async def test_long_text_is_cut_when_posted_and_refused_when_edited(playground):
    posted = await call(playground, "chat.postMessage", {**GENERAL, "text": "x" * 50_000})
    assert len(posted["message"]["text"]) == 40_000
    edit = {"channel": "C0GENERAL", "ts": posted["ts"], "text": "x" * 4_001}
    assert (await call(playground, "chat.update", edit))["error"] == "msg_too_long"


async def test_blocks_over_the_total_are_refused(playground):
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2_640}}
    assert (await call(playground, "chat.postMessage", {**GENERAL, "blocks": [section] * 5}))["ok"]
    assert MESSAGE_CHARACTERS == 2_640 * 5
    more = [*[section] * 5, {"type": "section", "text": {"type": "mrkdwn", "text": "x"}}]
    assert (await call(playground, "chat.postMessage", {**GENERAL, "blocks": more}))[
        "error"
    ] == "msg_blocks_too_long"


async def test_upload_checks_its_length_and_takes_bytes_once(playground):
    url = (await playground.client.files_getUploadURLExternal(filename="a.png", length=3))["upload_url"]
    answers = []
    for content in (b"xx", b"xxx", b"xxx"):
        async with playground.session.post(url, data=content) as answer:
            answers.append((answer.status, answer.content_type, await answer.text()))
    assert [status for status, _, _ in answers] == [400, 200, 404]
    assert answers[1][1:] == ("text/plain", "OK - 3")


async def test_a_person_is_no_place_for_a_file(playground):
    url = await playground.client.files_getUploadURLExternal(filename="a.png", length=1)
    async with playground.session.post(url["upload_url"], data=b"x"):
        pass
    body = {"files": [{"id": url["file_id"]}], "channel_id": "U0DANA"}
    assert (await call(playground, "files.completeUploadExternal", body))["error"] == "channel_not_found"


async def uploaded(playground, name="a.pdf", content=b"x"):
    url = await playground.client.files_getUploadURLExternal(filename=name, length=len(content))
    async with playground.session.post(url["upload_url"], data=content):
        pass
    return url["file_id"]


async def test_a_file_goes_into_a_thread_that_is_there(playground):
    body = {"files": [{"id": await uploaded(playground)}], "channel_id": "C0GENERAL", "thread_ts": "1.0"}
    assert (await call(playground, "files.completeUploadExternal", body))["error"] == "thread_not_found"
    root = await call(playground, "chat.postMessage", GENERAL)
    assert (await call(playground, "files.completeUploadExternal", {**body, "thread_ts": root["ts"]}))["ok"]
    assert playground.standin.messages("C0GENERAL")[-1]["thread_ts"] == root["ts"]


async def test_an_upload_is_completed_once(playground):
    body = {"files": [{"id": await uploaded(playground)}], "channel_id": "C0GENERAL"}
    assert (await call(playground, "files.completeUploadExternal", body))["ok"]
    assert (await call(playground, "files.completeUploadExternal", body))["error"] == "file_update_failed"
    assert len(playground.standin.messages("C0GENERAL")) == 1


async def test_a_share_refused_for_its_pace_can_be_made_later(playground):
    body = {"files": [{"id": await uploaded(playground)}], "channel_id": "C0GENERAL"}
    playground.standin.world.pacing._buckets["C0GENERAL"] = (0.0, playground.standin.world.now())
    assert (await call(playground, "files.completeUploadExternal", body))["error"] == "ratelimited"
    playground.standin.world.pacing._buckets.clear()
    assert (await call(playground, "files.completeUploadExternal", body))["ok"]
