"""What people type and press, as Slack sends it, turned into questions."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.surfaces.slack.render import SHARE

Payload = dict[str, Any]

_MARKED = re.compile(r"<([^<>]*)>")
_REMEMBERED = 10_000
"""Event ids kept: Slack repeats an event for up to 24 hours when delayed events are on."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing asked, with where its answer goes: a response URL, or a thread."""

    text: str
    user: str
    channel: str
    response_url: str = ""
    thread: str | None = None
    in_channel: bool = False
    is_shared: bool | None = None  # None: the payload does not say


def from_command(body: Payload) -> Question:
    """A typed slash command."""
    return Question(
        text=typed(str(body.get("text", ""))),
        user=str(body.get("user_id", "")),
        channel=str(body.get("channel_id", "")),
        response_url=str(body.get("response_url", "")),
    )


def from_mention(body: Payload, bot_user: str) -> Question:
    """A message that names the bot; answered in its thread."""
    event = body["event"]
    channel = str(event.get("channel", ""))
    return Question(
        text=typed(re.sub(rf"<@{re.escape(bot_user)}(\|[^>]*)?>", " ", str(event.get("text", "")))),
        user=str(event.get("user", "")),
        channel=channel,
        thread=str(event.get("thread_ts") or event["ts"]),
        in_channel=not channel.startswith("D"),  # nobody else reads a direct message
        is_shared=True if body.get("is_ext_shared_channel") else None,
    )


def from_button(body: Payload) -> Question:
    """A pressed button: its value is the question."""
    action, container = body["actions"][0], body.get("container", {})
    message = body.get("message") or {}
    thread = container.get("thread_ts") or message.get("thread_ts")
    return Question(
        text=str(action.get("value", "")),
        user=str(body.get("user", {}).get("id", "")),
        channel=str((body.get("channel") or {}).get("id") or container.get("channel_id", "")),
        response_url=str(body.get("response_url", "")),
        # The first message of a thread names itself as its thread; it stands in the channel all the same.
        thread=None if thread == container.get("message_ts") else thread,
        in_channel=str(action.get("action_id", "")).startswith(SHARE),
    )


def typed(text: str) -> str:
    """What the person typed: links unmarked, people and channels by their id, entities undone."""
    return _entities(_MARKED.sub(_unmarked, text)).strip()


def _unmarked(found: re.Match[str]) -> str:
    target, _, label = found[1].partition("|")
    if target.startswith(("@", "#")):
        return f"<{target}>"
    if target.startswith("!"):
        return label or "@" + target[1:]
    return target


def _entities(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


class Remembered:
    """The first sight of an event id is true, every later one false; in this process."""

    def __init__(self, most: int = _REMEMBERED) -> None:
        self._most = most
        self._seen: OrderedDict[str, None] = OrderedDict()

    def __call__(self, key: str) -> bool:
        if key in self._seen:
            return False
        self._seen[key] = None
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)
        return True


FirstTime = Callable[[str], bool]
