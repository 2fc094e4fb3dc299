"""A reply as text and back, so that a promise keeps what was composed though it is sent after a restart.

Charts and tables that stand in a post and in its documents are written once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from bot import charts
from bot import reply as neutral
from bot.documents import paper
from bot.reply import Chart, Reply, Table, Visibility

_CLASSES = {
    cls.__name__: cls
    for module in (neutral, paper, *charts.shapes())
    for cls in vars(module).values()
    if isinstance(cls, type) and is_dataclass(cls)
}


def freeze(reply: Reply) -> str:
    """`reply` as JSON."""
    written = _Freezing().plain(reply)
    return json.dumps(written, separators=(",", ":"))  # ASCII: what a vendor wrote can be stored


def thaw(text: str) -> Reply:
    """The reply that `freeze` wrote. Raises ValueError where the text is none."""
    try:
        value = _Thawing().rich(json.loads(text))
    except (KeyError, IndexError, TypeError, AttributeError, RecursionError) as fault:
        raise ValueError(f"the payload is no reply of this version: {fault!r}") from None
    if not isinstance(value, Reply):
        raise ValueError("the payload is no reply")
    return value


@dataclass
class _Freezing:
    """One reply on its way to text, with the large parts that were written already."""

    written: dict[int, int] = field(default_factory=dict)  # their numbers, by identity

    def plain(self, value: Any) -> Any:
        if is_dataclass(value) and not isinstance(value, type):
            return self._object(value)
        if isinstance(value, datetime):
            return {"$at": value.isoformat()}
        if isinstance(value, frozenset):
            return {"$set": sorted(value)}
        if isinstance(value, Enum):
            return value.value
        if isinstance(value, tuple | list):
            return [self.plain(item) for item in value]
        if isinstance(value, Mapping):
            return {"$map": [[str(key), self.plain(item)] for key, item in value.items()]}
        if isinstance(value, str | int | float | bool) or value is None:
            return value
        raise TypeError(f"a reply cannot hold a {type(value).__name__}")

    def _object(self, value: Any) -> dict[str, Any]:
        if isinstance(value, Chart | Table):
            if (number := self.written.get(id(value))) is not None:
                return {"$same": number}
            self.written[id(value)] = len(self.written)
        parts = {one.name: self.plain(getattr(value, one.name)) for one in fields(value)}
        return {"$": type(value).__name__} | parts


@dataclass
class _Thawing:
    """A reply on its way back, with the large parts in the order they began."""

    known: list[Any] = field(default_factory=list)

    def rich(self, value: Any) -> Any:
        if isinstance(value, list):
            return tuple(self.rich(item) for item in value)
        if not isinstance(value, dict):
            return value
        if "$at" in value:
            return datetime.fromisoformat(value["$at"])
        if "$set" in value:
            return frozenset(value["$set"])
        if "$map" in value:
            return {key: self.rich(item) for key, item in value["$map"]}
        if "$same" in value:
            return self.known[value["$same"]]
        return self._object(value)

    def _object(self, value: dict[str, Any]) -> Any:
        cls = _CLASSES[value["$"]]
        number = len(self.known)
        if cls in (Chart, Table):
            self.known.append(None)
        parts = {key: self.rich(item) for key, item in value.items() if key != "$"}
        if "visibility" in parts:
            parts["visibility"] = Visibility(parts["visibility"])
        made = cls(**parts)
        if cls in (Chart, Table):
            self.known[number] = made
        return made
