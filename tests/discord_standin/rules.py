"""What Discord refuses in a message, by its documented limits; the answer names the spot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tests.discord_standin.faults import ApiError

Json = dict[str, Any]
Wrong = Iterator[tuple[str, str]]

_KEYS = {
    *("content", "embeds", "components", "attachments", "allowed_mentions", "nonce", "enforce_nonce"),
    *("flags", "message_reference", "tts", "sticker_ids"),
}


def check_message(body: Json, files: Sequence[str], *, is_edit: bool = False) -> None:
    """Raises `ApiError` for a message that Discord would refuse."""
    wrong = dict(_message(body, files))
    if wrong:
        errors = {spot: {"_errors": [{"code": "INVALID", "message": said}]} for spot, said in wrong.items()}
        raise ApiError(400, 50035, "Invalid Form Body", errors=errors)
    is_empty = not (body.get("content") or body.get("embeds") or body.get("components") or files)
    if is_empty and not is_edit:
        raise ApiError(400, 50006, "Cannot send an empty message")


def _message(body: Json, files: Sequence[str]) -> Wrong:
    for key in set(body) - _KEYS:
        yield key, "unknown field"
    if len(body.get("content") or "") > 2_000:
        yield "content", "Must be 2000 or fewer in length."
    if len(str(body.get("nonce") or "")) > 25:
        yield "nonce", "Must be 25 or fewer in length."
    if (body.get("allowed_mentions") or {}).get("parse") != []:
        yield "allowed_mentions", "this bot mentions nobody"
    yield from _embeds(body.get("embeds") or [], files)
    for one in body.get("attachments") or ():
        if len(one.get("description") or "") > 1_024:
            yield "attachments", "Must be 1024 or fewer in length."
    yield from _rows(body.get("components") or [])


def _embeds(embeds: Sequence[Json], files: Sequence[str]) -> Wrong:
    if len(embeds) > 10:
        yield "embeds", "Must be 10 or fewer in length."
    if sum(map(embed_size, embeds)) > 6_000:
        yield "embeds", "Embed size exceeds maximum size of 6000"
    for number, embed in enumerate(embeds):
        told = (*_embed(embed, files), *_fields(embed.get("fields", ())))
        yield from ((f"embeds.{number}.{spot}", said) for spot, said in told)


def embed_size(embed: Json) -> int:
    told = sum(len(one["name"]) + len(one["value"]) for one in embed.get("fields", ()))
    return (
        len(embed.get("title") or "")
        + len(embed.get("description") or "")
        + len((embed.get("footer") or {}).get("text", ""))
        + told
    )


def _embed(embed: Json, files: Sequence[str]) -> Wrong:
    for spot, limit in (("title", 256), ("description", 4_096)):
        if len(embed.get(spot) or "") > limit:
            yield spot, f"Must be {limit} or fewer in length."
    if len((embed.get("footer") or {}).get("text", "")) > 2_048:
        yield "footer", "Must be 2048 or fewer in length."
    url = (embed.get("image") or {}).get("url", "")
    if url and url.removeprefix("attachment://") not in files:
        yield "image", "no such attachment"
    if not any(embed.get(key) for key in ("title", "description", "fields", "image", "footer")):
        yield "description", "This field is required"


def _fields(fields: Sequence[Json]) -> Wrong:
    if len(fields) > 25:
        yield "fields", "Must be 25 or fewer in length."
    for one in fields:
        if not 1 <= len(one["name"].strip()) <= 256 or not 1 <= len(one["value"].strip()) <= 1_024:
            yield "fields", "name 1-256, value 1-1024"


def _rows(rows: Sequence[Json]) -> Wrong:
    if len(rows) > 5:
        yield "components", "Must be 5 or fewer in length."
    known: set[str] = set()
    for row in rows:
        inner = row.get("components", [])
        is_menu = any(one["type"] == 3 for one in inner)
        if row.get("type") != 1 or not 1 <= len(inner) <= (1 if is_menu else 5):
            yield "components", "a row holds 1 to 5 buttons or one menu"
        for one in inner:
            custom_id = one.get("custom_id", "")
            if not 1 <= len(custom_id) <= 100 or custom_id in known:
                yield "components.custom_id", "1-100, each once"
            known.add(custom_id)
            yield from _menu(one) if one["type"] == 3 else _button(one)


def _button(one: Json) -> Wrong:
    if one["type"] != 2 or not 1 <= len(one.get("label", "")) <= 80 or one.get("style") not in (1, 2, 3, 4):
        yield "components.button", "style 1-4, label 1-80"


def _menu(one: Json) -> Wrong:
    options = one.get("options", [])
    values = [option["value"] for option in options]
    if not 1 <= len(options) <= 25 or len(set(values)) != len(values):
        yield "components.options", "1-25, each value once"
    if any(not 1 <= len(option[key]) <= 100 for option in options for key in ("label", "value")):
        yield "components.options", "label and value 1-100"


def check_commands(commands: Sequence[Json]) -> None:
    """Raises `ApiError` for application commands that Discord would refuse."""
    wrong = dict(_commands(commands))
    if wrong:
        raise ApiError(400, 50035, f"Invalid Form Body: {wrong}")


def _commands(commands: Sequence[Json]) -> Wrong:
    names = [one["name"] for one in commands]
    if len(commands) > 100 or len(set(names)) != len(names):
        yield "commands", "100 at most, each name once"
    for one in commands:
        options = one.get("options", [])
        if not _is_name(one["name"]) or not 1 <= len(one["description"]) <= 100 or len(options) > 25:
            yield one["name"], "name, description or number of options"
        told = [one, *options, *(choice for option in options for choice in option.get("choices", ()))]
        size = sum(len(str(part.get(key, ""))) for part in told for key in ("name", "description", "value"))
        if size > 8_000:
            yield one["name"], "8,000 characters in all"
        yield from ((f"{one['name']}.{spot}", said) for spot, said in _options(options))


def _options(options: Sequence[Json]) -> Wrong:
    asked = [bool(option.get("required")) for option in options]
    if asked != sorted(asked, reverse=True):
        yield "options", "required options come first"
    for option in options:
        if not _is_name(option["name"]) or not 1 <= len(option["description"]) <= 100:
            yield option["name"], "name or description"
        if option.get("choices") and option.get("autocomplete"):
            yield option["name"], "choices or autocomplete"


def _is_name(name: str) -> bool:
    return 1 <= len(name) <= 32 and name == name.lower() and name.replace("-", "").replace("_", "").isalnum()


def check_modal(data: Json) -> None:
    """Raises `ApiError` for a modal that Discord would refuse."""
    labels = data.get("components", [])
    is_sound = 1 <= len(data.get("title", "")) <= 45 and 1 <= len(data.get("custom_id", "")) <= 100
    for label in labels:
        inner = label.get("component", {})
        is_sound &= label.get("type") == 18 and 1 <= len(label.get("label", "")) <= 45
        is_sound &= len(label.get("description", "")) <= 100 and inner.get("type") in (3, 4)
        is_sound &= len(inner.get("value", "")) <= inner.get("max_length", 4_000)
    if not is_sound or not 1 <= len(labels) <= 5:
        raise ApiError(400, 50035, "Invalid Form Body: modal")
