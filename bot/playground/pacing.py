"""Slack's pace of posting: one message a second and channel, with room for a short burst."""

from __future__ import annotations

import math
from collections.abc import Callable

from bot.playground.config import Limits
from bot.playground.slack_error import SlackError


class RateLimitedError(SlackError):
    """Too many posts: answered with 429 and `Retry-After`."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("ratelimited", status=429)
        self.retry_after = retry_after


class Pacing:
    """A bucket for each channel that fills at the allowed rate and holds one burst."""

    def __init__(self, limits: Limits, now: Callable[[], float]) -> None:
        self._limits, self._now = limits, now
        self._buckets: dict[str, tuple[float, float]] = {}

    def spend(self, channel: str) -> None:
        """Take one post out of the channel's bucket, or refuse."""
        rate, now = self._limits.posts_per_second, self._now()
        left, at = self._buckets.get(channel, (float(self._limits.burst), now))
        left = min(float(self._limits.burst), left + max(0.0, now - at) * rate)
        if left < 1:
            raise RateLimitedError(max(1, math.ceil((1 - left) / rate)))
        self._buckets[channel] = (left - 1, now)
