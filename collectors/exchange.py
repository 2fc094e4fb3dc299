"""One question asked once: conditional requests, redirects, the size of bodies, and broken connections.

`collectors.http` decides when to ask, how often and whom to blame; this module only carries.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import ipaddress
import socket
import ssl
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
from pydantic import SecretStr

from collectors.answers import Answer, place
from collectors.faults import AuthFailed, CollectorFault, Unavailable, UnexpectedResponse
from collectors.network import is_public
from collectors.pace import UNPACED, Pace

USER_AGENT = "kpi-bot/0.1 (KPI collector)"
_PORTS = {"http": 80, "https": 443}
_CODINGS = "gzip, deflate"
"""What a body may be packed in, once. Of zstd and br a packet may hold gigabytes, as of gzip in gzip; of one
of these it unpacks to 70 MB at most before the limit is held against it."""


@dataclass(frozen=True, slots=True)
class CachedResponse:
    """A response kept for a conditional request: plain text and bytes, so that any store can hold it."""

    body: bytes
    etag: str = ""
    last_modified: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)  # of those, the ones a reader needs again


Cache = MutableMapping[str, CachedResponse]


@dataclass(frozen=True, slots=True)
class Policy:
    """The limits within which a client works."""

    attempts: int = 3
    connect_seconds: float = 5.0
    read_seconds: float = 20.0
    attempt_seconds: float = 60.0  # a source that drips a byte a second still ends here
    backoff_seconds: float = 1.0
    longest_wait_seconds: float = 20.0  # a longer wait is left to the schedule
    body_bytes: int = 20_000_000
    pages: int = 100
    redirects: int = 5


@dataclass(frozen=True, slots=True, repr=False)
class Access:
    """How a source is spoken to. `secrets` are further texts that must never be shown."""

    token: SecretStr | None = None
    scheme: str = "Bearer"
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)  # a key that travels in the address; never shown
    secrets: tuple[str, ...] = ()
    is_serial: bool = False  # one request at a time per token, where the vendor asks for it
    identity: str = ""  # what stays the same where the token is a new one every hour; never shown
    pace: Pace = UNPACED
    fault: Callable[[Answer, datetime], CollectorFault | None] | None = None
    """How this vendor's refusals read where they differ from the rest, asked before the common rules; None
    leaves an answer to those. It also sees answers of status 200, for errors that hide in them."""

    @classmethod
    def basic(cls, user: str, password: SecretStr, **more: Any) -> Access:
        """Access by user and password, as HTTP Basic has it."""
        both = f"{user}:{password.get_secret_value()}".encode()
        token = SecretStr(base64.b64encode(both).decode())
        secrets = (password.get_secret_value(), *more.pop("secrets", ()))
        return cls(token=token, scheme="Basic", secrets=secrets, **more)

    @property
    def fingerprint(self) -> str:
        """Tells credentials apart without revealing them."""
        secret = self.identity or (self.token.get_secret_value() if self.token else "")
        every = (secret, *self.secrets, *self.query.values())
        return hashlib.sha256("\0".join(every).encode()).hexdigest()

    @property
    def hidden(self) -> tuple[str, ...]:
        """Every text that must not be shown."""
        token = self.token.get_secret_value() if self.token else ""
        return tuple(one for one in (token, self.identity, *self.secrets, *self.query.values()) if one)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: read-only, so that it may be asked again."""

    method: str
    url: str
    accept: str = "application/json"
    payload: Any = None  # sent as JSON
    form: Mapping[str, str] | None = None  # sent as a form
    content: bytes | None = None  # sent as it is
    headers: Mapping[str, str] = field(default_factory=dict)  # of this question alone


