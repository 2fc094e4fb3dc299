"""The page's own API: what it tells, what it does, and whom it refuses."""

from __future__ import annotations

import asyncio
import hashlib
import json
from urllib.parse import quote

import pytest

from bot.playground.page_api import STATIC

BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Why"}, "action_id": "why"}
MENU = {
    "type": "overflow",
    "action_id": "snooze",
    "options": [{"text": {"type": "plain_text", "text": "1 hour"}, "value": "1h"}],
}


async def get(playground, path, **headers):
    async with playground.session.get(playground.url + path, headers=headers) as answer:
        return answer.status, answer.headers, await answer.read()


async def post(playground, path, body, **headers):
    headers = {"Origin": playground.url, **headers}
    async with playground.session.post(playground.url + path, json=body, headers=headers) as answer:
        text = await answer.text()
        return answer.status, json.loads(text) if answer.content_type == "application/json" else text


async def test_state_shows_messages_without_their_metadata(playground):
    metadata = {"event_type": "kpi_report", "event_payload": {"key": "x"}}
    await playground.client.chat_postMessage(channel="C0GENERAL", text="report", metadata=metadata)
    await playground.client.chat_postEphemeral(channel="C0GENERAL", user="U0DANA", text="psst")
    state = json.loads((await get(playground, "/playground/state"))[2])
    general = state["rooms"][0]
    assert [(message["text"], message.get("is_ephemeral", False)) for message in general["messages"]] == [
        ("report", False),
        ("psst", True),
    ]
    assert "metadata" not in general["messages"][0]
    assert (state["person"], state["command"]) == ("U0DANA", "/kpi")


async def test_stream_tells_changes_in_order_and_ends_on_close(playground):
    async with playground.session.get(f"{playground.url}/playground/events") as stream:
        assert stream.content_type == "text/event-stream"
        await stream.content.readuntil(b"\n\n")
        posted = await playground.client.chat_postMessage(channel="C0GENERAL", text="one")
        await playground.client.chat_delete(channel="C0GENERAL", ts=posted["ts"])
        events = [await stream.content.readuntil(b"\n\n") for _ in range(2)]
        await playground.standin.close()
        assert await stream.content.read() == b""
    told = [json.loads(event.split(b"data: ")[1]) for event in events]
    assert [(event["kind"], event["number"]) for event in told] == [("message", 1), ("removed", 2)]


async def test_reader_that_falls_behind_is_let_go(playground, monkeypatch):
    monkeypatch.setattr("bot.playground.feed.BACKLOG", 2)
    feed = playground.standin.world.feed
    reader = feed.subscribe()
    for _ in range(3):
        feed.tell("room", {})
    assert [bool(reader.get_nowait()) for _ in range(3)] == [True, True, False]


async def test_completions_come_from_the_bot(playground):
    _, _, body = await get(playground, "/playground/complete?text=ga")
    assert json.loads(body) == [{"text": "gate phase1", "summary": "what phase 2 needs"}]


async def test_command_is_sent_and_kept_on_the_page(conversation):
    assert await post(conversation, "/playground/send", {"room": "C0GENERAL", "text": "/kpi ack"}) == (
        200,
        {"ok": True, "error": "", "detail": ""},
    )
    said = [
        (whisper["text"], whisper.get("is_echo", False))
        for whisper in conversation.standin.whispers("C0GENERAL")
    ]
    assert said == [("/kpi ack", True), ("acknowledged with text", False)]


@pytest.mark.parametrize(
    ("text", "in_thread", "words"),
    [
        ("/other x", False, "/other is not a valid command"),
        ("/kpi stars", True, "/kpi is not supported in threads"),
    ],
)
async def test_slackbot_answers_what_slack_would_not_send(playground, text, in_thread, words):
    posted = await playground.client.chat_postMessage(channel="C0GENERAL", text="root")
    body = {"room": "C0GENERAL", "text": text, "thread_ts": posted["ts"] if in_thread else None}
    await post(playground, "/playground/send", body)
    (whisper,) = playground.standin.whispers("C0GENERAL")
    assert whisper["text"].startswith(words)


@pytest.mark.parametrize(
    "body",
    [
        {"room": "C0NONE", "text": "x"},
        {"room": "C0GENERAL", "text": " "},
        {"room": "C0GENERAL", "text": "x" * 12_001},
        {"room": "C0GENERAL", "text": "x", "thread_ts": "1.0"},
        {"room": "C0OLD", "text": "x"},
        [],
    ],
)
async def test_impossible_lines_are_refused_with_a_reason(playground, body):
    status, answer = await post(playground, "/playground/send", body)
    assert (status, answer["error"]) == (400, "refused")
    assert answer["detail"].endswith(".")


