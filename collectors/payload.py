"""Reads single values out of a vendor's JSON, so that a wrong one is a fault that names its place."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from collectors.faults import UnexpectedResponse

_HINT = "The vendor may have changed its API; nothing was taken from this answer."


def part(payload: Any, *path: str | int) -> Any:
    """What lies at `path`; a missing step is a fault, a null at the end is None."""
    found = payload
    for step in path:
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError):
            raise UnexpectedResponse(f"the answer has no {_name(path)}", hint=_HINT) from None
    return found


def number(payload: Any, *path: str | int) -> float:
    """A finite number, also where the vendor writes it as text."""
    found = part(payload, *path)
    if isinstance(found, str | int | float) and not isinstance(found, bool):
        try:
            value = float(found)
        except (ValueError, OverflowError):
            value = math.nan
        if math.isfinite(value):
            return value
    raise UnexpectedResponse(f"{_name(path)} is not a number", hint=_HINT)


def text(payload: Any, *path: str | int) -> str:
    """A text that is not empty."""
    found = part(payload, *path)
    if isinstance(found, str) and found:
        return found
    raise UnexpectedResponse(f"{_name(path)} is not a text", hint=_HINT)


def moment(payload: Any, *path: str | int) -> datetime:
    """An instant in ISO 8601; one without an offset is in UTC."""
    found = text(payload, *path)
    try:
        at = datetime.fromisoformat(found)
    except ValueError:
        raise UnexpectedResponse(f"{_name(path)} is not a time", hint=_HINT) from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def rows(payload: Any, *path: str | int) -> Iterator[dict[str, Any]]:
    """The objects of a list."""
    found = part(payload, *path)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise UnexpectedResponse(f"{_name(path)} is not a list of objects", hint=_HINT)
    yield from found


def _name(path: tuple[str | int, ...]) -> str:
    return ".".join(str(step) for step in path) or "the answer"