@dataclass(frozen=True, slots=True, repr=False)
class Exchange:
    """Carries questions over one set of connections, for one token."""

    http: httpx.AsyncClient
    cache: Cache
    policy: Policy
    access: Access

    async def ask(self, request: Request) -> Answer:
        """Ask, and follow redirects; beyond the first origin without the token."""
        home = origin(request.url)
        for _ in range(self.policy.redirects + 1):
            answer = await self._send(request, is_home=origin(request.url) == home)
            target = answer.headers.get("location")
            if answer.status not in (301, 302, 303, 307, 308) or not target:
                return answer
            if request.method != "GET" and answer.status not in (307, 308):
                raise UnexpectedResponse(
                    f"{place(request.url)} redirects a question it should answer",
                    hint="Check base_url.",
                    status=answer.status,
                )
            following = urljoin(request.url, target)
            if urlsplit(following).scheme not in _PORTS or (
                home[0] == "https" and origin(following)[0] != "https"
            ):
                raise UnexpectedResponse(
                    f"{place(request.url)} redirects to an unsafe address",
                    hint="Check base_url.",
                    status=answer.status,
                )
            if origin(following)[1] != home[1]:
                await refuse_inside(request.url, following)
            request = replace(request, url=following)
        raise UnexpectedResponse(f"{place(request.url)} redirects in circles", hint="Check base_url.")

    async def _send(self, request: Request, *, is_home: bool) -> Answer:
        key = cache_key(request.url, request.accept, self.access.fingerprint if is_home else "")
        cached = self.cache.get(key) if request.method == "GET" else None
        headers = self._headers(request, is_home=is_home) | _conditions(cached)
        url = httpx.URL(request.url)
        if is_home and self.access.query:
            url = url.copy_merge_params(self.access.query)
        async with self.http.stream(
            request.method, url, headers=headers, follow_redirects=False, **_content(request)
        ) as response:
            body = await self._body(response)
            found = {name.lower(): value for name, value in response.headers.items()}
        if response.status_code == 304:
            if cached is None:
                raise UnexpectedResponse(
                    f"{place(request.url)} answered 304 to an unconditional request", status=304
                )
            kept = found | dict(cached.headers)
            return Answer(200, kept, cached.body, request.url, is_unchanged=True)
        if (
            request.method == "GET"
            and response.status_code == 200
            and ("etag" in found or "last-modified" in found)
        ):
            kept = {name: found[name] for name in ("content-type", "link") if name in found}
            etag, modified = found.get("etag", ""), found.get("last-modified", "")
            self.cache[key] = CachedResponse(body, etag, modified, kept)
        return Answer(response.status_code, found, body, request.url)

    def _headers(self, request: Request, *, is_home: bool) -> dict[str, str]:
        headers = {"User-Agent": USER_AGENT, "Accept": request.accept, "Accept-Encoding": _CODINGS}
        if not is_home:
            return headers
        headers |= request.headers
        if self.access.token is not None:
            token = self.access.token.get_secret_value().strip()
            if not token or not token.isascii() or not token.isprintable() or " " in token:
                raise AuthFailed(
                    "the token is empty or holds characters that no token has",
                    hint="Set it again, without quotes or line breaks.",
                )
            headers["Authorization"] = f"{self.access.scheme} {token}"
        return headers | dict(self.access.headers)

    async def _body(self, response: httpx.Response) -> bytes:
        limit, body = self.policy.body_bytes, bytearray()
        packed = response.headers.get("content-encoding", "").replace(" ", "").lower()
        if "," in packed or packed in ("zstd", "br"):
            raise UnexpectedResponse(
                f"{place(str(response.url))} packed its body in a way that was not asked for",
                hint="It was not unpacked: it may swell without end.",
                status=response.status_code,
            )
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > limit:
                raise UnexpectedResponse(
                    f"{place(str(response.url))} sent more than {limit:,} bytes",
                    hint="No part of it was used.",
                    status=response.status_code,
                )
        return bytes(body)


async def refuse_inside(asked: str, target: str) -> None:
    """Raise where `target`, another host than the one asked, lies inside a network: a vendor's answer must
    not lead the bot to machines that only the bot can reach."""
    host, port = urlsplit(target).hostname or "", int(origin(target)[2] or 0)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return  # it cannot be reached anyway, and that is what the fault will say
    addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    if all(is_public(one) for one in addresses):
        return
    raise UnexpectedResponse(
        f"{place(asked)} redirects to {place(target)}, which lies inside a network",
        hint="It was not followed. Check base_url, and name the right host there.",
    )


def _content(request: Request) -> dict[str, Any]:
    if request.payload is not None:
        return {"json": request.payload}
    if request.form is not None:
        return {"data": dict(request.form)}
    return {} if request.content is None else {"content": request.content}


def origin(url: str) -> tuple[str, str, str]:
    """Scheme, host and port: what a token belongs to."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return ("", "", "")
    return (parts.scheme.lower(), (parts.hostname or "").lower(), str(port))


def cache_key(url: str, accept: str, fingerprint: str) -> str:
    """One entry per address, form and token; hashed, for an address may hold a secret."""
    return hashlib.sha256("\0".join((url, accept, fingerprint)).encode()).hexdigest()


def transport_fault(url: str, error: httpx.HTTPError) -> CollectorFault:
    """What a broken connection amounts to. Its own text may quote headers, so little of it is used."""
    where = place(url)
    if isinstance(error, httpx.TimeoutException):
        return Unavailable(f"{where} did not answer in time", hint="It is asked again.")
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return UnexpectedResponse(
            f"{where} cannot be asked: the address or a header is malformed",
            hint="Check base_url and the token.",
        )
    if isinstance(error, httpx.DecodingError):
        return UnexpectedResponse(
            f"{where} sent a body that cannot be decoded", hint="It may have been cut on the way."
        )
    if is_tls_fault(error):
        return Unavailable(
            f"{where} has no valid TLS certificate: {error}", hint="Renew it, or correct base_url."
        )
    return Unavailable(
        f"{where} cannot be reached: {error or type(error).__name__}", hint="Check base_url and the network."
    )


def is_tls_fault(error: BaseException) -> bool:
    """Whether a certificate or handshake is behind `error`."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _conditions(cached: CachedResponse | None) -> dict[str, str]:
    if cached is None:
        return {}
    pairs = {"If-None-Match": cached.etag, "If-Modified-Since": cached.last_modified}
    return {name: value for name, value in pairs.items() if value}
