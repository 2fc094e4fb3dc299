"""Forms and answers in modals: opened at once, sent off as the text that somebody would have typed.

Slack hands out a trigger that opens one view within three seconds, and waits as long for what becomes of a
form; whatever takes longer is shown as being worked on and filled in after.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.forms import FORMS, Form, begun
from bot.reply import Reply
from bot.surfaces.base import Invocation
from bot.surfaces.slack.answer import Answers
from bot.surfaces.slack.api import Api
from bot.surfaces.slack.asking import Asking, refused
from bot.surfaces.slack.faults import RefusedError, UnansweredError, UnreachedError
from bot.surfaces.slack.form_views import (
    FORM_SENT,
    QUESTION,
    QUESTION_SENT,
    Option,
    View,
    fault_of,
    fitting_field,
    form_view,
    option,
    question_view,
    reply_view,
    values_of,
    waiting_view,
)
from bot.surfaces.slack.home import Home
from bot.surfaces.slack.inbound import Began, Payload, Press, Question, user_of
from bot.surfaces.slack.shortcuts import question_sent

log = logging.getLogger(__name__)

Suggest = Callable[[str, Invocation], Sequence[tuple[str, str]]]
"""The KPIs that a text could mean to somebody, as path and label, the likeliest first; sync, may be slow."""
Run = Callable[[Coroutine[Any, Any, None]], object]

ACK_SECONDS = 2.5
"""How long a form is waited for; Slack itself gives up after three seconds."""
SETTLE_SECONDS = 1.0
"""Until Slack shows what an acknowledgement said, before which a view must not be changed again."""
MOST_OPTIONS = 100
LABEL_SECONDS = 0.5
_FAULTS = (RefusedError, UnansweredError, UnreachedError)
_NOT_OPENED = ("Slack did not open the form in time.", "Press the button again.")
_UNKNOWN = refused("This form is from an older version of the bot.", "Open it again from a fresh message.")


@dataclass(frozen=True, slots=True)
class Sent:
    """A form that was sent off: its question, and how to show it again."""

    question: Question
    began: Began
    form: Form | None  # none: the question about a message
    values: Mapping[str, str]
    view_id: str

    @property
    def title(self) -> str:
        return "KPI" if self.form is None else self.form.title

    def again(self, fault: str) -> View:
        """The same form with what was filled in, and what was wrong with it."""
        if self.form is None:
            return question_view(self.began)
        chosen = option(self.values.get("kpi", ""), self.values.get("kpi", ""))
        return form_view(self.form, self.began, values=self.values, chosen=chosen, fault=fault)

    def field(self, fault: str) -> str:
        return QUESTION if self.form is None else fitting_field(self.form, self.values, fault)


class Modals:
    """Opens modals and takes what is sent off; what goes wrong is told or logged."""

    def __init__(self, asking: Asking, answers: Answers, api: Api, *, home: Home, suggest: Suggest) -> None:
        self._asking, self._answers, self._api = asking, answers, api
        self._home, self._suggest = home, suggest

    async def open_form(self, press: Press) -> None:
        """Open the form that a button or a shortcut names, with the KPI it begins with."""
        form, began = FORMS.get(press.form), Began.at(press)
        if form is None:
            await self._show(press, reply_view("KPI", _UNKNOWN))
            return
        form, values = begun(form, press.question.text)
        chosen = await self._chosen(replace(press.question, text=values.get("kpi", "")))
        await self._show(press, form_view(form, began, values=values, chosen=chosen))

    async def open_question(self, began: Began, user: str, trigger: str) -> None:
        """Open the modal that asks about a message."""
        await self._show(Press(began.question("", user), trigger), question_view(began))

    async def answer(self, press: Press) -> None:
        """Answer a press in Home or in a modal, where no message can be: in a modal, open before the work."""
        view_id = press.view_id if press.view == "modal" else ""
        if view_id:
            await self._update(view_id, waiting_view())
        else:
            view_id = await self._show(press, waiting_view())
        reply = await self._asking.reply(await self._asking.invocation(press.question))
        if view_id:
            await self._update(view_id, reply_view("KPI", reply))

    async def say(self, press: Press, reply: Reply) -> None:
        """Show something at once where no message can be."""
        await self._show(press, reply_view("KPI", reply))

    async def sent(self, body: Payload, run: Run) -> Payload | None:
        """What Slack is to do with a form that was sent off: None closes it. Takes at most `ACK_SECONDS`."""
        sent = _read(body)
        if sent is None:
            return {"response_action": "update", "view": reply_view("KPI", _UNKNOWN)}
        if sent.form is not None and (faults := sent.form.faults(sent.values)):
            return {"response_action": "errors", "errors": faults}
        asked = asyncio.create_task(self._asked(sent.question))
        await asyncio.wait({asked}, timeout=ACK_SECONDS)
        if not asked.done():
            run(self._late(sent, asked))
            return {"response_action": "update", "view": waiting_view()} if sent.form else None
        invocation, reply = asked.result()
        fault = fault_of(reply)
        if fault and (sent.form or "error" in reply.data):  # a choice is answered by its buttons
            return {"response_action": "errors", "errors": {sent.field(fault): fault}}
        if sent.began.is_nowhere and not sent.began.is_home:
            return {"response_action": "update", "view": reply_view(sent.title, reply)}
        run(self._confirm(sent, invocation, reply))
        return None

    async def options(self, body: Payload) -> list[Option]:
        """The KPIs that fit what is being typed into a form, for whoever types it and from where they do."""
        view = body.get("view") or {}
        began = Began.unpacked(str(view.get("private_metadata", "")))
        question = began.question(str(body.get("value", "")), user_of(body))
        try:
            async with asyncio.timeout(ACK_SECONDS):
                found = await self._suggested(question)
        except Exception:
            log.exception("suggestions failed text=%r", question.text)
            return []
        return [one for value, label in found if (one := option(value, label))][:MOST_OPTIONS]

    async def _asked(self, question: Question) -> tuple[Invocation, Reply]:
        invocation = await self._asking.invocation(question)
        return invocation, await self._asking.reply(invocation)

    async def _late(self, sent: Sent, asked: asyncio.Task[tuple[Invocation, Reply]]) -> None:
        """The end of a form that Slack could not wait for; told where it began if the modal is closed."""
        started = asyncio.get_running_loop().time()
        invocation, reply = await asked
        if sent.form is None:
            await self._answers.tell(sent.question, invocation, reply)
            return
        waited = asyncio.get_running_loop().time() - started
        await self._api.sleep(max(0.0, SETTLE_SECONDS - waited))
        fault = fault_of(reply)
        is_seen = await self._update(
            sent.view_id, sent.again(fault) if fault else reply_view(sent.title, reply)
        )
        if sent.began.is_home:
            await self._home.refresh(sent.question.user, None if is_seen else reply)
        elif not is_seen:
            await self._answers.tell(sent.question, invocation, reply)

    async def _confirm(self, sent: Sent, invocation: Invocation, reply: Reply) -> None:
        if sent.began.is_home:
            await self._home.refresh(sent.question.user, reply)
        else:
            await self._answers.tell(sent.question, invocation, reply)

    async def _chosen(self, question: Question) -> Option | None:
        """The KPI that a form begins with, under its name where that is known at once."""
        path = question.text
        try:
            async with asyncio.timeout(LABEL_SECONDS):
                found = dict(await self._suggested(question)) if path else {}
        except Exception as fault:  # the form has to open within three seconds, with or without the name
            log.info("name look-up failed kpi=%s fault=%r", path, fault)
            found = {}
        return option(path, found.get(path, path))

    async def _suggested(self, question: Question) -> Sequence[tuple[str, str]]:
        invocation = await self._asking.invocation(question)
        return await asyncio.to_thread(self._suggest, question.text, invocation)

    async def _show(self, press: Press, view: View) -> str:
        """Open a modal, on top of one that is open; its id, or nothing where Slack did not open it."""
        method = "views.push" if press.view == "modal" else "views.open"
        try:
            opened = await self._api.call(method, {"trigger_id": press.trigger, "view": view})
            return str(opened["view"]["id"])
        except RefusedError as fault:
            log.warning("modal refused user=%s fault=%s", press.question.user, fault)
            await self._told(press.question, refused(*_NOT_OPENED))
        except (UnansweredError, UnreachedError) as fault:
            log.warning("modal unconfirmed user=%s fault=%s", press.question.user, fault)
        return ""

    async def _told(self, question: Question, reply: Reply) -> None:
        private = replace(question, text="", in_channel=False)
        await self._answers.tell(private, await self._asking.invocation(private), reply)

    async def _update(self, view_id: str, view: View) -> bool:
        """Change a modal that is shown; False where it is closed, or Slack does not say."""
        try:
            await self._api.call("views.update", {"view_id": view_id, "view": view})
        except _FAULTS as fault:
            log.info("modal not updated view=%s fault=%s", view_id, fault)
            return False
        return True


def _read(body: Payload) -> Sent | None:
    """The form that was sent off; None where nobody knows it any more."""
    view = body.get("view") or {}
    callback, view_id = str(view.get("callback_id", "")), str(view.get("id", ""))
    began, values, user = (
        Began.unpacked(str(view.get("private_metadata", ""))),
        values_of(view),
        user_of(body),
    )
    if callback == QUESTION_SENT:
        return Sent(question_sent(began, values, user), began, None, values, view_id)
    form = FORMS.get(callback.removeprefix(FORM_SENT)) if callback.startswith(FORM_SENT) else None
    if form is None:
        return None
    return Sent(began.question(form.compose(values), user), began, form, values, view_id)
