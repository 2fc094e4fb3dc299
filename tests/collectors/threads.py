"""A vendor's stand-in in a thread of its own, for programs that run a loop of their own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.collectors.loopback import Answerer, Server, serve


@contextmanager
def serving(answer: Answerer) -> Iterator[Server]:
    """The running server; it ends with the block."""
    loop, ready, found = asyncio.new_event_loop(), threading.Event(), []

    async def stand() -> None:
        async with serve(answer) as server:
            found.append(server)
            ready.set()
            await ended.wait()

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(stand())
        loop.close()

    ended = asyncio.Event()
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(5)
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(5)
