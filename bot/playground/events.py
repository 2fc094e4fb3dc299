"""The events that Slack tells an app, docs.slack.dev/reference/events."""

from __future__ import annotations

import secrets
from typing import Any

from bot.playground.config import APP_ID, BOT_USER, TEAM_ID
from bot.playground.slack_error import Json
from bot.playground.world import Room, World

_SAID = ("user", "text", "ts", "thread_ts", "bot_id", "app_id", "blocks")


def kind(event: Json) -> str:
    """The name under which an app subscribes to an event: messages are told by where they are."""
    name = str(event["type"])
    return f"{name}.{event['channel_type']}" if name == "message" else name


def mention(room: Room, message: Json) -> Json:
    """A message in a channel that names the bot."""
    return {
        **_said(message),
        "type": "app_mention",
        "channel": room.id,
        "event_ts": message["ts"],
        "team": TEAM_ID,
    }


def direct_message(room: Room, message: Json) -> Json:
    """A message in the bot's direct messages. Slack also tells an app what it wrote there itself."""
    return {
        **_said(message),
        "type": "message",
        "channel": room.id,
        "channel_type": "im",
        "event_ts": message["ts"],
        "team": TEAM_ID,
    }


def direct_change(room: Room, message: Json, event_ts: str) -> Json:
    """An edit of a message in the bot's direct messages."""
    return {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "message": _said(message) | {"type": "message", "edited": message.get("edited")},
        "channel": room.id,
        "channel_type": "im",
        "ts": event_ts,
        "event_ts": event_ts,
    }


def home_opened(world: World, person: str, tab: str) -> Json:
    """Somebody opens one of the app's own tabs; with the view that they see first, if there is one."""
    event: Json = {
        "type": "app_home_opened",
        "user": person,
        "channel": world.direct(person).id,
        "tab": tab,
        "event_ts": world.next_ts(),
    }
    view = world.views.homes.get(person)
    return event | ({"view": view} if tab == "home" and view else {})


def tokens_revoked() -> Json:
    """The bot's token was taken away."""
    return {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT_USER]}}


def callback(world: World, event: Json) -> Json:
    """The request's body that carries an event."""
    body: dict[str, Any] = {
        "token": "unused",
        "team_id": TEAM_ID,
        "api_app_id": APP_ID,
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev0{secrets.token_hex(4).upper()}",
        "event_time": int(world.now()),
        "authorizations": [{"team_id": TEAM_ID, "user_id": BOT_USER, "is_bot": True}],
        "is_ext_shared_channel": False,
    }
    return body


def _said(message: Json) -> Json:
    return {name: message[name] for name in _SAID if name in message}
