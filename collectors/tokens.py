"""Access tokens that live an hour: fetched when they are needed, shared by all sources of one credential."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from pydantic import SecretStr

from collectors.faults import UnexpectedResponse
from collectors.payload import number, text

_EARLY = timedelta(minutes=1)
"""A token is replaced this long before its end, so that none runs out under way."""


@dataclass
class Tokens:
    """The tokens one process holds, by the credential they were given for; never stored, never shown."""

    _held: dict[str, tuple[SecretStr, datetime]] = field(default_factory=dict, repr=False)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict, repr=False)

    async def get(
        self, credential: str, now: datetime, fetch: Callable[[], Awaitable[tuple[SecretStr, timedelta]]]
    ) -> SecretStr:
        """The token of `credential`, fetched once however many wait for it; raises what `fetch` raises."""
        key = sha256(credential.encode()).hexdigest()
        async with self._locks.setdefault(key, asyncio.Lock()):
            held = self._held.get(key)
            if held is not None and held[1] - _EARLY > now:
                return held[0]
            token, life = await fetch()
            self._held[key] = (token, now + life)
            return token

    def forget(self, credential: str) -> None:
        """Drop a token that the vendor refused."""
        self._held.pop(sha256(credential.encode()).hexdigest(), None)


def granted(answer: Any) -> tuple[SecretStr, timedelta]:
    """Token and life in an OAuth 2 answer; without `expires_in` it lives an hour (RFC 6749, section 5.1)."""
    token = SecretStr(text(answer, "access_token"))
    life = number(answer, "expires_in") if isinstance(answer, Mapping) and "expires_in" in answer else 3600.0
    if not 0 < life <= 10 * 366 * 86400:
        raise UnexpectedResponse("expires_in is no length of time", hint="The token was not used.")
    return token, timedelta(seconds=life)
