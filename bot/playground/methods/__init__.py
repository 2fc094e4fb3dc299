"""The Web API methods of the stand-in: what each needs, and the function that answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.playground.arguments import Arguments
from bot.playground.methods import chat, conversations, files, identity, pins, views
from bot.playground.slack_error import Json
from bot.playground.world import World


@dataclass(frozen=True, slots=True)
class Method:
    """`scopes`: any one of them is enough. Forms always work; JSON only where Slack takes it."""

    run: Callable[[World, Arguments], Json]
    scopes: tuple[str, ...] = ()
    takes_json: bool = True


READ = ("channels:read", "groups:read", "im:read", "mpim:read")
HISTORY = ("channels:history", "groups:history", "im:history")

METHODS = {
    "auth.test": Method(identity.auth_test),
    "chat.delete": Method(chat.delete, ("chat:write",)),
    "chat.postEphemeral": Method(chat.post_ephemeral, ("chat:write",)),
    "chat.postMessage": Method(chat.post_message, ("chat:write",)),
    "chat.update": Method(chat.update, ("chat:write",)),
    "conversations.history": Method(conversations.history, HISTORY),
    "conversations.info": Method(conversations.info, READ, takes_json=False),
    "conversations.list": Method(conversations.list_all, READ, takes_json=False),
    "conversations.members": Method(conversations.members, READ, takes_json=False),
    "conversations.open": Method(conversations.open_direct, ("im:write",)),
    "conversations.replies": Method(conversations.replies, HISTORY),
    "files.completeUploadExternal": Method(files.complete_upload, ("files:write",)),
    "files.getUploadURLExternal": Method(files.get_upload_url, ("files:write",), takes_json=False),
    "files.info": Method(files.info, ("files:read",), takes_json=False),
    "pins.add": Method(pins.add, ("pins:write",)),
    "pins.list": Method(pins.list_all, ("pins:read",), takes_json=False),
    "users.info": Method(identity.users_info, ("users:read",), takes_json=False),
    "views.open": Method(views.open_modal),
    "views.publish": Method(views.publish),
    "views.push": Method(views.push),
    "views.update": Method(views.update),
}
