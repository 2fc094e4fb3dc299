"""Requests that pretend to be Slack's, and the ones that are."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message, Scope

from bot.surfaces.slack import limits
from bot.surfaces.slack.http import Endpoint, RejectedError, Verifier, parse

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
FORM = "application/x-www-form-urlencoded"
COMMAND = urlencode({"command": "/kpi", "text": "stars"}).encode()


def signature(body: bytes, timestamp: str, secret: str = SECRET) -> str:
    return "v0=" + hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()


def signed(body: bytes, at: datetime = NOW, *, content_type: str = FORM) -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    return {
        "content-type": content_type,
        "x-slack-request-timestamp": timestamp,
        "x-slack-signature": signature(body, timestamp),
    }


class Slack:
    """Posts to an endpoint whose dispatch records what it is given."""

    def __init__(self) -> None:
        self.now = NOW
        self.dispatched: list[dict[str, Any]] = []
        endpoint = Endpoint(Verifier(SECRET, lambda: self.now), self._dispatch)

        async def receive(request: Request) -> Response:
            return await endpoint(request)

        self.app = Starlette(routes=[Route("/slack/events", receive, methods=["POST"])])

    async def _dispatch(self, payload: dict[str, Any], _: dict[str, str]) -> Response:
        self.dispatched.append(payload)
        return PlainTextResponse("")

    async def post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
        sent: list[Message] = []
        chunks = [body[start : start + 65_536] for start in range(0, len(body), 65_536)] or [b""]

        async def receive() -> Message:
            return {"type": "http.request", "body": chunks.pop(0), "more_body": bool(chunks)}

        async def send(message: Message) -> None:
            sent.append(message)

        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        scope: Scope = {
            "type": "http",
            "method": "POST",
            "path": "/slack/events",
            "headers": raw,
            "query_string": b"",
        }
        await self.app(scope, receive, send)
        return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:]).decode()


async def test_a_signed_command_is_dispatched() -> None:
    slack = Slack()
    assert await slack.post(COMMAND, signed(COMMAND)) == (200, "")
    assert slack.dispatched == [{"command": "/kpi", "text": "stars"}]


@pytest.mark.parametrize(
    "change",
    [
        {"x-slack-signature": "v0=" + "0" * 64},
        {"x-slack-signature": "nonsense"},
        {"x-slack-signature": "v0=\u00e9"},
        {"x-slack-signature": ""},
        {"x-slack-request-timestamp": ""},
        {"x-slack-request-timestamp": "yesterday"},
        {"x-slack-request-timestamp": "-1"},
        {"x-slack-request-timestamp": "1e9"},
        {"x-slack-request-timestamp": "9" * 40},
        {"x-slack-request-timestamp": str(int(NOW.timestamp()) + 1)},
    ],
)
async def test_what_slack_did_not_sign_is_refused_before_it_is_read(change: dict[str, str]) -> None:
    slack = Slack()
    status, _ = await slack.post(COMMAND, signed(COMMAND) | change)
    assert status == 401
    assert slack.dispatched == []


async def test_missing_headers_are_refused() -> None:
    assert (await Slack().post(COMMAND, {"content-type": FORM}))[0] == 401


async def test_a_changed_body_is_refused() -> None:
    assert (await Slack().post(COMMAND + b"&x=1", signed(COMMAND)))[0] == 401


@pytest.mark.parametrize(("age", "status"), [(-301, 401), (-300, 200), (0, 200), (300, 200), (301, 401)])
async def test_old_and_future_requests_are_refused(age: int, status: int) -> None:
    headers = signed(COMMAND, NOW - timedelta(seconds=age))
    assert (await Slack().post(COMMAND, headers))[0] == status


async def test_a_replayed_request_is_refused_for_as_long_as_it_is_fresh() -> None:
    slack = Slack()
    headers = signed(COMMAND, NOW + timedelta(seconds=300))
    assert (await slack.post(COMMAND, headers))[0] == 200
    for later in (1, 299, 600):
        slack.now = NOW + timedelta(seconds=later)
        assert (await slack.post(COMMAND, headers))[0] == 401
    assert len(slack.dispatched) == 1


async def test_old_signatures_are_forgotten() -> None:
    now = NOW
    verifier = Verifier(SECRET, lambda: now)
    for minute in range(60):
        now = NOW + timedelta(minutes=minute)
        headers = signed(COMMAND, now)
        verifier.check(COMMAND, headers["x-slack-request-timestamp"], headers["x-slack-signature"])
    assert len(verifier._seen) <= 11


async def test_a_body_larger_than_slack_sends_is_refused() -> None:
    body = b"x" * (limits.BODY_BYTES + 1)
    assert (await Slack().post(body, signed(body)))[0] == 413


async def test_the_certificate_check_is_answered_unsigned_and_does_nothing() -> None:
    slack = Slack()
    assert await slack.post(b"ssl_check=1&token=x", {"content-type": FORM}) == (200, "")
    assert slack.dispatched == []


async def test_url_verification_echoes_its_challenge_only_when_signed() -> None:
    body = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()
    assert await Slack().post(body, signed(body, content_type="application/json")) == (200, "abc")
    assert (await Slack().post(body, {"content-type": "application/json"}))[0] == 401


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{", "application/json"),
        (b"[1]", "application/json; charset=utf-8"),
        (b"payload={", FORM),
        (b"payload=1", FORM),
    ],
)
async def test_an_unreadable_body_is_a_bad_request(body: bytes, content_type: str) -> None:
    slack = Slack()
    assert (await slack.post(body, signed(body, content_type=content_type)))[0] == 400


async def test_bytes_that_are_no_text_are_no_crash() -> None:
    body = b"text=\xff\xfe&command=/kpi"
    assert (await Slack().post(body, signed(body)))[0] == 200


@given(st.text(max_size=80), st.text(max_size=40))
def test_form_fields_survive_whatever_they_say(text: str, channel: str) -> None:
    form = {"command": "/kpi", "text": text.replace("\ud800", ""), "channel_name": channel}
    assert parse(urlencode(form).encode(), FORM) == form


@given(st.text(max_size=40), st.text(max_size=40), st.binary(max_size=40))
def test_only_a_right_signature_passes(timestamp: str, given_signature: str, body: bytes) -> None:
    with pytest.raises(RejectedError):
        Verifier(SECRET, lambda: NOW).check(body, timestamp, given_signature)
