"""Which keys a JSON schema knows at a place, so that a misspelt one can be told the nearest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str | int, ...]
"""Where a value stands: keys of mappings and positions in lists, from the top."""


def known_keys(schema: Mapping[str, Any], path: Path) -> set[str]:
    """The keys that a JSON schema names for the mapping at `path`."""
    nodes = list(_branches(schema, schema))
    for part in path:
        inner = [child for node in nodes for child in _children(node, part)]
        nodes = [branch for node in inner for branch in _branches(node, schema)]
    return {name for node in nodes for name in node.get("properties", {})}


def _branches(node: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """`node` behind its references, and each alternative of a union."""
    if "$ref" in node:
        yield from _branches(schema["$defs"][node["$ref"].rsplit("/", 1)[-1]], schema)
        return
    yield node
    for word in ("anyOf", "oneOf", "allOf"):
        for branch in node.get(word, ()):
            yield from _branches(branch, schema)


def _children(node: Mapping[str, Any], part: str | int) -> Iterator[Mapping[str, Any]]:
    if isinstance(part, int):
        found = [node.get("items")]
    else:
        own = node.get("properties", {}).get(part)
        others = (node.get("additionalProperties"), *node.get("patternProperties", {}).values())
        found = [own] if own else list(others)
    yield from (child for child in found if isinstance(child, dict))
