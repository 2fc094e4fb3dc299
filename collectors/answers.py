"""What came back over HTTP, and which fault it amounts to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn
from urllib.parse import urlsplit

import httpx

from collectors.faults import AuthFailed, CollectorFault, RateLimited, Unavailable, UnexpectedResponse
from collectors.redaction import one_line, redact_url
from collectors.waiting import is_spent, retry_after

# REST refuses with these words where no header tells a limit from a missing permission:
# https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
_LIMIT_WORDS = ("rate limit", "abuse detection", "too many requests")
_LONGEST_QUOTE = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """One response, read to its end. `is_unchanged` where the source confirmed what we had (304)."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    url: str
    is_unchanged: bool = False

    @property
    def next_url(self) -> str | None:
        """The address of the next page, from the Link header."""
        return self._link("next")

    @property
    def last_url(self) -> str | None:
        """The address of the last page, from the Link header."""
        return self._link("last")

    def _link(self, relation: str) -> str | None:
        links = httpx.Response(200, headers={"link": self.headers.get("link", "")}).links
        return links.get(relation, {}).get("url")

    def json(self) -> Any:
        """The body as JSON. NaN and infinity are not JSON and are refused."""
        try:
            return json.loads(self.body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise UnexpectedResponse(
                f"{place(self.url)} answered {self.status} with something that is not JSON "
                f"({self.headers.get('content-type', 'no content type')}, {len(self.body)} bytes)",
                hint="Check that base_url points at the API and not at a web page or a proxy's login.",
                status=self.status,
            ) from None

    def text(self) -> str:
        """The body as text, in the charset the source declares, else UTF-8."""
        content_type = self.headers.get("content-type", "")
        charset = httpx.Headers({"content-type": content_type})
        encoding = httpx.Response(200, headers=charset).charset_encoding or "utf-8"
        try:
            return self.body.decode(encoding, errors="replace")
        except LookupError:
            return self.body.decode("utf-8", errors="replace")


def place(url: str) -> str:
    """`url` as a fault names it: where the request went, without its query."""
    parts = urlsplit(redact_url(url))
    return f"{parts.netloc}{parts.path}"


def fault_of(answer: Answer, now: datetime) -> CollectorFault | None:
    """The fault that the status of `answer` amounts to, or None where it is fine."""
    if answer.status == 202:
        return Unavailable(
            f"{place(answer.url)} is still being computed (202)", hint="It is asked again later.", status=202
        )
    if 200 <= answer.status < 300:
        return None
    where = f"{place(answer.url)} answered {answer.status}"
    if _is_limit(answer):
        wait = retry_after(answer.headers, now, body=answer.body)
        hint = "It is asked again after the wait it names." if wait else "It is asked again on the next run."
        return RateLimited(f"{where}: rate limit reached", hint=hint, status=answer.status, retry_after=wait)
    said = _said(answer)
    if answer.status in (401, 403):
        return AuthFailed(where + said, hint=_auth_hint(answer), status=answer.status)
    if answer.status in (408, 425) or answer.status >= 500:
        return Unavailable(where + said, hint="It is asked again on the next run.", status=answer.status)
    hint = (
        "Check the name in the source's settings, and that the token may see it if it is private."
        if answer.status in (404, 410)
        else "Check the source's settings against the vendor's documentation."
    )
    return UnexpectedResponse(where + said, hint=hint, status=answer.status)


def hinted(answer: Answer, now: datetime, hints: Mapping[int, str]) -> CollectorFault | None:
    """The fault of `answer` with a vendor's own hint for its status; a limit keeps the words on its wait."""
    fault = fault_of(answer, now)
    if fault is not None and not isinstance(fault, RateLimited):
        fault.hint = hints.get(answer.status, fault.hint)
    return fault


def graphql_fault(answer: Answer, errors: Any, now: datetime) -> CollectorFault:
    """The fault behind the `errors` of a GraphQL answer, which arrives with status 200."""
    found = [one for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    types = {str(one.get("type", "")).upper() for one in found}
    words = "; ".join(str(one.get("message", "no message")) for one in found) or "no message"
    message = f"{place(answer.url)} answered 200 with errors: {_quote(words)}"
    if "RATE_LIMITED" in types or any(word in words.lower() for word in _LIMIT_WORDS):
        wait = retry_after(answer.headers, now)
        return RateLimited(message, hint="It is asked again on a later run.", status=200, retry_after=wait)
    if types & {"FORBIDDEN", "INSUFFICIENT_SCOPES", "UNAUTHORIZED"}:
        return AuthFailed(message, hint=_auth_hint(answer), status=200)
    return UnexpectedResponse(
        message, hint="Parts of such an answer may be missing, so none of it is used.", status=200
    )


def _is_limit(answer: Answer) -> bool:
    if answer.status == 429:
        return True
    if answer.status != 403:
        return False
    words = answer.body[:2000].decode("utf-8", errors="replace").lower()
    return (
        "retry-after" in answer.headers
        or is_spent(answer.headers)
        or any(one in words for one in _LIMIT_WORDS)
    )


def _auth_hint(answer: Answer) -> str:
    needed = answer.headers.get("x-accepted-github-permissions") or answer.headers.get(
        "x-accepted-oauth-scopes"
    )
    if needed:
        return f"Grant the token: {_quote(needed)}"
    if answer.status == 401:
        return "The token is missing, wrong, expired or revoked: set a new one."
    return "The token lacks a permission for this: grant it, or leave the part out."


def _said(answer: Answer) -> str:
    """What a JSON error body says, quoted; nothing for pages and plain text."""
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    found = (
        _first_text(body.get(key) for key in ("message", "error_description", "error", "detail"))
        if isinstance(body, dict)
        else ""
    )
    return f": {_quote(found)}" if found else ""


def _first_text(values: Iterable[Any]) -> str:
    return next((one for one in values if isinstance(one, str) and one.strip()), "")


def _quote(text: str) -> str:
    return one_line(text, _LONGEST_QUOTE)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
