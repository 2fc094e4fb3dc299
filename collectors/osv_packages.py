"""Which versions of which packages a project uses: read from its lock files.

Read are `requirements.txt` and the like (lines `name==version`), `uv.lock`, `poetry.lock`, `Cargo.lock` and
npm's `package-lock.json`. A package of the project itself, or one from a path or an address, is left out: OSV
knows nothing of it.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from collectors.faults import UnexpectedResponse

_LONGEST = 50_000_000
_PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?\s*==\s*([A-Za-z0-9][^\s;\\#,]*)")

_NOT_FROM_AN_INDEX = frozenset({"editable", "virtual", "directory", "git", "url", "path", "file"})


class Package(NamedTuple):
    """One version of a package, by OSV's names."""

    ecosystem: str
    name: str
    version: str


def read_lock(path: Path) -> frozenset[Package]:
    """The packages of a lock file. Raises UnexpectedResponse where it cannot be read, or holds none."""
    parse = _parser(path.name)
    try:
        if path.stat().st_size > _LONGEST:
            raise UnexpectedResponse(f"{path} is larger than {_LONGEST:,} bytes", hint="Name a lock file.")
        found = frozenset(parse(path.read_text(encoding="utf-8-sig")))
    except OSError as error:
        raise UnexpectedResponse(
            f"{path} cannot be read: {error.strerror}", hint="Check files, and who may read it."
        ) from None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise UnexpectedResponse(f"{path} is no lock file", hint="Make it anew with its own tool.") from None
    if not found:
        raise UnexpectedResponse(
            f"{path} pins no package", hint="Name a lock file: one with the exact version of each package."
        )
    return found


def is_known(name: str) -> bool:
    """Whether files of this name can be read."""
    return name in _BY_NAME or name.endswith((".txt", ".lock"))


def normal(package: Package) -> Package:
    """A package under the name that OSV keeps it by: on PyPI case and the kind of dash say nothing."""
    if package.ecosystem != "PyPI":
        return package
    return package._replace(name=re.sub(r"[-_.]+", "-", package.name).lower())


def _parser(name: str) -> Callable[[str], Iterator[Package]]:
    return _BY_NAME.get(name, _pins)


def _pins(text: str) -> Iterator[Package]:
    for line in text.splitlines():
        if found := _PIN.match(line.strip()):
            yield normal(Package("PyPI", found[1], found[2]))


def _python(text: str) -> Iterator[Package]:
    for one in tomllib.loads(text).get("package", ()):
        source = one.get("source", {})
        kinds = {source["type"]} if "type" in source else set(source)  # poetry's way, and uv's
        if not kinds & _NOT_FROM_AN_INDEX:
            yield normal(Package("PyPI", _text(one["name"]), _text(one["version"])))


def _rust(text: str) -> Iterator[Package]:
    for one in tomllib.loads(text).get("package", ()):
        if str(one.get("source", "")).startswith(("registry+", "sparse+")):
            yield Package("crates.io", _text(one["name"]), _text(one["version"]))


def _node(text: str) -> Iterator[Package]:
    packages: dict[str, Any] = json.loads(text)["packages"]
    for path, one in packages.items():
        name = one.get("name") or path.rpartition("node_modules/")[2]
        if path and not one.get("link") and "node_modules/" in path and one.get("version"):
            yield Package("npm", _text(name), _text(one["version"]))


def _text(found: Any) -> str:
    if not isinstance(found, str) or not found:
        raise TypeError("no text")
    return found


_BY_NAME: dict[str, Callable[[str], Iterator[Package]]] = {
    "uv.lock": _python,
    "poetry.lock": _python,
    "Cargo.lock": _rust,
    "package-lock.json": _node,
    "npm-shrinkwrap.json": _node,
}
