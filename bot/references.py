"""How settings and kpi.yaml refer to the environment: NAME, or NAME_FILE that names a file holding it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kpi.document import Document, Fault
from kpi.document import Path as KeyPath

_REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


_LONGEST_FILE = 65_536
_SHORTEST_SECRET = 4


class UnreadableFile(Exception):
    """What a NAME_FILE points to cannot be read."""


def look_up(environ: Mapping[str, str], name: str) -> str | None:
    """NAME, or what the file holds that NAME_FILE names. Raises `UnreadableFile`."""
    if environ.get(name):
        return environ[name]
    path = environ.get(f"{name}_FILE")
    if not path:
        return environ.get(name)
    try:
        if Path(path).stat().st_size > _LONGEST_FILE or not Path(path).is_file():
            raise UnreadableFile(f"{name}_FILE: {path} is no small text file")
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as fault:
        raise UnreadableFile(f"{name}_FILE: {path} cannot be read ({fault.strerror})") from None
    except ValueError:
        raise UnreadableFile(f"{name}_FILE: {path} is not UTF-8 text") from None


@dataclass
class References:
    """The environment as kpi.yaml refers to it."""

    document: Document
    environment: Mapping[str, str]
    used: dict[str, str] = field(default_factory=dict)

    def expanded(self, value: Any, path: KeyPath) -> Any:
        """`value` with every `${NAME}` replaced by the environment's; a name that is not there is a fault."""
        if isinstance(value, dict):
            return {key: self.expanded(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.expanded(item, (*path, index)) for index, item in enumerate(value)]
        if not isinstance(value, str):
            return value
        return _REFERENCE.sub(lambda match: self._found(match[1], path), value)

    def _found(self, name: str, path: KeyPath) -> str:
        try:
            found = look_up(self.environment, name)
        except UnreadableFile as fault:
            self.document.fault(path, str(fault), "the path of a readable file")
            return f"${{{name}}}"
        if found is None:
            hint = f"set {name}, or {name}_FILE to the path of a file that holds it"
            self.document.fault(path, f"${{{name}}} is not in the environment", hint)
            return f"${{{name}}}"
        self.used[name] = found
        return found

    def hidden(self, fault: Fault) -> Fault:
        """`fault` without any value that came from the environment: it may be a secret."""
        message, hint = fault.message, fault.hint
        for name, value in self.used.items():
            if len(value) >= _SHORTEST_SECRET:
                message, hint = (text.replace(value, f"${{{name}}}") for text in (message, hint))
        return replace(fault, message=message, hint=hint)
