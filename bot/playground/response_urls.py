"""Response URLs: how an app answers a command or a click later, at most five times within half an hour."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.playground.arguments import Arguments
from bot.playground.failing import meet
from bot.playground.faults import Faults
from bot.playground.methods.content import POSTED_TEXT, text_and_blocks, thread
from bot.playground.slack_error import Json, SlackError
from bot.playground.world import Room, World


@dataclass(slots=True)
class Conversation:
    """What a response URL belongs to: a command typed, or a click on the message `origin`."""

    room: Room
    person: str
    issued_at: float
    command: str = ""
    origin: str = ""
    posts: int = 0


class ResponseUrls:
    """The URLs handed out, and what is posted to them."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world, self._faults = world, faults
        self._issued: dict[str, Conversation] = {}

    def issue(self, room: Room, person: str, *, command: str = "", origin: str = "") -> str:
        """A fresh URL for one command or one click."""
        key = secrets.token_urlsafe(16)
        self._issued[key] = Conversation(room, person, self._world.now(), command, origin)
        return f"{self._world.config.base_url.rstrip('/')}/response/{key}"

    async def post(self, request: Request) -> Response:
        fault = self._faults.take("response_url", any_of=False)
        return await meet(fault, request, lambda: self._take(request))

    async def _take(self, request: Request) -> Response:
        try:
            payload = json.loads(await request.body())
            if not isinstance(payload, dict):
                raise SlackError("invalid_payload", status=400)
            self.answer(request.path_params["key"], payload)
        except SlackError as refusal:
            return PlainTextResponse(
                refusal.error, status_code=refusal.status if refusal.status != 200 else 400
            )
        except ValueError:
            return PlainTextResponse("invalid_payload", status_code=400)
        return PlainTextResponse("ok")

    def answer(self, key: str, payload: Json) -> None:
        """Act on one post to a response URL."""
        conversation, limits = self._issued.get(key), self._world.config.limits
        if conversation is None:
            raise SlackError("no_service", status=404)
        if self._world.now() - conversation.issued_at > limits.response_url_seconds:
            raise SlackError("expired_url", status=404)
        if conversation.posts >= limits.response_url_posts:
            raise SlackError("used_url", status=404)
        self.show(conversation, payload)
        conversation.posts += 1

    def acknowledge(self, url: str, payload: Json) -> None:
        """Show what the app said in its acknowledgement, which costs no post."""
        conversation = self._issued[url.rsplit("/", 1)[1]]
        if payload.get("text") or payload.get("blocks"):
            self.show(conversation, payload)

    def show(self, conversation: Conversation, payload: Json) -> None:
        world, room = self._world, conversation.room
        given = Arguments(payload)
        if given.flag("delete_original"):
            self._needs_origin(conversation)
            world.remove(room, conversation.origin)
            return
        content = text_and_blocks(world, given, POSTED_TEXT)
        if given.flag("replace_original"):
            self._needs_origin(conversation)
            drops = () if "blocks" in content else ("blocks",)
            world.change(room, conversation.origin, content, drops)
            return
        message = world.from_bot(**content, **thread(room, given))
        is_public = payload.get("response_type") == "in_channel"
        if is_public and conversation.command:  # Slack shows what was typed above a public answer
            world.post(room, {"user": conversation.person, "text": conversation.command})
            conversation.command = ""
        shown = world.post(room, message) if is_public else world.whisper(room, conversation.person, message)
        conversation.origin = conversation.origin or shown["ts"]

    def _needs_origin(self, conversation: Conversation) -> None:
        room = conversation.room
        if conversation.origin not in room.messages and conversation.origin not in room.whispers:
            raise SlackError("message_not_found", status=404)
