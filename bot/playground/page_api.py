"""What the page reads and does: the whole state, a stream of changes, typing and clicking."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.playground.config import BOT_USER, TEAM_NAME
from bot.playground.guard import guarded
from bot.playground.methods.files import kind_of
from bot.playground.outgoing import Outcome, Outgoing
from bot.playground.slack_error import Json
from bot.playground.world import Room, World, action, active, room_json, shown

STATIC = Path(__file__).parent / "static"
KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html"}
HEARTBEAT_SECONDS = 15.0
LONGEST_TEXT = 12_000


class PageApi:
    """The page's own endpoints, for the first person of the workspace."""

    def __init__(self, world: World, outgoing: Outgoing) -> None:
        self._world, self._outgoing = world, outgoing

    def routes(self) -> list[Route]:
        """Everything that a browser asks for, each refused to other sites."""
        endpoints = (
            ("/", self.page, "GET"),
            ("/playground", self.page, "GET"),
            ("/playground/static/{name}", self.static, "GET"),
            ("/playground/files/{file}", self.file, "GET"),
            ("/playground/state", self.state, "GET"),
            ("/playground/events", self.events, "GET"),
            ("/playground/complete", self.complete, "GET"),
            ("/playground/send", self.send, "POST"),
            ("/playground/click", self.click, "POST"),
        )
        base_url = self._world.config.base_url
        return [
            Route(path, guarded(endpoint, base_url), methods=[verb]) for path, endpoint, verb in endpoints
        ]

    async def page(self, _request: Request) -> Response:
        return FileResponse(STATIC / "index.html", media_type="text/html")

    async def static(self, request: Request) -> Response:
        name = request.path_params["name"]
        known = {path.name: path for path in STATIC.iterdir()}
        if name not in known:
            return Response("No such file.", status_code=404, media_type="text/plain")
        return FileResponse(known[name], media_type=KINDS.get(known[name].suffix, "application/octet-stream"))

    async def file(self, request: Request) -> Response:
        file = self._world.files.get(request.path_params["file"])
        if file is None or file.content is None:
            return Response("No such file.", status_code=404, media_type="text/plain")
        kind = kind_of(file)
        # only pictures are shown; anything else that was uploaded could be a page of its own
        saved = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
        headers = {} if kind.startswith("image/") else {"Content-Disposition": saved}
        return Response(file.content, media_type=kind, headers=headers)

    async def state(self, _request: Request) -> Response:
        world = self._world
        direct = world.direct(self._person)
        rooms = [{**room_json(room), "messages": _messages(room)} for room in world.rooms.values()]
        return JSONResponse(
            {
                "number": world.feed.last,
                "team": TEAM_NAME,
                "notice": world.config.notice,
                "command": world.config.command,
                "bot": {"id": BOT_USER, "name": world.config.bot_name},
                "person": self._person,
                "direct": direct.id,
                "home": world.views.homes.get(self._person),
                "modals": world.views.stacks.get(self._person, []),
                "shortcuts": [each._asdict() for each in world.config.shortcuts],
                "people": [{"id": each.id, "name": each.name} for each in world.people.values()],
                "rooms": rooms,
            }
        )

    async def events(self, _request: Request) -> Response:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._stream(), media_type="text/event-stream", headers=headers)

    async def _stream(self) -> AsyncIterator[str]:
        reader = self._world.feed.subscribe()
        try:
            yield "retry: 1000\n\n"
            while True:
                try:
                    event = await asyncio.wait_for(reader.get(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if event is None:
                    return
                yield f"id: {event['number']}\ndata: {json.dumps(event)}\n\n"
        finally:
            self._world.feed.unsubscribe(reader)

    async def complete(self, request: Request) -> Response:
        """Completions for what is typed after the command's name; off the loop, for they may read storage."""
        text = request.query_params.get("text", "")[:LONGEST_TEXT]
        found = await asyncio.to_thread(self._world.config.complete, text)
        return JSONResponse([{"text": each.text, "summary": each.summary} for each in found])

    async def send(self, request: Request) -> Response:
        """Act on a line typed in a channel or a thread: a command, or a message."""
        given = await read_body(request)
        room, text = self._world.rooms.get(str(given.get("room"))), str(given.get("text", "")).strip()
        thread_ts = str(given.get("thread_ts") or "")
        if room is None or not text or len(text) > LONGEST_TEXT:
            return problem(f"A message needs a channel and a text of up to {LONGEST_TEXT} characters.")
        if thread_ts and thread_ts not in room.messages:
            return problem("The message of this thread is gone: close the thread.")
        if room.is_archived:
            return problem("This channel is archived: write in another one.")
        if text.startswith("/"):
            return told(await self._command(room, text, in_thread=bool(thread_ts)))
        await self._outgoing.say(room, self._person, text, thread_ts)
        return told(Outcome())

    async def click(self, request: Request) -> Response:
        given = await read_body(request)
        room = self._world.rooms.get(str(given.get("room")))
        message = (room.messages | room.whispers).get(str(given.get("ts"))) if room else None
        if room is None or message is None:
            return problem("This message is gone: reload the page.")
        pressed = find_pressed(message, given)
        if pressed is None:
            return problem("This button or choice is gone: the message was changed.")
        return told(await self._outgoing.click(room, message, pressed, self._person))

    @property
    def _person(self) -> str:
        return next(iter(self._world.people))

    async def _command(self, room: Room, text: str, *, in_thread: bool) -> Outcome:
        world, (name, _, rest) = self._world, text.partition(" ")
        if name != world.config.command:
            self._slackbot(room, f"{name} is not a valid command. The one here is {world.config.command}.")
            return Outcome("unknown_command")
        if in_thread:
            self._slackbot(
                room, f"{name} is not supported in threads. Type it in the channel, or mention the bot."
            )
            return Outcome("not_in_threads")
        world.whisper(room, self._person, {"user": self._person, "text": text, "is_echo": True})
        return await self._outgoing.slash(room, self._person, rest.strip())

    def _slackbot(self, room: Room, text: str) -> None:
        self._world.whisper(room, self._person, {"user": "USLACKBOT", "username": "Slackbot", "text": text})


def _messages(room: Room) -> list[Json]:
    both = [*room.messages.values(), *room.whispers.values()]
    return [shown(message) for message in sorted(both, key=lambda each: float(each["ts"]))]


def find_pressed(place: Json, given: Json) -> Json | None:
    """The action that a press names, in a message or a view; None where it is gone."""
    spot, option = (given.get("block_id"), given.get("action_id")), given.get("option")
    for block, element in active(place):
        if (block["block_id"], element["action_id"]) != spot:
            continue
        if "options" not in element:
            return action(block, element) if option is None else None
        for each in element["options"]:
            if each["value"] == option:
                return action(block, element, each)
    return None


async def read_body(request: Request) -> Json:
    try:
        given: Any = json.loads(await request.body())
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def told(outcome: Outcome) -> Response:
    """What the page hears of what it did."""
    said = {"ok": not outcome.error, "error": outcome.error, "detail": outcome.detail}
    return JSONResponse(said | ({"errors": dict(outcome.errors)} if outcome.errors else {}))


def problem(message: str) -> Response:
    return JSONResponse({"ok": False, "error": "refused", "detail": message}, status_code=400)
