"""Buttons and menus whose ids hold the question itself, so that they work after any restart, in any process.

An id has at most 100 characters. A question that does not fit is left out: cut, it would ask something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.reply import Action, Actions
from bot.surfaces.discord import limits
from bot.surfaces.discord.wording import literal
from bot.surfaces.foreign import clean

Component = dict[str, Any]

PREFIX = "kpi:"
_ROW, _BUTTON, _MENU = 1, 2, 3
_PRIMARY, _SECONDARY = 1, 2
_PRESSED = re.compile(r"(?:kpi:\d+:)?(?P<kind>[afs]):(?P<rest>.+)", re.DOTALL)
MORE = "More …"


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a button or a choice of a menu stands for."""

    ask: str
    share: bool = False
    form: str = ""


def rows(blocks: Sequence[Actions]) -> list[Component]:
    """The action rows of a message: five at most, the last one a menu where there is more to choose."""
    buttons = _unique([action for block in blocks for action in block.actions])
    more = _unique([action for block in blocks for action in block.more])
    room = (limits.ROWS - bool(more)) * limits.BUTTONS_A_ROW
    more, buttons = [*buttons[room:], *more][: limits.OPTIONS], buttons[:room]
    shown = _buttons(buttons)
    found = [
        {"type": _ROW, "components": shown[at : at + limits.BUTTONS_A_ROW]}
        for at in range(0, len(shown), limits.BUTTONS_A_ROW)
    ]
    if more and len(found) < limits.ROWS:
        found.append({"type": _ROW, "components": [_menu(more)]})
    return found


def _unique(actions: Sequence[Action]) -> list[Action]:
    """The usable ones, each once."""
    known: dict[str, Action] = {}
    for action in actions:
        value = _value(action)
        if clean(action.ask).strip() and len(value) <= limits.CUSTOM_ID - len(f"{PREFIX}00:"):
            known.setdefault(value, action)
    return list(known.values())


def _value(action: Action) -> str:
    ask = clean(action.ask).strip()
    if action.form:
        return f"f:{action.form}:{ask}"
    return f"{'s' if action.share else 'a'}:{ask}"


def _label(action: Action, limit: int) -> str:
    return literal(" ".join(clean(action.label).split()) or action.ask, limit)


def _buttons(actions: Sequence[Action]) -> list[Component]:
    return list(_numbered(actions))


def _numbered(actions: Sequence[Action]) -> Iterator[Component]:
    primary = next((action for action in actions if action.primary), None)
    for number, action in enumerate(actions):
        yield {
            "type": _BUTTON,
            "style": _PRIMARY if action is primary else _SECONDARY,
            "label": _label(action, limits.BUTTON_LABEL),
            "custom_id": f"{PREFIX}{number}:{_value(action)}",
        }


def _menu(actions: Sequence[Action]) -> Component:
    options = [{"label": _label(one, limits.OPTION_TEXT), "value": _value(one)} for one in actions]
    return {"type": _MENU, "custom_id": f"{PREFIX}more", "placeholder": MORE, "options": options}


def pressed(custom_id: str, values: Sequence[str] = ()) -> Pressed | None:
    """What was pressed or chosen; None where it is none of ours."""
    said = values[0] if custom_id == f"{PREFIX}more" and values else custom_id
    if not custom_id.startswith(PREFIX) or (found := _PRESSED.fullmatch(said)) is None:
        return None
    kind, rest = found["kind"], found["rest"]
    if kind == "f":
        form, _, ask = rest.partition(":")
        return Pressed(ask, form=form)
    return Pressed(rest, share=kind == "s")
