"""Takes up changed files while the bot runs. A fault in them stops nothing: the last good ones stay."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from bot.errors import UserError
from bot.timeline import Timeline
from bot.workspace import Workspace
from kpi.document import DocumentFaults
from storage import SessionFactory

log = logging.getLogger(__name__)

Stamp = tuple[int, int] | None
"""When a file was last written and its size; None where it is not there."""


@dataclass
class Reread:
    """Looks whether files have changed, and reads them anew. Blocks: call it in a thread."""

    timeline: Timeline
    sessions: SessionFactory
    now: Callable[[], datetime]
    read: Callable[[], Workspace]  # raises `DocumentFaults` or `UserError`
    files: Callable[[], Iterable[Path]]
    _stamps: dict[Path, Stamp] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._stamps = self._look()

    def __call__(self) -> bool:
        """Whether the files were read anew, and taken."""
        found = self._look()
        if found == self._stamps:
            return False
        self._stamps = found
        try:
            workspace = self.read()
        except DocumentFaults as fault:
            more = f" (and {len(fault.faults) - 1} more)" if len(fault.faults) > 1 else ""
            self._keep_last_good(f"{fault.faults[0]}{more}")
            return False
        except UserError as fault:
            self._keep_last_good(f"{fault.message} {fault.hint}")
            return False
        self.timeline.change(workspace)
        added = self.timeline.keep(self.sessions, self.now())
        self._stamps = self._look()  # other frameworks may be in use now
        log.info("files read anew revisions=%d", added)
        return True

    def _keep_last_good(self, fault: str) -> None:
        log.error("files changed fault=%r", fault)
        trouble = f"{fault} The last good files stay in force until this is mended."
        self.timeline.change(replace(self.timeline.files, trouble=trouble))

    def _look(self) -> dict[Path, Stamp]:
        return {path: _stamp(path) for path in self.files()}


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
