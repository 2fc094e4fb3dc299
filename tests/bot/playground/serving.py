"""Serving a stand-in on loopback, and a small bot on the real framework to talk to."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import uvicorn
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.playground.config import Channel, Completion, Person
from bot.playground.standin import Standin

TOKEN, SECRET = "xoxb-playground", "shh"
CHANNELS = (
    Channel("C0GENERAL", "general", "Company-wide"),
    Channel("C0NOBOT", "no-bot", has_bot=False),
    Channel("C0OLD", "old", is_archived=True),
    Channel("G0SECRET", "secret", is_private=True, has_bot=False),
    Channel("G0FINANCE", "finance", is_private=True),
)
PEOPLE = (Person("U0DANA", "dana"), Person("U0LEE", "lee", "America/New_York"))


def complete(text: str) -> list[Completion]:
    offers = (Completion("stars", "GitHub stars"), Completion("gate phase1", "what phase 2 needs"))
    return [offer for offer in offers if offer.text.startswith(text)]


def listen() -> socket.socket:
    """A socket on a free loopback port."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    return taken


def address(taken: socket.socket) -> str:
    return f"http://127.0.0.1:{taken.getsockname()[1]}"


@asynccontextmanager
async def served(
    app: ASGIApp, taken: socket.socket, closing: Callable[[], Any] | None = None
) -> AsyncIterator[None]:
    """Serve `app` on the socket; `closing` is awaited before the server stops."""
    config = uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    # by hand: the server's own loop and shutdown each wait a tenth of a second
    await server.startup(sockets=[taken])
    server.server_state.default_headers = [(b"date", formatdate(usegmt=True).encode())]  # as its loop would
    try:
        yield
    finally:
        if closing is not None:
            await closing()
        for listener in server.servers:
            listener.close()
        for connection in list(server.server_state.connections):
            connection.shutdown()
        await asyncio.gather(*server.server_state.tasks)
        await server.lifespan.shutdown()


@dataclass
class Playground:
    """A running stand-in and a real client on it."""

    standin: Standin
    url: str
    client: AsyncWebClient
    session: aiohttp.ClientSession

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until `holds`, looking again whenever something changes."""
        reader = self.standin.world.feed.subscribe()
        while not holds():
            await reader.get()


class Listener:
    """A bare app that keeps what it is sent, and answers in turn."""

    def __init__(self, *answers: Callable[[], Response]) -> None:
        self.answers, self.requests = list(answers), list[tuple[dict[str, str], bytes]]()

    async def __call__(self, request: Request) -> Response:
        self.requests.append((dict(request.headers), await request.body()))
        return self.answers.pop(0)() if self.answers else Response()

    @property
    def payloads(self) -> list[dict[str, Any]]:
        """What was sent about buttons, menus, forms and shortcuts."""
        forms = [dict(parse_qsl(body.decode())) for _, body in self.requests]
        return [json.loads(form["payload"]) for form in forms if "payload" in form]

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events that were sent, without what is around them."""
        bodies = [body for headers, body in self.requests if headers["content-type"] == "application/json"]
        return [json.loads(body)["event"] for body in bodies]


def echo_app(client: AsyncWebClient, *, ack_delay: float = 0.0) -> AsyncApp:
    """A bot on the real framework: it repeats what it is told, with a button and a thread."""
    app = AsyncApp(client=client, signing_secret=SECRET)

    @app.command("/kpi")
    async def command(ack: Any, command: dict[str, Any], respond: Any) -> None:
        await asyncio.sleep(ack_delay)
        if command["text"] == "ack":
            await ack("acknowledged with text")
            return
        await ack()
        button = {"type": "button", "text": {"type": "plain_text", "text": "Share"}, "value": command["text"]}
        blocks = [
            {"type": "section", "text": {"type": "mrkdwn", "text": f"*You said* {command['text']}"}},
            {"type": "actions", "elements": [{**button, "action_id": "share"}]},
        ]
        await respond(text=f"You said {command['text']}", blocks=blocks, response_type="ephemeral")

    @app.action("share")
    async def share(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        said = body["actions"][0]["value"]
        root = await client.chat_postMessage(channel=body["channel"]["id"], text=f"Shared: {said}")
        await client.chat_postMessage(
            channel=body["channel"]["id"], thread_ts=root["ts"], text="Details in the thread"
        )

    @app.event("app_mention")
    async def mention(event: dict[str, Any], client: AsyncWebClient) -> None:
        await client.chat_postMessage(
            channel=event["channel"], thread_ts=event["ts"], text=f"heard {event['text']}"
        )

    return app


def bolt_routes(app: AsyncApp) -> Starlette:
    handler = AsyncSlackRequestHandler(app)

    async def events(request: Request) -> Response:
        return await handler.handle(request)

    return Starlette(routes=[Route("/slack/events", events, methods=["POST"])])
