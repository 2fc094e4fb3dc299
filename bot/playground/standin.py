"""The stand-in for Slack: one ASGI app with its Web API, its outgoing requests and its page.

It speaks the part of Slack's protocol that a KPI bot uses, over real HTTP with real signatures, so that
the bot's Slack code runs against it unchanged. All state is in memory and goes with the process.
"""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Route

from bot.playground.config import PlaygroundConfig
from bot.playground.faults import Fault, Faults
from bot.playground.outgoing import Outcome, Outgoing
from bot.playground.page_api import PageApi
from bot.playground.response_urls import ResponseUrls
from bot.playground.slack_error import Json
from bot.playground.web_api import WebApi
from bot.playground.world import Room, World, action, active


class Standin:
    """The stand-in's own controls, for the page and for tests; `app.state.standin` holds it."""

    def __init__(self, config: PlaygroundConfig) -> None:
        self.config = config
        self.world = World(config)
        self.faults = Faults()
        self.web_api = WebApi(self.world, self.faults)
        self.response_urls = ResponseUrls(self.world, self.faults)
        self.outgoing = Outgoing(self.world, self.response_urls)

    @property
    def calls(self) -> list[str]:
        """The Web API methods called so far, in order."""
        return self.web_api.calls

    def inject(self, method: str, fault: Fault, times: int = 1) -> None:
        """Let the next `times` calls of `method` meet `fault`.

        `upload` and `response_url` count as methods; `*` is any method of the Web API.
        """
        self.faults.inject(method, fault, times)

    def messages(self, channel: str) -> list[Json]:
        """What is stored in a channel, oldest first, thread replies and metadata included."""
        return copy.deepcopy(list(self.world.rooms[channel].messages.values()))

    def whispers(self, channel: str) -> list[Json]:
        """What was shown to one person only, oldest first."""
        return copy.deepcopy(list(self.world.rooms[channel].whispers.values()))

    async def slash(self, text: str, *, channel: str | None = None, user: str | None = None) -> Outcome:
        """Type the command with `text`, by default as the first person in the first channel."""
        return await self.outgoing.slash(self._room(channel), self._person(user), text)

    async def click(
        self, label: str, *, channel: str | None = None, ts: str | None = None, user: str | None = None
    ) -> Outcome:
        """Press the button labelled `label`, in the newest message that has one."""
        room = self._room(channel)
        for message, block, element in reversed(_buttons(room)):
            if element["text"]["text"] == label and ts in (None, message["ts"]):
                return await self.outgoing.click(room, message, action(block, element), self._person(user))
        raise LookupError(
            f"no button {label!r} in {room.id}: it has {[each[2]['text']['text'] for each in _buttons(room)]}"
        )

    async def say(
        self, text: str, *, channel: str | None = None, thread_ts: str = "", user: str | None = None
    ) -> Json:
        """Write a message; `@KPI` in it also sends the app an `app_mention` event."""
        return await self.outgoing.say(self._room(channel), self._person(user), text, thread_ts)

    async def close(self) -> None:
        """End every page's stream and every request under way. A server that stops waits for open streams."""
        self.world.feed.close()
        await self.outgoing.close()

    def _room(self, channel: str | None) -> Room:
        return self.world.rooms[channel] if channel else next(iter(self.world.rooms.values()))

    def _person(self, user: str | None) -> str:
        return user or next(iter(self.world.people))


def _buttons(room: Room) -> list[tuple[Json, Json, Json]]:
    """Every button of a room with its block and message, oldest first."""
    messages = sorted([*room.messages.values(), *room.whispers.values()], key=lambda each: float(each["ts"]))
    pairs = [(message, *pressed) for message in messages for pressed in active(message)]
    return [each for each in pairs if each[2]["type"] == "button"]


def create_app(config: PlaygroundConfig) -> Starlette:
    """The stand-in as an ASGI app; its controls are at `app.state.standin`."""
    standin = Standin(config)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await standin.close()

    routes = [
        Route("/api/{method}", standin.web_api.call, methods=["GET", "POST"]),
        Route("/upload/v1/{key}", standin.web_api.upload, methods=["POST"]),
        Route("/response/{key}", standin.response_urls.post, methods=["POST"]),
        *PageApi(standin.world, standin.outgoing).routes(),
    ]
    app = Starlette(routes=routes, lifespan=lifespan)
    app.state.standin = standin
    return app
