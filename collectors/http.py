"""The one way to the network: waits, retries, paging, limits and redaction.

A `Client` is shared by every source of a process; `Client.at` binds it to one vendor and one token as
an `Api`. Tokens are only ever sent to the origin the source names: neither a redirect nor a next-page
link carries them elsewhere.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from copy import copy
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from collectors.answers import Answer, fault_of, graphql_fault, place
from collectors.exchange import (
    Access,
    Cache,
    CachedResponse,
    Exchange,
    Policy,
    Request,
    origin,
    transport_fault,
)
from collectors.faults import CollectorFault, RateLimited, Unavailable, UnexpectedResponse
from collectors.redaction import Redactor
from collectors.waiting import is_spent, retry_after

__all__ = ["Access", "Answer", "Api", "Cache", "CachedResponse", "Client", "Params", "Policy", "open_client"]

POOLS = 16
"""One pool looks through all its connections at every request: a thousand at once are better shared out."""

Params = Mapping[str, str | int]
Sleep = Callable[[float], Awaitable[None]]


class Client:
    """Shared by all sources: connections, cache, waits. The clock, the sleep and the dice are given."""

    def __init__(
        self,
        http: httpx.AsyncClient | Sequence[httpx.AsyncClient],
        *,
        now: Callable[[], datetime],
        cache: Cache | None = None,
        policy: Policy | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._pools = cycle((http,) if isinstance(http, httpx.AsyncClient) else http)
        self.now = now
        self.cache: Cache = {} if cache is None else cache
        self.policy = policy or Policy()
        self.sleep = sleep
        self.jitter: Callable[[], float] = random.random
        self.timer: Callable[[], float] = time.perf_counter
        self._queues: dict[str, asyncio.Lock] = {}
        self._blocked: dict[str, datetime] = {}
        # Both log whole URLs at INFO, with whatever secret a query holds.
        for noisy in ("httpx", "httpcore"):
            logging.getLogger(noisy).setLevel(logging.WARNING)

    @property
    def http(self) -> httpx.AsyncClient:
        """The connections to use next."""
        return next(self._pools)

    def at(self, base_url: str, access: Access | None = None) -> Api:
        """This client, bound to one vendor's address and one token."""
        return Api(self, base_url, access or Access())

    def keeping(self, cache: Cache) -> Client:
        """The same client with another cache: one source's answers, loaded before a run and saved after."""
        twin = copy(self)
        twin.cache = cache
        return twin

    def queue(self, name: str) -> asyncio.Lock:
        """The line in which requests of one token wait for each other."""
        return self._queues.setdefault(name, asyncio.Lock())

    def blocked_for(self, name: str) -> timedelta | None:
        """How much longer the source told us to stay away."""
        left = self._blocked.get(name, self.now()) - self.now()
        return left if left > timedelta(0) else None

    def block(self, name: str, wait: timedelta) -> None:
        """Remember that the source told us to stay away, so that the next part does not ask in vain."""
        self._blocked[name] = self.now() + wait


