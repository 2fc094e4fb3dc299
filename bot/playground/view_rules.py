"""What a Home tab and a modal may hold, docs.slack.dev/reference/views."""

from __future__ import annotations

import json
from typing import Any

from bot.playground.block_kit import BLOCKS, plain
from bot.playground.block_rules import IsUsable, check_together
from bot.playground.inputs import INPUT_BLOCK
from bot.playground.shapes import Findings, Shape, array, boolean, choice, record, string, typed
from bot.playground.slack_error import Json, SlackError, invalid_arguments

VIEW_BLOCKS = 100
VIEW_BYTES = 250_000

_NAMES = ("header", "section", "context", "actions", "divider", "image", "rich_text")
VIEW_BLOCK = typed({**{name: BLOCKS[name] for name in _NAMES}, "input": INPUT_BLOCK})
_BLOCKS = array(VIEW_BLOCK, 0, VIEW_BLOCKS)
_ANY: dict[str, Shape] = {
    "private_metadata": string(0, 3000),
    "callback_id": string(0, 255),
    "external_id": string(0, 255),
}
_HOME = record({"type": choice("home"), "blocks": _BLOCKS}, _ANY)
_MODAL = record(
    {"type": choice("modal"), "title": plain(24), "blocks": _BLOCKS},
    {
        **_ANY,
        "submit": plain(24),
        "close": plain(24),
        "clear_on_close": boolean,
        "notify_on_close": boolean,
        "submit_disabled": boolean,
    },
)
_SHAPES = {"home": _HOME, "modal": _MODAL}


def check_view(view: Any, kind: str, is_usable: IsUsable) -> Json:
    """The view, or the refusal that Slack gives. `kind` is home or modal."""
    if not isinstance(view, dict) or view.get("type") != kind:
        raise invalid_arguments(f"must be a view of type {kind} [json-pointer:/view]")
    if len(json.dumps(view).encode()) > VIEW_BYTES:
        raise SlackError("view_too_large")
    found = Findings()
    _SHAPES[kind](view, "/view", found)
    if not found.faults:
        check_together(view["blocks"], is_usable, found, at="/view")
        has_inputs = any(block["type"] == "input" for block in view["blocks"])
        if kind == "modal" and has_inputs and "submit" not in view:
            found.add("must define `submit` to use an `input` block in modals", "/view")
    if found.faults:
        raise SlackError("invalid_arguments", found.faults)
    checked: Json = view
    return checked
