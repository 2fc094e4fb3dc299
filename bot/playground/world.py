"""The stand-in's memory: rooms, messages, files, people. Nothing is written to disk."""

from __future__ import annotations

import copy
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.playground.block_kit import ACTIVE
from bot.playground.config import APP_ID, BOT_ID, BOT_USER, TEAM_ID, Channel, Person, PlaygroundConfig
from bot.playground.feed import Feed
from bot.playground.pacing import Pacing
from bot.playground.slack_error import Json, SlackError
from bot.playground.views import Views

PINNED = ("pinned_to", "pinned_info")
"""What a message holds that is pinned to its channel."""


@dataclass(slots=True)
class Room:
    """A channel or a direct message, with its messages by ts, oldest first."""

    id: str
    name: str
    topic: str = ""
    is_private: bool = False
    is_archived: bool = False
    has_bot: bool = True
    partner: str | None = None  # the other side of a direct message
    messages: dict[str, Json] = field(default_factory=dict)
    whispers: dict[str, Json] = field(
        default_factory=dict
    )  # what only one person sees; Slack keeps none of it

    def replies(self, parent: str) -> list[Json]:
        return [
            each
            for each in self.messages.values()
            if each.get("thread_ts") == parent and each["ts"] != parent
        ]


@dataclass(slots=True)
class StoredFile:
    """An uploaded file: bytes first, then completion, then, a while later, a mimetype."""

    id: str
    name: str
    length: int
    alt: str
    upload_key: str
    content: bytes | None = None
    title: str = ""
    ready_at: float | None = None
    rooms: list[str] = field(default_factory=list)


class World:
    """Everything that the stand-in knows. Used on one event loop only."""

    def __init__(self, config: PlaygroundConfig) -> None:
        self.config = config
        self.feed = Feed()
        self.pacing = Pacing(config.limits, config.now)
        self.people = {person.id: person for person in (Person(*entry) for entry in config.people)}
        channels = [Channel(*entry) for entry in config.channels]
        self.rooms = {channel.id: Room(*channel) for channel in channels}
        self.files: dict[str, StoredFile] = {}
        self.views = Views(self.feed, self.now, self.next_ts, config.limits.trigger_seconds)
        self.unknown_blocks: set[str] = set()  # types that this workspace does not have yet
        self.revoked = ""  # Slack's word for a token that was taken away
        self.holds_files = False  # uploads are taken, and never get ready
        self.heard: Callable[[Room, Json], None] = lambda _room, _message: None
        self._last_micros = 0

    def now(self) -> float:
        return self.config.now()

    def next_ts(self) -> str:
        """A message id: the time in microseconds, never twice the same."""
        self._last_micros = max(int(self.now() * 1_000_000), self._last_micros + 1)
        return f"{self._last_micros // 1_000_000}.{self._last_micros % 1_000_000:06d}"

    def direct(self, person: str) -> Room:
        """The direct messages between the bot and a person."""
        if person not in self.people:
            raise SlackError("user_not_found")
        for room in self.rooms.values():
            if room.partner == person:
                return room
        room = Room(id=f"D0{person[1:]}", name=self.people[person].name, is_private=True, partner=person)
        self.rooms[room.id] = room
        self.feed.tell("room", {"room": room_json(room)})
        return room

    def alter(self, room: Room, *, is_archived: bool | None = None, has_bot: bool | None = None) -> None:
        """Archive a room or bring it back, let the bot in or out."""
        room.is_archived = room.is_archived if is_archived is None else is_archived
        room.has_bot = room.has_bot if has_bot is None else has_bot
        self.feed.tell("room", {"room": room_json(room)})

    def post(self, room: Room, message: Json) -> Json:
        """Store a message and show it; returns it with its ts."""
        stored: Json = {"type": "message", **message, "ts": self.next_ts()}
        name_blocks(stored)
        room.messages[stored["ts"]] = stored
        self._count_replies(room, stored)
        self.feed.tell("message", {"room": room.id, "message": shown(stored)})
        self.heard(room, stored)
        return stored

    def whisper(self, room: Room, person: str, message: Json) -> Json:
        """Show a message to one person only; it is in nobody's history."""
        stored: Json = {
            "type": "message",
            **message,
            "ts": self.next_ts(),
            "is_ephemeral": True,
            "for": person,
        }
        name_blocks(stored)
        room.whispers[stored["ts"]] = stored
        self.feed.tell("message", {"room": room.id, "message": shown(stored)})
        return stored

    def change(self, room: Room, ts: str, changes: Mapping[str, Any], drops: tuple[str, ...] = ()) -> Json:
        """Edit a stored message or whisper in place."""
        message = (room.messages if ts in room.messages else room.whispers)[ts]
        message.update(changes)
        for name in drops:
            message.pop(name, None)
        name_blocks(message)
        self.feed.tell("message", {"room": room.id, "message": shown(message)})
        return message

    def remove(self, room: Room, ts: str) -> None:
        """Delete a message; a parent with replies leaves a mark, so that its thread stays."""
        if room.replies(ts):
            tombstone = {"subtype": "tombstone", "text": "This message was deleted."}
            self.change(room, ts, tombstone, drops=("blocks", "metadata", "files", *PINNED))
            return
        message = room.messages.pop(ts, None) or room.whispers.pop(ts)
        self._count_replies(room, message)
        self.feed.tell("removed", {"room": room.id, "ts": ts})

    def from_bot(self, **fields: Any) -> Json:
        """The author's fields of a message of the bot."""
        author: Json = {"user": BOT_USER, "bot_id": BOT_ID, "app_id": APP_ID, "team": TEAM_ID}
        return {**author, "username": self.config.bot_name, **fields}

    def file_named(self, reference: Mapping[str, Any]) -> StoredFile | None:
        """The file that a `slack_file` object names."""
        if "id" in reference:
            return self.files.get(reference["id"])
        return next((each for each in self.files.values() if self.file_url(each) == reference["url"]), None)

    def file_url(self, file: StoredFile) -> str:
        return f"{self.config.base_url.rstrip('/')}/playground/files/{file.id}"

    def is_ready(self, file: StoredFile) -> bool:
        return file.ready_at is not None and self.now() >= file.ready_at and not self.holds_files

    def is_usable(self, reference: Mapping[str, Any]) -> bool:
        """Whether a block may show this file now."""
        file = self.file_named(reference)
        return file is not None and self.is_ready(file)

    def _count_replies(self, room: Room, message: Json) -> None:
        parent = room.messages.get(message.get("thread_ts", ""))
        if parent is None or parent["ts"] == message["ts"]:
            return
        replies = room.replies(parent["ts"])
        changes: Json = {"reply_count": len(replies)}
        if replies:
            users = list(dict.fromkeys(reply["user"] for reply in replies))
            changes |= {"thread_ts": parent["ts"], "latest_reply": replies[-1]["ts"], "reply_users": users}
        self.change(room, parent["ts"], changes)


