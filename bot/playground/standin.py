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
from bot.playground.events import tokens_revoked
from bot.playground.faults import Fault, Faults
from bot.playground.interactions import Interactions, Values
from bot.playground.outgoing import Outcome, Outgoing
from bot.playground.page_api import PageApi
from bot.playground.page_views import PageViews
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
        self.interactions = Interactions(self.world, self.outgoing, self.response_urls)

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
        return await self._press(self._room(channel), label, ts, user)

    async def choose(
        self, label: str, *, channel: str | None = None, ts: str | None = None, user: str | None = None
    ) -> Outcome:
        """Choose the option labelled `label` in a menu, in the newest message that offers it."""
        return await self._press(self._room(channel), label, ts, user)

    async def say(
        self, text: str, *, channel: str | None = None, thread_ts: str = "", user: str | None = None
    ) -> Json:
        """Write a message; `@KPI` in it also sends the app an `app_mention` event."""
        return await self.outgoing.say(self._room(channel), self._person(user), text, thread_ts)

    def home(self, user: str | None = None) -> Json | None:
        """The view in somebody's Home tab."""
        return copy.deepcopy(self.world.views.homes.get(self._person(user)))

    def modals(self, user: str | None = None) -> list[Json]:
        """The modals that somebody sees, the lowest first."""
        return copy.deepcopy(self.world.views.stacks.get(self._person(user), []))

    async def open_home(self, user: str | None = None, *, tab: str = "home") -> None:
        """Open the app's Home tab (or its `messages`), and wait until the event is delivered."""
        self.interactions.open_tab(self._person(user), tab)
        await self.outgoing.settle()

    async def press(
        self,
        label: str,
        *,
        view_id: str | None = None,
        values: Values | None = None,
        user: str | None = None,
    ) -> Outcome:
        """Press the button, or choose the option, labelled `label` in a view.

        By default in the topmost modal, or in the Home tab where none is open.
        """
        modals = self.modals(user)
        name = view_id or (modals[-1] if modals else self.home(user) or {}).get("id", "")
        view = self.world.views.find(name)[1]
        pressed = _labelled([view], label)
        if pressed is None:
            raise LookupError(f"nothing in this view is labelled {label!r}")
        return await self.interactions.press(view["id"], action(*pressed[1:]), values or {})

    async def suggest(self, view_id: str, action_id: str, text: str) -> list[Json]:
        """Type `text` in a type-ahead menu of a modal: the options that the app offers."""
        return await self.interactions.suggest(view_id, action_id, text)

    async def submit(self, view_id: str, values: Values, user: str | None = None) -> Outcome:
        """Send a modal with `values` by block_id; `user` says whose modal it must be.

        A value of a type-ahead menu is typed first, so that the app offers it.
        """
        person, view = self.world.views.find(view_id)
        if user is not None and user != person:
            raise LookupError(f"{view_id} is shown to {person}, not to {user}")
        for block in view["blocks"]:
            element, value = block.get("element", {}), values.get(block["block_id"])
            if value and element.get("type") == "external_select":
                offered = [each["value"] for each in self.world.views.offered(element["action_id"])]
                if value not in offered:
                    await self.suggest(view_id, element["action_id"], value)
        return await self.interactions.submit(view_id, values)

    async def close_modal(self, view_id: str) -> None:
        """Close a modal without sending it."""
        await self.interactions.close(view_id)

    async def shortcut(
        self, ts: str, callback_id: str, user: str | None = None, *, channel: str | None = None
    ) -> Outcome:
        """Choose a shortcut in the menu of the message `ts`."""
        room = self._room(channel)
        message = room.messages[ts]
        return await self.interactions.message_shortcut(room, message, callback_id, self._person(user))

    async def global_shortcut(self, callback_id: str, user: str | None = None) -> Outcome:
        """Choose a shortcut that belongs to no message."""
        return await self.interactions.global_shortcut(callback_id, self._person(user))

    def archive(self, channel: str, is_archived: bool = True) -> None:
        """Archive a channel, or bring it back."""
        self.world.alter(self.world.rooms[channel], is_archived=is_archived)

    def kick(self, channel: str) -> None:
        """Put the bot out of a channel."""
        self.world.alter(self.world.rooms[channel], has_bot=False)

    def invite(self, channel: str) -> None:
        """Let the bot into a channel."""
        self.world.alter(self.world.rooms[channel], has_bot=True)

    def revoke(self, error: str = "token_revoked") -> None:
        """Take the token away: the app is told, and every call is refused with `error`."""
        self.world.revoked = error
        self.outgoing.tell(tokens_revoked())

    def hold_files(self, holds: bool = True) -> None:
        """Let uploads never get ready, until it is called again with False."""
        self.world.holds_files = holds

    def refuse_blocks(self, *types: str) -> None:
        """Be a workspace that does not have these blocks yet, `data_visualization` for one."""
        self.world.unknown_blocks = set(types)

    async def close(self) -> None:
        """End every page's stream and every request under way. A server that stops waits for open streams."""
        self.world.feed.close()
        await self.outgoing.close()

    async def _press(self, room: Room, label: str, ts: str | None, user: str | None) -> Outcome:
        messages = sorted(
            [*room.messages.values(), *room.whispers.values()], key=lambda each: float(each["ts"])
        )
        pressed = _labelled([each for each in messages if ts in (None, each["ts"])], label)
        if pressed is None:
            raise LookupError(f"nothing in {room.id} is labelled {label!r}: there is {_labels(messages)}")
        message, block, element, option = pressed
        return await self.outgoing.click(room, message, action(block, element, option), self._person(user))

    def _room(self, channel: str | None) -> Room:
        return self.world.rooms[channel] if channel else next(iter(self.world.rooms.values()))

    def _person(self, user: str | None) -> str:
        return user or next(iter(self.world.people))


def _labelled(places: list[Json], label: str) -> tuple[Json, Json, Json, Json | None] | None:
    """What is labelled so in the last place that has it: place, block, element and a menu's option."""
    for place in reversed(places):
        for block, element in active(place):
            if element.get("text", {}).get("text") == label:
                return place, block, element, None
            for option in element.get("options", []):
                if option["text"]["text"] == label:
                    return place, block, element, option
    return None


def _labels(places: list[Json]) -> list[str]:
    elements = [element for place in places for _, element in active(place)]
    return [
        each["text"]["text"]
        for element in elements
        for each in [element, *element.get("options", [])]
        if "text" in each
    ]


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
        *PageViews(standin.world, standin.interactions).routes(),
    ]
    app = Starlette(routes=routes, lifespan=lifespan)
    app.state.standin = standin
    return app
