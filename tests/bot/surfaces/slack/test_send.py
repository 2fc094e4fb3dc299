"""Posts and receipts on the stand-in: sent once, found again, never silent."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.playground.config import Limits
from bot.playground.faults import Fault, dropped, rate_limited, refused, server_error
from bot.reply import Reply, Table, line
from bot.surfaces.base import OutcomeUnknown, Post, Undelivered
from tests.bot.surfaces.samples import CHART, DAILY, STANDING
from tests.bot.surfaces.slack.conftest import CHANNEL, Bench, MakeBench

POST = Post("daily:C0GENERAL:2026-11-23", CHANNEL, DAILY)
PLAIN = Post("plain", CHANNEL, Reply("Signups 412, -18 %."))


def long_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


async def test_a_post_has_its_receipt_its_key_and_its_thread(bench: Bench) -> None:
    receipt = await bench.surface.send(POST)
    root, *thread = bench.standin.messages(CHANNEL)
    assert (receipt.channel, receipt.message, receipt.notes) == (CHANNEL, root["ts"], ())
    assert abs(receipt.at - datetime.now(UTC)) < timedelta(seconds=5)
    payload = {"key": POST.key, "part": 0, "parts": 3}
    assert root["metadata"] == {"event_type": "kpi_post", "event_payload": payload}
    assert [part["thread_ts"] for part in thread] == [root["ts"]] * 2
    assert [part["metadata"]["event_payload"]["part"] for part in thread] == [1, 2]
    assert thread[1]["blocks"][0]["slack_file"]["id"]


async def test_nothing_in_a_post_unfurls_or_is_parsed(bench: Bench) -> None:
    wire = bench.surface._wire
    assert wire is not None
    seen: list[dict[str, object]] = []
    call = wire.api.call

    async def watched(method: str, arguments: dict[str, object], **how: bool) -> dict[str, object]:
        seen.append(arguments)
        return await call(method, arguments, **how)

    wire.api.call = watched  # type: ignore[method-assign,assignment]
    await bench.surface.send(PLAIN)
    (sent,) = seen
    assert (sent["unfurl_links"], sent["unfurl_media"], sent["parse"]) == (False, False, "none")
    assert "link_names" not in sent


async def test_a_dropped_connection_is_never_answered_by_a_second_post(bench: Bench) -> None:
    """Trap 2: the SDK's default would send the message again."""
    bench.standin.inject("chat.postMessage", dropped(is_taken=True))
    with pytest.raises(OutcomeUnknown):
        await bench.surface.send(PLAIN)
    assert len(bench.standin.messages(CHANNEL)) == 1
    found = await bench.surface.find(PLAIN, long_ago())
    assert found is not None
    assert found.message == bench.standin.messages(CHANNEL)[0]["ts"]


@pytest.mark.parametrize(
    "fault",
    [
        server_error(500, is_taken=True),
        server_error(503),
        refused("fatal_error"),
        dropped(is_taken=False),
        Fault(status=502),
    ],
)
async def test_a_post_without_a_clear_answer_is_of_unknown_outcome(bench: Bench, fault: Fault) -> None:
    bench.standin.inject("chat.postMessage", fault)
    with pytest.raises(OutcomeUnknown):
        await bench.surface.send(PLAIN)
    assert bench.standin.calls.count("chat.postMessage") == 1


async def test_a_short_pause_that_slack_asks_for_is_waited_out(bench: Bench) -> None:
    """Trap 3: the SDK does not do this by default."""
    bench.standin.inject("chat.postMessage", rate_limited(2))
    await bench.surface.send(PLAIN)
    assert len(bench.standin.messages(CHANNEL)) == 1
    assert [2 <= pause <= 3 for pause in bench.slept] == [True]


async def test_a_long_pause_goes_back_with_its_length(bench: Bench) -> None:
    bench.standin.inject("chat.postMessage", rate_limited(120))
    with pytest.raises(Undelivered) as raised:
        await bench.surface.send(PLAIN)
    assert raised.value.retry_after == 120
    assert not raised.value.is_permanent
    assert bench.slept == []


@pytest.mark.parametrize(
    ("error", "hint", "is_permanent"),
    [
        ("not_in_channel", "/invite @KPI", True),
        ("channel_not_found", "kpi.yaml", True),
        ("is_archived", "Unarchive", True),
        ("token_revoked", "Reinstall the app", True),
        ("account_inactive", "SLACK_BOT_TOKEN", True),
        ("restricted_action_read_only_channel", "ask an admin", True),
        ("msg_too_long", "Shorten", True),
        ("metadata_too_large", "Shorten", True),
        ("service_unavailable", "", False),
        ("request_timeout", "", False),
    ],
)
async def test_a_refusal_says_what_to_do(bench: Bench, error: str, hint: str, is_permanent: bool) -> None:
    bench.standin.inject("chat.postMessage", refused(error))
    with pytest.raises(Undelivered, match=error) as raised:
        await bench.surface.send(PLAIN)
    assert hint in raised.value.hint
    assert raised.value.is_permanent is is_permanent
    assert CHANNEL in raised.value.message


