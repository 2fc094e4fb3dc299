"""What stands in the stand-in: people, channels, messages, interactions, and who is connected."""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.discord_standin.config import APPLICATION, BOT, GENERAL, GUILD, Place, StandinConfig
from tests.discord_standin.faults import ApiError, Faults

Json = dict[str, Any]

EPOCH_MS = 1_420_070_400_000
VIEW, EVERYTHING = 1 << 10, (1 << 53) - 1
MAY = {
    "view": VIEW,
    "send": 1 << 11 | 1 << 14,
    "files": 1 << 15,
    "history": 1 << 16,
    "threads": 1 << 35 | 1 << 38,
    "pins": 1 << 51,
}
"""The permissions of the bot in a channel, by what a place may lack."""
_UNHEARD = {"deaf": False, "mute": False, "flags": 0}
EPHEMERAL = 1 << 6


@dataclass
class Interaction:
    """One thing a person did, and what became of it."""

    id: str
    token: str
    channel: str
    user: str
    began_at: float
    kind: int = 2
    callback: Json | None = None
    original: str | None = None  # the id of the message in the acknowledged place
    messages: list[Json] = field(default_factory=list)
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_ephemeral(self) -> bool:
        flags = ((self.callback or {}).get("data") or {}).get("flags", 0)
        return bool(flags & EPHEMERAL)