def shown(message: Json) -> Json:
    """A message as the page gets it: without the metadata that no reader sees."""
    return copy.deepcopy({name: value for name, value in message.items() if name != "metadata"})


def room_json(room: Room) -> Json:
    """A room as the page gets it."""
    return {
        "id": room.id,
        "name": room.name,
        "topic": room.topic,
        "is_private": room.is_private,
        "is_archived": room.is_archived,
        "has_bot": room.has_bot,
        "is_direct": room.partner is not None,
        "partner": room.partner,
    }


def active(message: Json) -> list[tuple[Json, Json]]:
    """What a reader can press in a message or a view, each with its block."""
    return [
        (block, element)
        for block in message.get("blocks") or []
        for element in [*block.get("elements", []), block.get("accessory")]
        if isinstance(element, dict) and element.get("type") in ACTIVE
    ]


def action(block: Json, element: Json, option: Json | None = None) -> Json:
    """The part of a `block_actions` payload that names what was pressed, with a menu's chosen option."""
    names = ("action_id", "text", "value", "style", "type")
    pressed = {"block_id": block["block_id"], **{name: element[name] for name in names if name in element}}
    return pressed | ({"selected_option": option} if option else {})


def name_blocks(message: Json) -> None:
    """Slack names blocks and actions that came without a name, so that a click can say where it was."""
    for block in message.get("blocks") or []:
        block.setdefault("block_id", secrets.token_urlsafe(4))
        if block["type"] == "input":
            block["element"].setdefault("action_id", secrets.token_urlsafe(4))
    for _, element in active(message):
        element.setdefault("action_id", secrets.token_urlsafe(4))
