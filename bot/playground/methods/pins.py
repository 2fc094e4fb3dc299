"""pins.*: what stays at the top of a channel. Reference: docs.slack.dev/reference/methods/pins.add."""

from __future__ import annotations

import re

from bot.playground.arguments import Arguments
from bot.playground.config import BOT_USER
from bot.playground.methods.content import reachable, writable
from bot.playground.slack_error import Json, SlackError
from bot.playground.world import World, shown

_TIMESTAMP = re.compile(r"\d{10}\.\d{6}")


def add(world: World, given: Arguments) -> Json:
    room = writable(world, given.required("channel"))
    ts = given.text("timestamp")
    if not ts:
        raise SlackError("no_item_specified")
    if not _TIMESTAMP.fullmatch(ts):
        raise SlackError("bad_timestamp")
    message = room.messages.get(ts)
    if message is None:
        raise SlackError("message_not_found")
    if message.get("subtype") == "tombstone":
        raise SlackError("not_pinnable")
    if room.id in message.get("pinned_to", ()):
        raise SlackError("already_pinned")
    pinned = {"channel": room.id, "pinned_by": BOT_USER, "pinned_ts": int(world.now())}
    world.change(room, ts, {"pinned_to": [room.id], "pinned_info": pinned})
    return {"ok": True}


def list_all(world: World, given: Arguments) -> Json:
    """The pinned messages of a channel, the newest pin first."""
    room = reachable(world, given.required("channel"))
    pinned = [one for one in room.messages.values() if room.id in one.get("pinned_to", ())]
    newest_first = sorted(pinned, key=lambda one: one["pinned_info"]["pinned_ts"], reverse=True)
    items = [
        {
            "type": "message",
            "channel": room.id,
            "created": one["pinned_info"]["pinned_ts"],
            "created_by": one["pinned_info"]["pinned_by"],
            "message": shown(one),
        }
        for one in newest_first
    ]
    return {"ok": True, "items": items}
