"""Puts a source into the text of kpi.yaml, leaving every other character as its author wrote it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

from bot.errors import UserError

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_HIDDEN = re.compile(r"[^\x20-\x7e]")
_WORDS_OF_YAML = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def with_source(text: str, name: str, settings: Mapping[str, Any]) -> str:
    """`text` with one more entry under `sources:`; raises `UserError` where that cannot be done safely."""
    text = text if text.endswith("\n") or not text else f"{text}\n"
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        raise UserError("kpi.yaml is not a mapping.", "Start it with `key: value` lines, or run `kpi init`.")
    found = next(((key, value) for key, value in root.value if key.value == "sources"), None)
    if found is None:
        changed = f"{text}\nsources:\n{_entry(name, settings, 2)}"
    else:
        key, value = found
        _refuse_taken(value, name)
        changed = _inserted(text, key, value, name=name, settings=settings)
    _compare(text, changed, name)
    return changed


def _inserted(text: str, key: yaml.Node, value: yaml.Node, *, name: str, settings: Mapping[str, Any]) -> str:
    lines = text.splitlines(keepends=True)
    if isinstance(value, yaml.MappingNode) and value.value and not value.flow_style:
        first, last = value.value[0][0], value.value[-1][1]
        at, indent = _after(lines, last), first.start_mark.column
        return "".join([*lines[:at], _entry(name, settings, indent), *lines[at:]])
    is_empty = isinstance(value, yaml.MappingNode) and not value.value
    if not is_empty and not (isinstance(value, yaml.ScalarNode) and value.value in ("", "null", "~")):
        raise UserError(
            "`sources:` in kpi.yaml is written in one line, where nothing can be added safely.",
            "Write each source on a line of its own"
            + (f", or add it by hand:\n{_entry(name, settings, 2)}" if settings else ", and try again."),
        )
    line = key.start_mark.line
    head, comment = lines[line][: key.end_mark.column], _comment(lines[line])
    entry = _entry(name, settings, key.start_mark.column + 2)
    return "".join([*lines[:line], f"{head}:{comment}\n", entry, *lines[value.end_mark.line + 1 :]])


def _after(lines: list[str], last: yaml.Node) -> int:
    """The number of the line behind the last entry; blank lines and comments after it stay behind."""
    at = last.end_mark.line + (1 if last.end_mark.column else 0)
    while at > last.start_mark.line + 1 and not lines[at - 1].split("#")[0].strip():
        at -= 1
    return at


def _comment(line: str) -> str:
    found = re.search(r"\s+#.*$", line.rstrip("\n"))
    return found[0] if found else ""


def entry_text(name: str, settings: Mapping[str, Any]) -> str:
    """The entry as it would stand under `sources:`."""
    return _entry(name, settings, 2)


def _entry(name: str, settings: Mapping[str, Any], indent: int) -> str:
    """The entry in block style, with `indent` spaces before its name; named queries a line each."""
    pad = " " * indent
    rows = "".join(_row(key, value, f"{pad}  ") for key, value in settings.items())
    return f"{pad}{_written(name)}:\n{rows}" if rows else f"{pad}{_written(name)}: {{}}\n"


def _row(key: str, value: Any, pad: str) -> str:
    if isinstance(value, Mapping) and any(isinstance(one, Mapping) for one in value.values()):
        inner = "".join(f"{pad}  {_written(name)}: {_written(one)}\n" for name, one in value.items())
        return f"{pad}{key}:\n{inner}"
    return f"{pad}{key}: {_written(value)}\n"


def _written(value: Any) -> str:
    """A value in one line of YAML; texts are as in JSON, and words stay bare where they can."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_written(key)}: {_written(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_written, value)) + "]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.casefold() not in _WORDS_OF_YAML:
        return value
    if (
        isinstance(value, str)
        and '"' in value
        and "'" not in value
        and value.isascii()
        and value.isprintable()
    ):
        return f"'{value}'"  # a query with its quotes as they are
    return _HIDDEN.sub(_escaped, json.dumps(value, ensure_ascii=False))


def _escaped(found: re.Match[str]) -> str:
    """A character that YAML refuses, or that nobody would see, as YAML escapes it."""
    return found[0] if found[0].isprintable() else f"\\U{ord(found[0]):08x}"


def _refuse_taken(sources: yaml.Node, name: str) -> None:
    if isinstance(sources, yaml.MappingNode) and name in {key.value for key, _ in sources.value}:
        raise UserError(
            f"kpi.yaml has a source “{name}” already.",
            f"Take another name: --name {name}2, or edit it there.",
        )


def _compare(before: str, after: str, name: str) -> None:
    """Raise unless nothing but the new source has changed."""
    old, new = (yaml.safe_load(one) or {} for one in (before, after))
    added = dict(new.get("sources") or {})
    added.pop(name, None)
    if {**old, "sources": old.get("sources") or {}} != {**new, "sources": added}:
        raise UserError(
            "The source cannot be put into kpi.yaml without changing something else there.",
            "Add it by hand; nothing was written.",
        )
