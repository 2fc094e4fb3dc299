"""What people type, press and send off, as Slack sends it, turned into questions."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.surfaces.slack.render import ASK, FORM, MORE, OPTION_ASK, OPTION_FORM, OPTION_SHARE, SHARE

log = logging.getLogger(__name__)

Payload = dict[str, Any]

_MARKED = re.compile(r"<([^<>]*)>")
_REMEMBERED = 10_000
"""Ids kept: Slack repeats an event for up to 24 hours when delayed events are on."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing asked, with where its answer goes: a response URL, or a thread.

    `about` is what the pressed private message is about; an answer about the same takes its place.
    """

    text: str
    user: str
    channel: str
    response_url: str = ""
    thread: str | None = None
    in_channel: bool = False
    is_shared: bool | None = None  # None: the payload does not say
    about: str = ""


@dataclass(frozen=True, slots=True)
class Press:
    """A pressed button or a chosen menu entry; `form` names the form that it opens, if it opens one."""

    question: Question
    trigger: str = ""
    form: str = ""
    view: str = ""  # "home" or "modal", where it was not pressed in a message
    view_id: str = ""


@dataclass(frozen=True, slots=True)
class Began:
    """Where a form was opened, kept in the form until it is sent off."""

    channel: str = ""
    thread: str = ""
    response_url: str = ""
    is_home: bool = False
    ts: str = ""  # the message that a question is about

    @classmethod
    def at(cls, press: Press) -> Began:
        asked = press.question
        return cls(asked.channel, asked.thread or "", asked.response_url, press.view == "home")

    @classmethod
    def unpacked(cls, text: str) -> Began:
        """What `packed` wrote; nowhere, where it is something else."""
        try:
            channel, thread, url, is_home, ts = json.loads(text)
        except (ValueError, TypeError):
            return cls()
        return cls(str(channel), str(thread), str(url), bool(is_home), str(ts))

    def packed(self) -> str:
        """For `private_metadata`, which holds 3,000 characters."""
        return json.dumps([self.channel, self.thread, self.response_url, self.is_home, self.ts])

    @property
    def is_nowhere(self) -> bool:
        """Whether nobody could be told anything there: a global shortcut has no place."""
        return not self.channel and not self.response_url

    def question(self, text: str, user: str) -> Question:
        return Question(text, user, self.channel, self.response_url, self.thread or None)


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
        text=_unaddressed(str(event.get("text", "")), bot_user),
        user=str(event.get("user", "")),
        channel=channel,
        thread=str(event.get("thread_ts") or event["ts"]),
        in_channel=not channel.startswith("D"),  # nobody else reads a direct message
        is_shared=True if body.get("is_ext_shared_channel") else None,
    )


def from_direct(body: Payload, bot_user: str) -> Question | None:
    """A direct message, answered beside it; None for the bot's own, other bots' and changed ones."""
    event = body["event"]
    is_said = not event.get("subtype") and not event.get("bot_id") and event.get("user") not in ("", bot_user)
    if event.get("channel_type") != "im" or not is_said or "edited" in event or "user" not in event:
        return None
    question = replace(from_mention(body, bot_user), thread=event.get("thread_ts"), in_channel=False)
    return question if question.text else None


def from_press(body: Payload) -> Press:
    """A pressed button or a chosen menu entry: its value is the question, or a form's name and its KPI."""
    action, view = body["actions"][0], body.get("view") or {}
    kind, value = _meant(action)
    form, _, kpi = value.partition(" ") if kind == FORM else ("", "", value)
    return Press(
        replace(_pressed(body), text=kpi, in_channel=kind == SHARE),
        trigger=str(body.get("trigger_id", "")),
        form=form,
        view=str(view.get("type", "")),
        view_id=str(view.get("id", "")),
    )


def _meant(action: Payload) -> tuple[str, str]:
    """Which of `ASK`, `SHARE` and `FORM` is meant, and the words behind it; nothing where it is none."""
    named, value = str(action.get("action_id", "")), str(action.get("value", ""))
    if not named.startswith(MORE):
        return next((kind for kind in (ASK, SHARE, FORM) if named.startswith(kind)), ""), value
    chosen = str((action.get("selected_option") or {}).get("value", ""))
    for prefix, kind in ((OPTION_ASK, ASK), (OPTION_SHARE, SHARE), (OPTION_FORM, FORM)):
        if chosen.startswith(prefix):
            return kind, chosen.removeprefix(prefix)
    return "", ""


