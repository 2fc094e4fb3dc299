"""Whether web pages answer, with which status, and how fast.

Endpoint: a GET of each page named in `url` or `urls`; redirects are followed, and of the body only as
    much is read as `expect_text` needs, at most 1 MB.
Auth: none. Addresses inside a network (private, loopback, link-local) are refused unless
    `allow_private` is set; the address that was checked is the one connected to, at every redirect.
Rate limit: none; one request a page and run.
Freshness: of the moment, with no past; the collector's `every` sets how fine uptime can be.
Docs: https://www.rfc-editor.org/rfc/rfc9110, https://www.iana.org/assignments/iana-ipv4-special-registry

`web.up` is 1 or 0, so a mean over days is the uptime. A page is down when its server refuses, breaks
off, stays silent, has no valid certificate, answers another status than `expect_status` (2xx by
default) or lacks `expect_text`. Where there is no address for its name or no route to it, the reason may
as well lie in this machine's own network: that is a fault and no zero, unless another page of the
source answered in the same run. A second, unrelated page in `urls` tells the two apart.
`web.latency` runs from the first connection to the headers of the last answer; names are looked up before.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from urllib.parse import urljoin, urlsplit

import httpx
from pydantic import Field, field_validator, model_validator

from collectors.base import (
    About,
    Batch,
    Client,
    Collector,
    CollectorConfig,
    PartFault,
    Proof,
    Span,
    part_fault,
)
from collectors.exchange import USER_AGENT, is_tls_fault
from collectors.faults import CollectorFault, Unavailable, UnexpectedResponse
from collectors.network import Address, is_public
from collectors.redaction import redact_url
from kpi.metric import Kind, Labels, Metric, Sample, labels

_REDIRECTS = 5
_ADDRESSES = 4
_BODY_LENGTH = 1_000_000
_AT_ONCE = 10
_NO_WAY_OUT = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL})
_STATUS = re.compile(r"[1-5](?:\d\d|xx)")

_OUR_NETWORK = "Check the name, and the network and name server of the machine the bot runs on."

Resolve = Callable[[str, int, float], Awaitable[list[Address]]]
Answered = tuple[int, str | None, str]
"""Status, redirect target, text."""


class Config(CollectorConfig):
    """Which pages are checked, and what counts as up."""

    collector: Literal["web"] = "web"
    url: str | None = None
    urls: tuple[str, ...] = ()
    expect_status: tuple[str, ...] = Field(("2xx",), description="statuses of a page that is up: 200, 2xx")
    expect_text: str | None = Field(None, min_length=1, description="words the page must hold")
    timeout_seconds: float = Field(10, gt=0, le=60)
    allow_private: bool = Field(False, description="also check addresses inside this network")

    @field_validator("expect_status", mode="before")
    @classmethod
    def _as_list(cls, value: object) -> object:
        values = value if isinstance(value, list | tuple) else [value]
        return tuple(str(one).lower() for one in values)

    @field_validator("expect_status")
    @classmethod
    def _are_statuses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            if not _STATUS.fullmatch(one):
                raise ValueError(f'"{one}" is not a status: write it like 200 or 2xx')
        return value

    @model_validator(mode="after")
    def _has_pages(self) -> Config:
        if not self.pages:
            raise ValueError("web needs a url, or a list of urls")
        for page in self.pages:
            try:
                url = httpx.URL(page)
            except httpx.InvalidURL:
                url = httpx.URL("")
            if url.scheme not in ("http", "https") or not url.host:
                raise ValueError(f'"{redact_url(page)}" is not a page: write it like https://acme.dev/')
            if url.userinfo:
                raise ValueError(f'"{redact_url(page)}" holds a user or password: pages are checked without')
        return self

    @property
    def pages(self) -> tuple[str, ...]:
        """Every page once, in the order given."""
        return tuple(dict.fromkeys((*((self.url,) if self.url else ()), *self.urls)))

    def series_labels(self) -> frozenset[Labels]:
        return frozenset(labels({"url": redact_url(page), **self.labels}) for page in self.pages)


UP = Metric(
    "web.up", "ratio", Kind.RATIO, "1 when the page answered as expected, else 0", ("url",), is_event=True
)
STATUS = Metric("web.status", "", Kind.RATIO, "status of the page's answer", ("url",))
LATENCY = Metric(
    "web.latency", "seconds", Kind.RATIO, "time until the page's answer began", ("url",), is_event=True
)
METRICS = (UP, STATUS, LATENCY)


@dataclass(frozen=True, slots=True)
class Check:
    """What one check of one page found. `fault` where the check itself could not be made."""

    page: str
    up: bool = False
    reason: str = ""
    status: int | None = None
    latency_seconds: float | None = None
    fault: CollectorFault | None = None


class Down(Exception):
    """The page cannot be had, and its own side is why: a finding, not an error of the program."""


def parse_checks(checks: Sequence[Check], span: Span) -> Batch:
    """Samples and faults of a run. A check that never got out counts as down where another got through."""
    is_online = any(one.status is not None for one in checks)
    samples: list[Sample] = []
    faults: list[PartFault] = []
    notes: list[str] = []
    for one in checks:
        if one.fault is not None and not (is_online and isinstance(one.fault, Unavailable)):
            faults.append(part_fault(redact_url(one.page), one.fault, [metric.name for metric in METRICS]))
            continue
        named = labels({"url": redact_url(one.page)})
        values = {UP: float(one.up), STATUS: one.status, LATENCY: one.latency_seconds}
        samples += (
            Sample(metric.name, span.now, float(value), named)
            for metric, value in values.items()
            if value is not None
        )
        if not one.up:
            notes.append(f"{redact_url(one.page)} is down: {one.reason or one.fault}")
    return Batch(tuple(samples), tuple(faults), tuple(notes))


async def collect(config: Config, client: Client, span: Span) -> Batch:
    """Check every page, a few at a time."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(page: str) -> Check:
        async with gate:
            return await check(page, config, client)

    return parse_checks(await asyncio.gather(*(one(page) for page in config.pages)), span)


