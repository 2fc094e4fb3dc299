"""The Discord surface against the strict stand-in, both on this test's own loop."""

from __future__ import annotations

import asyncio
import logging
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it imports audioop, which Python is about to drop
    import discord  # noqa: F401 - here, before a test module would import it under "warnings are errors"

from bot.commands import COMMANDS
from bot.commands.complete import Suggestion
from bot.reply import Drawing, Reply, Writing
from bot.surfaces.base import Invocation
from bot.surfaces.discord.app import DiscordConfig, DiscordSurface, Offer
from bot.surfaces.discord.config import Timing
from tests.bot.surfaces.papers import made
from tests.bot.surfaces.samples import STANDING
from tests.discord_standin.app import Standin, served
from tests.discord_standin.config import StandinConfig

TOKEN = "discord-token"
TIMING = Timing(settle=0.01, connect=3.0, drain=0.5, request=3.0, rebuild=0.02)


@dataclass
class Bench:
    """The surface under test and the stand-in it talks to."""

    standin: Standin
    url: str
    surface: DiscordSurface = field(init=False)
    asked: list[Invocation] = field(default_factory=list)
    begun: list[Invocation] = field(default_factory=list)
    suggestions: tuple[Suggestion, ...] = ()
    answer: Callable[[Invocation], Reply] = lambda _: STANDING

    def ask(self, invocation: Invocation) -> Reply:
        self.asked.append(invocation)
        return self.answer(invocation)

    def suggest(self, invocation: Invocation) -> tuple[Suggestion, ...]:
        self.begun.append(invocation)
        return self.suggestions

    async def draw(self, wanted: Drawing | Writing) -> bytes:
        return made(wanted)

    def another(self, *, listener: Any = None, timing: Timing = TIMING, **config: Any) -> DiscordSurface:
        """One more surface for the same bot, as another process has one."""
        settings = DiscordConfig(token=TOKEN, api_url=self.url, timing=timing)
        return DiscordSurface(
            replace(settings, **config),
            ask=lambda asked: self.ask(asked),
            draw=lambda drawing: self.draw(drawing),
            offer=Offer(COMMANDS, self.suggest),
            listener=listener,
        )

    async def until(self, holds: Callable[[], object], seconds: float = 3.0) -> None:
        """Wait until `holds()` is true."""
        async with asyncio.timeout(seconds):
            while not holds():  # noqa: ASYNC110 - any claim about two programs
                await asyncio.sleep(0.005)


MakeBench = Callable[..., Awaitable[Bench]]


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """discord.py's addresses are its classes': put back after each test. Its own log is of no interest."""
    from discord.gateway import DiscordWebSocket
    from discord.http import Route

    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    monkeypatch.setattr(logging.getLogger("discord"), "propagate", False)


@pytest.fixture
async def make_bench() -> AsyncIterator[MakeBench]:
    """Builds benches; `start=False` leaves the surface unstarted, `world` is the stand-in's config."""
    async with AsyncExitStack() as stack:

        async def make(*, start: bool = True, world: StandinConfig | None = None, **config: Any) -> Bench:
            standin, url = await stack.enter_async_context(served(world))
            bench = Bench(standin, url)
            bench.surface = bench.another(**config)
            stack.push_async_callback(bench.surface.stop)
            if start:
                await bench.surface.start()
            return bench

        yield make


@pytest.fixture
async def bench(make_bench: MakeBench) -> Bench:
    return await make_bench()
