"""Fixtures: a stand-in on loopback, alone or with the echo bot listening."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from bot.playground.config import PlaygroundConfig
from bot.playground.standin import Standin, create_app
from tests.bot.playground.browsing import CHROMIUM, FLAGS, seen
from tests.bot.playground.serving import (
    CHANNELS,
    PEOPLE,
    SECRET,
    TOKEN,
    Listener,
    Playground,
    address,
    bolt_routes,
    complete,
    echo_app,
    listen,
    served,
)

Start = Callable[..., Any]


@pytest.fixture
def start() -> Start:
    """Start a stand-in with settings of one's own: `async with start(limits=...) as playground`."""

    @asynccontextmanager
    async def begin(**settings: Any) -> AsyncIterator[Playground]:
        taken = listen()
        config = PlaygroundConfig(
            events_url="http://127.0.0.1:9/slack/events",
            signing_secret=SECRET,
            bot_token=TOKEN,
            base_url=address(taken),
            channels=CHANNELS,
            people=PEOPLE,
            complete=complete,
        )
        app = create_app(replace(config, **settings))
        standin: Standin = app.state.standin
        async with served(app, taken, standin.close), aiohttp.ClientSession() as session:
            client = AsyncWebClient(
                TOKEN, base_url=f"{config.base_url}/api/", session=session, retry_handlers=[]
            )
            yield Playground(standin, config.base_url, client, session)

    return begin


@pytest.fixture
async def playground(start: Start) -> AsyncIterator[Playground]:
    """A stand-in with the usual settings."""
    async with start() as running:
        yield running


@pytest.fixture
async def conversation(start: Start) -> AsyncIterator[Playground]:
    """A stand-in with the echo bot listening."""
    taken = listen()
    async with (
        start(events_url=f"{address(taken)}/slack/events") as running,
        served(bolt_routes(echo_app(running.client)), taken),
    ):
        yield running


@pytest.fixture
def listening(start: Start) -> Start:
    """Start a stand-in with a bare app that listens: `async with listening(*answers, **settings)`."""

    @asynccontextmanager
    async def begin(*answers: Callable[[], Response], **settings: Any) -> AsyncIterator[Any]:
        taken, listener = listen(), Listener(*answers)
        app = Starlette(routes=[Route("/slack/events", listener.__call__, methods=["POST"])])
        events_url = f"{address(taken)}/slack/events"
        async with start(events_url=events_url, **settings) as playground, served(app, taken):
            yield playground, listener

    return begin


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield launched
        await launched.close()


@pytest.fixture
def opened(browser: Browser, start: Start) -> Start:
    """Open the page with a bot listening: `async with opened(**look) as (page, playground)`.

    `bot` makes the bot from a client; by default it is the echo bot.
    """

    @asynccontextmanager
    async def begin(
        *,
        ack_delay: float = 0.0,
        settings: dict[str, Any] | None = None,
        bot: Callable[..., AsyncApp] | None = None,
        **look: Any,
    ) -> AsyncIterator[Any]:
        taken = listen()
        events_url = f"{address(taken)}/slack/events"
        async with start(events_url=events_url, **(settings or {})) as playground:
            made = bot(playground.client) if bot else echo_app(playground.client, ack_delay=ack_delay)
            async with served(bolt_routes(made), taken), seen(browser, playground, look) as page:
                yield page, playground

    return begin
