"""Small checks of JSON that add up to the shape of a block; each fault names its spot as a JSON pointer.

A shape is a function of a value and where it stands. The words of the faults are Slack's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.playground.slack_error import Json


@dataclass(slots=True)
class Findings:
    """What a walk over blocks found: faults, and the files that the blocks show."""

    faults: list[str] = field(default_factory=list)
    files: list[tuple[str, Json]] = field(default_factory=list)

    def add(self, message: str, pointer: str) -> None:
        self.faults.append(f"[ERROR] {message} [json-pointer:{pointer}]")


Shape = Callable[[Any, str, Findings], None]


def string(least: int, most: int) -> Shape:
    """Text of `least` to `most` characters."""

    def check(value: Any, at: str, found: Findings) -> None:
        if not isinstance(value, str):
            found.add("must be a string", at)
        elif len(value) < least:
            found.add(f"must be more than {least - 1} characters", at)
        elif len(value) > most:
            found.add(f"must be less than {most + 1} characters", at)

    return check


def choice(*allowed: Any) -> Shape:
    """One of a few values."""

    def check(value: Any, at: str, found: Findings) -> None:
        if value not in allowed or isinstance(value, bool) != isinstance(allowed[0], bool):
            found.add(f"must be a valid enum value: {', '.join(map(str, allowed))}", at)

    return check


def boolean(value: Any, at: str, found: Findings) -> None:
    if not isinstance(value, bool):
        found.add("must be a boolean", at)


def number(least: float = float("-inf"), most: float = float("inf")) -> Shape:
    """A finite number between two others."""

    def check(value: Any, at: str, found: Findings) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
            found.add("must be a number", at)
        elif not least <= value <= most or value in (float("inf"), float("-inf")):
            found.add(f"must be between {least} and {most}", at)

    return check


def array(item: Shape, least: int, most: int) -> Shape:
    """A list of `least` to `most` items of one shape."""

    def check(value: Any, at: str, found: Findings) -> None:
        if not isinstance(value, list):
            found.add("must be an array", at)
            return
        if len(value) < least:
            found.add(f"no less than {least} items allowed", at)
        if len(value) > most:
            found.add(f"no more than {most} items allowed", at)
        for position, entry in enumerate(value):
            item(entry, f"{at}/{position}", found)

    return check


def record(required: Mapping[str, Shape], optional: Mapping[str, Shape] | None = None) -> Shape:
    """An object with these fields and no others."""
    known = {**required, **(optional or {})}

    def check(value: Any, at: str, found: Findings) -> None:
        if not isinstance(value, dict):
            found.add("must be an object", at)
            return
        for name in required:
            if name not in value:
                found.add(f"missing required field: {name}", at)
        for name, entry in value.items():
            if name in known:
                known[name](entry, f"{at}/{name}", found)
            else:
                found.add(f"invalid additional property: {name}", at)

    return check


def typed(shapes: Mapping[str, Shape]) -> Shape:
    """An object whose `type` says which shape it has."""

    def check(value: Any, at: str, found: Findings) -> None:
        if not isinstance(value, dict):
            found.add("must be an object", at)
        elif "type" not in value:
            found.add("missing required field: type", at)
        elif not isinstance(value["type"], str) or value["type"] not in shapes:
            found.add(f"unsupported type: {value['type']}", f"{at}/type")
        else:
            shapes[value["type"]](value, at, found)

    return check


def both(*shapes: Shape) -> Shape:
    """Every one of the shapes."""

    def check(value: Any, at: str, found: Findings) -> None:
        for shape in shapes:
            shape(value, at, found)

    return check
