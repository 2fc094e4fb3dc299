"""Keeps other websites out of the page's own API, and the page to itself.

The stand-in listens on loopback, where any website open in the same browser can send requests. A
foreign `Host` is DNS rebinding; a foreign `Origin` is another site's script or form.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
MOST_BODY_BYTES = 100_000
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}

Endpoint = Callable[[Request], Awaitable[Response]]


def guarded(endpoint: Endpoint, base_url: str) -> Endpoint:
    """The endpoint, for requests of the page itself only."""
    hosts = LOOPBACK | {(urlsplit(base_url).hostname or "").lower()}

    async def answer(request: Request) -> Response:
        refusal = _refusal(request, hosts)
        response = PlainTextResponse(refusal, status_code=403) if refusal else await endpoint(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return answer


def _refusal(request: Request, hosts: frozenset[str]) -> str:
    host = request.headers.get("host", "")
    if (urlsplit(f"//{host}").hostname or "").lower() not in hosts:
        return "This page is only served under its own address: open it as 127.0.0.1 or localhost."
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return "Requests from other sites are refused."
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
        return "Requests from other sites are refused."
    if request.method == "POST":
        return _refused_post(request, origin)
    return ""


def _refused_post(request: Request, origin: str | None) -> str:
    if origin is None:
        return "A POST needs the Origin header of the page."
    if not request.headers.get("content-type", "").startswith("application/json"):
        return "A POST needs the content type application/json."
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > MOST_BODY_BYTES:
        return f"A POST needs a Content-Length of at most {MOST_BODY_BYTES} bytes."
    return ""
