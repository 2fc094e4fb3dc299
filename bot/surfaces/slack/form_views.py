"""Forms as Slack's modals, and what people filled in read back. Pure; the limits are those of its views."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.forms import Field, Form
from bot.reply import Action, Actions, Block, Chart, Reply
from bot.surfaces.slack import limits
from bot.surfaces.slack.inbound import Began
from bot.surfaces.slack.render import view_blocks
from bot.surfaces.slack.wording import literal

View = dict[str, Any]
Option = dict[str, Any]

FORM_SENT = "kpi_form:"
QUESTION_SENT = "kpi_question"
FIELD = "kpi_field:"
"""Each block is named after its field; the element in it carries this and the field's name."""
QUESTION, ALOUD = "question", "aloud"
_TITLE = 24
_LABEL = 2_000
_HINT = 2_000
_PLACEHOLDER = 150
_FAULT = 300
_LONGEST_TEXT = 3_000
_LONGEST_QUESTION = 450


def form_view(
    form: Form, began: Began, *, values: Mapping[str, str], chosen: Option | None = None, fault: str = ""
) -> View:
    """The modal of `form`, filled with `values`; `chosen` is the KPI it begins with.

    `fault` says above the fields what was wrong with them, where Slack itself can no longer say it there.
    """
    blocks = [_words(fault)] if fault else []
    blocks += [_input(field, values.get(field.key, ""), chosen) for field in form.fields]
    return _form(form.title, form.submit, blocks, began, FORM_SENT + form.name)


def question_view(began: Began) -> View:
    """The modal that asks about a message."""
    text = Field(
        QUESTION,
        "What do you want to know?",
        "text",
        hint="As behind /kpi: stars, why mrr, gate phase1.",
        longest=_LONGEST_QUESTION,
    )
    label = plain("Let everyone in the conversation read the answer", limits.OPTION_LABEL)
    aloud = {
        "type": "input",
        "block_id": ALOUD,
        "optional": True,
        "label": plain("Who reads it", _LABEL),
        "element": {
            "type": "checkboxes",
            "action_id": FIELD + ALOUD,
            "options": [{"text": label, "value": "yes"}],
        },
    }
    blocks = [_input(text, "", None), aloud]
    return _form("Ask KPI", "Ask", blocks, began, QUESTION_SENT)


def reply_view(title: str, reply: Reply) -> View:
    """A reply in a modal, to be read and closed."""
    return _notice(title, reply_blocks(reply))


def waiting_view(title: str = "KPI") -> View:
    """What is shown at once, while the answer is looked up."""
    return _notice(title, [_words("Working… this takes a moment.")])


def reply_blocks(reply: Reply) -> list[dict[str, Any]]:
    """What a view shows of a reply: no charts, which it cannot hold, and nothing to share: it is nowhere."""
    kept: list[Block] = []
    for block in reply.blocks:
        if isinstance(block, Actions):
            rows = Actions(_unshared(block.actions), _unshared(block.more))
            kept += [rows] if rows.actions or rows.more else []
        elif not isinstance(block, Chart):
            kept.append(block)
    return view_blocks(Reply(reply.text, tuple(kept)))


def _unshared(actions: Sequence[Action]) -> tuple[Action, ...]:
    return tuple(action for action in actions if not action.share)


def values_of(view: Mapping[str, Any]) -> dict[str, str]:
    """What was filled in, by field; empty where nothing was."""
    found: dict[str, str] = {}
    for key, elements in ((view.get("state") or {}).get("values") or {}).items():
        for state in elements.values():
            option = state.get("selected_option") or next(iter(state.get("selected_options") or ()), None)
            found[key] = str((option or {}).get("value") or state.get("value") or "")
    return found


def fault_of(reply: Reply) -> str:
    """Why the reply did not do what was asked; empty where it did."""
    if "error" in reply.data:
        words = f"{reply.data['error']} {reply.data.get('hint', '')}"
    elif "ambiguous" in reply.data:
        words = reply.text
    else:
        return ""
    return literal(re.sub(r"`([^`]+)`", r"“\1”", words).strip(), _FAULT) or "That did not work."


_QUOTED = re.compile(r"“([^”]+)”|\"([^\"]+)\"|'([^']+)'")


def fitting_field(form: Form, values: Mapping[str, str], fault: str) -> str:
    """The field that a fault is about: out of whose value it quotes, whose label it names, or the first
    that is filled in by hand: a KPI was chosen from a list, so it is seldom at fault."""
    quotes = ["".join(found).casefold() for found in _QUOTED.findall(fault)]
    typed = [field for field in form.fields if field.kind in ("text", "long")]
    for field in typed:
        value = values.get(field.key, "").casefold()
        if value and any(quote in value for quote in quotes):
            return field.key
    for field in form.fields:
        if re.search(rf"\b{re.escape(field.label)}\b", fault, re.IGNORECASE):
            return field.key
    return (typed or list(form.fields))[0].key


def option(value: str, label: str) -> Option | None:
    """A line of a menu; None where its value does not fit, for a cut one would mean something else."""
    if not value or len(value) > limits.OPTION_VALUE:
        return None
    return {"text": plain(label or value, limits.OPTION_LABEL), "value": value}


def plain(text: str, limit: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": literal(text, limit), "emoji": False}


def _words(text: str) -> dict[str, Any]:
    return {"type": "section", "text": plain(text, limits.SECTION)}


def _form(title: str, submit: str, blocks: list[dict[str, Any]], began: Began, callback: str) -> View:
    return {
        "type": "modal",
        "title": plain(title, _TITLE),
        "blocks": blocks,
        "private_metadata": began.packed(),
        "callback_id": callback,
        "submit": plain(submit, _TITLE),
        "close": plain("Cancel", _TITLE),
    }


def _notice(title: str, blocks: list[dict[str, Any]]) -> View:
    return {"type": "modal", "title": plain(title, _TITLE), "blocks": blocks, "close": plain("Close", _TITLE)}


def _input(field: Field, value: str, chosen: Option | None) -> dict[str, Any]:
    block: dict[str, Any] = {
        "type": "input",
        "block_id": field.key,
        "optional": not field.required,
        "label": plain(field.label, _LABEL),
        "element": _element(field, value, chosen),
    }
    return {**block, **({"hint": plain(field.hint, _HINT)} if field.hint else {})}


def _element(field: Field, value: str, chosen: Option | None) -> dict[str, Any]:
    element: dict[str, Any] = {"action_id": FIELD + field.key}
    match field.kind:
        case "kpi":
            words = {"placeholder": plain("Type a part of its name", _PLACEHOLDER)}
            begins = {"initial_option": chosen} if chosen else {}
            return {"type": "external_select", **element, "min_query_length": 0, **words, **begins}
        case "choice":
            options = [one for key, label in field.choices if (one := option(key, label))]
            begins = {"initial_option": next((one for one in options if one["value"] == value), options[0])}
            return {"type": "static_select", **element, "options": options, **begins}
        case _:
            longest = min(field.longest, _LONGEST_TEXT)
            text = {"type": "plain_text_input", **element, "multiline": field.kind == "long"}
            return {**text, "max_length": longest, **({"initial_value": value[:longest]} if value else {})}
