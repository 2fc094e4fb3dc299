"""A reply as text and back, so that a promise keeps what was composed though it is sent after a restart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from bot import charts
from bot import reply as neutral
from bot.reply import Reply, Visibility

_CLASSES = {
    cls.__name__: cls
    for module in (neutral, *charts.shapes())
    for cls in vars(module).values()
    if isinstance(cls, type) and is_dataclass(cls)
}


def freeze(reply: Reply) -> str:
    """`reply` as JSON."""
    return json.dumps(_plain(reply), separators=(",", ":"))  # ASCII: what a vendor wrote can be stored


def thaw(text: str) -> Reply:
    """The reply that `freeze` wrote. Raises ValueError where the text is none."""
    try:
        value = _rich(json.loads(text))
    except (KeyError, TypeError, AttributeError, RecursionError) as fault:
        raise ValueError(f"the payload is no reply of this version: {fault!r}") from None
    if not isinstance(value, Reply):
        raise ValueError("the payload is no reply")
    return value


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {"$": type(value).__name__} | {
            one.name: _plain(getattr(value, one.name)) for one in fields(value)
        }
    if isinstance(value, datetime):
        return {"$at": value.isoformat()}
    if isinstance(value, frozenset):
        return {"$set": sorted(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {"$map": [[str(key), _plain(item)] for key, item in value.items()]}
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    raise TypeError(f"a reply cannot hold a {type(value).__name__}")


def _rich(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_rich(item) for item in value)
    if not isinstance(value, dict):
        return value
    if "$at" in value:
        return datetime.fromisoformat(value["$at"])
    if "$set" in value:
        return frozenset(value["$set"])
    if "$map" in value:
        return {key: _rich(item) for key, item in value["$map"]}
    parts = {key: _rich(item) for key, item in value.items() if key != "$"}
    if "visibility" in parts:
        parts["visibility"] = Visibility(parts["visibility"])
    return _CLASSES[value["$"]](**parts)
