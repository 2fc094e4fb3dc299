"""chat.*: post, edit, delete, and show to one person. Reference: docs.slack.dev/reference/methods."""

from __future__ import annotations

import copy

from bot.playground.arguments import Arguments
from bot.playground.config import BOT_USER
from bot.playground.methods.content import (
    EDITED_TEXT,
    POSTED_TEXT,
    metadata,
    reachable,
    text_and_blocks,
    thread,
    writable,
)
from bot.playground.slack_error import Json, SlackError
from bot.playground.world import Room, World


def post_message(world: World, given: Arguments) -> Json:
    room = writable(world, given.required("channel"))
    content = text_and_blocks(world, given, POSTED_TEXT) | thread(room, given)
    labels = metadata(world, given)
    if labels:
        content["metadata"] = labels
    if content.get("thread_ts") and given.flag("reply_broadcast"):
        content["subtype"] = "thread_broadcast"
    world.pacing.spend(room.id)
    message = world.post(room, world.from_bot(**content))
    return {"ok": True, "channel": room.id, "ts": message["ts"], "message": copy.deepcopy(message)}


def update(world: World, given: Arguments) -> Json:
    room = writable(world, given.required("channel"))
    message = _own(room, given.required("ts"), "cant_update_message")
    content = text_and_blocks(world, given, EDITED_TEXT)
    labels = metadata(world, given)
    if labels:
        content["metadata"] = labels
    # text without blocks drops the blocks; metadata stays unless it is sent, and {} removes it
    gone = {"blocks": "blocks" not in content, "metadata": labels == {}}
    drops = tuple(name for name, is_gone in gone.items() if is_gone)
    content["edited"] = {"user": BOT_USER, "ts": world.next_ts()}
    changed = world.change(room, message["ts"], content, drops)
    world.heard(room, changed)
    return {
        "ok": True,
        "channel": room.id,
        "ts": message["ts"],
        "text": changed["text"],
        "message": copy.deepcopy(changed),
    }


def delete(world: World, given: Arguments) -> Json:
    room = reachable(world, given.required("channel"))
    message = _own(room, given.required("ts"), "cant_delete_message")
    world.remove(room, message["ts"])
    return {"ok": True, "channel": room.id, "ts": message["ts"]}


def post_ephemeral(world: World, given: Arguments) -> Json:
    room = writable(world, given.required("channel"))
    person = given.required("user")
    if person not in world.people:
        raise SlackError("user_not_in_channel")
    content = text_and_blocks(world, given, POSTED_TEXT) | thread(room, given)
    world.pacing.spend(room.id)
    message = world.whisper(room, person, world.from_bot(**content))
    return {"ok": True, "message_ts": message["ts"]}


def _own(room: Room, ts: str, refusal: str) -> Json:
    """A stored message of the bot; ephemeral ones are not stored, so they are not found."""
    message = room.messages.get(ts)
    if message is None:
        raise SlackError("message_not_found")
    if message.get("user") != BOT_USER or message.get("subtype") == "tombstone":
        raise SlackError(refusal)
    return message
