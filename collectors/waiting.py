"""How long a source asks us to wait, in every form vendors say it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_EPOCH_FROM = 1_000_000_000  # a larger number is a moment (2001 on), a smaller one a count of seconds
_MILLISECONDS_FROM = 100_000_000_000
_LONGEST = timedelta(days=31)

_REMAINING_HEADERS = (
    "x-ratelimit-remaining",
    "x-rate-limit-remaining",
    "ratelimit-remaining",
    "x-ratelimit-requests-remaining",  # Linear
    "x-sentry-rate-limit-remaining",
)
_RESET_HEADERS = (
    "x-ratelimit-reset-after",
    "x-ratelimit-reset",
    "x-rate-limit-reset",
    "ratelimit-reset",
    "x-ratelimit-requests-reset",
    "x-sentry-rate-limit-reset",
)
_LIMIT_HEADERS = (
    "x-ratelimit-limit",
    "x-rate-limit-limit",
    "ratelimit-limit",
    "x-ratelimit-requests-limit",
    "x-sentry-rate-limit-limit",
)
_BODY_KEYS = ("retry_after", "backoff")  # Discord; Stack Exchange
# draft-ietf-httpapi-ratelimit-headers, older and newer: limit=9, remaining=0, reset=7 and "default";r=0;t=7
_DRAFT = re.compile(r"(?:^|[;,\s])(remaining|reset|r|t)=(\d+)", re.IGNORECASE)
# Apple: X-Rate-Limit: user-hour-lim:3500;user-hour-rem:0;
_APPLE = re.compile(r"user-hour-rem:0(?:;|$)")


def retry_after(headers: Mapping[str, str], now: datetime, *, body: bytes = b"") -> timedelta | None:
    """The wait a response asks for, or None where it names none.

    Retry-After (seconds or HTTP date) wins over X-Retry-After (seconds or epoch), then a `retry_after` or
    `backoff` in a JSON body, then the reset headers, which do not count while some of the allowance remains.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    reference = _http_date(lower.get("date", "")) or now
    for name in ("retry-after", "x-retry-after"):
        if (wait := _wait(lower.get(name, ""), now, reference)) is not None:
            return wait
    if (wait := _from_body(body, now)) is not None:
        return wait
    draft = _draft(lower)
    tells_rest = "remaining" in draft or any(name in lower for name in _REMAINING_HEADERS)
    if is_spent(lower) or not tells_rest:
        for name in _RESET_HEADERS:
            if (wait := _wait(lower.get(name, ""), now, reference)) is not None:
                return wait
        if "reset" in draft:
            return _wait(draft["reset"], now, reference)
    return None


def is_spent(headers: Mapping[str, str]) -> bool:
    """Whether the response says that nothing remains of the allowance."""
    lower = {name.lower(): value.strip() for name, value in headers.items()}
    return (
        any(_is_nought(lower.get(name)) for name in _REMAINING_HEADERS)
        or _is_nought(_draft(lower).get("remaining"))
        or _APPLE.search(lower.get("x-rate-limit", "")) is not None
    )


def allowance(
    headers: Mapping[str, str], now: datetime
) -> tuple[float, float | None, datetime | None] | None:
    """What is left, of how much, and when it is whole again; None where the response does not say."""
    lower = {name.lower(): value.strip() for name, value in headers.items()}
    draft = _draft(lower)
    remaining = next((lower[one] for one in _REMAINING_HEADERS if one in lower), draft.get("remaining", ""))
    limit = next((lower[one] for one in _LIMIT_HEADERS if one in lower), "")
    reset = next((lower[one] for one in _RESET_HEADERS if one in lower), draft.get("reset", ""))
    left = _count(remaining)
    if left is None:
        return None
    wait = _wait(reset, now, _http_date(lower.get("date", "")) or now)
    return left, _count(limit), None if wait is None else now + wait


def _count(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) and found >= 0 else None


def _is_nought(text: str | None) -> bool:
    """Whether an allowance reads as used up: "0", or Reddit's "0.0"."""
    return text is not None and _count(text) == 0


def _draft(lower: Mapping[str, str]) -> dict[str, str]:
    """`remaining` and `reset` of a RateLimit header, by either name they go by."""
    long = {"r": "remaining", "t": "reset"}
    found = _DRAFT.findall(lower.get("ratelimit", ""))
    return {long.get(name.lower(), name.lower()): value for name, value in found}


def _wait(text: str, now: datetime, reference: datetime) -> timedelta | None:
    """`text` as a wait: seconds, an epoch in seconds or milliseconds, or an HTTP date."""
    text = text.strip()
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        moment = _http_date(text) or _iso(text)
        # Dates are held against the server's own clock where it sent one: ours may be off.
        return None if moment is None else _bounded((moment - reference).total_seconds())
    if not math.isfinite(number):
        return None
    if number >= _MILLISECONDS_FROM:
        number /= 1000
    return _bounded(number - now.timestamp() if number >= _EPOCH_FROM else number)


def _bounded(seconds: float) -> timedelta:
    return min(timedelta(seconds=max(0.0, min(seconds, 1e9))), _LONGEST)


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _iso(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _from_body(body: bytes, now: datetime) -> timedelta | None:
    if not any(key.encode() in body for key in _BODY_KEYS):
        return None
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    value = next((found[key] for key in _BODY_KEYS if key in found), None)
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    return _wait(str(value), now, now)
