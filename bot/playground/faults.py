"""Faults that a test orders: the next calls of a method fail the way Slack and networks fail."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one call. `is_taken` says whether Slack acts on the call before it fails."""

    status: int = 200
    error: str = ""
    retry_after: int | None = None
    delay_seconds: float = 0.0
    is_taken: bool = False
    drops: bool = False


def rate_limited(retry_after: int = 1) -> Fault:
    """Answer 429 with `Retry-After`; the call is not taken."""
    return Fault(status=429, error="ratelimited", retry_after=retry_after)


def server_error(status: int = 500, *, is_taken: bool = False) -> Fault:
    """Answer 5xx, before or after acting on the call."""
    return Fault(status=status, error="internal_error", is_taken=is_taken)


def dropped(*, is_taken: bool = True) -> Fault:
    """Close the connection without an answer, by default after acting on the call."""
    return Fault(drops=True, is_taken=is_taken)


def slow(seconds: float) -> Fault:
    """Act on the call at once, and answer it only after `seconds`."""
    return Fault(delay_seconds=seconds, is_taken=True)


def refused(error: str) -> Fault:
    """Answer `{"ok": false, "error": error}`; the call is not taken."""
    return Fault(error=error)


class Faults:
    """The ordered faults, by method; `*` is any method of the Web API."""

    def __init__(self) -> None:
        self._ordered: defaultdict[str, deque[Fault]] = defaultdict(deque)

    def inject(self, method: str, fault: Fault, times: int = 1) -> None:
        self._ordered[method].extend([fault] * times)

    def take(self, method: str, *, any_of: bool = True) -> Fault | None:
        """The fault that this call of `method` meets, if one is ordered."""
        for name in (method, "*") if any_of else (method,):
            if self._ordered[name]:
                return self._ordered[name].popleft()
        return None