def _pressed(body: Payload) -> Question:
    """Where something was pressed, as a question without words."""
    container, message = body.get("container") or {}, body.get("message") or {}
    thread = container.get("thread_ts") or message.get("thread_ts")
    block = str(body["actions"][0].get("block_id", ""))
    return Question(
        text="",
        user=user_of(body),
        channel=str((body.get("channel") or {}).get("id") or container.get("channel_id", "")),
        response_url=str(body.get("response_url", "")),
        # The first message of a thread names itself as its thread; it stands in the channel all the same.
        thread=None if thread == container.get("message_ts") else thread,
        about=about_of(block) if container.get("is_ephemeral") else "",
    )


def user_of(body: Payload) -> str:
    """Who pressed, chose or sent off."""
    return str((body.get("user") or {}).get("id", ""))


def key_of(body: Payload) -> str:
    """What is the same when Slack brings the same thing twice; empty where nothing is."""
    if body.get("type") == "event_callback":
        event = body.get("event") or {}
        if event.get("type") in ("app_mention", "message"):  # one message may come as both
            return f"slack:message:{event.get('channel')}:{event.get('ts')}"
        return f"slack:event:{body['event_id']}" if body.get("event_id") else ""
    if body.get("type") == "block_actions":
        action = (body.get("actions") or [{}])[0]
        # Not which button: of a survey's, that would keep who gave which score.
        pressed = (user_of(body), action.get("action_ts"))
        return f"slack:press:{':'.join(map(str, pressed))}" if action.get("action_ts") else ""
    return f"slack:trigger:{body['trigger_id']}" if body.get("trigger_id") else ""


_ABOUT = "about:"
_PATH = re.compile(r"\S+/\S+")


def subject(text: str) -> str:
    """What a question is about, but for its time: the words up to a KPI's path. Empty where there is none."""
    path = _PATH.search(text)
    return text[: path.end()] if path else ""


def about_id(about: str, number: int) -> str:
    """The name of a block that says what its message is about; empty where it is too long for one."""
    name = f"{_ABOUT}{number}:{about}"
    return name if about and len(name) <= 255 else ""


def about_of(block_id: str) -> str:
    """What `about_id` wrote into a block's name."""
    return block_id.removeprefix(_ABOUT).partition(":")[2] if block_id.startswith(_ABOUT) else ""


def typed(text: str) -> str:
    """What the person typed: links unmarked, people and channels by their id, entities undone."""
    return _entities(_MARKED.sub(_unmarked, text)).strip()


def _unaddressed(text: str, bot_user: str) -> str:
    return typed(re.sub(rf"<@{re.escape(bot_user)}(\|[^>]*)?>", " ", text))


def _unmarked(found: re.Match[str]) -> str:
    target, _, label = found[1].partition("|")
    if target.startswith(("@", "#")):
        return f"<{target}>"
    if target.startswith("!"):
        return label or "@" + target[1:]
    return target


def _entities(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


FirstTime = Callable[[str], bool]


class Remembered:
    """The first sight of a key is true, every later one false; in this process."""

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


class Once:
    """Whether something is heard for the first time, by this process and by all that share a database.

    Slack repeats what it believes unheard, and to whichever process listens. `everywhere` may be slow, so it
    is asked in a thread; where it fails, an answer too many is better than none.
    """

    def __init__(self, everywhere: FirstTime | None = None) -> None:
        self._here, self._everywhere = Remembered(), everywhere

    async def __call__(self, body: Mapping[str, Any]) -> bool:
        key = key_of(dict(body))
        if not key or not self._here(key):
            return not key
        # A typed command comes once: waiting for a database would only hold up its answer.
        if self._everywhere is None or "command" in body:
            return True
        try:
            return await asyncio.to_thread(self._everywhere, key)
        except Exception:
            log.exception("first-time check failed key=%s", key)
            return True
