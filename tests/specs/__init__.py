"""Vendors' own machine-readable descriptions, cut to what is used, and how bodies are held to them.

Each file names its source and licence under `x-source` and `x-licence`.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

FOLDER = Path(__file__).parent


@lru_cache
def spec(name: str) -> dict[str, Any]:
    """The description in `name`.json, with OpenAPI's `nullable` as a null type."""
    found: dict[str, Any] = _plain(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")))
    assert found.get("x-source"), f"{name}.json names no source"
    assert found.get("x-licence"), f"{name}.json names no licence"
    return found


def fits(body: Any, name: str, pointer: str) -> None:
    """Fail unless `body` is what the description at `pointer` (`/paths/~1users/get/…/schema`) allows."""
    faults = sorted(_validator(name, pointer).iter_errors(body), key=lambda one: list(one.path))
    said = "; ".join(
        f"{'/'.join(map(str, one.absolute_path)) or '.'}: {one.message[:200]}" for one in faults[:5]
    )
    assert not faults, f"not by {name} at {pointer}: {said}"


@lru_cache
def _validator(name: str, pointer: str) -> Draft202012Validator:
    resource: Resource[Any] = Resource.from_contents(spec(name), default_specification=DRAFT202012)
    registry: Registry[Any] = Registry().with_resource(f"spec:{name}", resource)
    return Draft202012Validator({"$ref": f"spec:{name}#{pointer}"}, registry=registry)


def _plain(found: Any) -> Any:
    """OpenAPI 3.0's `nullable: true` written as JSON Schema writes it."""
    if isinstance(found, list):
        return [_plain(one) for one in found]
    if not isinstance(found, dict):
        return found
    plain = {key: _plain(value) for key, value in found.items()}
    if plain.pop("nullable", False) is True:
        if "type" in plain and isinstance(plain["type"], str):
            plain["type"] = [plain["type"], "null"]
            if "enum" in plain:
                plain["enum"] = [*plain["enum"], None]
        else:
            plain = {"anyOf": [plain, {"type": "null"}]}
    return plain
