"""The sending half of the surface by itself, on the stand-in, with a clock that goes by sleeping only."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.playground.config import BOT_ID
from bot.playground.slack_error import Json
from bot.surfaces.slack.api import Api
from bot.surfaces.slack.files import Pictures
from bot.surfaces.slack.pacing import Pacing
from bot.surfaces.slack.send import Sender
from tests.bot.surfaces.slack.conftest import TOKEN, Bench, MakeBench


@dataclass
class Desk:
    """A sender, and what it calls."""

    bench: Bench
    api: Api
    pictures: Pictures
    sender: Sender

    def stored(self, channel: str) -> list[Json]:
        """The messages of a place as Slack keeps them, the oldest first."""
        return list(self.bench.standin.world.rooms[channel].messages.values())

    def inject_from(self, number: int, method: str, *faults: Any) -> None:
        """Let the `number`-th call of `method` from now on meet these faults, one a call."""
        call, seen = self.api.call, 0

        async def counted(name: str, arguments: Any, **how: bool) -> Any:
            nonlocal seen
            seen += name == method
            if name == method and 0 <= seen - number < len(faults):
                self.bench.standin.inject(method, faults[seen - number])
            return await call(name, arguments, **how)

        self.api.call = counted  # type: ignore[method-assign,assignment]


@asynccontextmanager
async def sending(make_bench: MakeBench, *, native: bool = False, **settings: Any) -> AsyncIterator[Desk]:
    """A desk on a stand-in of its own; nothing listens."""
    bench = await make_bench(start=False, **settings)
    api = Api(TOKEN, bench.url + "/api/", sleep=bench.sleep)
    api.pacing = Pacing(lambda: bench.ahead, bench.sleep)
    pictures = Pictures(api, lambda drawing: bench.draw(drawing), native=native)
    try:
        yield Desk(bench, api, pictures, Sender(api, pictures, BOT_ID))
    finally:
        await api.close()


def just_now() -> datetime:
    return datetime.now(UTC)
