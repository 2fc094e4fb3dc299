"""`python -m benchmarks.chaos.chats`: the stand-ins for Slack and Discord in a process of their own.

Prints its two addresses when it is ready. What stands in the channels is told at `/chaos/standing`, and
`/chaos/order` takes the supervisor's orders.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from random import Random
from typing import Any

import uvicorn
from aiohttp import web
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from benchmarks.chaos import weather
from benchmarks.chaos.judge import Message
from benchmarks.chaos.plan import LONG, SHORT, Places
from bot.playground import standin as slack
from bot.playground.config import Channel, Person, PlaygroundConfig
from tests.discord_standin import app as discord
from tests.discord_standin.config import Place, StandinConfig

Json = dict[str, Any]
TOKEN, SECRET = "xoxb-chaos", "0123456789abcdef0123456789abcdef"
DISCORD_TOKEN = "discord-chaos"
DISCORD_POSTS, DISCORD_WINDOW = 5, 5.0  # a channel's own limit

_MARK = re.compile(r"kpi·([0-9a-f]{10}) (\d+)/(\d+)\s*$")
_CALLS = (
    ("POST", re.compile(r"/channels/\d+/messages$"), "create_message"),
    ("GET", re.compile(r"/channels/\d+/messages$"), "history"),
    ("POST", re.compile(r"/messages/\d+/threads$"), "thread"),
    ("POST", re.compile(r"/users/@me/channels$"), "direct"),
    ("GET", re.compile(r"/users/@me$"), "me"),
)


class Chats:
    """Both stand-ins, their weather, and what was ordered."""

    def __init__(self, seed: int, places: Places, url: str) -> None:
        self.counts: Counter[str] = Counter()
        self._slack_app = slack.create_app(_slack_config(places, url))
        self._slack: slack.Standin = self._slack_app.state.standin
        self._slack_weather = weather.Weather(weather.SLACK, Random(f"{seed} slack"), self.counts)
        self.discord_app = discord.create_app(_discord_config(places))
        self._discord = self.discord_app[discord.STANDIN]
        self._discord_weather = weather.Weather(weather.DISCORD, Random(f"{seed} discord"), self.counts)
        self.discord_app.middlewares.append(self._through)

    def application(self) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
        """Slack with our own addresses beside it."""
        own = [
            Route("/chaos/standing", self._tell),
            Route("/chaos/order", self._obey, methods=["POST"]),
        ]
        app = Starlette(routes=[*own, *self._slack_app.routes])

        async def through_weather(scope: Scope, receive: Receive, send: Send) -> None:
            path = str(scope.get("path", ""))
            call = "upload" if path.startswith("/upload/") else path.removeprefix("/api/")
            if path.startswith(("/api/", "/upload/")):
                await asyncio.sleep(self._slack_weather.delay())
            if (fault := self._slack_weather.meets(call)) is not None:
                self._slack.inject(call, fault)  # this call is the next one of its name
            await app(scope, receive, send)

        return through_weather

    @web.middleware
    async def _through(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        await asyncio.sleep(self._discord_weather.delay())
        for method, path, call in _CALLS:
            if request.method == method and path.search(request.path):
                if (fault := self._discord_weather.meets(call)) is not None:
                    self._discord.inject(call, fault)
                break
        return await handler(request)

    async def _tell(self, _request: Request) -> Response:
        standing = [asdict(one) for one in (*_in_slack(self._slack), *_in_discord(self._discord))]
        return JSONResponse({"standing": standing, "faults": dict(self.counts)})

    async def _obey(self, request: Request) -> Response:
        """`{"do": "close", "surface", "channel"}`, `{"do": "hold", "holds": bool}` or `{"do": "calm"}`."""
        order: Json = await request.json()
        match order["do"]:
            case "close" if order["surface"] == "slack":
                self._slack.archive(order["channel"])
            case "close":
                places = self._discord.world.places
                places[order["channel"]] = replace(places[order["channel"]], lacks=frozenset({"send"}))
            case "hold":
                self._slack.hold_files(order["holds"])
            case "calm":
                self._slack.hold_files(False)
                self._slack_weather.is_calm = self._discord_weather.is_calm = True
        return JSONResponse({})

    async def close(self) -> None:
        await self._slack.close()


def _slack_config(places: Places, url: str) -> PlaygroundConfig:
    names = (*places.slack, *(one for surface, one in places.fallback if surface == "slack"))
    return PlaygroundConfig(
        events_url="http://127.0.0.1:9/slack/events",
        signing_secret=SECRET,
        bot_token=TOKEN,
        base_url=url,
        channels=[Channel(one, one.lower()) for one in names],
        people=[Person(one, one.lower()) for one in places.slack_people],
    )


def _discord_config(places: Places) -> StandinConfig:
    told = (one for surface, one in places.fallback if surface == "discord")
    return StandinConfig(
        token=DISCORD_TOKEN,
        places=[Place(one, one) for one in (*places.discord, *told)],
        people=[(one, f"person-{one}") for one in places.discord_people],
        posts=DISCORD_POSTS,
        window=DISCORD_WINDOW,
    )


def _in_slack(standin: slack.Standin) -> list[Message]:
    found = []
    for room in standin.world.rooms.values():
        for one in room.messages.values():
            told: Json = one.get("metadata", {}).get("event_payload", {})
            thread = one.get("thread_ts", "")
            found.append(
                Message(
                    "slack",
                    f"@{room.partner}" if room.partner else room.id,
                    one["ts"],
                    str(told.get("key", "")),
                    int(told.get("part", 0)),
                    int(told.get("parts", 1)),
                    "" if thread == one["ts"] else thread,
                    f"{one.get('text', '')} {json.dumps(one.get('blocks', []))}",
                )
            )
    return found


def _in_discord(standin: discord.Standin) -> list[Message]:
    found = []
    for number, messages in standin.world.messages.items():
        place = standin.world.places[number]
        channel = f"@3{number[1:]}" if place.kind == 1 else place.parent or number
        for one in messages:
            texts = [one["content"], *(box.get("footer", {}).get("text", "") for box in one["embeds"])]
            mark = next((hit for text in texts if (hit := _MARK.search(text))), None)
            key, part, parts = mark.groups() if mark else ("", "1", "1")
            words = f"{one['content']} {json.dumps(one['embeds'], ensure_ascii=False)}"
            thread = number if place.parent else ""
            found.append(
                Message("discord", channel, one["id"], key, int(part) - 1, int(parts), thread, words)
            )
    return found


async def serve(seed: int, places: Places) -> None:
    """Until the input ends."""
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # it would tell of each fault injected
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    chats = Chats(seed, places, url)
    runner = web.AppRunner(chats.discord_app, shutdown_timeout=0.2, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    config = uvicorn.Config(
        chats.application(), log_level="critical", lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    api = f"http://127.0.0.1:{runner.addresses[0][1]}/api/v10"
    print(json.dumps({"slack": url, "discord": api}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.should_exit = True
    await chats.close()
    await serving
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Places.of(SHORT if sys.argv[2] == SHORT.name else LONG)))
