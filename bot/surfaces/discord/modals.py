"""The bot's forms as Discord's modals, and what was filled in as the text somebody would have typed. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.errors import UserError
from bot.forms import FORMS, Field, Form, begun
from bot.surfaces.discord import limits
from bot.surfaces.foreign import cut

PREFIX = "kpi-form:"
_LABEL, _SELECT, _TEXT = 18, 3, 4
_SHORT, _PARAGRAPH = 1, 2

Component = dict[str, Any]


def modal(name: str, kpi: str) -> Component | None:
    """The modal of a form, begun with a KPI; None where there is no such form."""
    known = FORMS.get(name)
    if known is None:
        return None
    form, values = begun(known, kpi)
    return {
        "custom_id": f"{PREFIX}{form.name}",
        "title": cut(form.title, limits.MODAL_TITLE),
        "components": [
            _field(field, values.get(field.key, "")) for field in form.fields[: limits.MODAL_FIELDS]
        ],
    }


def _field(field: Field, value: str) -> Component:
    hint = cut(field.hint, limits.MODAL_HINT)
    return {
        "type": _LABEL,
        "label": cut(field.label, limits.MODAL_LABEL),
        **({"description": hint} if hint else {}),
        "component": _choice(field) if field.kind == "choice" else _text(field, value),
    }


def _choice(field: Field) -> Component:
    options = [
        {"label": cut(label, limits.OPTION_TEXT), "value": value, **({"default": True} if not at else {})}
        for at, (value, label) in enumerate(field.choices[: limits.OPTIONS])
    ]
    return {"type": _SELECT, "custom_id": field.key, "required": field.required, "options": options}


def _text(field: Field, value: str) -> Component:
    return {
        "type": _TEXT,
        "custom_id": field.key,
        "style": _PARAGRAPH if field.kind == "long" else _SHORT,
        "required": field.required,
        "max_length": field.longest,
        **({"value": cut(value, field.longest)} if value else {}),
    }


def composed(custom_id: str, components: list[Mapping[str, Any]]) -> str | None:
    """The question that a filled-in modal asks; None where it is none of ours. Raises `UserError`."""
    form = FORMS.get(custom_id.removeprefix(PREFIX)) if custom_id.startswith(PREFIX) else None
    if form is None:
        return None
    values = dict(_values(components))
    if wrong := form.faults(values):
        raise UserError(_said(form, wrong), "Press the button again; nothing was kept.")
    return form.compose(values)


def _values(components: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for component in components:
        inner = component.get("component")
        found = [inner] if isinstance(inner, Mapping) else component.get("components") or ()
        for one in found:
            chosen = one.get("values") or [one.get("value") or ""]
            yield str(one.get("custom_id", "")), str(chosen[0])


def _said(form: Form, wrong: Mapping[str, str]) -> str:
    labels = {field.key: field.label for field in form.fields}
    return " ".join(f"{labels[key]}: {fault}" for key, fault in wrong.items())