@pytest.mark.parametrize(("channel", "error"), [("C0OTHER", "not_in_channel"), ("C0OLD", "is_archived")])
async def test_the_stand_in_refuses_as_slack_does(bench: Bench, channel: str, error: str) -> None:
    with pytest.raises(Undelivered, match=error):
        await bench.surface.send(replace(PLAIN, channel=channel))


async def test_a_missing_scope_is_named(make_bench: MakeBench) -> None:
    bench = await make_bench()
    object.__setattr__(bench.standin.config, "scopes", "commands channels:history")
    with pytest.raises(Undelivered) as raised:
        await bench.surface.send(PLAIN)
    assert "chat:write" in raised.value.hint
    assert "reinstall the app" in raised.value.hint


async def test_a_refused_layout_is_sent_in_plain_words(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.standin.inject("chat.postMessage", refused("msg_blocks_too_long"))
    receipt = await bench.surface.send(
        Post("k", CHANNEL, Reply("Plain.", (line("a"), Table(("x",), (("1",),)))))
    )
    (message,) = bench.standin.messages(CHANNEL)
    assert {block["type"] for block in message["blocks"]} == {"section"}
    assert "Slack refused it (msg_blocks_too_long)" in receipt.notes[0]
    assert "layout refused" in caplog.text


async def test_the_spot_of_a_refused_layout_is_logged(
    bench: Bench, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [
        {
            "text": "Broken.",
            "blocks": [{"type": "nonsense"}, {"type": "header", "text": {"type": "plain_text", "text": "x"}}],
        }
    ]
    monkeypatch.setattr("bot.surfaces.slack.compose.render", lambda *_: broken)
    receipt = await bench.surface.send(PLAIN)
    assert "/blocks/0" in caplog.text
    assert "/blocks/0" in receipt.notes[0]
    assert bench.standin.messages(CHANNEL)[0]["blocks"][0]["text"]["text"] == "x"


async def test_blocks_that_the_sdk_does_not_know_are_sent_as_they_are(bench: Bench) -> None:
    """Trap 8: slack_sdk's models turn unknown blocks into nothing."""
    await bench.surface.send(Post("k", CHANNEL, Reply("Table.", (Table(("x", "y"), (("1", "2"),)),))))
    assert [block["type"] for block in bench.standin.messages(CHANNEL)[0]["blocks"]] == ["table"]


async def test_a_chart_waits_until_slack_can_show_it(make_bench: MakeBench) -> None:
    bench = await make_bench(limits=Limits(posts_per_second=1_000.0, file_ready_seconds=3))
    receipt = await bench.surface.send(Post("k", CHANNEL, Reply("Chart.", (CHART,))))
    assert receipt.notes == ()
    assert bench.slept == [0.5, 1.0, 2.0]
    assert bench.standin.messages(CHANNEL)[0]["blocks"][0]["type"] == "image"


async def test_a_chart_that_never_gets_ready_becomes_words_after_half_a_minute(make_bench: MakeBench) -> None:
    bench = await make_bench(limits=Limits(posts_per_second=1_000.0, file_ready_seconds=3_600))
    receipt = await bench.surface.send(Post("k", CHANNEL, Reply("Chart.", (CHART,))))
    assert bench.slept == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]
    assert "not ready" in receipt.notes[0]
    text = json.dumps(bench.standin.messages(CHANNEL), ensure_ascii=False)
    assert CHART.alt in text
    assert "could not be shown" in text


@pytest.mark.parametrize(
    "method", ["files.getUploadURLExternal", "files.completeUploadExternal", "files.info"]
)
async def test_a_failed_upload_never_silences_the_words(bench: Bench, method: str) -> None:
    bench.standin.inject(method, server_error(500), times=3)
    receipt = await bench.surface.send(Post("k", CHANNEL, STANDING))
    assert "could not be uploaded" in receipt.notes[0]
    assert CHART.alt in json.dumps(bench.standin.messages(CHANNEL), ensure_ascii=False)


async def test_an_upload_that_arrived_although_it_timed_out_is_used(bench: Bench) -> None:
    bench.standin.inject("upload", Fault(status=408, is_taken=True, error="stream timeout"))
    receipt = await bench.surface.send(Post("k", CHANNEL, Reply("Chart.", (CHART,))))
    assert receipt.notes == ()
    assert bench.standin.messages(CHANNEL)[0]["blocks"][0]["type"] == "image"


async def test_an_unreachable_slack_is_not_an_unknown_outcome(make_bench: MakeBench) -> None:
    bench = await make_bench()
    wire = bench.surface._wire
    assert wire is not None
    for client in (wire.api.client, wire.api._impatient):
        client.base_url = "http://127.0.0.1:9/api/"
    with pytest.raises(Undelivered, match="could not be reached") as raised:
        await bench.surface.send(PLAIN)
    assert not raised.value.is_permanent
