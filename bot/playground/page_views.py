"""What the page does with the app's own places: its tabs, its modals, its shortcuts."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.playground.guard import guarded
from bot.playground.interactions import Interactions, Values
from bot.playground.outgoing import Outcome
from bot.playground.page_api import find_pressed, problem, read_body, told
from bot.playground.slack_error import Json, SlackError
from bot.playground.world import World

GONE = "This view is gone: reload the page."
TABS = ("home", "messages")


class PageViews:
    """The page's endpoints for views, for the first person of the workspace."""

    def __init__(self, world: World, interactions: Interactions) -> None:
        self._world, self._interactions = world, interactions

    def routes(self) -> list[Route]:
        endpoints = (
            ("/playground/tab", self.tab),
            ("/playground/press", self.press),
            ("/playground/submit", self.submit),
            ("/playground/close", self.close),
            ("/playground/suggest", self.suggest),
            ("/playground/shortcut", self.shortcut),
        )
        base_url = self._world.config.base_url
        return [Route(path, guarded(endpoint, base_url), methods=["POST"]) for path, endpoint in endpoints]

    async def tab(self, request: Request) -> Response:
        """The reader opened one of the app's tabs."""
        name = (await read_body(request)).get("tab")
        if name not in TABS:
            return problem("The app has a Home tab and its messages, and no other.")
        self._interactions.open_tab(self._person, name)
        return told(Outcome())

    async def press(self, request: Request) -> Response:
        given = await read_body(request)
        view = self._view(given)
        if view is None:
            return problem(GONE)
        pressed = find_pressed(view, given)
        if pressed is None:
            return problem("This button or choice is gone: the view was changed.")
        try:
            return told(await self._interactions.press(view["id"], pressed, _values(given)))
        except LookupError as fault:
            return problem(str(fault))

    async def submit(self, request: Request) -> Response:
        given = await read_body(request)
        view = self._view(given)
        if view is None:
            return problem(GONE)
        try:
            return told(await self._interactions.submit(view["id"], _values(given)))
        except LookupError as fault:
            return problem(str(fault))

    async def close(self, request: Request) -> Response:
        view = self._view(await read_body(request))
        if view is None:
            return problem(GONE)
        await self._interactions.close(view["id"])
        return told(Outcome())

    async def suggest(self, request: Request) -> Response:
        """The options of a type-ahead menu for what is typed in it."""
        given = await read_body(request)
        view = self._view(given)
        if view is None:
            return problem(GONE)
        try:
            options = await self._interactions.suggest(
                view["id"], str(given.get("action_id")), str(given.get("text", ""))
            )
        except SlackError as refusal:
            return told(Outcome(refusal.error, "; ".join(refusal.messages)))
        except LookupError as fault:
            return problem(str(fault))
        return JSONResponse({"ok": True, "error": "", "detail": "", "options": options})

    async def shortcut(self, request: Request) -> Response:
        """A shortcut of a message, or one that belongs to none."""
        given = await read_body(request)
        callback_id = str(given.get("callback_id"))
        if callback_id not in [each.callback_id for each in self._world.config.shortcuts]:
            return problem("The app has no such shortcut.")
        if "ts" not in given:
            return told(await self._interactions.global_shortcut(callback_id, self._person))
        room = self._world.rooms.get(str(given.get("room")))
        message = room.messages.get(str(given["ts"])) if room else None
        if room is None or message is None:
            return problem("This message is gone: reload the page.")
        return told(await self._interactions.message_shortcut(room, message, callback_id, self._person))

    @property
    def _person(self) -> str:
        return next(iter(self._world.people))

    def _view(self, given: Json) -> Json | None:
        """The view that a request names, if the reader sees it."""
        try:
            person, view = self._world.views.find(str(given.get("view_id")))
        except SlackError:
            return None
        return view if person == self._person else None


def _values(given: Json) -> Values:
    values: Any = given.get("values")
    return values if isinstance(values, dict) else {}
