"""The workspace as it would be by changed files: a kpi.yaml, a framework, or a part or patch of kpi.yaml.

What a file is, is told by what it holds: `frameworks:` makes it a whole kpi.yaml, `framework:` a framework
that takes the place of the one with its key, `alerts:` alone is laid over that section, and a unified diff is
applied to kpi.yaml. Nothing is written anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot import loading
from bot.cli.unified_diff import is_diff, patched
from bot.errors import UserError
from bot.settings import Settings, WorkspaceFile, read_workspace
from bot.settings_alerts import AlertsEntry
from bot.workspace import Workspace
from kpi.document import Document, DocumentFaults, Fault, nearest, print_path, read
from kpi.framework_file import parse_framework

_PARTS = frozenset(AlertsEntry.model_fields)


@dataclass
class _Edit:
    """What was given so far, laid over what stands."""

    settings: Settings
    path: Path
    text: str
    frameworks: dict[str, Path] = field(default_factory=dict)  # by key
    places: dict[str, tuple[str, int]] = field(default_factory=dict)  # where a key of a part stands

    def add(self, path: Path) -> None:
        """One changed file. Raises `UserError` or `DocumentFaults`."""
        text = loading.read_text(path)
        if is_diff(text):
            self.text = patched(self.text, text, str(path))
            return
        document = read(text, str(path))
        if "framework" in document.data:
            framework = parse_framework(text, str(path))
            self.frameworks[framework.key] = path
        elif "frameworks" in document.data or "timezone" in document.data:
            self.text, self.path = text, path
        elif set(document.data) == {"alerts"}:
            self._lay(document, ("alerts",))
        elif set(document.data) <= _PARTS:
            self._lay(document, ())
        else:
            raise UserError(
                f"{path} is no kpi.yaml, no framework, and no part of `alerts:`.",
                "A kpi.yaml has `frameworks:`, a framework has `framework:`, a part begins with `alerts:`.",
            )

    def _lay(self, part: Document, at: tuple[str, ...]) -> None:
        """A part of `alerts:` over what stands there: what it does not name stays."""
        part.check(AlertsEntry, at)
        part.refuse_faults()
        data = read(self.text, str(self.path)).data
        new = part.data["alerts"] if at else part.data
        for key, number in part.lines.items():
            self.places[print_path(key if at else ("alerts", *key))] = (part.file, number)
        data["alerts"] = _merged(data.get("alerts") or {}, new)
        self.text = json.dumps(data, ensure_ascii=False, indent=1)  # JSON is YAML too

    def workspace(self) -> Workspace:
        """What all of it makes. Raises `UserError` or `DocumentFaults`."""
        file = read_workspace(self.text, str(self.path), self.settings.environment)
        file = self._with_frameworks(file)
        try:
            return loading.resolve(file, self._base(file))
        except DocumentFaults as faults:
            raise DocumentFaults(map(self._placed, faults.faults)) from None

    def _placed(self, fault: Fault) -> Fault:
        """A fault of what a part says, told of the part."""
        place = self.places.get(fault.key)
        return fault if place is None else replace(fault, file=place[0], line=place[1])

    def _base(self, file: WorkspaceFile) -> Path:
        """Framework files lie beside the changed kpi.yaml, or else where they lie today."""
        own = [one.use for one in file.frameworks if one.use not in loading.built_in()]
        is_complete = all((self.path.parent / name).exists() for name in own)
        return self.path if is_complete else self.settings.config_path

    def _with_frameworks(self, file: WorkspaceFile) -> WorkspaceFile:
        """With the changed frameworks in the places of those with their keys."""
        if not self.frameworks:
            return file
        base = self._base(file).parent
        uses, keys = [], []
        for one in file.frameworks:
            key = loading.read_framework(one.use, base).key
            keys.append(key)
            path = self.frameworks.get(key)
            uses.append(one if path is None else one.model_copy(update={"use": str(path.resolve())}))
        for key, path in self.frameworks.items():
            if key not in keys:
                hint = f"{nearest(key, keys)}; kpi.yaml says which are in use."
                raise UserError(
                    f"{path} is the framework {key}, which is not in use.", hint[:1].upper() + hint[1:]
                )
        return file.model_copy(update={"frameworks": uses})


def changed(settings: Settings, files: Sequence[Path]) -> Workspace:
    """The workspace with these files in force, a whole kpi.yaml before the others.

    Raises `UserError` or `DocumentFaults` where one is wrong.
    """
    edit = _Edit(settings, settings.config_path, loading.read_text(settings.config_path))
    for path in sorted(files, key=lambda one: not _is_whole(one)):
        edit.add(path)
    return edit.workspace()


def _is_whole(path: Path) -> bool:
    text = loading.read_text(path)
    return not is_diff(text) and "frameworks" in read(text, str(path)).data


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(old)
    for key, value in new.items():
        before = found.get(key)
        is_mapping = isinstance(before, Mapping) and isinstance(value, Mapping)
        found[key] = _merged(before, value) if is_mapping else value  # type: ignore[arg-type]  # checked above
    return found
