"""conversations.*: history with its paging, threads, and who is where."""

from __future__ import annotations

import base64
import binascii
import copy
from collections.abc import Callable, Sequence
from typing import Any

from bot.playground.arguments import Arguments
from bot.playground.config import BOT_USER
from bot.playground.methods.content import reachable
from bot.playground.slack_error import Json, SlackError
from bot.playground.world import Room, World

HISTORY_PAGE, HISTORY_MOST = 100, 999
REPLIES_PAGE, REPLIES_MOST = 1000, 1000


def history(world: World, given: Arguments) -> Json:
    room = _joined(world, given)
    top = [each for each in room.messages.values() if _is_in_channel(each)]
    return _page(_within(top, given)[::-1], given, HISTORY_PAGE, HISTORY_MOST)


def replies(world: World, given: Arguments) -> Json:
    room = _joined(world, given)
    message = room.messages.get(given.required("ts"))
    if message is None:
        raise SlackError("thread_not_found")
    parent = room.messages.get(str(message.get("thread_ts", message["ts"])), message)
    # the parent always leads the first page, whatever the bounds say
    listed = [parent, *_within(room.replies(parent["ts"]), given)]
    return _page(listed, given, REPLIES_PAGE, REPLIES_MOST)


def info(world: World, given: Arguments) -> Json:
    room = reachable(world, given.required("channel"))
    channel = _channel(world, room)
    if given.flag("include_locale"):
        channel["locale"] = "en-US"
    if given.flag("include_num_members"):
        channel["num_members"] = len(_members(world, room))
    return {"ok": True, "channel": channel}


def list_all(world: World, given: Arguments) -> Json:
    kinds = given.text("types", "public_channel").split(",")
    rooms = [
        room
        for room in world.rooms.values()
        if _kind(room) in kinds and (room.has_bot or not room.is_private)
    ]
    if given.flag("exclude_archived"):
        rooms = [room for room in rooms if not room.is_archived]
    return _page([_channel(world, room) for room in rooms], given, 100, 1000, name="channels")


def open_direct(world: World, given: Arguments) -> Json:
    people = [each.strip() for each in given.text("users").split(",") if each.strip()]
    if not people:
        raise SlackError("users_list_not_supplied")
    if len(people) > 1:
        raise SlackError("method_not_supported_for_channel_type")
    room = world.direct(people[0])
    return {"ok": True, "channel": _channel(world, room) if given.flag("return_im") else {"id": room.id}}


def members(world: World, given: Arguments) -> Json:
    room = reachable(world, given.required("channel"))
    return _page(_members(world, room), given, 100, 1000, name="members")


def _joined(world: World, given: Arguments) -> Room:
    room = reachable(world, given.required("channel"))
    if not room.has_bot:
        raise SlackError("not_in_channel")
    return room


def _is_in_channel(message: Json) -> bool:
    is_reply = message.get("thread_ts", message["ts"]) != message["ts"]
    return not is_reply or message.get("subtype") == "thread_broadcast"


def _within(messages: Sequence[Json], given: Arguments) -> list[Json]:
    """The messages between `oldest` and `latest`; the ends themselves count only with `inclusive`."""
    oldest, latest = _moment(given, "oldest", 0.0), _moment(given, "latest", float("inf"))
    ends = given.flag("inclusive")

    def is_within(ts: float) -> bool:
        return oldest < ts < latest or (ends and ts in (oldest, latest))

    return [each for each in messages if is_within(float(each["ts"]))]


def _moment(given: Arguments, name: str, default: float) -> float:
    try:
        return float(given.text(name) or default)
    except ValueError as fault:
        raise SlackError(f"invalid_ts_{name}") from fault


def _page(items: Sequence[Any], given: Arguments, usual: int, most: int, name: str = "messages") -> Json:
    start, limit = _read_cursor(given.text("cursor")), given.count("limit", usual, most)
    chosen = copy.deepcopy(list(items[start : start + limit]))
    if name == "messages" and not given.flag("include_all_metadata"):
        _hide_payloads(chosen)
    is_more = start + limit < len(items)
    answer: Json = {"ok": True, name: chosen, "response_metadata": {"next_cursor": ""}}
    if name == "messages":
        answer["has_more"] = is_more
    if is_more:
        answer["response_metadata"]["next_cursor"] = base64.b64encode(
            f"next:{start + limit}".encode()
        ).decode()
    return answer


def _hide_payloads(messages: Sequence[Json]) -> None:
    for message in messages:
        if "metadata" in message:
            message["metadata"] = {"event_type": message["metadata"]["event_type"]}


def _read_cursor(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
    except (binascii.Error, ValueError) as fault:
        raise SlackError("invalid_cursor") from fault


def _kind(room: Room) -> str:
    if room.partner:
        return "im"
    return "private_channel" if room.is_private else "public_channel"


def _members(world: World, room: Room) -> list[str]:
    people = [room.partner] if room.partner else list(world.people)
    return people + ([BOT_USER] if room.has_bot else [])


_FLAGS: tuple[tuple[str, Callable[[Room], bool]], ...] = (
    ("is_channel", lambda room: not room.is_private),
    ("is_group", lambda room: room.is_private and not room.partner),
    ("is_im", lambda room: room.partner is not None),
    ("is_private", lambda room: room.is_private),
    ("is_archived", lambda room: room.is_archived),
    ("is_member", lambda room: room.has_bot),
)


def _channel(world: World, room: Room) -> Json:
    channel: Json = {"id": room.id, **{name: holds(room) for name, holds in _FLAGS}}
    if room.partner:
        return {**channel, "user": room.partner}
    shared = dict.fromkeys(("is_shared", "is_ext_shared", "is_org_shared", "is_general"), False)
    return {
        **channel,
        **shared,
        "name": room.name,
        "name_normalized": room.name,
        "topic": {"value": room.topic, "creator": next(iter(world.people)), "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }
