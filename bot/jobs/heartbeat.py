"""A sign of life to a watcher outside: an address asked every minute while all is well.

The bot cannot tell that it is dead; whoever misses the sign can (healthchecks.io, a cron monitor). It is not
sent while people or posts cannot get through, so that being deaf counts as being dead.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from collectors.faults import CollectorFault
from collectors.http import Client

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=1)


@dataclass
class Heartbeat:
    """Asks `url`. It is a secret: who knows it can keep a dead bot looking alive."""

    url: str = field(repr=False)
    client: Client
    problems: Callable[[], Sequence[str]]  # why the bot is not well; none when it is

    async def __call__(self) -> bool:
        """Whether the sign was given."""
        if problems := self.problems():
            log.warning("heartbeat withheld why=%r", "; ".join(problems))
            return False
        parts = urlsplit(self.url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        try:
            # Without the cache, which is kept in the database.
            await self.client.keeping({}).at(f"{parts.scheme}://{parts.netloc}").get_text(path)
        except CollectorFault as fault:
            # Its words name the address, which is the secret.
            log.warning("heartbeat failed fault=%s", type(fault).__name__)
            return False
        return True
