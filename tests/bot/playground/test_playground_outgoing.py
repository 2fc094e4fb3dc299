"""What the stand-in sends to a bot: signed commands, clicks and events, and how it takes the answers."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from slack_sdk.signature import SignatureVerifier
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.playground.config import Limits
from bot.playground.outgoing import escape, sign
from tests.bot.playground.serving import SECRET, Playground, address, bolt_routes, echo_app, listen, served

NEVER = Limits(ack_seconds=0.05, event_retry_seconds=(0.0, 0.0))


def texts(playground: Playground, channel: str = "C0GENERAL") -> list[str]:
    return [whisper["text"] for whisper in playground.standin.whispers(channel)]


async def post(playground: Playground, url: str, payload: Any) -> tuple[int, str]:
    async with playground.session.post(url, json=payload) as answer:
        return answer.status, await answer.text()


async def test_command_has_slacks_fields_and_a_valid_signature(listening):
    async with listening() as (playground, listener):
        await playground.standin.slash("stars & <b> @lee #general #finance https://a.test", user="U0DANA")
        ((headers, body),) = listener.requests
    assert SignatureVerifier(SECRET).is_valid_request(body, headers)
    assert not SignatureVerifier("other").is_valid_request(body, headers)
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    url = form.pop("response_url")
    assert url.startswith(f"{playground.url}/response/")
    assert form.pop("trigger_id").count(".") == 2
    assert form == {
        "token": "unused",
        "team_id": "T0STANDIN",
        "team_domain": "playground",
        "channel_id": "C0GENERAL",
        "channel_name": "general",
        "user_id": "U0DANA",
        "user_name": "dana",
        "command": "/kpi",
        "text": "stars &amp; &lt;b&gt; <@U0LEE> <#C0GENERAL|general> <#G0FINANCE|> <https://a.test>",
        "api_app_id": "A0KPI",
        "is_enterprise_install": "false",
    }


def test_signature_is_the_documented_example():
    """The example of docs.slack.dev/authentication/verifying-requests-from-slack."""
    body = (
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    signature = sign("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body.encode())
    assert signature == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


async def test_text_is_left_alone_without_should_escape(listening):
    async with listening(should_escape=False) as (playground, listener):
        await playground.standin.slash("@lee <x>")
        assert dict(parse_qsl(listener.requests[0][1].decode()))["text"] == "@lee <x>"


async def test_words_that_name_nobody_stay(playground):
    assert escape(playground.standin.world, "mail a@lee.test, @nobody, #4") == "mail a@lee.test, @nobody, #4"


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (lambda: PlainTextResponse("hello"), ["hello"]),
        (lambda: JSONResponse({"text": "hello", "response_type": "ephemeral"}), ["hello"]),
        (lambda: Response(), []),
        (lambda: PlainTextResponse("12"), ["12"]),
    ],
)
async def test_acknowledgement_may_be_the_answer(listening, answer, shown):
    async with listening(answer) as (playground, _):
        outcome = await playground.standin.slash("x")
        assert (outcome.error, texts(playground)) == ("", shown)


async def test_public_acknowledgement_shows_the_command_too(listening):
    async with listening(lambda: JSONResponse({"text": "35 of 44", "response_type": "in_channel"})) as (
        playground,
        _,
    ):
        await playground.standin.slash("gate phase1")
        said = [(message["user"], message["text"]) for message in playground.standin.messages("C0GENERAL")]
    assert said == [("U0DANA", "/kpi gate phase1"), ("U0KPIBOT", "35 of 44")]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda: Response(status_code=404), "dispatch_failed"),
        (lambda: JSONResponse({"text": "x", "blocks": [{"type": "alert"}]}), "invalid_blocks"),
    ],
)
async def test_failed_command_tells_the_person(listening, answer, error):
    async with listening(answer) as (playground, _):
        assert (await playground.standin.slash("x")).error == error
        assert texts(playground)[0].startswith(f'/kpi failed with the error "{error}"')


async def test_late_acknowledgement_is_an_operation_timeout(start):
    taken = listen()
    async with start(events_url=f"{address(taken)}/slack/events", limits=NEVER) as playground:
        bot = bolt_routes(echo_app(playground.client, ack_delay=0.08))
        async with served(bot, taken):
            assert (await playground.standin.slash("stars")).error == "operation_timeout"
            assert texts(playground) == [
                '/kpi failed with the error "operation_timeout" (no answer within 0.05 s)'
            ]
            await playground.until(lambda: len(texts(playground)) == 2)  # the listener ran on, and answered


async def test_silent_port_is_a_failed_dispatch(playground):
    assert (await playground.standin.slash("x")).error == "dispatch_failed"


async def test_response_url_takes_five_posts(listening):
    async with listening() as (playground, listener):
        await playground.standin.slash("x")
        url = dict(parse_qsl(listener.requests[0][1].decode()))["response_url"]
        answers = [await post(playground, url, {"text": str(n)}) for n in range(6)]
        assert answers == [(200, "ok")] * 5 + [(404, "used_url")]
        assert texts(playground) == ["0", "1", "2", "3", "4"]


async def test_response_url_ends_after_half_an_hour(listening):
    clock = [1_000_000_000.0]
    async with listening(now=lambda: clock[0]) as (playground, listener):
        await playground.standin.slash("x")
        url = dict(parse_qsl(listener.requests[0][1].decode()))["response_url"]
        clock[0] += 30 * 60
        assert await post(playground, url, {"text": "x"}) == (200, "ok")
        clock[0] += 1
        assert await post(playground, url, {"text": "x"}) == (404, "expired_url")


@pytest.mark.parametrize(
    ("payload", "answer"),
    [
        ({}, (400, "no_text")),
        ([], (400, "invalid_payload")),
        ({"text": "x", "blocks": [{"type": "alert"}]}, (400, "invalid_blocks")),
        ({"text": "x", "replace_original": True}, (404, "message_not_found")),
    ],
)
async def test_response_url_refuses(listening, payload, answer):
    async with listening() as (playground, listener):
        await playground.standin.slash("x")
        url = dict(parse_qsl(listener.requests[0][1].decode()))["response_url"]
        assert await post(playground, url, payload) == answer


async def test_response_url_works_where_the_bot_is_not(listening):
    async with listening() as (playground, listener):
        await playground.standin.slash("x", channel="C0NOBOT")
        url = dict(parse_qsl(listener.requests[0][1].decode()))["response_url"]
        await post(playground, url, {"text": "first"})
        await post(playground, url, {"text": "second", "replace_original": True})
        assert texts(playground, "C0NOBOT") == ["second"]
        await post(playground, url, {"delete_original": True})
        assert texts(playground, "C0NOBOT") == []


async def test_click_names_the_button_and_its_message(listening):
    async with listening() as (playground, listener):
        button = {"type": "button", "text": {"type": "plain_text", "text": "Why"}, "value": "why stars"}
        blocks = [{"type": "actions", "elements": [button]}]
        posted = await playground.client.chat_postMessage(channel="C0GENERAL", text="Stars", blocks=blocks)
        await playground.standin.click("Why", user="U0LEE")
        ((headers, body),) = listener.requests
    assert SignatureVerifier(SECRET).is_valid_request(body, headers)
    payload = json.loads(dict(parse_qsl(body.decode()))["payload"])
    assert (payload["type"], payload["user"]["id"], payload["channel"]["id"]) == (
        "block_actions",
        "U0LEE",
        "C0GENERAL",
    )
    assert payload["container"]["message_ts"] == payload["message"]["ts"] == posted["ts"]
    (pressed,) = payload["actions"]
    assert pressed["value"] == "why stars"
    assert pressed["action_id"]
    assert pressed["block_id"] == payload["message"]["blocks"][0]["block_id"]


async def test_event_is_retried_and_says_so(listening):
    failing = [lambda: Response(status_code=500)] * 2
    async with listening(*failing, limits=NEVER) as (playground, listener):
        await playground.standin.say("@KPI stars")
        await playground.standin.outgoing.settle()
        assert [headers.get("x-slack-retry-num") for headers, _ in listener.requests] == [None, "1", "2"]
        assert listener.requests[1][0]["x-slack-retry-reason"] == "http_error"
        events = [json.loads(body) for _, body in listener.requests]
    assert len({event["event_id"] for event in events}) == 1
    assert events[0]["event"]["type"] == "app_mention"
    assert events[0]["event"]["text"] == "<@U0KPIBOT> stars"


async def test_message_without_a_mention_is_not_sent(listening):
    async with listening() as (playground, listener):
        await playground.standin.say("just talking")
        await playground.standin.outgoing.settle()
        assert listener.requests == []


async def test_conversation_with_a_bot_on_the_real_framework(conversation):
    standin = conversation.standin
    assert (await standin.slash("stars")).error == ""
    (whisper,) = standin.whispers("C0GENERAL")
    assert (whisper["text"], whisper["is_ephemeral"]) == ("You said stars", True)
    await standin.click("Share")
    await conversation.until(lambda: len(standin.messages("C0GENERAL")) == 2)
    root, detail = standin.messages("C0GENERAL")
    assert (root["text"], detail["thread_ts"]) == ("Shared: stars", root["ts"])
    await standin.slash("ack")
    assert standin.whispers("C0GENERAL")[-1]["text"] == "acknowledged with text"
    mention = await standin.say("@KPI hello", channel="G0FINANCE")
    await standin.outgoing.settle()
    await conversation.until(lambda: len(standin.messages("G0FINANCE")) == 2)
    assert standin.messages("G0FINANCE")[1]["thread_ts"] == mention["ts"]