class World:
    """The state; every rule that concerns it raises `ApiError`."""

    def __init__(self, config: StandinConfig) -> None:
        self.config, self.faults = config, Faults()
        self.places: dict[str, Place] = {one.id: one for one in config.places}
        self.names = dict(config.people)
        self.messages: dict[str, list[Json]] = defaultdict(list)
        self.files: dict[str, bytes] = {}
        self.interactions: dict[str, Interaction] = {}  # by token
        self.commands: dict[str, list[Json]] = {"": [], GUILD: []}
        self.tellings = 0  # how often commands were told
        self.archived: set[str] = set()
        self.calls: list[str] = []
        self.changed = asyncio.Event()
        self._numbers = itertools.count(1)
        self._nonces: dict[tuple[str, str], tuple[float, Json]] = {}
        self._taken: dict[str, deque[float]] = defaultdict(deque)

    def snowflake(self) -> str:
        at = int(self.config.now() * 1_000) - EPOCH_MS
        return str(at << 22 | next(self._numbers) & 0x3FFFFF)

    def user(self, number: str) -> Json:
        name = "KPI" if number == BOT else self.names.get(number, "somebody")
        return {
            "id": number,
            "username": name,
            "discriminator": "0",
            "avatar": None,
            "global_name": name,
            "bot": number == BOT,
        }

    def place(self, number: str, *needs: str) -> Place:
        """The channel, where the bot has what it `needs` there."""
        place = self.places.get(number)
        if place is None:
            raise ApiError(404, 10003, "Unknown Channel")
        if "view" in place.lacks:
            raise ApiError(403, 50001, "Missing Access")
        if any(need in place.lacks for need in needs):
            raise ApiError(403, 50013, "Missing Permissions")
        return place

    def direct(self, person: str) -> Place:
        """The direct messages with a person."""
        if person not in self.names:
            raise ApiError(404, 10013, "Unknown User")
        number = f"8{person[1:]}"
        return self.places.setdefault(number, Place(number, self.names[person], kind=1))

    def pause(self, channel: str) -> float:
        """0 where the channel takes one more message now, else the seconds until it does."""
        now, taken = self.config.now(), self._taken[channel]
        while taken and now - taken[0] >= self.config.window:
            taken.popleft()
        if len(taken) >= self.config.posts:
            return max(0.05, self.config.window - (now - taken[0]))
        taken.append(now)
        return 0.0

    def post(self, channel: str, body: Json, files: dict[str, bytes]) -> Json:
        """One message more, or the one that was posted under the same nonce."""
        place = self.place(channel, "send", *(["files"] if files else []))
        if place.kind in (2, 15):
            raise ApiError(400, 50008, "Cannot send messages in a non-text channel")
        if channel in self.archived:
            raise ApiError(400, 50083, "Thread is archived")
        if place.kind == 1 and f"3{channel[1:]}" in self.config.closed_to_messages:
            raise ApiError(403, 50007, "Cannot send messages to this user")
        nonce = (channel, str(body.get("nonce") or ""))
        if body.get("enforce_nonce") and nonce in self._nonces:
            at, known = self._nonces[nonce]
            if self.config.now() - at < self.config.nonce_seconds:
                return known
        message = self.message(channel, body, files)
        self.messages[channel].append(message)
        self._nonces[nonce] = (self.config.now(), message)
        self.tell()
        return message

    def message(self, channel: str, body: Json, files: dict[str, bytes]) -> Json:
        message = {
            "id": self.snowflake(),
            "channel_id": channel,
            "author": self.user(BOT),
            "content": body.get("content") or "",
            "timestamp": datetime.fromtimestamp(self.config.now(), UTC).isoformat(),
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [],
            "embeds": body.get("embeds") or [],
            "components": body.get("components") or [],
            "pinned": False,
            "type": 0,
            "flags": body.get("flags", 0),
        }
        self.attach(message, body, files)
        return message

    def attach(self, message: Json, body: Json, files: dict[str, bytes]) -> None:
        told = {one.get("filename"): one for one in body.get("attachments") or ()}
        message["attachments"] = []
        for name, content in files.items():
            number = self.snowflake()
            self.files[number] = content
            url = f"https://cdn.example/{number}/{name}"
            said = told.get(name, {}).get("description")
            message["attachments"].append(
                {"id": number, "filename": name, "size": len(content), "url": url, "proxy_url": url}
                | ({"description": said} if said else {})
            )

    def edit(self, message: Json, body: Json, files: dict[str, bytes]) -> Json:
        for key in ("content", "embeds", "components"):
            if key in body:
                message[key] = body[key] or ([] if key != "content" else "")
        if "attachments" in body or files:
            self.attach(message, body, files)
        message["edited_timestamp"] = datetime.fromtimestamp(self.config.now(), UTC).isoformat()
        self.tell()
        return message

    def found(self, channel: str, number: str) -> Json:
        message = next((one for one in self.messages[channel] if one["id"] == number), None)
        if message is None:
            raise ApiError(404, 10008, "Unknown Message")
        return message

    def thread(self, channel: str, root: str, name: str) -> Json:
        """A thread of a message; it has the message's id."""
        place = self.place(channel, "threads")
        if place.kind != 0:
            raise ApiError(400, 50024, "Cannot execute action on this channel type")
        self.found(channel, root)
        if root in self.places:
            raise ApiError(400, 160004, "A thread has already been created for this message")
        self.places[root] = Place(root, name, kind=11, is_private=place.is_private, parent=channel)
        return self.channel(self.places[root])

    def channel(self, place: Place) -> Json:
        """A channel as Discord describes it."""
        standing = self.messages[place.id]
        newest = standing[-1]["id"] if standing else None
        told: Json = {"id": place.id, "type": place.kind, "name": place.name, "last_message_id": newest}
        if place.kind == 1:
            return told | {"recipients": [self.user(f"3{place.id[1:]}")]}
        hides = [{"id": GUILD, "type": 0, "allow": "0", "deny": str(VIEW)}] if place.is_private else []
        allowed = sum(bits for name, bits in MAY.items() if name not in place.lacks)
        hides.append({"id": BOT, "type": 1, "allow": str(allowed), "deny": str(sum(MAY.values()) - allowed)})
        told |= {"guild_id": GUILD, "position": 0, "permission_overwrites": hides, "nsfw": False}
        if place.kind == 11:
            data = {"archived": False, "auto_archive_duration": 1440, "locked": False}
            data["archive_timestamp"] = datetime.now(UTC).isoformat()
            told |= {"parent_id": place.parent, "owner_id": BOT, "thread_metadata": data}
            told |= {"message_count": 0, "member_count": 1}
        return told

    def guild(self) -> Json:
        roles = [{"id": GUILD, "name": "@everyone", "permissions": str(VIEW | 1 << 11), "position": 0}]
        extra = {"color": 0, "hoist": False, "managed": False, "mentionable": False, "flags": 0}
        return {
            "id": GUILD,
            "name": "acme",
            "owner_id": self.config.people[0][0],
            "roles": [role | extra for role in roles],
            "channels": [self.channel(one) for one in self.places.values() if one.kind not in (1, 11)],
            "threads": [],
            "members": [
                {"user": self.user(BOT), "roles": [], "joined_at": "2026-01-01T00:00:00+00:00"} | _UNHEARD
            ],
            "member_count": len(self.names),
            "emojis": [],
            "stickers": [],
            "features": [],
            "unavailable": False,
            "afk_timeout": 300,
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "premium_tier": 0,
            "nsfw_level": 0,
            "system_channel_flags": 0,
            "preferred_locale": "en-US",
        }

    def application(self) -> Json:
        return {
            "id": APPLICATION,
            "name": "KPI",
            "description": "",
            "icon": None,
            "flags": 0,
            "bot_public": False,
            "bot_require_code_grant": False,
            "verify_key": "",
            "owner": self.user(self.config.people[0][0]),
            "team": None,
        }

    def tell(self) -> None:
        """Something changed: whoever waits looks again."""
        self.changed.set()
        self.changed = asyncio.Event()

    def interaction(self, channel: str, user: str, kind: int) -> Interaction:
        number = self.snowflake()
        began = Interaction(number, f"token-{number}", channel, user, self.config.now(), kind)
        self.interactions[began.token] = began
        return began


def general(world: World) -> str:
    return GENERAL if GENERAL in world.places else next(iter(world.places))
