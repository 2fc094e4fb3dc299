"""An edit of a rule as a patch of kpi.yaml: written into its text, with all else as its author left it."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from kpi.document import DocumentFaults, read

Values = Mapping[str, object]
"""What an entry of `alerts.rules` is to say: {"above": 45}, {"lasting": "2 days"}, or a whole `when`."""

_PATH = ("alerts", "rules")
_SECRET = re.compile(r"token|secret|passw|key|credential|://[^/\s]*@", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z][\w ./-]*", re.ASCII)
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def snippet(rule: str, values: Values) -> str:
    """The entry as it stands under `alerts.rules`: "hektor/traffic_drop: {above: 45}"."""
    return f"{rule}: {_flow(values)}"


def patch(text: str, edits: Mapping[str, Values], name: str = "kpi.yaml") -> str:
    """A unified diff that lays `edits`, by rule, into the text of kpi.yaml.

    Empty where that text cannot be edited line by line, or where a secret may stand beside the edit.
    """
    after = text
    for rule, values in edits.items():
        after = _edited(after, rule, values)
    if after == text or not _says(after, edits):
        return ""
    lines = difflib.unified_diff(
        text.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{name}", f"b/{name}", n=1
    )
    found = list(lines)
    if any(_SECRET.search(one) for one in found[2:] if one.startswith((" ", "-"))):
        return ""
    return "".join(one if one.endswith("\n") else f"{one}\n\\ No newline at end of file\n" for one in found)


def _says(text: str, edits: Mapping[str, Values]) -> bool:
    """Whether the edited text means what was wanted."""
    try:
        data = read(text, "kpi.yaml").data
    except DocumentFaults:
        return False
    rules = (data.get("alerts") or {}).get("rules") or {}
    return all(_holds(rules.get(rule), values) for rule, values in edits.items())


def _holds(found: object, wanted: object) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(_holds(found.get(key), one) for key, one in wanted.items())
    return str(found) == _scalar(wanted).strip('"')


@dataclass(frozen=True, slots=True)
class _Spot:
    """A mapping of the file that has the deepest known key, and what of the path it lacks."""

    node: yaml.MappingNode
    rest: tuple[str, ...]


def _edited(text: str, rule: str, values: Values) -> str:
    """The text with each value at its place. What cannot be placed stays out."""
    for key, value in values.items():
        text = _set(text, (*_PATH, rule, key), value)
    return text


def _set(text: str, path: tuple[str, ...], value: object) -> str:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return text
    if not isinstance(root, yaml.MappingNode):
        return text
    node, rest = root, list(path)
    while rest:
        held = _value(node, rest[0])
        if held is None:
            return _added(text, _Spot(node, tuple(rest)), value, is_root=node is root)
        rest.pop(0)
        if not isinstance(held, yaml.MappingNode) or not rest:
            new = _flow(_nested(rest, value)) if rest else _written(value)
            tail = text[held.end_mark.index :]
            space = "" if text[: held.start_mark.index].endswith((" ", "\n")) else " "
            return f"{text[: held.start_mark.index]}{space}{new}{tail}"
        node = held
    return text


def _value(node: yaml.MappingNode, key: str) -> yaml.Node | None:
    return next((held for name, held in node.value if name.value == key), None)


def _nested(keys: list[str] | tuple[str, ...], value: object) -> object:
    for key in reversed(keys):
        value = {key: value}
    return value


def _added(text: str, spot: _Spot, value: object, *, is_root: bool) -> str:
    """A new key: in a flow mapping behind its bracket, in a block before its first key, or at the end."""
    first, node = spot.rest[0], spot.node
    new = _nested(spot.rest[1:], value)
    start = node.start_mark.index
    if node.flow_style:
        is_json = text.lstrip().startswith("{")
        entry = f"{json.dumps(first)}: {json.dumps(new)}" if is_json else f"{first}: {_written(new)}"
        gap = re.match(r"\s*", text[start + 1 :])
        space = gap[0] if gap and "\n" in gap[0] else ""
        after = text[start + 1 + len(space) :] if space else text[start + 1 :]
        comma = ", " if node.value and not space else "," + space if node.value else ""
        return f"{text[: start + 1]}{space}{entry}{comma}{after}"
    if is_root:
        end = "" if text.endswith("\n") else "\n"
        return f"{text}{end}" + "".join(f"{one}\n" for one in _block(spot.rest, value, 0))
    column = node.value[0][0].start_mark.column
    place = node.value[0][0].start_mark.index - column
    lines = "".join(f"{one}\n" for one in _block(spot.rest, value, column))
    return text[:place] + lines + text[place:]


def _block(keys: tuple[str, ...], value: object, column: int) -> Iterator[str]:
    """Nested keys, a line each down to the rule itself, which is written in one line."""
    pad = " " * column
    if len(keys) > 1 and keys[0] in ("alerts", "rules"):
        yield f"{pad}{keys[0]}:"
        yield from _block(keys[1:], value, column + 2)
    else:
        yield f"{pad}{keys[0]}: {_written(_nested(keys[1:], value))}"


def _written(value: object) -> str:
    return _flow(value) if isinstance(value, Mapping) else _scalar(value)


def _flow(value: object) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {_flow(one)}' for key, one in value.items())}}}"
    return _scalar(value)


def _scalar(value: object) -> str:
    """A number or a text as YAML wants it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if abs(value) < 1e6 else f"{value:.0f}"
    text = str(value)
    is_plain = _PLAIN.fullmatch(text) or re.fullmatch(r"\d+ [a-z]+", text)
    return text if is_plain and text.casefold() not in _WORDS else json.dumps(text, ensure_ascii=False)
