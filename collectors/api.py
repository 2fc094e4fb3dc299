"""One vendor, asked with one token: waits, retries, paging and redaction."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import httpx

from collectors.answers import Answer, fault_of, graphql_fault, place
from collectors.exchange import Access, Exchange, Request, origin, transport_fault
from collectors.faults import CollectorFault, RateLimited, Unavailable, UnexpectedResponse
from collectors.redaction import Redactor
from collectors.waiting import is_spent, retry_after

if TYPE_CHECKING:
    from collectors.http import Client

Params = Mapping[str, str | int]


class Api:
    """One vendor, asked with one token. Every method raises a `CollectorFault`, and nothing else."""

    def __init__(self, client: Client, base_url: str, access: Access) -> None:
        self._client = client
        self._base = base_url.rstrip("/")
        self._access = access
        self._exchange = Exchange(client.http, client.cache, client.policy, access)
        self._redact = Redactor.of(access.hidden)

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

    async def post_json(self, path: str, payload: Any, *, headers: Mapping[str, str] | None = None) -> Any:
        """POST a question (never a change: it is asked again after a fault)."""
        return self._json(
            await self._ask(Request("POST", self._url(path), payload=payload, headers=headers or {}))
        )

    async def post_form(self, path: str, fields: Mapping[str, str]) -> Any:
        """The JSON that answers a form, such as a request for a token."""
        return self._json(await self._ask(Request("POST", self._url(path), form=fields)))

    async def post_bytes(self, path: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """POST a question as it is, with the headers that its signature needs."""
        return await self._ask(Request("POST", self._url(path), content=content, headers=headers))

    async def walk(
        self, path: str, params: Params, following: Callable[[Any], Params | str | None]
    ) -> AsyncIterator[Any]:
        """The JSON of every page of a GET. `following` reads from a page what to ask next: other parameters,
        an address, or None at the end. A list longer than the page cap is a fault."""
        asked: Params | str | None = params
        page: Any = None
        for _ in range(self._client.policy.pages):
            page = await (self.get_json(asked) if isinstance(asked, str) else self.get_json(path, asked))
            yield page
            asked = following(page)
            if asked is None:
                return
        raise self._too_long(path)

    async def walk_posts(
        self, path: str, payload: Any, following: Callable[[Any], Any | None]
    ) -> AsyncIterator[Any]:
        """The JSON of every page of a POST; `following` makes the next payload from a page, or None."""
        for _ in range(self._client.policy.pages):
            page = await self.post_json(path, payload)
            yield page
            payload = following(page)
            if payload is None:
                return
        raise self._too_long(path)

    def _too_long(self, path: str) -> UnexpectedResponse:
        return UnexpectedResponse(
            f"{place(self._url(path))} has more than {self._client.policy.pages} pages",
            hint="Read a shorter span, so that nothing has to be left out.",
        )

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
        raise self._too_long(path)

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
            async with self._client.queue(self._credential(request.url)):
                return await self._ask_patiently(request)
        return await self._ask_patiently(request)

    def _credential(self, url: str) -> str:
        return f"{origin(url)}{self._access.fingerprint}"

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
        lane = self._client.lane(self._credential(request.url), self._access.pace)
        try:
            async with lane.turn(), asyncio.timeout(self._client.policy.attempt_seconds):
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
        self._client.note(answer.headers)
        own = self._access.fault
        fault = (own(answer, self.now) if own is not None else None) or fault_of(answer, self.now)
        if fault is not None:
            raise fault
        return answer

    def _redacted(self, fault: CollectorFault) -> CollectorFault:
        fault.message, fault.hint = self._redact(fault.message), self._redact(fault.hint)
        fault.args = (fault.message,)
        return fault
