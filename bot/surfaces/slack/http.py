"""Slack's requests over HTTP: verified on the raw bytes first, parsed after, then handed to Bolt.

https://docs.slack.dev/authentication/verifying-requests-from-slack. Bolt's own parser loses a form whose
text merely contains the word payload, so the body is parsed here and handed over as it stands.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.surfaces.slack import limits

log = logging.getLogger(__name__)

Payload = dict[str, Any]
Dispatch = Callable[[Payload, dict[str, str]], Awaitable[Response]]
_SSL_CHECK = re.compile(rb"(?:^|&)ssl_check=1(?:&|$)")


class RejectedError(Exception):
    """A request that is not Slack's, too old, or a repetition."""


class Verifier:
    """Tells Slack's own requests from all others. Each signature is good once."""

    def __init__(self, signing_secret: str, now: Callable[[], datetime]) -> None:
        self._secret, self._now = signing_secret.encode(), now
        self._seen: OrderedDict[str, float] = OrderedDict()

    def check(self, body: bytes, timestamp: str | None, signature: str | None) -> None:
        """Raise `RejectedError` unless Slack signed this body, lately and for the first time."""
        if not timestamp or not signature:
            raise RejectedError("the signature headers are missing")
        if not re.fullmatch(r"[0-9]{1,12}", timestamp):
            raise RejectedError("the timestamp is not a number")
        now = self._now().timestamp()
        if abs(now - int(timestamp)) > limits.SIGNATURE_SECONDS:
            raise RejectedError("the request is over five minutes old, or this machine's clock is wrong")
        expected = hmac.new(
            self._secret, b"v0:%s:%s" % (timestamp.encode(), body), hashlib.sha256
        ).hexdigest()
        if not hmac.compare_digest(b"v0=" + expected.encode(), signature.encode("utf-8", "replace")):
            raise RejectedError("the signature is wrong: is SLACK_SIGNING_SECRET this app's?")
        self._check_first_time(signature, now)

    def _check_first_time(self, signature: str, now: float) -> None:
        while self._seen and next(iter(self._seen.values())) < now:
            self._seen.popitem(last=False)
        if signature in self._seen:
            raise RejectedError("the request was sent before")
        # A timestamp may lie five minutes ahead, so a signature stays good for ten.
        self._seen[signature] = now + 2 * limits.SIGNATURE_SECONDS


class Endpoint:
    """The one address for commands, buttons and events."""

    def __init__(self, verifier: Verifier, dispatch: Dispatch) -> None:
        self._verifier, self._dispatch = verifier, dispatch

    async def __call__(self, request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return PlainTextResponse("body too large", 413)
        if _SSL_CHECK.search(body) and "json" not in request.headers.get("content-type", ""):
            return PlainTextResponse("")  # Slack's look at our certificate is unsigned and asks for nothing
        try:
            headers = request.headers
            timestamp, signature = headers.get("x-slack-request-timestamp"), headers.get("x-slack-signature")
            self._verifier.check(body, timestamp, signature)
        except RejectedError as fault:
            log.warning("request rejected reason=%s", fault)
            return JSONResponse({"error": "invalid request"}, 401)
        payload = parse(body, request.headers.get("content-type", ""))
        if payload is None:
            return JSONResponse({"error": "unreadable body"}, 400)
        if payload.get("type") == "url_verification":
            return PlainTextResponse(str(payload.get("challenge", "")))
        return await self._dispatch(payload, dict(request.headers))


def parse(body: bytes, content_type: str) -> Payload | None:
    """The payload of a verified body: JSON, a form, or JSON in the form's field `payload`."""
    text = body.decode("utf-8", "replace")
    try:
        if content_type.partition(";")[0].strip().lower() == "application/json":
            found = json.loads(text)
        else:
            form = dict(parse_qsl(text, keep_blank_values=True))
            found = json.loads(form["payload"]) if "payload" in form else form
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


async def _body(request: Request) -> bytes | None:
    """The raw body, or None where it is larger than anything Slack sends."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limits.BODY_BYTES:
            return None
        chunks.append(chunk)
    return b"".join(chunks)
