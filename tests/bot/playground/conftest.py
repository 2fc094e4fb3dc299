"""Fixtures: a stand-in on loopback, alone or with the echo bot listening."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.config import PlaygroundConfig
from bot.playground.standin import Standin, create_app
from tests.bot.playground.serving import (
    CHANNELS,
    PEOPLE,
    SECRET,
    TOKEN,
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
