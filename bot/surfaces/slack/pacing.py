"""The pace of posting: short bursts, then a message a second and channel, so that Slack hardly ever refuses.

https://docs.slack.dev/apis/web-api/rate-limits: one message a second and channel, and short bursts beyond
it without a promise of how long. Posts, edits and threads of this process share one pace a channel.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

BURST = 5
PACE_SECONDS = 1.1
"""A little slower than Slack's second, for messages do not travel equally fast."""
_REMEMBERED = 1_000


class Pacing:
    """Turns for every channel. `now` counts seconds and never goes back; `sleep` waits for some of them."""

    def __init__(
        self,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._now, self._sleep = now, sleep
        self._spent: dict[str, float] = {}
        """Until when the turns that a channel has taken last, one after the other."""

    async def turn(self, channel: str) -> None:
        """Come back when it is this message's turn in `channel`; first come, first served."""
        now = self._now()
        spent = max(now, self._spent.get(channel, now))
        # Taken before waiting, so that whoever asks meanwhile queues behind.
        self._spent[channel] = spent + PACE_SECONDS
        wait = spent - (BURST - 1) * PACE_SECONDS - now
        if len(self._spent) > _REMEMBERED:
            self._spent = {name: until for name, until in self._spent.items() if until > now}
        if wait > 0:
            await self._sleep(wait)
