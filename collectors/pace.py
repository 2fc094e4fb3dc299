"""How fast one credential may ask: below the vendor's limit, in one line for all sources that share it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_SHARE = 0.9
"""Of a vendor's allowance this much is used: other programs of the same owner need some too."""
_BURST = 0.25
"""Of that, this much may be asked at once after a rest; the rest is spread over the period."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What a vendor allows one credential: `requests` in `seconds` (0: it names no such limit), and
    `at_once` requests under way."""

    requests: float = 0
    seconds: float = 1
    at_once: int = 8


UNPACED = Pace()


@dataclass
class Lane:
    """The line in which the requests of one credential wait: never more in any period than its pace allows.

    A cell rate algorithm: each request moves the earliest start of the next by one interval, and `burst`
    of them may start ahead of it.
    """

    pace: Pace
    sleep: Callable[[float], Awaitable[None]]
    timer: Callable[[], float]
    _places: asyncio.Semaphore = field(init=False, repr=False)
    _due: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._places = asyncio.Semaphore(self.pace.at_once)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Held while one request is under way."""
        async with self._places:
            if (wait := self.wait()) > 0:
                await self.sleep(wait)
            yield

    def wait(self) -> float:
        """Take the next start; the seconds until then."""
        if not self.pace.requests:
            return 0.0
        allowed = self.pace.requests * _SHARE
        burst = max(1.0, allowed * _BURST)
        interval = self.pace.seconds / max(allowed - burst, allowed / 2)
        now = self.timer()
        due = max(self._due, now)
        self._due = due + interval
        return max(0.0, due - now - (burst - 1) * interval)
