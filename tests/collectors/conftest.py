"""What collector tests share: a client whose clock stands still and whose waits take no time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import pytest

from collectors.http import CachedResponse, Client, Policy

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@dataclass
class Waits:
    """Stands in for sleeping and keeps what was slept."""

    seconds: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def cache() -> dict[str, CachedResponse]:
    return {}


@pytest.fixture
async def client(waits: Waits, cache: dict[str, CachedResponse]) -> AsyncIterator[Client]:
    """A client over real sockets."""
    async with httpx.AsyncClient(trust_env=False) as http:
        made = Client(http, now=lambda: NOW, cache=cache, policy=Policy(body_bytes=5_000_000), sleep=waits)
        made.jitter = lambda: 0.5
        yield made
