"""What a message may hold: text, blocks and metadata, checked as Slack checks them."""

from __future__ import annotations

import json
from typing import Any

from bot.playground.arguments import Arguments
from bot.playground.block_rules import check_message, refuse_types
from bot.playground.slack_error import Json, SlackError
from bot.playground.world import Room, World

POSTED_TEXT = 40_000  # longer text is cut, docs.slack.dev/changelog 2018-04
EDITED_TEXT = 4_000
EVENT_TYPE = 255


def reachable(world: World, channel: str) -> Room:
    """A room by its id, if the bot can see it. Names are not ids."""
    room = world.rooms.get(channel)
    if room is None or (room.is_private and not room.has_bot):
        raise SlackError("channel_not_found")
    return room


def writable(world: World, channel: str) -> Room:
    """A room that the bot may post in; a person's id stands for the direct messages with them."""
    room = world.direct(channel) if channel in world.people else reachable(world, channel)
    if room.is_archived:
        raise SlackError("is_archived")
    if not room.has_bot and "chat:write.public" not in world.config.scopes.split():
        raise SlackError("not_in_channel")
    return room


def text_and_blocks(world: World, given: Arguments, most: int) -> Json:
    """The text and blocks of a message; it needs at least one of them."""
    if given.has("attachments") and given.data("attachments", "invalid_attachments"):
        raise SlackError("invalid_attachments", ["[ERROR] the stand-in takes blocks, not attachments"])
    blocks = given.data("blocks", "invalid_blocks_format")
    if blocks is not None and not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    text = given.text("text")
    if not text and not blocks:
        raise SlackError("no_text")
    if len(text) > most and most == EDITED_TEXT:
        raise SlackError("msg_too_long")
    content: Json = {"text": text[:most]}
    if blocks:
        refuse_types(blocks, world.unknown_blocks)
        content["blocks"] = check_message(blocks, world.is_usable)
    return content


def metadata(world: World, given: Arguments) -> Json | None:
    """The metadata of a message, or None when the call names none."""
    value: Any = given.data("metadata", "invalid_metadata_format")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise SlackError("invalid_metadata_format")
    if not value:
        return {}
    kind, payload = value.get("event_type"), value.get("event_payload")
    if not isinstance(kind, str) or not 0 < len(kind) <= EVENT_TYPE or not isinstance(payload, dict):
        raise SlackError("invalid_metadata_schema")
    if len(json.dumps(value).encode()) > world.config.limits.metadata_bytes:
        raise SlackError("metadata_too_large")
    return value


def thread(room: Room, given: Arguments) -> Json:
    """The parent of a reply. Only a message of the channel itself can be one."""
    parent = given.text("thread_ts")
    if not parent:
        return {}
    message = room.messages.get(parent)
    if message is None:
        raise SlackError("thread_not_found")
    if message.get("thread_ts", parent) != parent:
        raise SlackError("cannot_reply_to_message")
    return {"thread_ts": parent}
