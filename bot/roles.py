"""What people of the workspace may do by their role; kpi.yaml says otherwise under `permissions:`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Role = Literal["reader", "editor", "admin"]
Act = Literal["record", "judge", "target", "note", "review", "acknowledge", "silence", "audit"]

_WRITERS: tuple[Role, ...] = ("editor", "admin")
_ADMINS: tuple[Role, ...] = ("admin",)

WRITERS = frozenset(_WRITERS)
"""Roles that change something. While nobody has one, roles are not set up and nobody is locked out."""

ALLOWED: Mapping[Act, tuple[Role, ...]] = {
    "record": _WRITERS,
    "judge": _WRITERS,
    "target": _ADMINS,
    "note": _WRITERS,
    "review": _WRITERS,
    "acknowledge": _WRITERS,
    "silence": _WRITERS,
    "audit": _ADMINS,
}
"""Who may do what, unless kpi.yaml says otherwise."""

SAID: Mapping[Act, str] = {
    "record": "record",
    "judge": "judge targets",
    "target": "change targets",
    "note": "write notes",
    "review": "close reviews",
    "acknowledge": "acknowledge alerts",
    "silence": "silence alerts",
    "audit": "read the audit trail",
}
"""Each act as a refusal names it."""
