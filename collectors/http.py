"""What all sources of a process share on the way to the network: connections, caches, limits, tokens.

`Client.at` binds it to one vendor and one token as an `Api` (`collectors.api`). Tokens are only ever sent to
the origin the source names: neither a redirect nor a next-page link carries them elsewhere.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import cycle

import httpx

from collectors.answers import Answer
from collectors.api import Api, Params
from collectors.budget import Budget, Spending, SpendingInMemory, spent
from collectors.exchange import Access, Cache, CachedResponse, Policy
from collectors.pace import Lane, Pace
from collectors.tokens import Tokens
from collectors.waiting import allowance

__all__ = [
    "Access",
    "Allowance",
    "Answer",
    "Api",
    "Budget",
    "Cache",
    "CachedResponse",
    "Client",
    "Pace",
    "Params",
    "Policy",
    "open_client",
]

POOLS = 16
"""One pool looks through all its connections at every request: a thousand at once are better shared out."""

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a vendor says is left for a credential, of how much, and when it is whole again."""

    left: float
    limit: float | None
    resets_at: datetime | None

    @property
    def share(self) -> float:
        """What is left of the whole; by the bare number where the vendor tells no whole."""
        return self.left / self.limit if self.limit else self.left


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
        self.tokens = Tokens()
        self.spending: Spending = SpendingInMemory()
        self.scarcest: Allowance | None = None
        self._lanes: dict[str, Lane] = {}
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

    def watched(self) -> Client:
        """The same client, noting afresh the scarcest allowance that an answer tells of."""
        twin = copy(self)
        twin.scarcest = None
        return twin

    def note(self, headers: Mapping[str, str]) -> None:
        """Take in what an answer says of the vendor's allowance."""
        told = allowance(headers, self.now())
        if told is None:
            return
        found = Allowance(*told)
        if self.scarcest is None or found.share < self.scarcest.share:
            self.scarcest = found

    def queue(self, name: str) -> asyncio.Lock:
        """The line in which requests of one token wait for each other."""
        return self._queues.setdefault(name, asyncio.Lock())

    def lane(self, name: str, pace: Pace) -> Lane:
        """The line of one credential; the pace of whoever asks first holds."""
        if name not in self._lanes:
            self._lanes[name] = Lane(pace, self.sleep, self.timer)
        return self._lanes[name]

    async def spend(self, budget: Budget, amount: Decimal) -> None:
        """Book what a request will use up, before it is sent; raises RateLimited where it no longer fits."""
        if await self.spending.spend(budget, amount, self.now()) is None:
            raise spent(budget, self.now())

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
