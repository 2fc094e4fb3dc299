"""What Slack brings, each in its own listener: acknowledged at once, heard once, worked on after.

Bolt tells what came by its kind. Nothing stays without an answer: what nobody knows any more, an old button
or a shortcut that was renamed, is answered with what to do instead.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Collection, Coroutine
from dataclasses import dataclass
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.forms import FORMS
from bot.surfaces.slack.answer import Answers
from bot.surfaces.slack.asking import Asking, refused
from bot.surfaces.slack.checks import Identity
from bot.surfaces.slack.home import Home
from bot.surfaces.slack.inbound import (
    FirstTime,
    Once,
    Payload,
    Press,
    from_command,
    from_direct,
    from_mention,
    from_press,
    key_of,
    user_of,
)
from bot.surfaces.slack.modals import Modals, Suggest
from bot.surfaces.slack.shortcuts import ABOUT_MESSAGE, from_message, from_shortcut

log = logging.getLogger(__name__)

_ANY = re.compile(r".*", re.DOTALL)
_OLD_BUTTON = refused("That button is from an older version of the bot.", "Ask again with /kpi.")
_NO_SHORTCUT = refused("The bot does not know this shortcut.", "Type /kpi help to see what it does know.")
BARRED = {
    "app_uninstalled": "The app was removed from the Slack workspace: install it again.",
    "tokens_revoked": "Slack has revoked the bot token: reinstall the app and set its new SLACK_BOT_TOKEN.",
}
"""Why nothing can be said any more, by the event that says so."""


def _nothing(_text: str, _invocation: object) -> tuple[()]:
    return ()


@dataclass(frozen=True, slots=True)
class Backing:
    """What else the program behind the surface gives it, besides the answers.

    `first_time` says whether a key is new to all processes; without it only this process remembers.
    `writes` are the first words of questions that change something. Without `listens` it only posts.
    """

    first_time: FirstTime | None = None
    suggest: Suggest = _nothing
    writes: Collection[str] = frozenset()
    listens: bool = True


@dataclass(frozen=True, slots=True)
class Works:
    """The parts that do what was asked."""

    asking: Asking
    answers: Answers
    home: Home
    modals: Modals


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the surface does for its listeners."""

    run: Callable[[Coroutine[Any, Any, None]], None]  # work that may outlast the acknowledgement
    heard: Callable[[], None]  # Slack has brought something
    barred: Callable[[str], None]  # it will bring nothing more, and why


class Listening:
    """The listeners of one connected surface."""

    def __init__(self, identity: Identity, works: Works, backing: Backing, hooks: Hooks) -> None:
        self._identity, self._works, self._backing, self._hooks = identity, works, backing, hooks
        self._once = Once(backing.first_time)
        self._sent: dict[str, asyncio.Task[Payload | None]] = {}

    def register(self, app: AsyncApp) -> None:
        """Tell Bolt which listener takes what; the first that fits does, so the general ones come last."""
        app.command(_ANY)(self._on_command)
        app.event("app_mention")(self._on_mention)
        app.event("message")(self._on_message)
        app.event("app_home_opened")(self._on_home)
        app.event(re.compile("|".join(BARRED)))(self._on_barred)
        app.event(_ANY)(self._on_other_event)
        app.action(_ANY)(self._on_press)
        app.shortcut({"type": "message_action", "callback_id": _ANY})(self._on_message_shortcut)
        app.shortcut({"type": "shortcut", "callback_id": _ANY})(self._on_shortcut)
        app.view(_ANY)(self._on_sent)
        app.options(_ANY)(self._on_options)

    async def _on_command(self, ack: AsyncAck, body: Payload) -> None:
        await ack()
        self._take(body, lambda: self._works.answers.answer(from_command(body)))

    async def _on_mention(self, body: Payload) -> None:
        self._take(body, lambda: self._works.answers.answer(from_mention(body, self._identity.user)))

    async def _on_message(self, body: Payload) -> None:
        question = from_direct(body, self._identity.user)
        if question is not None:
            self._take(body, lambda: self._works.answers.answer(question))

    async def _on_home(self, body: Payload) -> None:
        self._take(body, lambda: self._works.home.opened(body["event"]))

    async def _on_barred(self, body: Payload) -> None:
        event = body["event"]
        revoked = (event.get("tokens") or {}).get("bot") or ()
        if event["type"] == "app_uninstalled" or self._identity.user in revoked:
            self._hooks.barred(BARRED[event["type"]])

    async def _on_other_event(self, body: Payload) -> None:
        log.debug("event passed over type=%s", (body.get("event") or {}).get("type"))

    async def _on_press(self, ack: AsyncAck, body: Payload) -> None:
        await ack()
        self._take(body, lambda: self._pressed(from_press(body)))

    async def _on_shortcut(self, ack: AsyncAck, body: Payload) -> None:
        await ack()
        modals, press = self._works.modals, from_shortcut(body)
        if press.form in FORMS:
            self._take(body, lambda: modals.open_form(press))
        else:
            self._take(body, lambda: modals.say(press, _NO_SHORTCUT))

    async def _on_message_shortcut(self, ack: AsyncAck, body: Payload) -> None:
        await ack()
        modals, press = self._works.modals, from_shortcut(body)
        if body.get("callback_id") == ABOUT_MESSAGE:
            self._take(body, lambda: modals.open_question(from_message(body), user_of(body), press.trigger))
        else:
            self._take(body, lambda: modals.say(press, _NO_SHORTCUT))

    async def _on_sent(self, ack: AsyncAck, body: Payload) -> None:
        """A form; the same one brought twice is worked on once and gets the same acknowledgement twice."""
        self._hooks.heard()
        key = key_of(body)
        work = self._sent.get(key)
        if work is None:
            work = asyncio.create_task(self._new(body))
            if key:
                self._sent[key] = work
                asyncio.get_running_loop().call_later(60, self._sent.pop, key, None)
        answer = await asyncio.shield(work)
        await (ack(answer) if answer else ack())

    async def _new(self, body: Payload) -> Payload | None:
        return await self._works.modals.sent(body, self._hooks.run) if await self._once(body) else None

    async def _on_options(self, ack: AsyncAck, body: Payload) -> None:
        await ack(options=await self._works.modals.options(body))

    def _take(self, body: Payload, work: Callable[[], Awaitable[None]]) -> None:
        self._hooks.heard()
        self._hooks.run(self._taken(body, work))

    async def _taken(self, body: Payload, work: Callable[[], Awaitable[None]]) -> None:
        try:
            if await self._once(body):
                await work()
        except Exception:
            log.exception("what Slack brought was lost type=%s", body.get("type", "command"))

    async def _pressed(self, press: Press) -> None:
        modals, question = self._works.modals, press.question
        if press.form:
            await modals.open_form(press)
        elif press.view:
            await self._pressed_in_view(press)
        elif not question.text.strip():
            await self._works.answers.tell(
                question, await self._works.asking.invocation(question), _OLD_BUTTON
            )
        else:
            await self._works.answers.answer(question)

    async def _pressed_in_view(self, press: Press) -> None:
        """What changes something shows in Home itself; what tells something is told in a modal."""
        asking, home, modals = self._works.asking, self._works.home, self._works.modals
        question = press.question
        is_writing = question.text.partition(" ")[0].casefold() in self._backing.writes
        if not question.text.strip():
            await modals.say(press, _OLD_BUTTON)
        elif is_writing and press.view == "home":
            reply = await asking.reply(await asking.invocation(question))
            await home.refresh(question.user, reply)
        else:
            await modals.answer(press)
            if is_writing:
                await home.refresh(question.user)