async def check(page: str, config: Config, client: Client, *, resolve: Resolve | None = None) -> Check:
    """One page, once. `resolve` finds the addresses of a name."""
    visit = Visit(config, client, resolve or look_up)
    try:
        status, reason = await visit.walk(page)
    except TimeoutError:
        return Check(page, reason=f"no answer within {config.timeout_seconds:g} s")
    except Down as down:
        return Check(page, reason=str(down))
    except CollectorFault as fault:
        return Check(page, fault=fault)
    return Check(page, not reason, reason, status, visit.latency)


@dataclass(slots=True)
class Visit:
    """The way to one page, redirect by redirect."""

    config: Config
    client: Client
    resolve: Resolve
    latency: float = 0.0
    spent: float = 0.0

    async def walk(self, page: str) -> tuple[int, str]:
        """The status in the end, and why it is not as expected (empty where it is)."""
        url = page
        for _ in range(_REDIRECTS + 1):
            status, target, body = await self._get(url)
            if target is None:
                return status, self._objection(status, body)
            url = urljoin(url, target)
            if urlsplit(url).scheme not in ("http", "https"):
                raise Down("it redirects to something that is not a web page")
        raise Down(f"more than {_REDIRECTS} redirects")

    def _objection(self, status: int, body: str) -> str:
        if not any(one in (str(status), f"{status // 100}xx") for one in self.config.expect_status):
            return f"status {status}"
        if self.config.expect_text is not None and self.config.expect_text not in body:
            return "the expected text is missing"
        return ""

    async def _get(self, address: str) -> Answered:
        """Ask one address of the name after the other until a connection comes about."""
        try:
            url = httpx.URL(address)
            host = url.raw_host.decode("ascii").strip("[]")
        except (httpx.InvalidURL, UnicodeError):
            raise Down("its address, or one it redirects to, is malformed") from None
        found = await self._addresses(host, url.port or (443 if url.scheme == "https" else 80))
        errors: list[httpx.TransportError] = []
        for one in found:
            left = self.config.timeout_seconds - self.spent
            began = self.client.timer()
            try:
                async with asyncio.timeout(max(left, 0.001)):
                    return await self._ask(url, host, one, connect_seconds=left / len(found))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                errors.append(error)
            except httpx.HTTPError as error:
                raise Down(reason_of(error)) from None
            finally:
                self.spent += self.client.timer() - began
        raise connect_fault(host, errors)

    async def _addresses(self, host: str, port: int) -> list[Address]:
        found = await self.resolve(host, port, self.config.timeout_seconds)
        allowed = [one for one in found if self.config.allow_private or is_public(one)]
        if not allowed:
            raise UnexpectedResponse(
                f"{host} leads into a private network and was not asked",
                hint="Set allow_private: true on this source if it should be.",
            )
        return allowed[:_ADDRESSES]

    async def _ask(self, url: httpx.URL, host: str, address: Address, *, connect_seconds: float) -> Answered:
        """GET from this very address, under the page's own name: what was checked is what is asked."""
        http = self.client.http
        port = f":{url.port}" if url.port else ""
        headers = {
            "Host": f"[{host}]{port}" if ":" in host else f"{host}{port}",
            "User-Agent": USER_AGENT,
            "Accept-Encoding": "identity",
            "Connection": "close",  # kept open, it could serve another name on the same address
        }
        request = http.build_request(
            "GET",
            url.copy_with(host=str(address)),
            headers=headers,
            timeout=httpx.Timeout(self.config.timeout_seconds, connect=max(connect_seconds, 0.001)),
            extensions={"sni_hostname": host},
        )
        began = self.client.timer()
        response = await http.send(request, stream=True, follow_redirects=False)
        self.latency += self.client.timer() - began
        try:
            location = response.headers.get("location")
            if response.status_code in (301, 302, 303, 307, 308) and location:
                return response.status_code, location, ""
            return response.status_code, None, await self._text(response)
        finally:
            await response.aclose()

    async def _text(self, response: httpx.Response) -> str:
        """As much of the body as the expected text needs, and no more than the cap."""
        if self.config.expect_text is None:
            return ""
        text = ""
        async for chunk in response.aiter_text():
            text += chunk
            if self.config.expect_text in text or len(text) > _BODY_LENGTH:
                break
        return text[:_BODY_LENGTH]