@asynccontextmanager
async def open_client(
    *,
    cache: Cache | None = None,
    policy: Policy | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    trust_env: bool = True,
) -> AsyncIterator[Client]:
    """A client with its own connections, closed at the end. `trust_env` honours HTTPS_PROXY and the like."""
    policy = policy or Policy()
    timeout = httpx.Timeout(policy.read_seconds, connect=policy.connect_seconds, pool=None)
    limits = httpx.Limits(max_connections=1000 // POOLS, max_keepalive_connections=10)
    trusted = httpx.create_ssl_context(trust_env=trust_env)
    async with AsyncExitStack() as stack:
        pools = [
            await stack.enter_async_context(
                httpx.AsyncClient(
                    timeout=timeout,
                    limits=limits,
                    trust_env=trust_env,
                    verify=trusted,
                    follow_redirects=False,
                )
            )
            for _ in range(POOLS)
        ]
        yield Client(pools, now=now, cache=cache, policy=policy)


class Api:
    """One vendor, asked with one token. Every method raises a `CollectorFault`, and nothing else."""

    def __init__(self, client: Client, base_url: str, access: Access) -> None:
        self._client = client
        self._base = base_url.rstrip("/")
        self._access = access
        self._exchange = Exchange(client.http, client.cache, client.policy, access)
        token = access.token.get_secret_value() if access.token else ""
        self._redact = Redactor.of((token, *access.secrets))

    @property
    def now(self) -> datetime:
        return self._client.now()

    async def get(
        self, path: str, params: Params | None = None, *, accept: str = "application/json"
    ) -> Answer:
        """GET a path below the base URL, or an address of its origin; conditional if it was read before."""
        url = self._url(path)
        if params:
            url = str(httpx.URL(url).copy_merge_params({key: str(value) for key, value in params.items()}))
        return await self._ask(Request("GET", url, accept))

    async def get_json(
        self, path: str, params: Params | None = None, *, accept: str = "application/json"
    ) -> Any:
        return self._json(await self.get(path, params, accept=accept))

    async def get_text(
        self, path: str, params: Params | None = None, *, accept: str = "text/plain, */*"
    ) -> str:
        return (await self.get(path, params, accept=accept)).text()

    async def post_json(self, path: str, payload: Any) -> Any:
        """POST a question (never a change: it is asked again after a fault)."""
        return self._json(await self._ask(Request("POST", self._url(path), payload=payload)))

    async def graphql(self, path: str, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The `data` of a GraphQL answer. Any error in it is a fault: partial data is not used."""
        request = Request("POST", self._url(path), payload={"query": query, "variables": dict(variables)})
        answer = await self._ask(request)
        body = self._json(answer)
        if not isinstance(body, dict):
            raise UnexpectedResponse(f"{place(answer.url)} answered no GraphQL object", status=answer.status)
        if body.get("errors"):
            fault = self._redacted(graphql_fault(answer, body["errors"], self.now))
            if isinstance(fault, RateLimited) and fault.retry_after:
                self._client.block(self._line(request.url), fault.retry_after)
            raise fault
        if not isinstance(body.get("data"), dict):
            raise UnexpectedResponse(f"{place(answer.url)} answered no data", status=answer.status)
        data: dict[str, Any] = body["data"]
        return data

    async def pages(
        self, path: str, params: Params | None = None, *, accept: str = "application/json"
    ) -> AsyncIterator[Any]:
        """The JSON of every page, following Link rel=next; a list longer than the page cap is a fault."""
        answer = await self.get(path, params, accept=accept)
        for _ in range(self._client.policy.pages):
            yield self._json(answer)
            following = answer.next_url
            if following is None:
                return
            answer = await self.get(urljoin(answer.url, following), accept=accept)
        raise UnexpectedResponse(
            f"{place(answer.url)} has more than {self._client.policy.pages} pages",
            hint="Read a shorter span, so that nothing has to be left out.",
        )

    def _url(self, path: str) -> str:
        url = path if "://" in path else f"{self._base}/{path.lstrip('/')}"
        if origin(url) != origin(self._base):
            fault = UnexpectedResponse(
                f"{place(self._base)} points to another host ({place(url)})",
                hint="It was not followed, so that the token stays where it belongs.",
            )
            raise self._redacted(fault)
        return url

    def _line(self, url: str) -> str:
        """Limits are per origin and token, and GraphQL has an allowance of its own."""
        kind = "graphql" if urlsplit(url).path.endswith("/graphql") else "rest"
        return "\0".join((*origin(url), self._access.fingerprint, kind))

    def _json(self, answer: Answer) -> Any:
        try:
            return answer.json()
        except CollectorFault as fault:
            raise self._redacted(fault) from None

    async def _ask(self, request: Request) -> Answer:
        if self._access.is_serial:
            async with self._client.queue(f"{origin(request.url)}{self._access.fingerprint}"):
                return await self._ask_patiently(request)
        return await self._ask_patiently(request)

    async def _ask_patiently(self, request: Request) -> Answer:
        policy, line = self._client.policy, self._line(request.url)
        if (left := self._client.blocked_for(line)) is not None:
            message = f"{place(request.url)} was not asked: its rate limit is used up"
            hint = "It is asked again after the wait that was named."
            raise self._redacted(RateLimited(message, hint=hint, retry_after=left))
        for attempt in range(1, policy.attempts + 1):
            try:
                answer = await self._once(request)
            except CollectorFault as fault:
                wait = self._pause(fault, attempt)
                if wait is None or attempt == policy.attempts:
                    self._remember(line, fault)
                    raise self._redacted(fault) from None
                await self._client.sleep(wait)
            else:
                if is_spent(answer.headers) and not answer.is_unchanged:
                    self._client.block(line, retry_after(answer.headers, self.now) or timedelta(0))
                return answer
        raise AssertionError("a policy allows at least one attempt")

    def _remember(self, line: str, fault: CollectorFault) -> None:
        if isinstance(fault, RateLimited) and fault.retry_after:
            self._client.block(line, fault.retry_after)

    def _pause(self, fault: CollectorFault, attempt: int) -> float | None:
        """Seconds until the next attempt, or None where there should be none now."""
        if isinstance(fault, RateLimited):
            seconds = fault.retry_after.total_seconds() if fault.retry_after is not None else None
            return (
                seconds
                if seconds is not None and seconds <= self._client.policy.longest_wait_seconds
                else None
            )
        if not fault.retryable:
            return None
        return float(self._client.policy.backoff_seconds * 2 ** (attempt - 1) * (0.5 + self._client.jitter()))

    async def _once(self, request: Request) -> Answer:
        try:
            async with asyncio.timeout(self._client.policy.attempt_seconds):
                answer = await self._exchange.ask(request)
        except TimeoutError:
            raise Unavailable(
                f"{place(request.url)} did not finish in time", hint="It is asked again."
            ) from None
        except httpx.HTTPError as error:
            raise transport_fault(request.url, error) from None
        except (httpx.InvalidURL, UnicodeError):
            raise UnexpectedResponse(
                f"{place(request.url)} is not a usable address", hint="Check base_url."
            ) from None
        fault = fault_of(answer, self.now)
        if fault is not None:
            raise fault
        return answer

    def _redacted(self, fault: CollectorFault) -> CollectorFault:
        fault.message, fault.hint = self._redact(fault.message), self._redact(fault.hint)
        fault.args = (fault.message,)
        return fault
