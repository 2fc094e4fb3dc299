"""What happens, told to every open page, in order."""

from __future__ import annotations

import asyncio

from bot.playground.slack_error import Json

BACKLOG = 1_000
"""A page that falls this far behind is dropped; it reconnects and reads the whole state again."""


class Feed:
    """Numbered events for any number of readers. All of it runs on one event loop."""

    def __init__(self) -> None:
        self._readers: set[asyncio.Queue[Json | None]] = set()
        self.last = 0
        self.is_closed = False

    def tell(self, kind: str, event: Json) -> None:
        """Send an event to whoever listens."""
        self.last += 1
        numbered: Json = {"number": self.last, "kind": kind, **event}
        for reader in list(self._readers):
            if reader.qsize() >= BACKLOG:
                self._end(reader)
            else:
                reader.put_nowait(numbered)

    def subscribe(self) -> asyncio.Queue[Json | None]:
        """A queue of the events from now on; `None` ends it."""
        reader: asyncio.Queue[Json | None] = asyncio.Queue()
        self._readers.add(reader)
        if self.is_closed:
            self._end(reader)
        return reader

    def unsubscribe(self, reader: asyncio.Queue[Json | None]) -> None:
        self._readers.discard(reader)

    def drop(self) -> None:
        """End every reader; a page comes back within a second."""
        for reader in list(self._readers):
            self._end(reader)

    def close(self) -> None:
        """End every reader for good, so that a server can stop."""
        self.is_closed = True
        self.drop()

    def _end(self, reader: asyncio.Queue[Json | None]) -> None:
        self._readers.discard(reader)
        reader.put_nowait(None)
