"""Slack's Web API as the bot uses it: one session, one token, and every fault named.

The SDK's own retry on dropped connections is left out on purpose: it sends a post again that Slack may
already have taken (slack_sdk.http_retry). Only refusals for rate are waited out, and only short ones.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.web.async_client import AsyncWebClient
from typing_extensions import override

from bot.surfaces.slack.faults import AMBIGUOUS, RefusedError, UnansweredError, UnreachedError
from bot.surfaces.slack.pacing import Pacing

Sleep = Callable[[float], Awaitable[None]]
Answer = dict[str, Any]

LONGEST_WAIT_SECONDS = 10.0
"""A longer pause goes back to whoever keeps the schedule, with its length."""
TIMEOUT = aiohttp.ClientTimeout(total=30, sock_connect=10)
# The SDK formats every request for its debug log unless its logger has a level of its own.
SDK_LOG = logging.getLogger("bot.surfaces.slack.sdk")
SDK_LOG.setLevel(logging.WARNING)


class ShortWaits(AsyncRateLimitErrorRetryHandler):
    """Waits out a 429 that asks for a short pause."""

    def __init__(self, sleep: Sleep = asyncio.sleep) -> None:
        super().__init__(max_retry_count=2)
        self._sleep = sleep

    @override
    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        is_limited = response is not None and response.status_code == 429
        return is_limited and self._pause(response) <= LONGEST_WAIT_SECONDS

    @override
    async def prepare_for_next_attempt_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> None:
        state.next_attempt_requested = True
        await self._sleep(self._pause(response) + random.random())  # noqa: S311 - spreads retries, guards nothing
        state.increment_current_attempt()

    @staticmethod
    def _pause(response: HttpResponse | None) -> float:
        headers = {} if response is None else {name: value[0] for name, value in response.headers.items()}
        stated = retry_after(headers)
        return 1.0 if stated is None else stated


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The pause in seconds that the headers ask for, if they state one."""
    stated = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    try:
        return max(0.0, float(stated))
    except ValueError:
        return None


class Api:
    """One bot token's calls. Create it on the loop that uses it, and close it."""

    def __init__(self, token: str, api_url: str, *, sleep: Sleep = asyncio.sleep) -> None:
        self.session = aiohttp.ClientSession(timeout=TIMEOUT)
        waits: list[AsyncRetryHandler] = [ShortWaits(sleep)]
        self.client = self._client(token, api_url, waits)
        self._impatient = self._client(token, api_url, [])
        self.unsigned = self._client(None, api_url, waits)
        """A client without the bot's token, for calls that carry another one."""
        self.sleep = sleep
        self.pacing = Pacing(sleep=sleep)
        """Shared by everything that posts or edits with this token."""

    def _client(self, token: str | None, api_url: str, waits: list[AsyncRetryHandler]) -> AsyncWebClient:
        client = AsyncWebClient(
            token=token,
            base_url=api_url,
            session=self.session,
            logger=SDK_LOG,
            retry_handlers=waits,
        )
        if is_loopback(api_url):
            client.proxy = None  # the SDK takes a proxy from the environment whatever the address
        return client

    async def close(self) -> None:
        await self.session.close()

    async def call(self, method: str, arguments: Mapping[str, Any], *, waits: bool = True) -> Answer:
        """Call with a JSON body: the methods that post.

        Without `waits` a refusal for rate comes back at once: whoever waits has to make sure again, before
        the second try, that the post is still theirs to send.
        """
        client = self.client if waits else self._impatient
        return (await self._call(method, client, json=dict(arguments)))[0]

    async def read(self, method: str, **arguments: str) -> Answer:
        """Call with a form: the methods that read or take plain values."""
        return (await self._call(method, self.client, data=arguments))[0]

    async def identity(self) -> tuple[Answer, str]:
        """Who the token is, and the scopes it was granted as Slack lists them in the header."""
        answer, headers = await self._call("auth.test", self.client, data={})
        return answer, headers.get("x-oauth-scopes", "")

    async def _call(
        self,
        method: str,
        client: AsyncWebClient,
        *,
        json: Answer | None = None,
        data: dict[str, Any] | None = None,
    ) -> tuple[Answer, Mapping[str, str]]:
        try:
            response = await client.api_call(method, json=json, data=data)
        except Exception as fault:
            raise named(fault) from fault
        if not isinstance(response.data, dict):
            raise UnansweredError(f"{method} was answered with something other than JSON")
        return response.data, {name.lower(): value for name, value in response.headers.items()}

    async def upload(self, url: str, content: bytes) -> None:
        """Send a file's bytes to the address that Slack named for them."""
        async with self.session.post(url, data=content, proxy=self.client.proxy) as response:
            await response.read()
            if response.status != 200:
                raise UnansweredError(f"the upload was answered with HTTP {response.status}")


def named(fault: Exception) -> Exception:
    """An SDK or network exception as one of our three."""
    if isinstance(fault, SlackApiError):
        return _refusal(fault)
    if isinstance(fault, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)):
        return UnreachedError(str(fault) or type(fault).__name__)
    # Anything else happened after the call was handed over, even where the SDK stumbles over the answer.
    return UnansweredError(str(fault) or type(fault).__name__)


def _refusal(fault: SlackApiError) -> Exception:
    status = getattr(fault.response, "status_code", None)
    data = getattr(fault.response, "data", None)
    if not isinstance(status, int) or not isinstance(data, dict) or status >= 500:
        return UnansweredError(f"HTTP {status or 'answer'} without Slack's JSON")
    error = str(data.get("error") or f"http_{status}")
    if error in AMBIGUOUS:
        return UnansweredError(error)
    details = data.get("response_metadata", {}).get("messages", ())
    return RefusedError(
        "ratelimited" if status == 429 else error,
        details=tuple(map(str, details)),
        needed=str(data.get("needed", "")),
        retry_after=retry_after(fault.response.headers),
    )


def is_loopback(url: str) -> bool:
    """Whether `url` is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
