"""The stand-in for Discord in a thread of its own, for bots in other processes and for blocking code."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.discord_standin.app import Outcome, Standin, served
from tests.discord_standin.config import GENERAL, StandinConfig

CHANNEL = GENERAL


class Discord:
    """A running stand-in; its state outlives the bots that talk to it."""

    def __init__(self, standin: Standin, url: str, loop: asyncio.AbstractEventLoop) -> None:
        self.standin, self.url, self._loop = standin, url, loop

    @property
    def environment(self) -> Mapping[str, str]:
        """What makes `kpi` talk to it."""
        return {"DISCORD_TOKEN": self.standin.config.token, "DISCORD_API_URL": self.url}

    def texts(self, channel: str = CHANNEL) -> list[str]:
        """What stands in a channel, oldest first: the words and the embeds of each message."""
        return [f"{one['content']} {one.get('embeds')}" for one in self.standin.messages(channel)]

    def ask(self, question: str) -> Outcome:
        """`/kpi question:…`, as somebody sends it off, once it is answered."""

        async def asked() -> Outcome:
            outcome = await self.standin.slash(question)
            await self.standin.answered(outcome)
            return outcome

        return self._run(asked())

    def _run(self, work: Coroutine[Any, Any, Outcome]) -> Outcome:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


@contextmanager
def discord_in_a_thread(config: StandinConfig | None = None) -> Iterator[Discord]:
    loop = asyncio.new_event_loop()
    is_up, stop = threading.Event(), asyncio.Event()
    found: list[Discord] = []

    async def serve() -> None:
        async with served(config) as (standin, url):
            found.append(Discord(standin, url, loop))
            is_up.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    is_up.wait(5)
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(5)
        loop.close()
