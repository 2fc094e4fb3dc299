"""Shortcuts: a form from anywhere, and a question about a message."""

from __future__ import annotations

from collections.abc import Mapping

from bot.surfaces.slack.form_views import ALOUD, QUESTION
from bot.surfaces.slack.inbound import Began, Payload, Press, Question, typed, user_of

ABOUT_MESSAGE = "kpi_message"
"""The message shortcut's callback id in the manifest."""
OPENS = "kpi_"
"""A global shortcut's callback id: this and the name of the form that it opens, such as kpi_record."""


def from_shortcut(body: Payload) -> Press:
    """A global shortcut: it has no place, only a person and a trigger."""
    form = str(body.get("callback_id", "")).removeprefix(OPENS)
    return Press(Question("", user_of(body), ""), str(body.get("trigger_id", "")), form)


def from_message(body: Payload) -> Began:
    """The message that a question is about, and the place it stands in."""
    message = body.get("message") or {}
    return Began(
        channel=str((body.get("channel") or {}).get("id", "")),
        # What one person alone sees shows in a thread only where there is one already.
        thread=str(message.get("thread_ts", "")),
        response_url=str(body.get("response_url", "")),
        ts=str(message.get("ts") or body.get("message_ts", "")),
    )


def question_sent(began: Began, values: Mapping[str, str], user: str) -> Question:
    """The question about a message, answered to the one who asked, or to all in the message's thread."""
    text = typed(values.get(QUESTION, ""))
    if values.get(ALOUD):
        thread = began.thread or began.ts or None
        return Question(text, user, began.channel, began.response_url, thread, in_channel=True)
    return began.question(text, user)