async def test_click_finds_its_button_or_says_it_is_gone(playground):
    blocks = [{"type": "actions", "block_id": "b", "elements": [BUTTON, MENU]}]
    posted = await playground.client.chat_postMessage(channel="C0GENERAL", text="x", blocks=blocks)
    spot = {"room": "C0GENERAL", "ts": posted["ts"], "block_id": "b"}
    for wrong in ({"action_id": "gone"}, {"action_id": "snooze"}, {"action_id": "snooze", "option": "2h"}):
        assert (await post(playground, "/playground/click", {**spot, **wrong}))[0] == 400
    for right in ({"action_id": "why"}, {"action_id": "snooze", "option": "1h"}):
        _, answer = await post(playground, "/playground/click", {**spot, **right})
        assert answer["error"] == "dispatch_failed"  # nobody listens; it was sent


async def test_pictures_are_shown_and_other_files_only_saved(playground):
    deck = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    for name, kind in (
        ("a.png", "image/png"),
        ("a.html", "application/octet-stream"),
        ("a.pdf", "application/pdf"),
        ("a.csv", "text/csv; charset=utf-8"),
        ('a "b".pptx', deck),
    ):
        file = (await playground.client.files_upload_v2(content=b"<b>", filename=name, title="x"))["file"]
        status, headers, body = await get(playground, f"/playground/files/{file['id']}")
        assert (status, headers["Content-Type"], body) == (200, kind, b"<b>")
        saved = "" if name == "a.png" else f"attachment; filename*=UTF-8''{quote(name)}"
        assert headers.get("Content-Disposition", "") == saved
        assert headers["X-Content-Type-Options"] == "nosniff"


async def test_page_is_whole_and_loads_nothing_from_elsewhere(playground):
    status, headers, body = await get(playground, "/")
    assert status == 200
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert b"KPI playground" in body
    assert b"//" not in body.replace(b"http://www.w3.org/2000/svg", b"")
    for name in ("page.js", "page.css", "licenses.md"):
        assert (await get(playground, f"/playground/static/{name}"))[0] == 200
    assert (await get(playground, "/playground/static/..%2fguard.py"))[0] == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.test"},
        {"Host": "127.0.0.1.evil.test:80"},
        {"Origin": "http://evil.test"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["/", "/playground/state", "/playground/events", "/playground/files/F0"])
async def test_other_sites_are_refused(playground, path, headers):
    assert (await get(playground, path, **headers))[0] == 403


async def test_post_needs_the_pages_own_origin_and_json(playground):
    body = {"room": "C0GENERAL", "text": "x"}
    url = f"{playground.url}/playground/send"
    for headers in ({}, {"Origin": "http://127.0.0.1:1"}):
        async with playground.session.post(url, json=body, headers=headers) as answer:
            assert answer.status == 403
    async with playground.session.post(
        url, data=json.dumps(body), headers={"Origin": playground.url}
    ) as answer:
        assert answer.status == 403
    assert playground.standin.messages("C0GENERAL") == []


async def test_many_pages_listen_at_once(playground):
    streams = [await playground.session.get(f"{playground.url}/playground/events") for _ in range(5)]
    for stream in streams:
        await stream.content.readuntil(b"\n\n")
    await playground.client.chat_postMessage(channel="C0GENERAL", text="one")
    told = await asyncio.gather(*(stream.content.readuntil(b"\n\n") for stream in streams))
    assert len(set(told)) == 1
    for stream in streams:
        stream.close()


def test_built_page_is_of_these_sources():
    """Fails when the page's sources changed and nobody ran `npm run build` in bot/playground/page."""
    page = STATIC.parent / "page"
    sources = [f"src/{path.name}" for path in (page / "src").iterdir()]
    digest = hashlib.sha256()
    for name in sorted([*sources, "index.html", "package-lock.json", "vite.config.ts"]):
        digest.update(f"{name}\0".encode() + (page / name).read_bytes())
    assert (STATIC / "source.sha256").read_text().strip() == digest.hexdigest()


def test_lock_file_names_no_registry():
    assert '"resolved"' not in (STATIC.parent / "page" / "package-lock.json").read_text()
