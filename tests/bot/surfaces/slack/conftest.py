"""The Slack surface on the strict stand-in, both on loopback ports of the test's own loop."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
import uvicorn
from starlette.types import ASGIApp

from bot.playground.config import Channel, Limits, PlaygroundConfig
from bot.playground.standin import Standin, create_app
from bot.reply import Drawing, Reply, Writing
from bot.surfaces.base import Invocation
from bot.surfaces.slack.app import Backing, SlackConfig, SlackSurface
from bot.surfaces.slack.config import Timing
from tests.bot.surfaces.papers import made
from tests.bot.surfaces.samples import STANDING

SECRET = "shhh"
TOKEN = "xoxb-1"
CHANNEL = "C0GENERAL"
CHANNELS = (
    Channel(CHANNEL, "general"),
    Channel("C0OTHER", "other", has_bot=False),
    Channel("C0OLD", "old", is_archived=True),
)


def loopback() -> tuple[socket.socket, str]:
    """A bound socket and its address."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    return bound, f"http://127.0.0.1:{bound.getsockname()[1]}"


@asynccontextmanager
async def served(app: ASGIApp, bound: socket.socket) -> AsyncIterator[None]:
    """`app` behind uvicorn for as long as the block lasts."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
    task = asyncio.create_task(server.serve(sockets=[bound]))
    while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.005)
    try:
        yield
    finally:
        server.should_exit = True
        await task


@dataclass
class Bench:
    """The surface under test and the stand-in it talks to."""

    standin: Standin
    surface: SlackSurface
    url: str
    asked: list[Invocation] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    ahead: float = 0.0  # how far the stand-in's clock has moved by sleeping
    answer: Callable[[Invocation], Reply] = lambda _: STANDING

    def ask(self, invocation: Invocation) -> Reply:
        self.asked.append(invocation)
        return self.answer(invocation)

    async def draw(self, wanted: Drawing | Writing) -> bytes:
        return made(wanted)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.ahead += seconds
        await asyncio.sleep(0)

    async def until(self, holds: Callable[[], object], seconds: float = 3.0) -> None:
        """Wait until `holds()` is true."""
        async with asyncio.timeout(seconds):
            while not holds():  # noqa: ASYNC110 - any claim about two programs
                await asyncio.sleep(0.01)


MakeBench = Callable[..., Awaitable[Bench]]


@pytest.fixture(autouse=True)
def _no_slack_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*os.environ]:
        if name.startswith("SLACK_") or name.lower() in ("http_proxy", "https_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
async def make_bench() -> AsyncIterator[MakeBench]:
    """Builds benches; `start=False` leaves the surface unstarted, `config` changes its settings."""
    closing: list[Callable[[], Awaitable[object]]] = []

    async def make(
        *,
        start: bool = True,
        scopes: str | None = None,
        limits: Limits | None = None,
        backing: Backing | None = None,
        **config: object,
    ) -> Bench:
        bound, url = loopback()
        playground = PlaygroundConfig(
            events_url=url + "/slack/events",
            signing_secret=SECRET,
            bot_token=TOKEN,
            base_url=url,
            channels=CHANNELS,
            limits=limits or Limits(posts_per_second=1_000.0),
            now=lambda: time.time() + bench.ahead,
        )
        app = create_app(playground if scopes is None else replace(playground, scopes=scopes))
        settings = SlackConfig(
            bot_token=TOKEN, signing_secret=SECRET, api_url=url + "/api/", timing=Timing(drain=0.5)
        )
        bench = Bench(app.state.standin, None, url)  # type: ignore[arg-type]
        bench.surface = SlackSurface(
            replace(settings, **config),
            ask=lambda asked: bench.ask(asked),
            draw=lambda drawing: bench.draw(drawing),
            backing=backing or Backing(),
            sleep=bench.sleep,
        )
        app.router.routes.extend(bench.surface.routes())
        server = served(app, bound)
        await server.__aenter__()
        closing.append(lambda: server.__aexit__(None, None, None))
        closing.append(bench.surface.stop)
        if start:
            await bench.surface.start()
        return bench

    yield make
    for close in reversed(closing):
        await close()


@pytest.fixture
async def bench(make_bench: MakeBench) -> Bench:
    return await make_bench()