async def look_up(host: str, port: int, seconds: float) -> list[Address]:
    """The addresses of a name. A machine cut off from its name server hears of no name, like one that asks
    for a name nobody has: neither is a zero by itself."""
    try:
        async with asyncio.timeout(seconds):
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except TimeoutError:
        raise Unavailable(f"no name server answered for {host}", hint=_OUR_NETWORK) from None
    except socket.gaierror as error:
        raise Unavailable(f"{host} has no address: {error.strerror}", hint=_OUR_NETWORK) from None
    except UnicodeError:
        raise Down(f"the name {host[:80]} cannot exist") from None
    return [ipaddress.ip_address(one[4][0]) for one in found]


def connect_fault(host: str, errors: Sequence[httpx.TransportError]) -> Exception:
    """Down where somebody refused or stayed silent; a fault where nothing got out of this network."""
    theirs = [one for one in errors if not _is_no_way_out(one)]
    if theirs:
        return Down(reason_of(theirs[-1]))
    return Unavailable(f"there is no route to {host}", hint=_OUR_NETWORK)


def reason_of(error: httpx.HTTPError) -> str:
    """Why a page could not be had, in a few words."""
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    if is_tls_fault(error):
        return f"TLS failed: {error}"
    if isinstance(error, httpx.ConnectError):
        return "connection refused or cut"
    return "the connection broke off, or the answer made no sense"


def _is_no_way_out(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in _NO_WAY_OUT:
            return True
        seen = seen.__cause__ or seen.__context__
    return False


ABOUT = About(
    title="Web pages",
    measures="whether pages answer, and how fast",
    example={"url": "https://acme.dev/"},
    proof=Proof.SERVER,
    proven_by="real HTTP and TLS on this machine",
)

COLLECTOR = Collector(
    "web",
    Config,
    METRICS,
    collect,
    settles_after=timedelta(0),
    backfills=False,
    every=timedelta(minutes=5),
    about=ABOUT,
)
