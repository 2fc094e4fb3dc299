"""The fields of modals: their shapes, and what a filled field says in `view.state.values`.

Shapes and limits: docs.slack.dev/reference/block-kit/block-elements.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from bot.playground.block_kit import BLOCK_ID, CONFIRM, OPTION, SELECT, plain
from bot.playground.shapes import Findings, Shape, array, boolean, both, choice, number, record, string, typed
from bot.playground.slack_error import Json

Find = Callable[[str], Json]
"""The option of a menu by its value; raises LookupError where it was never offered."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _day(value: Any, at: str, found: Findings) -> None:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        found.add("must be a date in the format YYYY-MM-DD", at)


def _begins_with_an_option(value: Any, at: str, found: Findings) -> None:
    """What is chosen at first must be one of the options, word for word."""
    if not isinstance(value, dict) or not isinstance(value.get("options"), list):
        return
    initial = value.get("initial_options", [value["initial_option"]] if "initial_option" in value else [])
    name = "initial_options" if "initial_options" in value else "initial_option"
    if isinstance(initial, list) and any(each not in value["options"] for each in initial):
        found.add(f"{name} must be one of the options", f"{at}/{name}")


_OFTEN = {"action_id": BLOCK_ID, "placeholder": plain(150), "focus_on_load": boolean}
_DISPATCH = record({"trigger_actions_on": array(choice("on_enter_pressed", "on_character_entered"), 1, 2)})
_FEW = array(OPTION, 1, 10)
INPUTS: dict[str, Shape] = {
    "plain_text_input": record(
        {"type": choice("plain_text_input")},
        {
            **_OFTEN,
            "initial_value": string(0, 3000),
            "multiline": boolean,
            "min_length": number(0, 3000),
            "max_length": number(1, 3000),
            "dispatch_action_config": _DISPATCH,
        },
    ),
    "static_select": both(SELECT, _begins_with_an_option),
    "external_select": record(
        {"type": choice("external_select")},
        {**_OFTEN, "initial_option": OPTION, "min_query_length": number(0), "confirm": CONFIRM},
    ),
    "datepicker": record(
        {"type": choice("datepicker")}, {**_OFTEN, "initial_date": _day, "confirm": CONFIRM}
    ),
    "radio_buttons": both(
        record(
            {"type": choice("radio_buttons"), "options": _FEW},
            {"action_id": BLOCK_ID, "initial_option": OPTION, "focus_on_load": boolean, "confirm": CONFIRM},
        ),
        _begins_with_an_option,
    ),
    "checkboxes": both(
        record(
            {"type": choice("checkboxes"), "options": _FEW},
            {"action_id": BLOCK_ID, "initial_options": _FEW, "focus_on_load": boolean, "confirm": CONFIRM},
        ),
        _begins_with_an_option,
    ),
}
INPUT_BLOCK = record(
    {"type": choice("input"), "label": plain(2000), "element": typed(INPUTS)},
    {"block_id": BLOCK_ID, "hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
)


def state_of(element: Json, value: Any, find: Find) -> Json:
    """What Slack says of a field that holds `value`: a text, a date, an option's value, or several of them.

    None is a field left as it was when the view opened.
    """
    kind: str = element["type"]
    if kind == "plain_text_input":
        text = element.get("initial_value") if value is None else str(value)
        return {"type": kind, "value": text or None}
    if kind == "datepicker":
        return {
            "type": kind,
            "selected_date": (element.get("initial_date") if value is None else value) or None,
        }
    if kind == "checkboxes":
        chosen = element.get("initial_options", []) if value is None else [find(each) for each in value]
        return {"type": kind, "selected_options": chosen}
    if value is None:
        return {"type": kind, "selected_option": element.get("initial_option")}
    return {"type": kind, "selected_option": find(str(value)) if value else None}


def missing(block: Json, state: Json) -> str:
    """What Slack's own program says of a field before it sends the form; empty when it is fine."""
    filled = next(value for name, value in state.items() if name != "type")
    if not filled:
        return "" if block.get("optional") else "Please complete this required field."
    element = block["element"]
    if state["type"] == "plain_text_input":
        least, most = element.get("min_length", 0), element.get("max_length", 3000)
        if len(filled) < least:
            return f"Please enter at least {least} characters."
        if len(filled) > most:
            return f"Please enter at most {most} characters."
    if state["type"] == "datepicker" and not _DAY.fullmatch(str(filled)):
        return "Please enter a date."
    return ""
